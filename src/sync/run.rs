//! The loop: round after round until the end.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::stat::{Mode, umask};
use signal_hook::consts::SIGHUP;
use signal_hook::iterator::Signals;

use crate::error::Advice;
use crate::runtime::interrupt::{Interrupt, Listening};

use super::companion::{Companion, Event, Outcome};
use super::error::SyncError;
use super::git;
use super::options::Options;
use super::report::Report;
use super::root::{self, Root};
use super::round::{Rounds, Synced};
use super::{signpost, user};

/// How the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Behind the one round that was asked for; whether the hooks went well.
    Once {
        /// Whether each hook succeeded.
        hooks_succeeded: bool,
    },
    /// By a signal.
    Interrupted,
}

/// Keeps the root in step with the repository until the options or a signal end it.
///
/// # Errors
/// It can't start, or failed more often in a row than the options allow.
pub fn run(
    options: &Options,
    companion: &mut dyn Companion,
    interrupt: &Interrupt,
) -> Result<Ended, SyncError> {
    let mask = if options.group_write { 0o002 } else { 0o022 };
    umask(Mode::from_bits_truncate(mask));
    if options.add_user {
        let passwd = Path::new("/etc/passwd");
        user::add(passwd).map_err(SyncError::disk("add the own user to", passwd))?;
    }
    let resolved = Options {
        layout: root::resolve(&options.layout)?,
        ..options.clone()
    };
    let options = &resolved;
    let wakes = Wakes::install(options.pace.signal, interrupt)?;
    let (said, lines) = channel::<String>();
    // The receiver is there as long as the backend is.
    let git = git::open(
        options,
        interrupt,
        Arc::new(move |line| drop(said.send(line.to_owned()))),
    )?;
    let mut state = State {
        rounds: Rounds::new(options, options.layout.clone(), git),
        report: Report {
            repo: options.source.repo.clone(),
            reference: options.source.reference.clone(),
            ..Report::read(&options.layout.report()).unwrap_or_default()
        },
        root: None,
        failures: 0,
        is_ready: false,
    };
    loop {
        let start = Instant::now();
        let outcome = state.round(options, companion, start + options.pace.sync_timeout);
        for line in lines.try_iter() {
            companion.tell(&Event::Step(&line));
        }
        if interrupt.arrived() {
            return Ok(Ended::Interrupted);
        }
        let wait = match outcome {
            Ok(synced) => {
                state.succeeded(options, companion, &synced, start);
                if options.pace.one_time {
                    let hooks_succeeded = companion.finish(interrupt);
                    if interrupt.arrived() {
                        return Ok(Ended::Interrupted);
                    }
                    return Ok(Ended::Once { hooks_succeeded });
                }
                state.wait(options)
            }
            Err(error) => {
                state.failed(options, companion, &error, start);
                if options.pace.gives_up(state.is_ready, state.failures) {
                    return Err(error);
                }
                state.wait(options)
            }
        };
        if wakes.wait(wait) == Wake::End {
            return Ok(Ended::Interrupted);
        }
    }
}

struct State<'a> {
    rounds: Rounds<'a>,
    report: Report,
    root: Option<Root>,
    /// In a row.
    failures: u32,
    is_ready: bool,
}

