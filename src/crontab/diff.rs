//! What a new crontab changes.

use std::collections::{HashMap, HashSet};

use super::job::{Job, JobId};

/// The jobs of two crontabs, by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diff<'a> {
    /// In both: the old and the new, whose name, line and options may differ. Its timer goes on.
    pub kept: Vec<(&'a Job, &'a Job)>,
    /// Only in the new one.
    pub added: Vec<&'a Job>,
    /// Only in the old one; a run of it goes on to its end.
    pub removed: Vec<&'a Job>,
}

impl<'a> Diff<'a> {
    /// Compares them; each list is in the order of its crontab.
    #[must_use]
    pub fn between(old: &'a [Job], new: &'a [Job]) -> Self {
        let before: HashMap<JobId, &Job> = old.iter().map(|job| (job.id(), job)).collect();
        let after: HashSet<JobId> = new.iter().map(Job::id).collect();
        let mut diff = Self::default();
        for job in new {
            match before.get(&job.id()) {
                Some(old) => diff.kept.push((old, job)),
                None => diff.added.push(job),
            }
        }
        diff.removed = old.iter().filter(|job| !after.contains(&job.id())).collect();
        diff
    }

    /// Whether the same jobs run at the same times; their names and options may differ.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}
