//! Another scheduler in place of the agent's own: checked, started, handed over, ended.
//!
//! Neither is told to reload. supercronic would end on a bad file and start nothing until its last job is done, and a
//! process keeps its working directory and variables. Instead a process is started for each generation, and the one
//! before is told to end by SIGTERM, which both understand as: start no more, and wait for what runs. So no job is
//! killed. The hand-over keeps away from full minutes, so that none is lost or started twice.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{Timelike, Utc};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use super::Agent;
use super::active::Active;
use super::helper::Purpose;
use crate::crontab::Job;
use crate::jobs::generation::{Generation, Observed};
use crate::jobs::options::Scheduler;
use crate::jobs::scheduler::{script, supercronic, yacron};

/// Seconds of a minute in which schedulers are not exchanged: one may take a second or two to start.
const LAST_SECONDS: u32 = 54;
const FIRST_SECONDS: u32 = 2;
/// How long a scheduler that ended by itself is not started again.
const AFTER_CRASH: Duration = Duration::from_secs(5);
/// How long a check may take.
const CHECK: Duration = Duration::from_secs(30);
/// The folder of scripts in the state folder.
const FOLDER: &str = "scheduled";

/// The schedulers that work.
#[derive(Debug, Default)]
pub struct External {
    /// Each with its generation, kept until its last job has ended.
    live: BTreeMap<i32, Arc<Active>>,
    /// The one that starts jobs.
    current: Option<i32>,
    /// The check that goes on.
    check: Option<i32>,
    /// When one is started.
    pub restart_at: Option<Instant>,
}

/// A schedule as a scheduler reads it.
struct Prepared {
    text: String,
    arguments: Vec<OsString>,
}

impl Agent {
    /// The schedule in the form that `crontab.runtime.txt` has: supercronic's own where it runs, else a crontab.
    pub(super) fn runtime_crontab(
        &self,
        observed: &Observed,
        jobs: &[Arc<Job>],
        generation: &Generation,
    ) -> Result<Vec<u8>, String> {
        if self.options.scheduler == Scheduler::Supercronic {
            let folder = self.folder_of(generation.number);
            return Ok(self.prepare(jobs, &folder)?.text.into_bytes());
        }
        let mut text = observed.inline_crontab.clone().unwrap_or_default();
        if !text.is_empty() {
            // Its settings end where the repository's crontab begins.
            text.extend_from_slice(format!("\nCRON_TZ={}\n", self.options.defaults.zone).as_bytes());
        }
        text.extend_from_slice(observed.crontab.as_deref().unwrap_or_default());
        Ok(text)
    }

    /// Asks the scheduler whether it takes what is published.
    pub(super) fn check_schedule(&mut self) {
        if let Some(pid) = self.external.check.take() {
            self.end_helper(pid);
        }
        let Some(Ok(seen)) = &self.follow.candidate else {
            return;
        };
        let Ok(jobs) = seen.jobs.clone() else { return };
        let folder = self.options.state_dir.join(FOLDER).join("check");
        let started = self.prepare(&jobs, &folder).and_then(|prepared| {
            let file = self.write_config(&folder, &prepared.text)?;
            let mut arguments: Vec<OsString> = match self.options.scheduler {
                Scheduler::Yacron => vec!["-v".into(), "-c".into()],
                _ => vec!["-test".into()],
            };
            arguments.push(file.into());
            self.start_scheduler(Purpose::Check, &arguments, &[], &folder)
        });
        match started {
            Ok(pid) => {
                self.external.check = Some(pid);
                if let Some(helper) = self.helpers.get_mut(&pid) {
                    helper.deadline = Some(Instant::now() + CHECK);
                }
            }
            Err(error) => self.set_checked(Err(error)),
        }
    }

    /// What the scheduler said of what is published.
    pub(super) fn schedule_checked(&mut self, pid: i32, is_good: bool, tail: &[String]) {
        // A check of what was published before says nothing any more.
        if self.external.check != Some(pid) {
            return;
        }
        self.external.check = None;
        let name = self.options.scheduler.as_str();
        let result = if is_good {
            Ok(())
        } else {
            Err(format!("{name} refuses the schedule:\n{}", tail.join("\n")))
        };
        self.set_checked(result);
        self.proceed();
    }

    fn set_checked(&mut self, result: Result<(), String>) {
        if let Some(Ok(seen)) = &mut self.follow.candidate {
            seen.is_unchecked = false;
            if let Err(error) = result {
                seen.jobs = Err(error);
            }
        }
    }

    /// A generation is active, or jobs are resumed: its scheduler is to be started soon.
    pub(super) fn start_external(&mut self) {
        if self.options.scheduler != Scheduler::Builtin {
            self.external.restart_at = Some(Instant::now());
        }
    }

    /// Starts the scheduler of the active generation when that is due, and ends the one before it.
    pub(super) fn keep_external_running(&mut self) {
        let is_due = self.external.restart_at.is_some_and(|at| at <= Instant::now());
        let Some(active) = self.active.clone().filter(|_| is_due && !self.paused()) else {
            return;
        };
        if self.external.current.is_some() {
            let second = Utc::now().second();
            let wait = match second {
                0..FIRST_SECONDS => FIRST_SECONDS - second,
                LAST_SECONDS.. => 60 + FIRST_SECONDS - second.min(60),
                _ => 0,
            };
            if wait > 0 {
                self.external.restart_at = Some(Instant::now() + Duration::from_secs(wait.into()));
                return;
            }
        }
        self.external.restart_at = None;
        self.end_external();
        if let Err(error) = self.start_scheduler_of(&active) {
            self.note(&error);
            self.external.restart_at = Some(Instant::now() + AFTER_CRASH);
        }
    }

