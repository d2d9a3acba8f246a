//! Room for some of many: each group gets as much as the others, so that one with a million members hides no other.

/// The most members that each of some groups may have so that all of them have room; at least one.
#[must_use]
pub fn share(sizes: &[usize], room: usize) -> usize {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    let mut left = room;
    for (place, size) in sizes.iter().enumerate() {
        let each = left / (sizes.len() - place);
        if *size > each {
            return each.max(1);
        }
        left -= size;
    }
    usize::MAX
}

/// The first members of each group, in their order and at most `room`; `same` says whether two are of one group, whose
/// members follow each other.
pub fn shared<T>(members: &[T], room: usize, same: impl Fn(&T, &T) -> bool) -> Vec<&T> {
    let groups: Vec<&[T]> = members.chunk_by(same).collect();
    let sizes: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let each = share(&sizes, room);
    let firsts = groups.iter().flat_map(|group| group.iter().take(each));
    firsts.take(room).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_have_room_or_the_large_ones_share_what_the_small_ones_leave() {
        assert_eq!(share(&[], 10), usize::MAX);
        assert_eq!(share(&[3, 7], 10), usize::MAX);
        assert_eq!(share(&[8, 3], 10), 7);
        assert_eq!(share(&[1000, 2, 1000], 10), 4);
        assert_eq!(share(&[5, 5, 5, 5], 3), 1);
        for room in 3..40 {
            let sizes = [9, 1, 30, 4];
            let each = share(&sizes, room);
            let taken = |each: usize| sizes.iter().map(|&size| size.min(each)).sum::<usize>();
            assert!(taken(each) <= room.max(sizes.len()), "{room}");
            assert!(each == usize::MAX || taken(each + 1) > room, "{room}");
        }
    }

    #[test]
    fn the_first_of_each_group_are_taken_in_their_order() {
        let tens = |one: &i32, other: &i32| one / 10 == other / 10;
        let all = [1, 2, 3, 4, 11, 21, 22, 23];
        assert_eq!(shared(&all, 5, tens), [&1, &2, &11, &21, &22]);
        assert_eq!(shared(&all, 2, tens), [&1, &11]);
        assert_eq!(shared(&all, 100, tens).len(), 8);
    }
}
