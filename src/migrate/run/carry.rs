//! All tables of all files, by several threads.

use std::thread;
use std::time::Instant;

use super::RunOptions;
use super::file::File;
use super::work::Work;
use super::worker::{Crew, work};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::report::amount::of;
use crate::runtime::interrupt::Interrupt;

/// Copies, compares and builds what is not done yet. Gives how long that took for each file: copy, verify, build.
pub fn carry(
    options: &RunOptions,
    files: &[File<'_>],
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Vec<[f64; 3]>, MigrateError> {
    observer.on(Event::Phase("copying"));
    let begun = Instant::now();
    let list = Work::new(files);
    let crew = Crew {
        target: &options.target,
        files,
        jobs: options.jobs().min(list.width()),
        work: &list,
        observer,
        interrupt,
    };
    thread::scope(|scope| {
        for _ in 0..crew.jobs {
            scope.spawn(|| work(&crew));
        }
    });
    let times = list.end()?;
    let tables: usize = files.iter().map(|file| file.plan.tables.len()).sum();
    observer.on(Event::PhaseDone {
        text: &format!("copied, compared and built {}", of(tables as u64, "table")),
        elapsed: begun.elapsed(),
    });
    Ok(times)
}
