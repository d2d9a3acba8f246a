//! Following what is published: look, plan, build or switch.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use chrono::Utc;

use super::Agent;
use super::active::Active;
use super::back_off::BackOff;
use super::error::AgentError;
use super::helper::{Builder, Purpose};
use super::open_files::raise_limit;
use crate::crontab::{self, Defaults, Job};
use crate::error::Advice;
use crate::jobs::environment::{self, Key, Status, Variables};
use crate::jobs::generation::{
    self, Activation, Generation, Observed, Part, Published, Record, Situation, Stamps, Standing, Step, plan,
};
use crate::jobs::options::{Options, Scheduler};
use crate::jobs::report::Pending;
use crate::sync::lease::Lease;

/// What stands in the way of a commit, as `status` names it.
const DEPENDENCIES: &str = "dependencies";
const SCHEDULE: &str = "schedule";
const ACTIVATION: &str = "activation";

/// What the agent knows of what is published.
#[derive(Debug)]
pub struct Follow {
    /// What it remembers over a restart.
    pub record: Record,
    /// What the link led to, and the inline crontab's age, when it was looked at last.
    seen: Option<(Published, Option<SystemTime>)>,
    /// How the files stood then that a candidate is made from.
    stamps: Option<Stamps>,
    /// What was found there.
    pub candidate: Option<Result<Seen, (Part, String)>>,
    /// Why the published commit is not the generation.
    pub pending: Option<Pending>,
    /// Keeps the files of the generation before.
    previous: Option<Lease>,
    /// The builder that works.
    pub builder: Option<Builder>,
    back_off: BackOff,
    /// When to look again; none while the agent does not know yet, and at once then.
    pub next_at: Option<Instant>,
    /// What was said last, so that it is said once.
    said: String,
}

/// What is published, understood.
#[derive(Debug)]
pub struct Seen {
    /// The files.
    pub observed: Observed,
    /// How they stood just before they were read.
    stamps: Option<Stamps>,
    /// The jobs, or what is wrong with the schedule.
    pub jobs: Result<Vec<Arc<Job>>, String>,
    /// Whether another scheduler has still to say that it takes them.
    pub is_unchecked: bool,
}

impl Follow {
    /// Takes up what an earlier agent left.
    pub fn new(options: &Options) -> Result<Self, AgentError> {
        generation::sweep(&options.state_dir, options.places.publish.as_deref())?;
        Ok(Self {
            record: Record::read(&options.state_dir)?,
            seen: None,
            stamps: None,
            candidate: None,
            pending: None,
            previous: None,
            builder: None,
            back_off: BackOff::default(),
            next_at: None,
            said: String::new(),
        })
    }

    /// Looks at the link at once.
    pub fn look_now(&mut self) {
        self.next_at = None;
    }
}

impl Agent {
    /// Looks at the link when that is due.
    pub(super) fn follow_if_due(&mut self) {
        if self.follow.next_at.is_none_or(|at| at <= Instant::now()) {
            self.follow.next_at = Some(Instant::now() + self.options.poll);
            self.look();
            self.proceed();
        }
    }

    /// Reads what is published where it is not known yet.
    fn look(&mut self) {
        let places = &self.options.places;
        let published = match generation::published(&places.link) {
            Ok(Some(published)) => published,
            Ok(None) => {
                if self.active.is_none() {
                    self.say(&format!(
                        "waiting for the first sync of `{}`",
                        self.options.places.link.display()
                    ));
                }
                (self.follow.candidate, self.follow.seen) = (None, None);
                return;
            }
            Err(error) => {
                self.follow.seen = None;
                return self.unusable(Part::Schedule, &error);
            }
        };
        let inline = places.inline_crontab.as_ref();
        let inline_age = inline.and_then(|path| path.metadata().ok()?.modified().ok());
        let seen = Some((published, inline_age));
        let stamps = seen.as_ref().map(|(published, _)| places.stamps(published));
        let is_settled = std::mem::replace(&mut self.follow.stamps, stamps) == stamps;
        if self.follow.seen == seen
            && let Some(Ok(candidate)) = &self.follow.candidate
        {
            // What was understood stays as it is. What was refused may have been damaged, and be repaired by the sync
            // without a new commit; it is read again once nobody writes there any more.
            let is_repaired = candidate.jobs.is_err() && is_settled && stamps != candidate.stamps;
            if !is_repaired {
                return;
            }
        }
        let observed = match generation::observe(places) {
            Ok(Some(observed)) => observed,
            Ok(None) => return,
            Err(error) => {
                self.follow.seen = seen;
                return self.unusable(Part::Schedule, &error);
            }
        };
        self.follow.seen = seen;
        self.understand(observed);
    }

