//! What goes on right now, redrawn in place on a terminal and silent elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// A spinner for the phase and one line for each thing in it.
#[derive(Debug)]
pub struct Progress {
    bars: Option<MultiProgress>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    phase: Option<ProgressBar>,
    subjects: BTreeMap<String, ProgressBar>,
}

const TICK: Duration = Duration::from_millis(120);

impl Progress {
    /// Draws only when `live`.
    pub fn new(live: bool) -> Self {
        Self {
            bars: live.then(MultiProgress::new),
            state: Mutex::default(),
        }
    }

    /// Shows a phase; false where nothing is drawn.
    pub fn begin(&self, text: &str) -> bool {
        let Some(bars) = &self.bars else { return false };
        self.end();
        let bar = bars.add(spinner("{spinner} {msg} {elapsed:.dim}"));
        bar.set_message(text.to_owned());
        self.lock().phase = Some(bar);
        true
    }

    /// Shows a thing's state; false where nothing is drawn.
    pub fn update(&self, subject: &str, state: &str, finished: bool) -> bool {
        let Some(bars) = &self.bars else { return false };
        let mut guard = self.lock();
        let bar = guard
            .subjects
            .entry(subject.to_owned())
            .or_insert_with(|| bars.add(spinner("  {spinner} {prefix} {msg:.dim}")));
        bar.set_prefix(subject.to_owned());
        bar.set_message(state.to_owned());
        if finished {
            bar.disable_steady_tick();
        }
        true
    }

    /// Takes everything away.
    pub fn end(&self) {
        let mut guard = self.lock();
        for bar in guard
            .phase
            .take()
            .into_iter()
            .chain(std::mem::take(&mut guard.subjects).into_values())
        {
            bar.finish_and_clear();
        }
    }

    /// Prints something above what is drawn.
    pub fn suspend(&self, print: impl FnOnce()) {
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

fn spinner(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the templates above are valid");
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(TICK);
    bar
}
