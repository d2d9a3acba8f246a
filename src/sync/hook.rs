//! What is called around publishing, as often as it takes, beside the syncs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::log::Log;
use super::metrics::Metrics;
use crate::runtime::interrupt::Interrupt;

/// What is called. Called again for the same commit it must do no harm.
pub trait Hook: Send {
    /// What it is called in logs and metrics.
    fn name(&self) -> &'static str;
    /// Calls it once.
    fn call(&self, commit: &str, worktree: &Path) -> Result<(), HookError>;
}

/// Why a hook failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HookError(pub String);

/// Runs one hook in a thread of its own: for the newest commit that it was started for, again after a while where it
/// failed, and not again for a commit that it succeeded for.
#[derive(Debug)]
pub struct HookRunner(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    wanted: Option<(String, PathBuf)>,
    /// How the first run since the start went.
    first: Option<bool>,
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HookRunner {
    /// Makes it ready. With `once` it runs no more than one time.
    pub fn new(
        hook: Box<dyn Hook>,
        backoff: Duration,
        once: bool,
        log: Log,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let work = Work {
            hook,
            backoff,
            once,
            log,
            metrics,
        };
        std::thread::Builder::new()
            .name("hook".to_owned())
            .spawn(move || work.run(&own))?;
        Ok(Self(shared))
    }

    /// Wants it to run for this commit, and does not wait.
    pub fn start(&self, commit: &str, worktree: &Path) {
        self.0.lock().wanted = Some((commit.to_owned(), worktree.to_owned()));
        self.0.changed.notify_all();
    }

    /// Waits until it has run once, where it was started at all, or until stackctl is to end. Whether it went well.
    #[must_use]
    pub fn finish(&self, interrupt: &Interrupt) -> bool {
        let shared = Arc::clone(&self.0);
        let _listening = interrupt.listen(move |_| {
            // With the lock nobody is between looking and waiting.
            let _state = shared.lock();
            shared.changed.notify_all();
        });
        let mut state = self.0.lock();
        while state.wanted.is_some() && state.first.is_none() && !interrupt.arrived() {
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.first != Some(false)
    }
}

struct Work {
    hook: Box<dyn Hook>,
    backoff: Duration,
    once: bool,
    log: Log,
    metrics: Arc<Metrics>,
}

impl Work {
    fn run(&self, shared: &Shared) {
        let mut done: Option<String> = None;
        loop {
            let (commit, worktree) = wait(shared, done.as_deref());
            let called = self.hook.call(&commit, &worktree);
            let name = self.hook.name();
            self.metrics.hook(name, called.is_ok());
            let is_good = called.is_ok();
            match called {
                Ok(()) => done = Some(commit),
                Err(error) => self.tell(&commit, &error),
            }
            // Whoever waits may end the process, so all is told before.
            shared.lock().first.get_or_insert(is_good);
            shared.changed.notify_all();
            if self.once {
                return;
            }
            if !is_good {
                // Whatever is newest by then is what it is called for.
                pause(shared, self.backoff);
            }
        }
    }

    fn tell(&self, commit: &str, error: &HookError) {
        let retry = if self.once {
            "never".to_owned()
        } else {
            format!("{:?}", self.backoff)
        };
        self.log.error(
            "hook failed",
            &[
                ("hook", &self.hook.name()),
                ("commit", &commit),
                ("retry", &retry),
                ("error", error),
            ],
        );
    }
}

/// Waits for a commit that it has not succeeded for.
fn wait(shared: &Shared, done: Option<&str>) -> (String, PathBuf) {
    let mut state = shared.lock();
    loop {
        match &state.wanted {
            Some((commit, worktree)) if Some(commit.as_str()) != done => {
                return (commit.clone(), worktree.clone());
            }
            _ => state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// Lets a time go by; being started meanwhile does not shorten it.
fn pause(shared: &Shared, time: Duration) {
    let until = Instant::now() + time;
    let mut state = shared.lock();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        let waited = shared.changed.wait_timeout(state, left);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::super::log::tests::Written;
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// Tells what it is called for, and does what it is told.
    struct Scripted {
        called: Sender<String>,
        answers: Mutex<Receiver<bool>>,
    }

    impl Hook for Scripted {
        fn name(&self) -> &'static str {
            "scripted"
        }

        fn call(&self, commit: &str, _worktree: &Path) -> Result<(), HookError> {
            self.called.send(commit.to_owned()).unwrap();
            let good = self.answers.lock().unwrap().recv_timeout(LONG).unwrap_or(true);
            if good {
                Ok(())
            } else {
                Err(HookError("told to".to_owned()))
            }
        }
    }

    struct Stage {
        runner: HookRunner,
        called: Receiver<String>,
        answers: Sender<bool>,
        log: Written,
        metrics: Arc<Metrics>,
    }

    fn stage(once: bool) -> Stage {
        let (called, is_called) = channel();
        let (answers, answered) = channel();
        let hook = Box::new(Scripted {
            called,
            answers: Mutex::new(answered),
        });
        let (log, metrics) = (Written::default(), Arc::new(Metrics::default()));
        let backoff = Duration::from_millis(20);
        Stage {
            runner: HookRunner::new(hook, backoff, once, log.log(0), Arc::clone(&metrics)).unwrap(),
            called: is_called,
            answers,
            log,
            metrics,
        }
    }

    #[test]
    fn it_is_tried_until_it_succeeds_and_then_for_newer_commits_only() {
        let stage = stage(false);
        stage.runner.start("one", Path::new("/"));
        for answer in [false, false, true] {
            assert_eq!(stage.called.recv_timeout(LONG).unwrap(), "one");
            stage.answers.send(answer).unwrap();
        }
        stage.runner.start("one", Path::new("/"));
        stage.runner.start("two", Path::new("/"));
        assert_eq!(stage.called.recv_timeout(LONG).unwrap(), "two");
        stage.answers.send(true).unwrap();
        assert!(
            stage
                .log
                .text()
                .contains("hook failed hook=\"scripted\" commit=\"one\"")
        );
        let facts = crate::runtime::process_facts::ProcessFacts::default();
        let counted = "git_sync_hook_run_count_total{name=\"scripted\",status=\"error\"} 2";
        assert!(stage.metrics.text(&facts).contains(counted));
    }

    #[test]
    fn a_newer_commit_takes_the_place_of_the_failed_one() {
        let stage = stage(false);
        stage.runner.start("one", Path::new("/"));
        assert_eq!(stage.called.recv_timeout(LONG).unwrap(), "one");
        stage.runner.start("two", Path::new("/"));
        stage.answers.send(false).unwrap();
        assert_eq!(stage.called.recv_timeout(LONG).unwrap(), "two");
        stage.answers.send(true).unwrap();
    }

    #[test]
    fn once_means_once_whatever_came_of_it() {
        for good in [true, false] {
            let stage = stage(true);
            assert!(stage.runner.finish(&Interrupt::default()), "it was not started");
            stage.runner.start("one", Path::new("/"));
            stage.answers.send(good).unwrap();
            assert_eq!(stage.runner.finish(&Interrupt::default()), good);
            assert_eq!(stage.called.recv_timeout(LONG).unwrap(), "one");
            // Its thread has ended, and the sender with it.
            assert!(stage.called.recv_timeout(LONG).is_err());
        }
    }
}