    fn understand(&mut self, mut observed: Observed) {
        let candidate = &mut observed.candidate;
        let variables = match Variables::of_installer() {
            Ok(variables) => variables,
            Err(error) => return self.unusable(Part::Dependencies, &error),
        };
        let request = environment::Request {
            worktree: candidate.worktree.clone(),
            requirements: candidate.requirements.clone(),
            python: self.options.python.clone(),
            installer: self.options.installer,
            state_dir: self.options.state_dir.clone(),
            variables,
        };
        match environment::key(&request) {
            Ok(key) => candidate.key = key,
            Err(error) => return self.unusable(Part::Dependencies, &error),
        }
        let jobs = jobs_of(&observed, &self.options.defaults);
        let is_external = self.options.scheduler != Scheduler::Builtin;
        let is_unchecked = is_external && jobs.is_ok();
        self.follow.candidate = Some(Ok(Seen {
            observed,
            stamps: self.follow.stamps,
            jobs,
            is_unchecked,
        }));
        if is_unchecked {
            self.check_schedule();
        }
    }

    /// What is published can't become a generation, for another reason than its schedule's text.
    fn unusable<E: Advice + 'static>(&mut self, part: Part, error: &E) {
        self.follow.candidate = Some(Err((part, told(error))));
    }

    /// Takes steps until none is left that can be taken now.
    pub(super) fn proceed(&mut self) {
        // Two generations at most are activated: the recorded one behind a restart, and what is published.
        for _ in 0..4 {
            let step = match self.next_step() {
                Ok(step) => step,
                Err(error) => return self.stay(ACTIVATION, &error, None),
            };
            match step {
                Step::Nothing => return self.note_held(),
                Step::Install { key, .. } => return self.build(&key),
                Step::Wait { until } => return self.wait(until),
                Step::Refuse { part, reason } => return self.refuse(part, &reason),
                Step::Activate(generation) => {
                    if self.may_be_removed(&generation) {
                        return;
                    }
                    let record = self.follow.record.with(&generation);
                    if let Err(error) = self.switch(&generation, record) {
                        return self.stay(ACTIVATION, &error, None);
                    }
                }
            }
        }
    }

    /// Whether the builder that works was not told to leave the generation's environment alone; its end is seen soon.
    fn may_be_removed(&self, generation: &Generation) -> bool {
        let (Some(builder), Some(key)) = (&self.follow.builder, &generation.key) else {
            return false;
        };
        builder.key != *key && !builder.in_use.contains(key)
    }

    fn next_step(&mut self) -> Result<Step, String> {
        let state_dir = self.options.state_dir.clone();
        let status = |key: Option<&Key>| environment::status(&state_dir, key).map_err(|error| chain(&error));
        let current = self.follow.record.current.as_ref();
        let standing = Standing {
            is_active: self.active.as_ref().map(|active| active.number)
                == current.map(|current| current.number),
            has_worktree: current.is_some_and(|current| current.worktree.is_dir()),
            environment: status(current.and_then(|current| current.key.as_ref()))?,
        };
        let seen = self.follow.candidate.as_ref();
        let candidate = seen.map(|seen| seen.as_ref().map(|seen| &seen.observed.candidate));
        let environment = match &candidate {
            Some(Ok(candidate)) => status(candidate.key.as_ref())?,
            _ => Status::NotNeeded,
        };
        let unchecked = matches!(seen, Some(Ok(seen)) if seen.is_unchecked);
        let schedule = match seen {
            Some(Ok(seen)) => seen.jobs.as_ref().map(Vec::len).map_err(String::as_str),
            _ => Ok(0),
        };
        Ok(plan(&Situation {
            record: &self.follow.record,
            standing: &standing,
            candidate: candidate.filter(|_| !unchecked),
            environment: &environment,
            schedule,
            now: unix_now(),
        }))
    }

    /// Switches: from the next line on, runs start in the new generation, with its packages, on its schedule.
    pub(super) fn switch(&mut self, generation: &Generation, record: Record) -> Result<(), String> {
        let published = match &self.follow.candidate {
            Some(Ok(seen)) if seen.observed.candidate.is(generation) => seen.jobs.as_ref().ok().cloned(),
            _ => None,
        };
        let places = &self.options.places;
        let observed = Observed::again(places, generation)
            .map_err(|error| told(&error))?
            .ok_or_else(|| {
                format!(
                    "the files of commit {} are gone from `{}`",
                    generation.commit,
                    generation.worktree.display()
                )
            })?;
        let jobs = match published {
            Some(jobs) => jobs,
            None => jobs_of(&observed, &self.options.defaults)?,
        };
        let runtime = self.runtime_crontab(&observed, &jobs, generation)?;
        generation::activate(&Activation {
            state_dir: &self.options.state_dir,
            publish: places.publish.as_deref(),
            record: &record,
            runtime_crontab: &runtime,
        })
        .map_err(|error| told(&error))?;
        let is_new = self.follow.record.current.as_ref() != Some(generation);
        self.follow.record = record;
        self.follow.pending = None;
        self.follow.previous = match &self.follow.record.previous {
            // Where it can't be leased it is gone, and a rollback says so.
            Some(previous) => Lease::take(&previous.worktree).ok().flatten(),
            None => None,
        };
        let active = Arc::new(Active {
            number: generation.number,
            commit: generation.commit.clone(),
            worktree: generation.worktree.clone(),
            environment: generation
                .key
                .as_ref()
                .map(|key| key.path(&self.options.state_dir)),
            key: generation.key.as_ref().map(ToString::to_string),
            schedule: generation.schedule.clone(),
            since: generation.since,
            _lease: observed.lease,
        });
        self.active = Some(active);
        self.take_schedule(&jobs);
        self.say(&describe(generation, is_new));
        self.start_external();
        Ok(())
    }

    fn take_schedule(&mut self, jobs: &[Arc<Job>]) {
        let now = Utc::now();
        self.roster.replace(jobs, now);
        let names: HashSet<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
        self.metrics.switched(|name| names.contains(name));
        self.latest.retain(|name, _| names.contains(name.as_str()));
        if let Some(limit) = raise_limit(jobs.len()) {
            self.note(&format!(
                "only {limit} files may be open, too few for {} jobs at once; raise `ulimit -n` of the container",
                jobs.len()
            ));
        }
        self.begin(now);
    }

    fn build(&mut self, key: &Key) {
        let not_before = self.follow.back_off.until(key, Instant::now());
        let (commit, worktree, requirements) = match (&self.follow.candidate, &self.follow.record.current) {
            (Some(Ok(seen)), _) if seen.observed.candidate.key.as_ref() == Some(key) => {
                let candidate = &seen.observed.candidate;
                (
                    candidate.commit.clone(),
                    candidate.worktree.clone(),
                    candidate.requirements.clone(),
                )
            }
            (_, Some(current)) => (
                current.commit.clone(),
                current.worktree.clone(),
                current.requirements.clone(),
            ),
            _ => return,
        };
        let pending = Pending {
            commit: commit.clone(),
            part: DEPENDENCIES.to_owned(),
            in_progress: true,
            error: None,
            retry_at: None,
        };
        if let Some(builder) = &self.follow.builder {
            if builder.key != *key {
                let pid = builder.pid;
                self.end_helper(pid);
            }
            self.follow.pending = Some(pending);
            return;
        }
        if let Some(at) = not_before {
            self.follow.next_at = Some(at);
            return;
        }
        self.say(&format!("building the dependencies of commit {}", short(&commit)));
        let arguments = self.builder_arguments(key, &worktree, requirements.as_deref());
        match self.start_helper(Purpose::Build, "install", &arguments) {
            Ok(pid) => {
                let in_use = self.keys_in_use();
                self.follow.builder = Some(Builder {
                    pid,
                    key: key.clone(),
                    in_use,
                });
                self.follow.pending = Some(pending);
            }
            Err(error) => self.stay(DEPENDENCIES, &error, None),
        }
    }

    /// The builder has ended, and noted why where it failed.
    pub(super) fn builder_ended(&mut self, is_success: bool) {
        if let Some(builder) = self.follow.builder.take() {
            self.follow
                .back_off
                .ended(builder.key, is_success, Instant::now());
        }
        self.metrics.built(is_success);
        self.follow.next_at = None;
    }

    fn wait(&mut self, until: Option<u64>) {
        let Some(until) = until else {
            // Our builder tells when it is done; another one's end is seen at the next look.
            if let Some(pending) = &mut self.follow.pending {
                pending.in_progress = true;
            }
            return;
        };
        let failure = match &self.follow.candidate {
            Some(Ok(seen)) => {
                environment::status(&self.options.state_dir, seen.observed.candidate.key.as_ref()).ok()
            }
            _ => None,
        };
        let error = match failure {
            Some(Status::Failed(failure)) => {
                let mut lines = vec![failure.error];
                lines.extend(failure.lines);
                lines.extend(failure.hint.map(|hint| format!("hint: {hint}")));
                lines.join("\n")
            }
            _ => "the last build failed".to_owned(),
        };
        let in_time = Duration::from_secs(until.saturating_sub(unix_now()) + 1);
        let at = Instant::now() + in_time;
        self.follow.next_at = self.follow.next_at.map(|next| next.min(at));
        self.stay(DEPENDENCIES, &error, Some(until));
    }

    fn refuse(&mut self, part: Part, reason: &str) {
        let commit = self.published_commit();
        if self.follow.record.refuse(&commit, part, reason, unix_now())
            && let Err(error) = self.follow.record.write(&self.options.state_dir)
        {
            self.say(&chain(&error));
        }
        let part = match part {
            Part::Dependencies => DEPENDENCIES,
            Part::Schedule => SCHEDULE,
        };
        self.stay(part, reason, None);
    }

    /// The present generation stays, and this is why.
    fn stay(&mut self, part: &str, reason: &str, retry_at: Option<u64>) {
        let commit = self.published_commit();
        let kept = match &self.active {
            Some(active) => format!("; generation {} stays", active.number),
            None => String::new(),
        };
        let what = match (commit.as_str(), part) {
            ("", _) => "what is published can't be used".to_owned(),
            (commit, ACTIVATION) => format!("commit {} can't be activated", short(commit)),
            (commit, part) => format!("the {part} of commit {} can't be used", short(commit)),
        };
        self.say(&format!("{what}{kept}:\n{reason}"));
        self.follow.pending = Some(Pending {
            commit,
            part: part.to_owned(),
            in_progress: false,
            error: Some(reason.to_owned()),
            retry_at,
        });
    }

    /// Nothing is to be done: what is published is active, or it waits for `jobs release`.
    fn note_held(&mut self) {
        let commit = self.published_commit();
        let is_other = self.active.as_ref().is_some_and(|active| active.commit != commit);
        let is_held = self.follow.record.held && is_other && !commit.is_empty();
        self.follow.pending = is_held.then(|| Pending {
            commit,
            part: "held".to_owned(),
            ..Pending::default()
        });
    }

    pub(super) fn published_commit(&self) -> String {
        self.follow
            .seen
            .as_ref()
            .map(|(published, _)| published.commit.clone())
            .unwrap_or_default()
    }

    /// Environments that runs, generations and what is published need.
    pub(super) fn keys_in_use(&self) -> Vec<Key> {
        let record = &self.follow.record;
        let recorded = [&record.current, &record.previous].into_iter().flatten();
        let of_runs = self
            .runs
            .values()
            .filter_map(|run| run.active.key.as_ref()?.parse().ok());
        let candidate = match &self.follow.candidate {
            Some(Ok(seen)) => seen.observed.candidate.key.clone(),
            _ => None,
        };
        let mut keys: Vec<Key> = recorded
            .filter_map(|generation| generation.key.clone())
            .chain(of_runs)
            .chain(candidate)
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Says something unless it was said last.
    fn say(&mut self, text: &str) {
        if self.follow.said != text {
            text.clone_into(&mut self.follow.said);
            self.note(text);
        }
    }
}

