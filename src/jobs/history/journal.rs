//! The file that runs are written to.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Outcome, Record};

/// The file that is written to; older ones are `history.1.jsonl` and up.
const NAME: &str = "history.jsonl";
/// A file that has grown beyond this is put aside.
const LARGEST: u64 = 4 * 1024 * 1024;
/// Failed runs that are told at the start.
const FAILURES: usize = 10;
/// Files that are kept beside it.
const OLD: usize = 3;

/// Writes records, one line each.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    file: File,
    size: u64,
    largest: u64,
    /// Whether the last line may be there in part, because the disk was full.
    is_torn: bool,
    /// Runs that have started and not ended: they are told again in a new file, so that putting files aside never
    /// loses a start.
    open: BTreeMap<String, Record>,
}

impl Journal {
    /// Opens the file of a state folder. Also gives what is known of each job's latest run, after runs that an
    /// earlier agent left open were written as lost.
    pub fn open(folder: &Path, now_ms: u64) -> io::Result<(Self, Known)> {
        let mut known = Known::default();
        let mut open: BTreeMap<String, Record> = BTreeMap::new();
        for path in paths(folder).iter().rev() {
            for record in records(path)? {
                if let Some(outcome) = &record.outcome {
                    open.remove(&record.run);
                    if outcome.is_failure() {
                        known.note_failure(record.clone());
                    }
                    known.latest.insert(record.job.clone(), record);
                } else {
                    open.insert(record.run.clone(), record);
                }
            }
        }
        let path = folder.join(NAME);
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o640)
            .open(&path)?;
        end_last_line(&mut file)?;
        let mut journal = Self {
            folder: folder.to_owned(),
            size: file.metadata()?.len(),
            file,
            largest: LARGEST,
            is_torn: false,
            open: BTreeMap::new(),
        };
        for mut record in open.into_values() {
            record.outcome = Some(Outcome::Lost);
            record.ended_ms = Some(now_ms);
            journal.write(&record)?;
            known.latest.insert(record.job.clone(), record.clone());
            known.note_failure(record.clone());
            known.lost.push(record);
        }
        Ok((journal, known))
    }

    /// Writes a start or an end.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        if record.outcome.is_some() {
            self.open.remove(&record.run);
        } else {
            self.open.insert(record.run.clone(), record.clone());
        }
        if self.size >= self.largest {
            self.put_aside()?;
        }
        self.append(record)
    }

    fn append(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record).expect("a record has string keys and whole numbers");
        line.push(b'\n');
        if self.is_torn {
            line.insert(0, b'\n');
        }
        self.is_torn = true;
        // One write, so that a kill leaves a whole line or none in all but the rarest case; a torn one is passed over.
        let written = self.file.write(&line)?;
        self.size += written as u64;
        if written < line.len() {
            self.file.write_all(&line[written..])?;
            self.size += (line.len() - written) as u64;
        }
        self.is_torn = false;
        Ok(())
    }

    fn put_aside(&mut self) -> io::Result<()> {
        let paths = paths(&self.folder);
        for pair in paths.windows(2).rev() {
            match fs::rename(&pair[0], &pair[1]) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        self.file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o640)
            .open(self.folder.join(NAME))?;
        self.size = 0;
        for record in self.open.clone().values() {
            self.append(record)?;
        }
        Ok(())
    }
}

/// What the files of earlier agents say.
#[derive(Debug, Default)]
pub struct Known {
    /// The latest run of each job that has ended.
    pub latest: BTreeMap<String, Record>,
    /// Runs that the last agent left open.
    pub lost: Vec<Record>,
    /// The last failed runs, the latest last.
    pub failures: VecDeque<Record>,
}

impl Known {
    fn note_failure(&mut self, record: Record) {
        if self.failures.len() == FAILURES {
            self.failures.pop_front();
        }
        self.failures.push_back(record);
    }
}

