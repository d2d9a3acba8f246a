//! Builds an environment at the path where it stays.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::attempts::Attempts;
use super::error::{BuildError, EnvironmentError};
use super::install::Installation;
use super::lock::Lock;
use super::status::{self, COMPLETE, Environment, LOCK_OF_PACKAGES};
use super::{Key, Request, key, removal, requirements, tree};
use crate::error::Advice;
use crate::event::{Event, Observer};
use crate::jobs::atomic_file;
use crate::runtime::interrupt::Interrupt;
use crate::sync::lease::Lease;

/// Builds the environment that a request asks for and that its key names; gives back what is there if it is complete.
///
/// It waits for another builder, and starts from the beginning where one was killed. Until the last step nothing of it
/// counts, and no other environment is touched. A failure is noted beside the environments with the time of the next
/// attempt; that is for who starts builders to heed, this one builds at once.
///
/// # Errors
/// A step failed, or the user wants to stop.
pub fn build(
    request: &Request,
    key: &Key,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Environment, BuildError> {
    let state_dir = &request.state_dir;
    let waiting = || observer.on(Event::Note("another build is going on; waiting for it"));
    let Some(_lock) = Lock::take(state_dir, interrupt, waiting)? else {
        return Err(BuildError::Interrupted);
    };
    if let Some(environment) = status::read(state_dir, key)? {
        return Ok(environment);
    }
    removal::sweep(state_dir)?;
    let result = build_locked(request, key, observer, interrupt);
    let mut attempts = Attempts::read(state_dir)?;
    match &result {
        Ok(_) => {
            if attempts.succeeded(key) {
                attempts.write(state_dir)?;
            }
        }
        Err(error) => {
            // Room for the next attempt, and for the note. The first error is the one to tell.
            let _second_error = removal::remove(&key.path(state_dir));
            if error.is_failure() {
                let text = error.to_string();
                let first_line = text.lines().next().unwrap_or_default().to_owned();
                let lines = match error.lines() {
                    [] => causes(error),
                    lines => lines.to_vec(),
                };
                attempts.failed(key, first_line, lines, error.hint(), now());
                // Where the disk is full the note fails for the same reason, and it was told already.
                let _second_error = attempts.write(state_dir);
            }
        }
    }
    result
}

fn build_locked(
    request: &Request,
    key: &Key,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Environment, BuildError> {
    let begun = Instant::now();
    let changed = || BuildError::Changed { key: key.clone() };
    let contents = requirements::read(request)?.ok_or_else(changed)?;
    let wanted = request.requirements.as_deref().ok_or_else(changed)?;
    if key::key(request)?.as_ref() != Some(key) {
        return Err(changed());
    }
    // A builder outlives an agent that is killed, and with it the agent's own lease.
    let lease = Lease::take(&request.worktree).map_err(EnvironmentError::read(&request.worktree))?;
    let _lease = lease.ok_or_else(changed)?;
    let path = key.path(&request.state_dir);
    observer.on(Event::Phase(&format!(
        "installing the packages of `{}`",
        wanted.display()
    )));
    removal::remove(&path)?;
    let installation = Installation::new(request, &path, observer, interrupt)?;
    installation.make_environment()?;
    let source = if contents.names_own_files {
        let copy = path.join("source");
        tree::copy(&request.worktree, &copy)?;
        copy
    } else {
        request.worktree.clone()
    };
    installation.install(&source, wanted)?;
    installation.check()?;
    let lock = installation.list()?;
    let lock_file = path.join(LOCK_OF_PACKAGES);
    fs::write(&lock_file, &lock).map_err(BuildError::write(&lock_file))?;

    let environment = Environment {
        key: key.clone(),
        path: path.clone(),
        packages: lock.lines().filter(|line| !line.starts_with('#')).count(),
        built_at: now(),
    };
    finish(&path, &environment)?;
    observer.on(Event::PhaseDone {
        text: &format!(
            "installed {} in `{}`",
            match environment.packages {
                1 => "1 package".to_owned(),
                packages => format!("{packages} packages"),
            },
            path.display()
        ),
        elapsed: begun.elapsed(),
    });
    Ok(environment)
}

/// Brings all of it to the disk, and only then says that it is complete.
fn finish(path: &Path, environment: &Environment) -> Result<(), BuildError> {
    let failed = BuildError::write(path);
    // Thousands of files: one syncfs is cheaper than an fsync for each.
    let folder = File::open(path).map_err(&failed)?;
    nix::unistd::syncfs(&folder).map_err(|error| failed(error.into()))?;
    let marker = path.join(COMPLETE);
    let bytes = serde_json::to_vec(environment).expect("an environment is texts and numbers");
    atomic_file::replace(&marker, &bytes).map_err(BuildError::write(&marker))?;
    match path.parent() {
        Some(parent) => File::open(parent)
            .and_then(|parent| parent.sync_all())
            .map_err(failed),
        None => Ok(()),
    }
}

fn causes(error: &BuildError) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.extend(cause.to_string().lines().map(str::to_owned));
        next = cause.source();
    }
    causes
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
