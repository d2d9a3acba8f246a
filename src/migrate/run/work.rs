//! What is to be done for the tables of all files, and in which order: a list from which several threads take.
//!
//! Copies come first, large tables before small ones. When a table is copied, its keys and indexes are built, then it is
//! finished; when all tables of a file are, its foreign keys are made. Digests are compared when nothing else is ready:
//! that can be done beside all of it, while indexes and foreign keys keep each other from their tables.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::file::File;
use super::flaw;
use super::ledger::TableState;
use crate::migrate::MigrateError;
use crate::runtime::interrupt::Interrupt;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// What; the first to be done is the least.
    pub kind: Kind,
    /// Larger tables come first.
    size: Reverse<u64>,
    /// The file's place.
    pub file: usize,
    /// The table's place in the file's plan.
    pub table: usize,
    /// The step's place, for those that have several.
    pub step: usize,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Rows are copied.
    Copy,
    /// An index is built.
    Build,
    /// Keys, sequences and statistics.
    Finish,
    /// A foreign key is made.
    ForeignKey,
    /// Digests are compared.
    Compare,
}

/// The list.
#[derive(Debug)]
pub struct Work<'a> {
    files: &'a [File<'a>],
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ready: BTreeSet<Task>,
    running: usize,
    /// Copies that are not done.
    copies: usize,
    /// What is left of a table before it is finished, and of a file before its foreign keys.
    left: BTreeMap<(usize, Option<usize>), usize>,
    /// Keys, indexes and foreign keys that are made.
    built: u64,
    error: Option<MigrateError>,
    /// First begin and last end of each kind for each file.
    spans: BTreeMap<(usize, Kind), (Instant, Instant)>,
}