/// The files from the newest to the oldest, whether or not they are there.
pub(super) fn paths(folder: &Path) -> Vec<PathBuf> {
    let old = (1..=OLD).map(|number| format!("history.{number}.jsonl"));
    std::iter::once(NAME.to_owned())
        .chain(old)
        .map(|name| folder.join(name))
        .collect()
}

/// The records of one file in order; lines that a crash tore are passed over.
pub(super) fn records(path: &Path) -> io::Result<impl Iterator<Item = Record>> {
    let reader: Box<dyn Read> = match File::open(path) {
        Ok(file) => Box::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Box::new(io::empty()),
        Err(error) => return Err(error),
    };
    let lines = BufReader::new(reader).split(b'\n').map_while(Result::ok);
    Ok(lines.filter_map(|line| serde_json::from_slice(&line).ok()))
}

/// A line that a crash tore is ended, so that the next record stands on a line of its own.
fn end_last_line(file: &mut File) -> io::Result<()> {
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::history::{Cause, read};

    fn record(run: &str, outcome: Option<Outcome>) -> Record {
        Record {
            run: run.to_owned(),
            job: "hello".to_owned(),
            cause: Cause::Schedule,
            attempt: 1,
            scheduled_ms: 1,
            started_ms: Some(2),
            ended_ms: None,
            duration_ms: None,
            outcome,
            commit: "0".repeat(40),
            environment: None,
            last_line: None,
        }
    }

    #[test]
    fn a_run_that_never_ended_is_lost_once() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, known) = Journal::open(folder.path(), 5).unwrap();
        assert!(known.latest.is_empty());
        journal.write(&record("a", None)).unwrap();
        journal.write(&record("b", None)).unwrap();
        journal.write(&record("a", Some(Outcome::Succeeded))).unwrap();
        // A kill in the middle of a line.
        OpenOptions::new()
            .append(true)
            .open(folder.path().join(NAME))
            .unwrap()
            .write_all(b"{\"run\":\"c\"")
            .unwrap();
        drop(journal);
        let (_journal, known) = Journal::open(folder.path(), 9).unwrap();
        assert_eq!(known.lost.len(), 1);
        assert_eq!(known.lost[0].run, "b");
        assert_eq!(known.lost[0].ended_ms, Some(9));
        let (_journal, known) = Journal::open(folder.path(), 10).unwrap();
        assert!(known.lost.is_empty());
        assert_eq!(known.latest["hello"].outcome, Some(Outcome::Lost));
    }

    #[test]
    fn files_are_put_aside_and_starts_survive_it() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path(), 5).unwrap();
        journal.largest = 2_000;
        journal.write(&record("long", None)).unwrap();
        for number in 0..200 {
            journal
                .write(&record(&number.to_string(), Some(Outcome::Succeeded)))
                .unwrap();
        }
        let size: u64 = paths(folder.path())
            .iter()
            .map(|path| fs::metadata(path).unwrap().len())
            .sum();
        assert!(size < 4 * 2_600, "{size}");
        let all = read::all(folder.path()).unwrap();
        assert_eq!(all.iter().filter(|record| record.run == "long").count(), 1);
        assert_eq!(all.last().unwrap().run, "199");
        drop(journal);
        let (_, known) = Journal::open(folder.path(), 9).unwrap();
        assert_eq!(known.lost.len(), 1);
    }

    #[test]
    fn a_line_that_a_full_disk_tore_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path(), 1).unwrap();
        let unwritable = File::open(folder.path().join(NAME)).unwrap();
        let file = std::mem::replace(&mut journal.file, unwritable);
        journal.write(&record("one", None)).unwrap_err();
        journal.file = file;
        journal.file.write_all(b"{\"run\":\"on").unwrap();
        journal.write(&record("two", None)).unwrap();
        journal.write(&record("three", None)).unwrap();
        let runs: Vec<String> = records(&folder.path().join(NAME))
            .unwrap()
            .map(|record| record.run)
            .collect();
        assert_eq!(runs, ["two", "three"]);
    }
}
