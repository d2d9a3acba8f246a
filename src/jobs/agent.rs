//! The process that runs the jobs, PID 1 of their container.
//!
//! One thread waits in `poll` for whatever is next: a signal, a moment of the wall clock, a request, the end of a run's
//! output. It wakes for nothing else, never blocks on a job or on whoever reads the output, and is the only one that
//! starts and reaps processes. So a switch to another generation is one step of it: no run starts in between.

mod active;
mod alarm;
mod answer;
mod back_off;
mod clock;
mod drain;
mod error;
mod external;
mod follow;
mod helper;
mod last_runs;
mod launch;
mod open_files;
mod reap;
mod report_page;
mod roster;
mod run;
mod signals;
mod tick;
mod turn;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::control::server::Server;
use super::history::{Journal, Record};
use super::metrics::Metrics;
use super::options::Options;
use super::output::Output;
use active::Active;
use alarm::Alarm;
use drain::Drain;
use external::External;
use follow::Follow;
use helper::Helper;
use last_runs::LastRuns;
use roster::Roster;
use run::{Retry, Run, Waiting};
use signals::Signals;

pub use error::AgentError;

/// Where the agent prints: jobs' lines, and its own.
#[derive(Debug)]
pub struct Streams {
    /// What jobs print.
    pub data: File,
    /// What the agent says.
    pub status: File,
}

/// How the agent ended, once it was told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every run had the time that it wanted.
    Drained,
    /// Runs were ended before that.
    Cut,
}

/// Failures that `status` shows.
const FAILURES: usize = 10;
/// How long the last lines may take to be written at the end.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Runs the jobs until SIGTERM or SIGINT.
///
/// # Errors
/// It can't start: another agent has the state folder, or something can't be opened. Once it runs, it goes on whatever
/// happens.
pub fn run(options: Options, streams: Streams) -> Result<Ended, AgentError> {
    let _lock = open_files::lock(&options.state_dir)?;
    // What jobs leave behind becomes a child of this process, also where it is not PID 1, and is reaped.
    nix::sys::prctl::set_child_subreaper(true).map_err(AgentError::system("adopt what jobs leave behind"))?;
    let signals = Signals::install().map_err(AgentError::system("take signals over"))?;
    let alarm = Alarm::new().map_err(AgentError::system("make a timer"))?;
    let server = Server::bind(&options.state_dir).map_err(AgentError::socket(&options.state_dir))?;
    let mut agent = Agent::new(options, streams)?;
    agent.serve_metrics()?;
    let ended = turn::Loop {
        signals,
        alarm,
        server,
    }
    .run(&mut agent)?;
    agent.output.close(LAST_WORDS);
    Ok(ended)
}

/// All that the agent knows.
#[derive(Debug)]
struct Agent {
    options: Options,
    output: Output,
    journal: Journal,
    metrics: Metrics,
    /// Begins the names of runs; no other agent of the state folder has it.
    run_prefix: String,
    run_count: u64,
    source_count: u64,
    /// The generation that new runs start in.
    active: Option<Arc<Active>>,
    roster: Roster,
    /// Runs by the source of their output.
    runs: BTreeMap<u64, Run>,
    /// Processes of runs -> their source.
    processes: HashMap<i32, u64>,
    waiting: VecDeque<Waiting>,
    retries: Vec<Retry>,
    /// Processes that are no runs: the builder, checks, other schedulers.
    helpers: HashMap<i32, Helper>,
    external: External,
    last_runs: LastRuns,
    /// The latest run of each job.
    latest: BTreeMap<String, Record>,
    /// The last failed runs with what they printed, latest first.
    failures: VecDeque<(Record, Vec<String>)>,
    follow: Follow,
    draining: Option<Drain>,
    /// Whether jobs that are due at the start of the agent were started.
    has_begun: bool,
    /// When the gauges were set last.
    gauges_at: Option<Instant>,
    /// Whether the history could not be written at last.
    is_history_failing: bool,
}

impl Agent {
    fn new(options: Options, streams: Streams) -> Result<Self, AgentError> {
        let state_dir = options.state_dir.clone();
        let output = Output::start(streams.data, streams.status)
            .map_err(AgentError::system("start the thread for output"))?;
        let now_ms = clock::now_ms();
        let (journal, known) = Journal::open(&state_dir, now_ms).map_err(AgentError::state(&state_dir))?;
        let last_runs = LastRuns::read(&state_dir).map_err(AgentError::state(&state_dir))?;
        let follow = Follow::new(&options)?;
        let agent = Self {
            output,
            journal,
            metrics: Metrics::default(),
            run_prefix: format!("{:x}", clock::now_us()),
            run_count: 0,
            source_count: 0,
            active: None,
            roster: Roster::default(),
            runs: BTreeMap::new(),
            processes: HashMap::new(),
            waiting: VecDeque::new(),
            retries: Vec::new(),
            helpers: HashMap::new(),
            external: External::default(),
            last_runs,
            latest: known.latest,
            failures: known
                .failures
                .into_iter()
                .rev()
                .map(|record| (record, Vec::new()))
                .collect(),
            follow,
            draining: None,
            has_begun: false,
            gauges_at: None,
            is_history_failing: false,
            options,
        };
        for record in &known.lost {
            agent.note(&format!(
                "`{}` was cut: the agent before this one was killed while it ran (run {})",
                record.job, record.run
            ));
        }
        Ok(agent)
    }

    /// Says something on stderr.
    fn note(&self, text: &str) {
        self.output.note(text);
    }

    fn paused(&self) -> bool {
        self.follow.record.paused
    }

    fn next_run_name(&mut self) -> String {
        self.run_count += 1;
        format!("{}-{}", self.run_prefix, self.run_count)
    }

    fn next_source(&mut self) -> u64 {
        self.source_count += 1;
        self.source_count
    }

    /// Writes a start or an end down. A full disk stops no job.
    fn write(&mut self, record: &Record) {
        let written = self.journal.write(record);
        match (&written, self.is_history_failing) {
            (Err(error), false) => self.note(&format!(
                "the history can't be written: {error}; jobs run on without it (`df -h {}` shows whether the disk is full)",
                self.options.state_dir.display()
            )),
            (Ok(()), true) => self.note("the history is written again"),
            _ => {}
        }
        self.is_history_failing = written.is_err();
    }

    /// A run is over, and this is its record.
    fn conclude(&mut self, record: &Record, tail: &[String]) {
        self.write(record);
        self.metrics.ended(record);
        if self.roster.named(&record.job).is_some() {
            self.latest.insert(record.job.clone(), record.clone());
        }
        let Some(outcome) = record.outcome.as_ref().filter(|outcome| outcome.is_failure()) else {
            return;
        };
        self.note(&format!(
            "`{}` failed: {outcome} (run {})",
            record.job, record.run
        ));
        self.failures.push_front((record.clone(), tail.to_vec()));
        self.failures.truncate(FAILURES);
    }
}
