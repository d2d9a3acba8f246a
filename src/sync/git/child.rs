//! The libgit2 backend: each call is a process of its own, because libgit2 can hang on a server and nothing inside a
//! process can stop it. The request, with the logins, goes to its stdin; the answer comes from its stdout.

mod environment;
mod protocol;
mod serve;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::address::redact;
use super::{Found, Git, GitError, Login, Verdict};
use crate::runtime::interrupt::Interrupt;
use crate::sync::layout::Layout;
use crate::sync::options::Options;
use worker::{CallError, Worker};

pub use environment::Authorities;
pub(super) use environment::has_plain_proxy;
pub(super) use protocol::{Answer, Call, Failure, PLAIN_PROXY, Request, Site};
pub use serve::serve;

/// Where lines go that the child says besides its answer.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// libgit2 in a child process.
pub struct ChildGit {
    program: PathBuf,
    site: Site,
    authorities: Authorities,
    /// Locks older than this belong to nobody.
    stale_before: SystemTime,
    interrupt: Interrupt,
    log: Log,
}

impl ChildGit {
    /// The backend for these options. Locks that are older than this moment were left behind by a killed process.
    #[must_use]
    pub fn new(options: &Options, interrupt: Interrupt, log: Log) -> Self {
        Self {
            // Names this very program also after its file was replaced.
            program: PathBuf::from("/proc/self/exe"),
            site: Site::of(options),
            authorities: Authorities::find(options.access.ca_file.as_deref()),
            stale_before: SystemTime::now(),
            interrupt,
            log,
        }
    }

    /// The same with another executable of stackctl as the child.
    #[must_use]
    pub fn with_program(mut self, program: &Path) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    /// Why these options need the git command, if they do.
    #[must_use]
    pub fn needs_git_command(options: &Options) -> Option<&'static str> {
        protocol::needs_git_command(options)
    }

    fn call(
        &mut self,
        step: &'static str,
        call: Call,
        logins: &[Login],
        deadline: Instant,
    ) -> Result<Answer, GitError> {
        let begun = Instant::now();
        let left = deadline.saturating_duration_since(begun);
        let request = Request {
            call,
            site: self.site.clone(),
            logins: logins.to_vec(),
            has_authorities: self.authorities.are_there(),
            left_milliseconds: u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
            stale_before: since_epoch(self.stale_before),
        };
        let environment = environment::of_child(&self.site, &request.call, &self.authorities);
        let worker = Worker {
            program: &self.program,
            environment: &environment,
            interrupt: &self.interrupt,
            log: &self.log,
        };
        let outcome = worker.call(&request, deadline);
        match outcome {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(failure)) => {
                let failure = failure.map(|text| hide(&text, logins));
                Err(failure.into_error(step, &self.site.reference))
            }
            Err(error) => {
                // What it held is stale now.
                self.stale_before = SystemTime::now();
                Err(match error {
                    CallError::Deadline => GitError::Deadline { step, after: left },
                    CallError::Broken(message) => GitError::Other {
                        step,
                        message: hide(&message, logins),
                    },
                })
            }
        }
    }
}

fn hide(text: &str, logins: &[Login]) -> String {
    let secrets: Vec<&str> = logins.iter().map(|login| login.password.as_str()).collect();
    redact(text, &secrets)
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

impl Git for ChildGit {
    fn prepare(&mut self, logins: &[Login], deadline: Instant) -> Result<(), GitError> {
        self.call("prepare", Call::Prepare, logins, deadline).map(drop)
    }

    fn fetch(&mut self, logins: &[Login], deadline: Instant) -> Result<String, GitError> {
        match self.call("fetch", Call::Fetch, logins, deadline)? {
            Answer::Commit(commit) => Ok(commit),
            _ => Err(unexpected("fetch")),
        }
    }

    /// One child does all of it.
    fn look(
        &mut self,
        pinned: Option<&str>,
        layout: &Layout,
        logins: &[Login],
        deadline: Instant,
    ) -> Result<Found, GitError> {
        let call = Call::Look {
            pinned: pinned.map(str::to_owned),
            worktrees: layout.worktrees(),
        };
        match self.call("fetch", call, logins, deadline)? {
            Answer::Found(found) => Ok(found),
            _ => Err(unexpected("fetch")),
        }
    }

    fn check_out(
        &mut self,
        commit: &str,
        folder: &Path,
        worktree: &Path,
        logins: &[Login],
        deadline: Instant,
    ) -> Result<(), GitError> {
        let call = Call::CheckOut {
            commit: commit.to_owned(),
            folder: folder.to_owned(),
            worktree: worktree.to_owned(),
        };
        self.call("check out", call, logins, deadline).map(drop)
    }

    fn verify(&mut self, commit: &str, worktree: &Path, deadline: Instant) -> Result<Verdict, GitError> {
        let call = Call::Verify {
            commit: commit.to_owned(),
            worktree: worktree.to_owned(),
        };
        match self.call("verify", call, &[], deadline)? {
            Answer::Verdict(verdict) => Ok(verdict),
            _ => Err(unexpected("verify")),
        }
    }

    fn tidy(&mut self, changed: bool, deadline: Instant) -> Result<(), GitError> {
        // Without a change there is nothing new to tidy, and a child would be started in each round for nothing.
        if !changed {
            return Ok(());
        }
        self.call("tidy", Call::Tidy, &[], deadline).map(drop)
    }
}

fn unexpected(step: &'static str) -> GitError {
    GitError::Other {
        step,
        message: "its child gave an answer to another question".to_owned(),
    }
}