/// The jobs of both crontabs, or everything that is wrong with them.
pub fn jobs_of(observed: &Observed, defaults: &Defaults) -> Result<Vec<Arc<Job>>, String> {
    let name = observed.candidate.crontab.as_ref();
    let name = name.map(|path| path.display().to_string()).unwrap_or_default();
    let texts = [
        (&observed.inline_crontab, "the inline jobs of stack.toml"),
        (&observed.crontab, name.as_str()),
    ];
    let mut jobs = Vec::new();
    let mut wrong = Vec::new();
    for (text, source) in texts {
        match crontab::parse(text.as_deref().unwrap_or_default(), source, defaults) {
            Ok(found) => jobs.extend(found),
            Err(errors) => {
                wrong.push(format!("{errors}\n{}", errors.drawn()));
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    crontab::settle(&mut jobs);
    Ok(jobs.into_iter().map(Arc::new).collect())
}

fn describe(generation: &Generation, is_new: bool) -> String {
    let packages = match &generation.key {
        Some(key) => format!("environment {}", short(key.as_str())),
        None => "no requirements".to_owned(),
    };
    format!(
        "generation {} is active{}: commit {}, {packages}, {} {}",
        generation.number,
        if is_new { "" } else { " again" },
        short(&generation.commit),
        generation.jobs,
        if generation.jobs == 1 { "job" } else { "jobs" },
    )
}

/// A hash as people read it.
pub fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// An error with its sources and its hint.
fn told<E: Advice + 'static>(error: &E) -> String {
    let text = chain(error);
    match error.hint() {
        Some(hint) => format!("{text}\nhint: {hint}"),
        None => text,
    }
}

/// An error with its sources.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn unix_now() -> u64 {
    super::clock::now_ms() / 1000
}
