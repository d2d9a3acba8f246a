//! The last step for all jobs that run together: a name and an id of its own for each.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::job::{Job, JobId};

/// Gives each job of several crontabs a name and an id that no other has. A given name is kept where it can be; the
/// others are counted: `hello.py`, `hello.py-2`.
pub fn settle(jobs: &mut [Job]) {
    let mut duplicates: HashMap<[u8; 16], u32> = HashMap::new();
    for job in jobs.iter_mut() {
        let ordinal = duplicates.entry(job.content).or_insert(0);
        job.id = if *ordinal == 0 {
            JobId(job.content)
        } else {
            JobId(half(
                Sha256::new()
                    .chain_update(job.content)
                    .chain_update(ordinal.to_be_bytes()),
            ))
        };
        *ordinal += 1;
    }
    let mut taken: HashSet<String> = HashSet::with_capacity(jobs.len());
    let mut counts: HashMap<String, u32> = HashMap::new();
    for named in [true, false] {
        for job in jobs.iter_mut().filter(|job| job.is_named == named) {
            job.name = free(&job.wanted_name, &mut taken, &mut counts);
        }
    }
}

/// The wanted name, or the next number behind it that makes it one of its own.
fn free(wanted: &str, taken: &mut HashSet<String>, counts: &mut HashMap<String, u32>) -> String {
    if taken.insert(wanted.to_owned()) {
        return wanted.to_owned();
    }
    let count = counts.entry(wanted.to_owned()).or_insert(1);
    loop {
        *count += 1;
        let name = format!("{wanted}-{count}");
        if taken.insert(name.clone()) {
            return name;
        }
    }
}

/// Half of a SHA-256, which is plenty to tell jobs apart.
pub(super) fn half(hash: Sha256) -> [u8; 16] {
    let whole: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|index| whole[index])
}
