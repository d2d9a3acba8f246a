//! One of the threads that do the work: a connection to the server, and things to do until none is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use postgres::Client;

use super::build;
use super::channel::pipe;
use super::copy::{self, Copy};
use super::feed::{Feed, feed};
use super::file::File;
use super::lock;
use super::progress::Progress;
use super::row::carried;
use super::work::{Kind, Task, Work};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::postgres::connect::prepare_load;
use crate::migrate::postgres::{Canceller, PostgresError, Target, connect};
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
    /// Whom to tell.
    pub observer: &'a dyn Observer,
    /// Whether to stop.
    pub interrupt: &'a Interrupt,
}

/// Does things until none is left, something failed, or the user wants to stop.
pub fn work(crew: &Crew<'_>) {
    let mut worker = match Worker::new(crew) {
        Ok(worker) => worker,
        Err(error) => return crew.work.abandon(error),
    };
    while let Some(task) = crew.work.next() {
        let begun = Instant::now();
        let answer = if crew.interrupt.arrived() {
            Err(MigrateError::Interrupted)
        } else {
            worker.does(task)
        };
        match answer {
            Ok(()) => crew.work.done(task, begun),
            Err(_) if crew.interrupt.arrived() => crew.work.fail(MigrateError::Interrupted),
            Err(error) => crew.work.fail(error),
        }
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
        let table = &file.plan.tables[position];
        let subject = format!("{}.{}", file.plan.schema, table.name);
        let from = file.kept[position]
            .progress
            .clone()
            .unwrap_or_else(|| Progress::new(carried(table).len()));
        let stop = || self.crew.interrupt.arrived() || self.crew.work.failed();
        let connection = file.readers.take()?;
        let (sending, receiving) = pipe();
        let reading = Feed {
            path: file.readers.path(),
            is_copy: file.readers.is_copy(),
            source: &file.plan.source,
            subject: &subject,
            migration: file.migration,
            table,
            from: from.clone(),
            stop: &stop,
            in_chunks: true,
            observer: self.crew.observer,
        };
        let writing = Copy {
            table,
            schema: &file.staging,
            migration: file.migration,
            position,
            made: file.kept[position].progress.is_some(),
        };
        let client = &mut self.client;
        let mut rows = from.rows_read;
        let (read, written) = thread::scope(|scope| {
            // The ends of the channel go with their threads, so that each notices the other's end.
            let reader = scope.spawn(move || {
                let answer = feed(&reading, &connection, &sending);
                (answer, connection)
            });
            let written = {
                let receiving = receiving;
                copy::copy(client, &writing, &receiving, &mut rows)
            };
            (reader.join(), written)
        });
        let (read, connection) = read.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        file.readers.give_back(connection);
        let copied = written.map_err(|source| MigrateError::Copy {
            table: subject.clone(),
            rows,
            source: Box::new(PostgresError::statement("take its rows")(source)),
        })?;
        read?;
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
