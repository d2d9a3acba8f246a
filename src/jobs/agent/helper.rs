//! Processes that are no runs: the builder of dependencies, checks of another scheduler, and that scheduler.

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use super::Agent;
use super::run::GRACE;
use crate::jobs::environment::Key;
use crate::jobs::output::Stream;
use crate::jobs::process::{self, Launch, signal_group};

/// A process that is no run.
#[derive(Debug)]
pub struct Helper {
    /// What it is for.
    pub purpose: Purpose,
    /// Its output.
    pub source: u64,
    /// When it is killed.
    pub deadline: Option<Instant>,
    /// How it ended, while its last lines are still to come.
    pub ended: Option<bool>,
}

/// What a helper is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It builds dependencies.
    Build,
    /// It says whether another scheduler takes the published schedule.
    Check,
    /// It is another scheduler.
    Schedule,
}

/// The builder that works.
#[derive(Debug)]
pub struct Builder {
    /// Its process.
    pub pid: i32,
    /// What it builds.
    pub key: Key,
    /// What it leaves alone when it removes old ones.
    pub in_use: Vec<Key>,
}

impl Agent {
    /// Starts stackctl itself with these arguments.
    pub(super) fn start_helper(
        &mut self,
        purpose: Purpose,
        name: &str,
        arguments: &[OsString],
    ) -> Result<i32, String> {
        // The path that the kernel knows stays right where the file was replaced or moved.
        let own = Path::new("/proc/self/exe");
        let directory = self.options.state_dir.clone();
        self.start_program(purpose, name, own, arguments, &directory, &[])
    }

    /// Starts a program; its lines are printed with `name` before them.
    pub(super) fn start_program(
        &mut self,
        purpose: Purpose,
        name: &str,
        program: &Path,
        arguments: &[OsString],
        directory: &Path,
        environment: &[(OsString, OsString)],
    ) -> Result<i32, String> {
        let started = process::start(&Launch {
            program,
            arguments,
            directory,
            environment,
            stdin: None,
        })
        .map_err(|error| format!("can't start `{}`: {error}", program.display()))?;
        let source = self.next_source();
        let to = match purpose {
            Purpose::Schedule => Stream::Data,
            Purpose::Build | Purpose::Check => Stream::Status,
        };
        self.output
            .watch(source, name.to_owned(), started.output, to)
            .map_err(|error| format!("can't read the output of `{}`: {error}", program.display()))?;
        let helper = Helper {
            purpose,
            source,
            deadline: None,
            ended: None,
        };
        self.helpers.insert(started.pid.as_raw(), helper);
        Ok(started.pid.as_raw())
    }

    /// What builds an environment, and then removes those that nobody needs.
    pub(super) fn builder_arguments(
        &self,
        key: &Key,
        worktree: &Path,
        requirements: Option<&Path>,
    ) -> Vec<OsString> {
        let options = &self.options;
        let mut arguments: Vec<OsString> = ["jobs", "install", "--worktree"].map(OsString::from).to_vec();
        arguments.push(worktree.into());
        if let Some(requirements) = requirements {
            arguments.extend(["--requirements".into(), requirements.into()]);
        }
        arguments.extend(["--state-dir".into(), options.state_dir.clone().into()]);
        arguments.extend(["--python".into(), options.python.clone().into()]);
        arguments.extend(["--installer".into(), options.installer.to_string().into()]);
        arguments.extend(["--key".into(), key.to_string().into()]);
        arguments.extend(["--keep".into(), options.keep_environments.to_string().into()]);
        for used in self.keys_in_use() {
            arguments.extend(["--in-use".into(), used.to_string().into()]);
        }
        arguments
    }

    /// Tells a helper to end; it is killed if it does not.
    pub(super) fn end_helper(&mut self, pid: i32) {
        if let Some(helper) = self.helpers.get_mut(&pid)
            && helper.deadline.is_none()
            && helper.ended.is_none()
        {
            signal_group(Pid::from_raw(pid), Signal::SIGTERM);
            helper.deadline = Some(Instant::now() + GRACE);
        }
    }

    /// Tells a helper to end that may have been told before, and then took its time.
    pub(super) fn cut_helper(&mut self, pid: i32) {
        if let Some(helper) = self.helpers.get_mut(&pid)
            && helper.ended.is_none()
        {
            signal_group(Pid::from_raw(pid), Signal::SIGTERM);
            helper.deadline = Some(Instant::now() + GRACE);
        }
    }

    /// Kills helpers that were told to end and did not.
    pub(super) fn meet_helper_deadlines(&mut self) {
        let now = Instant::now();
        for (pid, helper) in &mut self.helpers {
            if helper.deadline.is_some_and(|deadline| deadline <= now) {
                if helper.ended.is_none() {
                    signal_group(Pid::from_raw(*pid), Signal::SIGKILL);
                }
                helper.deadline = None;
            }
        }
    }

    /// A child that is no run has ended: a helper, or what a job left behind.
    pub(super) fn helper_ended(&mut self, pid: i32, status: WaitStatus) {
        let Some(helper) = self.helpers.get_mut(&pid) else {
            return;
        };
        let is_success = matches!(status, WaitStatus::Exited(_, 0));
        helper.ended = Some(is_success);
        helper.deadline = None;
        let (purpose, source) = (helper.purpose, helper.source);
        self.output.ended(source);
        // What a check says is in its last lines; the others are done.
        match purpose {
            Purpose::Check => {}
            Purpose::Build => {
                self.helpers.remove(&pid);
                self.builder_ended(is_success);
            }
            Purpose::Schedule => {
                self.helpers.remove(&pid);
                self.external_ended(pid, status);
            }
        }
    }

    /// The last lines of a helper that has ended.
    pub(super) fn helper_printed(&mut self, source: u64, tail: &[String]) {
        let found = self
            .helpers
            .iter()
            .find(|(_, helper)| helper.source == source)
            .map(|(pid, helper)| (*pid, helper.ended));
        if let Some((pid, Some(is_success))) = found {
            self.helpers.remove(&pid);
            self.schedule_checked(pid, is_success, tail);
        }
    }
}
