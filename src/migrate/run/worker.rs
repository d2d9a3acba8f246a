//! One of the threads that do the work: a connection to the server, and things to do until none is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use postgres::Client;

use super::feed::Chunk;
use super::file::File;
use super::progress::Progress;
use super::row::carried;
use super::transfer::Transfer;
use super::work::{Kind, Task, Work};
use super::{build, copy, flaw, lock};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::postgres::connect::prepare_load;
use crate::migrate::postgres::{Canceller, Target, connect};
use crate::runtime::interrupt::{Interrupt, Listening};

/// What all threads share.
pub struct Crew<'a> {
    /// Where to.
    pub target: &'a Target,
    /// The files.
    pub files: &'a [File<'a>],
    /// What is to be done.
    pub work: &'a Work<'a>,
    /// How many threads there are.
    pub jobs: usize,
    /// The parts in which a table is committed.
    pub chunk: Chunk,
    /// Whom to tell.
    pub observer: &'a dyn Observer,
    /// Whether to stop.
    pub interrupt: &'a Interrupt,
}

impl Crew<'_> {
    /// Tells how many keys and indexes are made.
    pub fn tell_built(&self) {
        let (done, total) = self.work.built();
        self.observer.on(Event::Amount {
            subject: "keys and indexes",
            done,
            total,
            unit: "built",
        });
    }
}

/// Does things until none is left, something failed, or the user wants to stop.
pub fn work(crew: &Crew<'_>) {
    let answer = flaw::caught("copying", || {
        let mut worker = Worker::new(crew)?;
        crew.work.each(crew.interrupt, &mut |task| worker.does(task));
        Ok(())
    });
    if let Err(error) = answer {
        crew.work.abandon(error);
    }
}

struct Worker<'a> {
    crew: &'a Crew<'a>,
    client: Client,
    /// Whether a copy runs, which ends by itself with what it has.
    copying: Arc<AtomicBool>,
    _listening: Listening,
}

impl<'a> Worker<'a> {
    fn new(crew: &'a Crew<'a>) -> Result<Self, MigrateError> {
        let mut client = connect(crew.target)?;
        prepare_load(&mut client, 0)?;
        lock::join(&mut client)?;
        let canceller = Canceller::new(&client, crew.target)?;
        let copying = Arc::new(AtomicBool::new(false));
        let (busy, signals) = (Arc::clone(&copying), AtomicUsize::new(0));
        let listening = crew.interrupt.listen(move |_| {
            let again = signals.fetch_add(1, Ordering::SeqCst) > 0;
            if again || !busy.load(Ordering::SeqCst) {
                // A statement that can't be cancelled is waited for.
                let _ = canceller.cancel();
            }
        });
        Ok(Self {
            crew,
            client,
            copying,
            _listening: listening,
        })
    }

    fn does(&mut self, task: Task) -> Result<(), MigrateError> {
        let file = &self.crew.files[task.file];
        if matches!(task.kind, Kind::Build | Kind::ForeignKey) {
            self.crew.tell_built();
        }
        match task.kind {
            Kind::Copy => {
                self.copying.store(true, Ordering::SeqCst);
                let answer = self.copy(file, task.table);
                self.copying.store(false, Ordering::SeqCst);
                answer
            }
            Kind::Compare => build::compare(&mut self.client, file, task.table),
            Kind::Build => {
                // Workers of the server's own help only where threads of ours have nothing to do.
                let alone = self.crew.work.open() < self.crew.jobs;
                build::index(&mut self.client, file, task.table, task.step, alone)
            }
            Kind::Finish => build::finish(&mut self.client, file, task.table),
            Kind::ForeignKey => build::foreign_key(&mut self.client, file, task.table, task.step),
        }
    }

    fn copy(&mut self, file: &File<'_>, position: usize) -> Result<(), MigrateError> {
        let kept = &file.kept[position].progress;
        let stop = || self.crew.interrupt.arrived() || self.crew.work.failed();
        let transfer = Transfer {
            file,
            position,
            from: kept
                .clone()
                .unwrap_or_else(|| Progress::new(carried(&file.plan.tables[position]).len())),
            chunk: Some(self.crew.chunk),
            stop: &stop,
            observer: self.crew.observer,
        };
        let subject = transfer.subject();
        let client = &mut self.client;
        let copied = transfer.run(kept.is_some(), |writing, receiving, rows| {
            copy::copy(client, writing, receiving, rows)
        })?;
        if !copied.finished {
            return Err(MigrateError::Interrupted);
        }
        if let Some(progress) = copied.progress {
            self.crew.observer.on(Event::Amount {
                subject: &subject,
                done: progress.rows_read,
                total: progress.rows_read,
                unit: "rows",
            });
        }
        Ok(())
    }
}