impl State<'_> {
    fn round(
        &mut self,
        options: &Options,
        companion: &mut dyn Companion,
        deadline: Instant,
    ) -> Result<Synced, SyncError> {
        self.report.attempted_at = Some(now());
        if self.root.is_none() {
            self.root = Some(Root::take(&options.layout.root)?);
            self.rounds.sweep(companion);
        }
        let outcome = self.rounds.run(companion, deadline);
        self.rounds.prune(companion);
        outcome
    }

    /// Everything is in place and told before the touch file says so; collecting garbage may take longer and comes
    /// behind it.
    fn succeeded(
        &mut self,
        options: &Options,
        companion: &mut dyn Companion,
        synced: &Synced,
        start: Instant,
    ) {
        self.failures = 0;
        self.is_ready = true;
        let commit = synced.commit.as_str();
        if self.report.commit.as_deref() != Some(commit) {
            self.report.commit = Some(commit.to_owned());
            self.report.published_at = Some(now());
        }
        self.report.succeeded_at = Some(now());
        (self.report.error, self.report.hint) = (None, None);
        let outcome = if synced.changed {
            Outcome::Changed { commit }
        } else {
            Outcome::Unchanged { commit }
        };
        self.tell(options, companion, outcome, start);
        if let Some(file) = &options.error_file {
            warn(companion, "remove the error file", signpost::remove(file));
        }
        if let Some(file) = options.touch_file.as_ref().filter(|_| synced.changed) {
            warn(companion, "touch the touch file", signpost::touch(file));
        }
        let deadline = Instant::now() + options.pace.sync_timeout;
        self.rounds.tidy(companion, deadline);
    }

    fn failed(
        &mut self,
        options: &Options,
        companion: &mut dyn Companion,
        error: &SyncError,
        start: Instant,
    ) {
        self.failures = self.failures.saturating_add(1);
        let text = with_causes(error);
        if let Some(file) = &options.error_file {
            let message = "error syncing repo, will retry";
            let written = signpost::tell_error(file, message, &text, Some(self.failures));
            warn(companion, "write the error file", written);
        }
        (self.report.error, self.report.hint) = (Some(text), error.hint());
        self.tell(options, companion, Outcome::Failed(error), start);
    }

    fn tell(
        &mut self,
        options: &Options,
        companion: &mut dyn Companion,
        outcome: Outcome<'_>,
        start: Instant,
    ) {
        let ends = match outcome {
            Outcome::Failed(_) => options.pace.gives_up(self.is_ready, self.failures),
            _ => options.pace.one_time,
        };
        let next = (!ends).then(|| options.pace.wait(self.is_ready, self.failures, 0.0));
        self.report.failures = self.failures;
        self.report.next_at = next.map(|wait| now() + wait.as_secs());
        // A root that is somebody else's, or that can't be written, holds no report of ours.
        if self.root.is_some() {
            let text = serde_json::to_string(&self.report).expect("a report has only plain fields");
            let written = signpost::write(&options.layout.report(), &format!("{text}\n"));
            warn(companion, "write the report", written);
        }
        companion.tell(&Event::Round {
            outcome,
            took: start.elapsed(),
            failures: self.failures,
            next,
        });
    }

    fn wait(&self, options: &Options) -> Duration {
        let mut bytes = [0; 4];
        // Without chance all hosts ask at once, which is no reason not to ask.
        let chance = getrandom::fill(&mut bytes).map_or(0.0, |()| {
            f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX)
        });
        options.pace.wait(self.is_ready, self.failures, chance)
    }
}

/// Tells of something that does not hold the round back.
fn warn(companion: &mut dyn Companion, action: &str, done: std::io::Result<()>) {
    if let Err(error) = done {
        companion.tell(&Event::Warning(&format!("can't {action}: {error}")));
    }
}

/// The message with what caused it, for files that hold one text.
fn with_causes(error: &SyncError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// What ends a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wake {
    /// It is time, or somebody asked for it.
    Round,
    /// stackctl is to end.
    End,
}

/// What ends waits before their time.
struct Wakes {
    _listening: Listening,
    /// Keeps the channel open.
    _sender: Sender<Wake>,
    receiver: Receiver<Wake>,
}

impl Wakes {
    fn install(signal: Option<i32>, interrupt: &Interrupt) -> Result<Self, SyncError> {
        let (sender, receiver) = channel();
        let end = sender.clone();
        let listening = interrupt.listen(move |_| {
            // The loop has ended where nobody receives.
            let _gone = end.send(Wake::End);
        });
        if let Some(signal) = signal {
            // SIGHUP asks in any case: it would else end the sync, and scripts of the first versions send it.
            let mut signals = Signals::new([signal, SIGHUP]).map_err(SyncError::Signals)?;
            let round = sender.clone();
            std::thread::Builder::new()
                .name("sync signal".to_owned())
                .spawn(move || {
                    for _ in signals.forever() {
                        let _gone = round.send(Wake::Round);
                    }
                })
                .map_err(SyncError::Signals)?;
        }
        Ok(Self {
            _listening: listening,
            _sender: sender,
            receiver,
        })
    }

    /// A signal that came during the round counts: what it announced may have come too late for that round.
    fn wait(&self, time: Duration) -> Wake {
        let first = match self.receiver.recv_timeout(time) {
            Ok(wake) => wake,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Wake::Round,
        };
        // Many signals ask for one round.
        self.receiver
            .try_iter()
            .fold(first, |found, wake| if wake == Wake::End { wake } else { found })
    }
}
