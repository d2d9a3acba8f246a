//! Reading what ran, without the agent.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::Record;
use super::journal::{paths, records};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Only this job.
    pub job: Option<String>,
    /// Only what failed.
    pub failed: bool,
    /// At most so many, the latest.
    pub limit: usize,
}

/// Every run that is still written down, in the order of their starts.
pub fn all(folder: &Path) -> io::Result<Vec<Record>> {
    let mut found: Vec<Record> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths(folder).iter().rev() {
        for record in records(path)? {
            match places.get(&record.run) {
                // A start that is told again in a new file says nothing new.
                Some(_) if record.outcome.is_none() => {}
                Some(place) => found[*place] = record,
                None => {
                    places.insert(record.run.clone(), found.len());
                    found.push(record);
                }
            }
        }
    }
    Ok(found)
}

/// The runs that a query asks for, the latest last.
pub fn matching(folder: &Path, query: &Query) -> io::Result<Vec<Record>> {
    let mut found = all(folder)?;
    found.retain(|record| {
        let is_named = query.job.as_ref().is_none_or(|job| *job == record.job);
        let has_failed = record.outcome.as_ref().is_some_and(super::Outcome::is_failure);
        is_named && (!query.failed || has_failed)
    });
    let surplus = found.len().saturating_sub(query.limit);
    found.drain(..surplus);
    Ok(found)
}
