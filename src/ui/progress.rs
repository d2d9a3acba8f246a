//! What goes on right now, redrawn in place on a terminal and silent elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

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
    /// Bars of what is counted; those that are full are taken away and stay counted in the total.
    amounts: BTreeMap<String, Amount>,
    /// Of the first unit in which two things are counted, and its bar.
    total: Option<(String, ProgressBar)>,
    /// Where nothing is drawn: what was told to be finished.
    told: BTreeSet<String>,
}

/// How far a thing is.
#[derive(Debug)]
struct Amount {
    bar: ProgressBar,
    done: u64,
    total: u64,
    unit: String,
}

/// A bar for one thing, and one for all things of a phase.
const BAR: &str = "  {prefix} {bar:24} {percent:>3}% {human_pos} of {human_len} {msg} {human_rate:.dim}";
const TOTAL: &str =
    "  {prefix} {bar:24} {percent:>3}% {human_pos} of {human_len} {msg} {human_rate}, {eta} left";
/// Where nothing is drawn, less than this is done before a person has read that it is.
const WORTH_A_LINE: u64 = 100_000;
/// Names are padded to this width, so that most bars begin below each other.
const NAME_WIDTH: usize = 28;

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
        self.end();
        let Some(bars) = &self.bars else { return false };
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

    /// Shows how far a thing is. Gives back whether that is to be told in a line: nothing is drawn, and it has just been
    /// finished.
    pub fn amount(&self, subject: &str, done: u64, total: u64, unit: &str) -> bool {
        let mut guard = self.lock();
        let Some(bars) = &self.bars else {
            return done >= total && total >= WORTH_A_LINE && guard.told.insert(subject.to_owned());
        };
        let state = &mut *guard;
        let amount = state.amounts.entry(subject.to_owned()).or_insert_with(|| {
            let named = counter(BAR, unit, subject, total);
            let bar = bars.insert_from_back(usize::from(state.total.is_some()), named);
            Amount {
                bar,
                done: 0,
                total,
                unit: unit.to_owned(),
            }
        });
        amount.done = done;
        amount.total = total;
        amount.bar.set_length(total);
        amount.bar.set_position(done);
        if done >= total {
            amount.bar.finish_and_clear();
        }
        let alike = || state.amounts.values().filter(|amount| amount.unit == unit);
        if alike().count() > 1 {
            let new = || (unit.to_owned(), bars.add(counter(TOTAL, unit, "all", total)));
            let (of, sum) = state.total.get_or_insert_with(new);
            if of == unit {
                sum.set_length(alike().map(|amount| amount.total).sum());
                sum.set_position(alike().map(|amount| amount.done).sum());
            }
        }
        false
    }

    /// Takes everything away.
    pub fn end(&self) {
        let mut guard = self.lock();
        guard.told.clear();
        for amount in std::mem::take(&mut guard.amounts).into_values() {
            amount.bar.finish_and_clear();
        }
        if let Some((_, total)) = guard.total.take() {
            total.finish_and_clear();
        }
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

/// A bar that knows its name and length before it is drawn.
fn counter(template: &str, unit: &str, name: &str, total: u64) -> ProgressBar {
    let rate = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
        // Writing to a string can't fail.
        let _ok = write!(text, "{}/s", rounded(state.per_sec()));
    };
    let style = ProgressStyle::with_template(template)
        .expect("the templates above are valid")
        .with_key("human_rate", rate)
        .progress_chars("━╸─");
    ProgressBar::new(total)
        .with_style(style)
        .with_prefix(format!("{name:NAME_WIDTH$}"))
        .with_message(unit.to_owned())
}

/// A rate in few letters, such as `1.2M`.
fn rounded(rate: f64) -> String {
    match rate {
        rate if rate >= 1e6 => format!("{:.1}M", rate / 1e6),
        rate if rate >= 1e3 => format!("{:.0}k", rate / 1e3),
        rate => format!("{rate:.0}"),
    }
}

fn spinner(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the templates above are valid");
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(TICK);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_large_things_are_told_once_when_they_are_finished() {
        let progress = Progress::new(false);
        let amount = |done| progress.amount("users", done, 200_000, "rows");
        assert_eq!([0, 5, 200_000, 200_000].map(amount), [false, false, true, false]);
        assert!(!progress.amount("empty", 0, 0, "rows"));
        progress.begin("building");
        assert!(amount(200_000), "the next phase tells it again");
    }

    #[test]
    fn a_total_is_of_things_that_are_counted_alike() {
        let progress = Progress::new(true);
        progress.begin("reading");
        progress.amount("main", 5, 10, "bytes checked");
        progress.amount("a", 1, 4, "rows");
        assert!(progress.lock().total.is_none());
        progress.amount("b", 2, 4, "rows");
        progress.amount("main", 10, 10, "bytes checked");
        let state = progress.lock();
        let (unit, bar) = state.total.as_ref().unwrap();
        assert_eq!(
            (unit.as_str(), bar.position(), bar.length()),
            ("rows", 3, Some(8))
        );
    }

    #[test]
    fn rates_are_short() {
        let shown: Vec<String> = [0.4, 999.0, 45_300.0, 1_240_000.0].map(rounded).into();
        assert_eq!(shown, ["0", "999", "45k", "1.2M"]);
    }
}
