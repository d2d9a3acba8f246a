//! What the agent answers on its socket.

use std::sync::Arc;

use super::Agent;
use super::clock;
use super::follow::{chain, short};
use super::launch::Asked;
use crate::crontab::Job;
use crate::diagnostic::{nearest, quoted};
use crate::error::Advice;
use crate::jobs::control::{Reply, Request};
use crate::jobs::environment;
use crate::jobs::generation;
use crate::jobs::history::Cause;

impl Agent {
    /// Does what is asked.
    pub(super) fn answer(&mut self, request: Request) -> Reply {
        match request {
            Request::Status => Reply::Status {
                report: Box::new(self.report()),
            },
            Request::List { next } => Reply::List {
                jobs: self.listed(next),
            },
            Request::Health => self.health(),
            Request::Pause => self.set_paused(true),
            Request::Resume => self.set_paused(false),
            Request::RunNow { job } => self.run_now(&job),
            Request::Rollback => self.roll_back(),
            Request::Release => self.release(),
        }
    }

    fn health(&self) -> Reply {
        if self.draining.is_some() {
            return Reply::refused(
                "the agent is ending",
                "look at its log for the runs that it waits for",
            );
        }
        match (&self.active, &self.follow.pending) {
            (Some(active), _) => Reply::done(format!("generation {} is active", active.number)),
            (None, Some(pending)) if pending.in_progress => Reply::refused(
                format!(
                    "the dependencies of commit {} are being built",
                    short(&pending.commit)
                ),
                "wait; the log shows how far it is",
            ),
            (None, Some(pending)) => Reply::refused(
                format!(
                    "the {} of commit {} can't be used",
                    pending.part,
                    short(&pending.commit)
                ),
                "`stackctl jobs status` says why",
            ),
            (None, None) => Reply::refused(
                format!(
                    "nothing is published at `{}` yet",
                    self.options.places.link.display()
                ),
                "look at the log of the sync: `stackctl sync status` says what it waits for",
            ),
        }
    }

    fn set_paused(&mut self, paused: bool) -> Reply {
        if self.paused() == paused {
            let message = if paused {
                "no job is started already"
            } else {
                "jobs are started already"
            };
            return Reply::done(message);
        }
        let record = generation::Record {
            paused,
            ..self.follow.record.clone()
        };
        if let Err(error) = record.write(&self.options.state_dir) {
            return Reply::Refused {
                error: chain(&error),
                hint: error.hint(),
            };
        }
        self.follow.record = record;
        if paused {
            self.note("paused: no run is started until `stackctl jobs resume`");
            self.end_external();
            Reply::done("no run is started from now on; those that go on do so")
        } else {
            self.note("resumed");
            self.start_external();
            self.start_waiting();
            Reply::done("jobs are started again")
        }
    }

    fn run_now(&mut self, name: &str) -> Reply {
        if self.draining.is_some() {
            return Reply::refused("the agent is ending", "start it again first");
        }
        let Some(job) = self.roster.named(name).cloned() else {
            return self.no_such_job(name);
        };
        match self.ask(&job, clock::now_ms(), Cause::Request) {
            Asked::Started(run) => Reply::done(format!("`{name}` is started as run {run}")),
            Asked::Waits if self.paused() => Reply::done(format!(
                "`{name}` starts once the run before it has ended and jobs are resumed"
            )),
            Asked::Waits => Reply::done(format!("`{name}` starts once the run before it has ended")),
            Asked::Refused(reason) => Reply::refused(
                format!("`{name}` is not started: {reason}"),
                "`stackctl jobs status` shows what runs; `overlap=allow` above the job lets runs overlap",
            ),
        }
    }

    fn no_such_job(&self, name: &str) -> Reply {
        let names: Vec<&str> = self
            .roster
            .jobs()
            .map(|job: &Arc<Job>| job.name.as_str())
            .collect();
        let hint = match nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`stackctl jobs list` shows the names".to_owned(),
        };
        Reply::refused(format!("there is no job {}", quoted(name)), hint)
    }

    fn roll_back(&mut self) -> Reply {
        let previous = self.follow.record.previous.as_ref();
        let has_worktree = previous.is_some_and(|previous| previous.worktree.is_dir());
        let key = previous.and_then(|previous| previous.key.as_ref());
        let environment = match environment::status(&self.options.state_dir, key) {
            Ok(status) => status,
            Err(error) => {
                return Reply::Refused {
                    error: chain(&error),
                    hint: error.hint(),
                };
            }
        };
        let now = clock::now_ms() / 1000;
        let (generation, record) =
            match generation::rollback(&self.follow.record, has_worktree, &environment, now) {
                Ok(planned) => planned,
                Err(error) => {
                    return Reply::Refused {
                        error: chain(&error),
                        hint: error.hint(),
                    };
                }
            };
        if let Err(error) = self.switch(&generation, record) {
            return Reply::Refused { error, hint: None };
        }
        self.follow.look_now();
        Reply::done(format!(
            "generation {} is active with commit {}, and held until `stackctl jobs release`",
            generation.number,
            short(&generation.commit)
        ))
    }

    fn release(&mut self) -> Reply {
        let released = generation::release(&self.follow.record)
            .map_err(|error| (chain(&error), error.hint()))
            .and_then(|record| {
                let written = record.write(&self.options.state_dir);
                written
                    .map(|()| record)
                    .map_err(|error| (chain(&error), error.hint()))
            });
        match released {
            Ok(record) => {
                self.follow.record = record;
                self.note("released: what is published becomes the generation again");
                self.follow.look_now();
                Reply::done("what is published becomes the generation again")
            }
            Err((error, hint)) => Reply::Refused { error, hint },
        }
    }
}
