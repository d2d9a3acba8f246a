//! All tables of all files, by several threads.

use std::thread;
use std::time::Instant;

use super::RunOptions;
use super::examine::Examinations;
use super::file::File;
use super::flaw;
use super::work::Work;
use super::worker::{Crew, work};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::report::amount::of;
use crate::runtime::interrupt::Interrupt;

/// Copies, compares and builds what is not done yet. How long that took for each file is added to `times`: copy, build,
/// verify.
pub fn carry(
    options: &RunOptions,
    files: &[File<'_>],
    times: &mut [[f64; 3]],
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<(), MigrateError> {
    observer.on(Event::Phase("copying"));
    let begun = Instant::now();
    let list = Work::new(files);
    let crew = Crew {
        target: &options.target,
        files,
        jobs: options.jobs().min(list.width()),
        chunk: options.chunk,
        work: &list,
        observer,
        interrupt,
    };
    let (examinations, breakers) = Examinations::of(files, interrupt)?;
    thread::scope(|scope| {
        let workers: Vec<_> = (0..crew.jobs).map(|_| scope.spawn(|| work(&crew))).collect();
        scope.spawn(|| {
            if !list.wait_for_copies() {
                return;
            }
            observer.on(Event::Phase("building keys and indexes"));
            crew.tell_built();
            if let Err(error) = flaw::caught("checking a copy", || examinations.run()) {
                list.abandon(error);
            }
        });
        for worker in workers {
            worker
                .join()
                .expect("a worker tells what fails, its panics included");
        }
        if list.failed() {
            for breaker in &breakers {
                breaker.interrupt();
            }
        }
    });
    list.end(times)?;
    let tables: usize = files.iter().map(|file| file.plan.tables.len()).sum();
    observer.on(Event::PhaseDone {
        text: &format!("copied, compared and built {}", of(tables as u64, "table")),
        elapsed: begun.elapsed(),
    });
    Ok(())
}