impl<'a> Work<'a> {
    /// All that is not done yet.
    #[must_use]
    pub fn new(files: &'a [File<'a>]) -> Self {
        let work = Self {
            files,
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        let mut state = work.lock();
        for (place, file) in files.iter().enumerate() {
            state.left.insert((place, None), file.plan.tables.len());
            for table in 0..file.plan.tables.len() {
                let copy = work.task(Kind::Copy, place, table, 0);
                if file.kept[table].state == TableState::Copied {
                    work.follow(&mut state, copy);
                } else {
                    state.copies += 1;
                    state.ready.insert(copy);
                }
            }
        }
        drop(state);
        work
    }

    /// How many things can be done at once at most.
    #[must_use]
    pub fn width(&self) -> usize {
        let of = |file: &File<'_>| {
            file.plan
                .tables
                .iter()
                .map(|table| 1 + table.indexes.len().max(table.foreign_keys.len()))
                .sum::<usize>()
        };
        self.files.iter().map(of).sum()
    }

    /// The next thing to do; waits until there is one, and gives `None` when nothing is left or something failed.
    fn next(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.error.is_some() {
                return None;
            }
            if let Some(task) = state.ready.pop_first() {
                state.running += 1;
                return Some(task);
            }
            if state.running == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Does one thing after the other until none is left, something failed, or the user wants to stop.
    ///
    /// A panic in `does` ends the list as an error does: threads that wait would otherwise wait for ever.
    pub fn each(&self, interrupt: &Interrupt, does: &mut dyn FnMut(Task) -> Result<(), MigrateError>) {
        while let Some(task) = self.next() {
            let begun = Instant::now();
            let answer = if interrupt.arrived() {
                Err(MigrateError::Interrupted)
            } else {
                flaw::caught(&self.doing(task), || does(task))
            };
            match answer {
                Ok(()) => self.done(task, begun),
                Err(flaw @ MigrateError::Flaw { .. }) => self.fail(flaw),
                Err(_) if interrupt.arrived() => self.fail(MigrateError::Interrupted),
                Err(error) => self.fail(error),
            }
        }
    }

    /// What is done, for people.
    fn doing(&self, task: Task) -> String {
        let plan = &self.files[task.file].plan;
        let verb = match task.kind {
            Kind::Copy => "copying",
            Kind::Compare => "comparing",
            Kind::Build => "making a key or an index of",
            Kind::Finish => "finishing",
            Kind::ForeignKey => "making a foreign key of",
        };
        format!("{verb} `{}.{}`", plan.schema, plan.tables[task.table].name)
    }

    /// A thing is done; what follows from it becomes ready.
    fn done(&self, task: Task, begun: Instant) {
        let mut state = self.lock();
        state.running -= 1;
        state.built += u64::from(matches!(task.kind, Kind::Build | Kind::ForeignKey));
        state.copies -= usize::from(task.kind == Kind::Copy);
        let now = Instant::now();
        let span = state.spans.entry((task.file, task.kind)).or_insert((begun, now));
        *span = (span.0.min(begun), now);
        self.follow(&mut state, task);
        self.changed.notify_all();
    }

    /// A thing failed; nothing more is begun. The first error is kept.
    fn fail(&self, error: MigrateError) {
        self.lock().running -= 1;
        self.abandon(error);
    }

    /// A thread can not work; nothing more is begun.
    pub fn abandon(&self, error: MigrateError) {
        self.lock().error.get_or_insert(error);
        self.changed.notify_all();
    }

    /// Whether something failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.lock().error.is_some()
    }

    /// Waits until all rows are copied; false where something failed before.
    #[must_use]
    pub fn wait_for_copies(&self) -> bool {
        let mut state = self.lock();
        while state.copies > 0 && state.error.is_none() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.error.is_none()
    }

    /// How many keys, indexes and foreign keys are made in this run, of how many.
    #[must_use]
    pub fn built(&self) -> (u64, u64) {
        let of = |file: &File<'_>| {
            let tables = file.plan.tables.iter().zip(&file.kept);
            tables
                .map(|(table, kept)| {
                    let steps = table.indexes.iter().chain(&table.foreign_keys);
                    steps.filter(|step| !kept.steps.contains(&step.name)).count() as u64
                })
                .sum::<u64>()
        };
        (self.lock().built, self.files.iter().map(of).sum())
    }

    /// How many things are being done or wait for a thread.
    #[must_use]
    pub fn open(&self) -> usize {
        let state = self.lock();
        state.running + state.ready.len()
    }

    /// Adds how long the parts took for each file: copy, build, verify. Gives the error.
    pub fn end(self, times: &mut [[f64; 3]]) -> Result<(), MigrateError> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (file, parts) in times.iter_mut().enumerate() {
            for (sum, more) in parts.iter_mut().zip(seconds(&state, file)) {
                *sum += more;
            }
        }
        state.error.map_or(Ok(()), Err)
    }

    fn task(&self, kind: Kind, file: usize, table: usize, step: usize) -> Task {
        Task {
            kind,
            size: Reverse(self.files[file].plan.tables[table].rows),
            file,
            table,
            step,
        }
    }

    /// Makes ready what comes behind a thing.
    fn follow(&self, state: &mut State, done: Task) {
        let Task { file, table, .. } = done;
        let plan = &self.files[file].plan.tables[table];
        let kept = &self.files[file].kept[table];
        let open = |name: &str| !kept.steps.iter().any(|step| step == name);
        match done.kind {
            Kind::Copy => {
                state.ready.insert(self.task(Kind::Compare, file, table, 0));
                let steps: Vec<Task> = (0..plan.indexes.len())
                    .filter(|&step| open(&plan.indexes[step].name))
                    .map(|step| self.task(Kind::Build, file, table, step))
                    .collect();
                if steps.is_empty() {
                    state.ready.insert(self.task(Kind::Finish, file, table, 0));
                }
                state.left.insert((file, Some(table)), steps.len());
                state.ready.extend(steps);
            }
            Kind::Build => {
                if one_less(state, (file, Some(table))) {
                    state.ready.insert(self.task(Kind::Finish, file, table, 0));
                }
            }
            Kind::Finish => {
                if one_less(state, (file, None)) {
                    for (table, plan) in self.files[file].plan.tables.iter().enumerate() {
                        let kept = &self.files[file].kept[table];
                        let steps = (0..plan.foreign_keys.len())
                            .filter(|&step| !kept.steps.contains(&plan.foreign_keys[step].name))
                            .map(|step| self.task(Kind::ForeignKey, file, table, step));
                        state.ready.extend(steps);
                    }
                }
            }
            Kind::ForeignKey | Kind::Compare => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long copying took, what building took longer than that, and comparing than both: they overlap.
fn seconds(state: &State, file: usize) -> [f64; 3] {
    let mut before: Option<Instant> = None;
    [
        &[Kind::Copy][..],
        &[Kind::Build, Kind::Finish, Kind::ForeignKey],
        &[Kind::Compare],
    ]
    .map(|kinds| {
        let spans = || kinds.iter().filter_map(|&kind| state.spans.get(&(file, kind)));
        let Some((begin, end)) = spans()
            .map(|span| span.0)
            .min()
            .zip(spans().map(|span| span.1).max())
        else {
            return 0.0;
        };
        let begin = before.map_or(begin, |before| before.max(begin));
        before = Some(before.map_or(end, |before| before.max(end)));
        end.saturating_duration_since(begin).as_secs_f64()
    })
}

/// Whether nothing is left.
fn one_less(state: &mut State, of: (usize, Option<usize>)) -> bool {
    let left = state
        .left
        .get_mut(&of)
        .expect("it was counted when its copy was done");
    *left -= 1;
    *left == 0
}

#[cfg(test)]
mod tests;
