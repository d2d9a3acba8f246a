//! What happens when a run is due while an earlier one of the same job goes on.

use crate::crontab::Overlap;

/// Runs of one job that wait at most. A job slower than its schedule would pile up for ever otherwise.
const LONGEST_QUEUE: usize = 1;

/// What to do with a run that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Start it now.
    Start,
    /// Start it once the ones before it have ended.
    Wait,
    /// End what goes on, then start it.
    Replace,
    /// Don't start it.
    Skip(&'static str),
}

/// Decides, with so many runs of the job going on (those that wait for another attempt count) and so many waiting.
#[must_use]
pub fn decide(overlap: Overlap, going_on: usize, waiting: usize) -> Decision {
    if going_on == 0 && waiting == 0 {
        return Decision::Start;
    }
    match overlap {
        Overlap::Allow => Decision::Start,
        Overlap::Skip => Decision::Skip("the run before it goes on"),
        Overlap::Queue if waiting < LONGEST_QUEUE => Decision::Wait,
        Overlap::Queue => Decision::Skip("a run waits already"),
        Overlap::Replace if waiting == 0 => Decision::Replace,
        Overlap::Replace => Decision::Skip("a newer run takes its place already"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_does_what_it_is_called() {
        for overlap in [Overlap::Allow, Overlap::Skip, Overlap::Queue, Overlap::Replace] {
            assert_eq!(decide(overlap, 0, 0), Decision::Start);
        }
        assert_eq!(decide(Overlap::Allow, 5, 0), Decision::Start);
        assert!(matches!(decide(Overlap::Skip, 1, 0), Decision::Skip(_)));
        assert_eq!(decide(Overlap::Queue, 1, 0), Decision::Wait);
        assert_eq!(decide(Overlap::Queue, 1, 0), Decision::Wait);
        assert!(matches!(
            decide(Overlap::Queue, 1, LONGEST_QUEUE),
            Decision::Skip(_)
        ));
        assert_eq!(decide(Overlap::Replace, 1, 0), Decision::Replace);
        assert!(matches!(decide(Overlap::Replace, 1, 1), Decision::Skip(_)));
    }
}