    fn start_scheduler_of(&mut self, active: &Arc<Active>) -> Result<(), String> {
        let jobs: Vec<Arc<Job>> = self.roster.jobs().cloned().collect();
        let folder = self.folder_of(active.number);
        let prepared = self.prepare(&jobs, &folder)?;
        let mut file = self.write_config(&folder, &prepared.text)?;
        write_scripts(&folder, &jobs, active)
            .map_err(|error| format!("can't write the jobs' scripts in `{}`: {error}", folder.display()))?;
        if self.options.scheduler == Scheduler::Supercronic {
            file = self.options.state_dir.join("crontab.runtime.txt");
        }
        let mut arguments = prepared.arguments;
        arguments.push(file.into());
        let environment = active.variables(std::env::var_os("PATH").as_deref());
        let pid = self.start_scheduler(Purpose::Schedule, &arguments, &environment, &active.worktree)?;
        self.external.live.insert(pid, Arc::clone(active));
        self.external.current = Some(pid);
        self.remove_old_folders();
        Ok(())
    }

    /// Tells the scheduler to start no more jobs and to end when the last one has.
    pub(super) fn end_external(&mut self) {
        self.external.restart_at = None;
        if let Some(pid) = self.external.current.take() {
            // Not its group: yacron's jobs are in it. It can't be another's number, as only this thread reaps.
            let _gone = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
    }

    pub(super) fn external_ended(&mut self, pid: i32, status: WaitStatus) {
        self.external.live.remove(&pid);
        if self.external.current != Some(pid) {
            return;
        }
        self.external.current = None;
        self.note(&format!(
            "{} ended by itself ({}); it is started again",
            self.options.scheduler.as_str(),
            super::run::outcome_of(status)
        ));
        self.external.restart_at = Some(Instant::now() + AFTER_CRASH);
    }

    fn folder_of(&self, generation: u64) -> PathBuf {
        self.options.state_dir.join(FOLDER).join(generation.to_string())
    }

    fn prepare(&self, jobs: &[Arc<Job>], folder: &Path) -> Result<Prepared, String> {
        let command = |index: usize, job: &Job| {
            let path = folder.join(script::file_name(index, job)).display().to_string();
            let quoted = shlex::try_quote(&path).map_or_else(|_| path.clone(), std::borrow::Cow::into_owned);
            format!("/bin/sh {quoted}")
        };
        let failed = |error: crate::jobs::scheduler::Unsupported| error.to_string();
        if self.options.scheduler == Scheduler::Yacron {
            return Ok(Prepared {
                text: yacron::render(jobs, command).map_err(failed)?,
                arguments: vec!["-c".into()],
            });
        }
        let rendered = supercronic::render(jobs, command).map_err(failed)?;
        Ok(Prepared {
            text: rendered.crontab,
            arguments: rendered.arguments.into_iter().map(OsString::from).collect(),
        })
    }

    fn write_config(&self, folder: &Path, text: &str) -> Result<PathBuf, String> {
        let name = match self.options.scheduler {
            Scheduler::Yacron => "yacron.yaml",
            _ => "crontab.txt",
        };
        let path = folder.join(name);
        make_folder(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("can't write `{}`: {error}", path.display()))?;
        Ok(path)
    }

    fn start_scheduler(
        &mut self,
        purpose: Purpose,
        arguments: &[OsString],
        environment: &[(OsString, OsString)],
        directory: &Path,
    ) -> Result<i32, String> {
        let name = self.options.scheduler.as_str();
        // On the agent's own PATH: an environment's packages must not replace it.
        let program = find(name, std::env::var_os("PATH").as_deref()).ok_or_else(|| {
            format!("there is no command `{name}` on PATH\nhint: install {name} in the image, or use `--scheduler builtin`")
        })?;
        self.start_program(purpose, name, &program, arguments, directory, environment)
    }

    /// Removes the scripts of generations whose scheduler has ended.
    fn remove_old_folders(&self) {
        let live: Vec<String> = self
            .external
            .live
            .values()
            .map(|active| active.number.to_string())
            .collect();
        let Ok(entries) = fs::read_dir(self.options.state_dir.join(FOLDER)) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != "check"
                && !live.contains(&name)
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                self.note(&format!("can't remove `{}`: {error}", entry.path().display()));
            }
        }
    }
}

fn write_scripts(folder: &Path, jobs: &[Arc<Job>], active: &Active) -> io::Result<()> {
    for (index, job) in jobs.iter().enumerate() {
        let path = folder.join(script::file_name(index, job));
        let stdin = match &job.stdin {
            None => "/dev/null".to_owned(),
            Some(text) => {
                let stdin = path.with_extension("stdin");
                write_private(&stdin, text)?;
                stdin.display().to_string()
            }
        };
        write_private(&path, &script::text(job, &active.variables_of(job), &stdin)?)?;
    }
    Ok(())
}

/// Variables of a crontab may be secrets.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(bytes)
}

fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn find(program: &str, search_path: Option<&OsStr>) -> Option<PathBuf> {
    let folders = std::env::split_paths(search_path?);
    folders
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
