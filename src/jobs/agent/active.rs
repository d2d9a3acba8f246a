//! The generation that new runs start in.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::crontab::Job;
use crate::sync::lease::Lease;

/// Code, packages and schedule that belong together. A run holds it until it ends, and with it the lease on the
/// worktree.
#[derive(Debug)]
pub struct Active {
    /// Counted up with each switch.
    pub number: u64,
    /// The commit.
    pub commit: String,
    /// Its files, by their fixed path.
    pub worktree: PathBuf,
    /// The environment's folder; none where there are no requirements.
    pub environment: Option<PathBuf>,
    /// The environment's hash.
    pub key: Option<String>,
    /// The hash of the schedule.
    pub schedule: String,
    /// When it was switched to, in seconds since 1970.
    pub since: u64,
    /// Keeps the worktree on disk.
    pub _lease: Lease,
}

impl Active {
    /// The variables that every command in it gets: its packages first, and where it runs.
    #[must_use]
    pub fn variables(&self, search_path: Option<&OsStr>) -> Vec<(OsString, OsString)> {
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("STACKCTL_WORKTREE".into(), self.worktree.clone().into()),
            ("STACKCTL_COMMIT".into(), self.commit.clone().into()),
        ];
        if let Some(environment) = &self.environment {
            variables.push(("VIRTUAL_ENV".into(), environment.clone().into()));
            // Makes the packages visible to an interpreter that is named by its path, too.
            variables.push(("PYTHONUSERBASE".into(), environment.clone().into()));
            variables.push((
                "PATH".into(),
                first_on_path(&environment.join("bin"), search_path),
            ));
        } else if let Some(search_path) = search_path {
            variables.push(("PATH".into(), search_path.to_owned()));
        }
        variables
    }

    /// The variables of one job: those of the crontab above the agent's own, and the generation's above both.
    #[must_use]
    pub fn variables_of(&self, job: &Job) -> Vec<(OsString, OsString)> {
        let own_path = std::env::var_os("PATH");
        let search_path = job.environment.get("PATH").map(OsStr::from_bytes);
        let mut variables: Vec<(OsString, OsString)> = job
            .environment
            .variables()
            .into_iter()
            .map(|(name, value)| (name.into(), OsStr::from_bytes(value).to_owned()))
            .collect();
        variables.extend(self.variables(search_path.or(own_path.as_deref())));
        variables.push(("STACKCTL_JOB".into(), job.name.clone().into()));
        variables
    }
}

/// What a search without PATH finds in most systems.
const USUAL_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

fn first_on_path(folder: &Path, rest: Option<&OsStr>) -> OsString {
    let mut path = folder.as_os_str().to_owned();
    path.push(":");
    path.push(rest.unwrap_or(OsStr::new(USUAL_PATH)));
    path
}
