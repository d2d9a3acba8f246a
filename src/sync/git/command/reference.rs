//! What a reference's name may stand for, and what the server says it is.

/// The full names that git tries for a name, in its order.
pub fn candidates(name: &str) -> Vec<String> {
    ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]
        .iter()
        .map(|prefix| format!("{prefix}{name}"))
        .collect()
}

/// The object that a name stands for in the answer of `git ls-remote`; none if it is not there.
pub fn advertised(answer: &str, name: &str) -> Option<String> {
    let lines: Vec<(&str, &str)> = answer.lines().filter_map(|line| line.split_once('\t')).collect();
    candidates(name).iter().find_map(|candidate| {
        let line = lines.iter().find(|(_, full)| full == candidate);
        line.map(|(object, _)| (*object).to_owned())
    })
}

/// Whether this is a full object name, which always means the same.
pub fn is_object_name(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_goes_before_a_branch_and_tails_do_not_count() {
        let answer =
            "1\tHEAD\n2\trefs/heads/x/main\n3\trefs/heads/main\n4\trefs/tags/main\n5\trefs/tags/main^{}\n";
        assert_eq!(advertised(answer, "main").as_deref(), Some("4"));
        assert_eq!(advertised(answer, "HEAD").as_deref(), Some("1"));
        assert_eq!(advertised(answer, "refs/heads/main").as_deref(), Some("3"));
        assert_eq!(advertised(answer, "x"), None);
    }
}
