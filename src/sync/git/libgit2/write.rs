//! Writes a tree's files to a new folder, on all cores, and gives back what git's index says of them.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use git2::{IndexEntry, IndexTime, Odb, Oid, Repository};

use super::super::child::Failure;
use super::attributes::Attributes;
use super::conversion::Conversion;
use super::failure::at;
use super::session;
use super::tree::{Entry, Kind, Listing};

/// How a pointer of Git LFS begins.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// A file that is still to be written.
struct Task<'a> {
    entry: &'a Entry,
    conversion: Conversion,
    is_in_lfs: bool,
}

/// Writes a listed tree. The folder must not be there yet, so nothing in it can be a symlink that leads elsewhere:
/// symlinks are made last, and no file or folder is written where something stands.
pub fn write(
    repository: &Repository,
    commit: Oid,
    listing: &Listing,
    folder: &Path,
) -> Result<Vec<IndexEntry>, Failure> {
    fs::create_dir(folder).map_err(at(folder))?;
    let submodules = listing
        .entries
        .iter()
        .filter(|entry| entry.kind == Kind::Submodule);
    let folders = listing
        .folders
        .iter()
        .map(|path| Path::new(std::ffi::OsStr::from_bytes(path)));
    for path in folders.chain(submodules.map(Entry::path)) {
        let path = folder.join(path);
        fs::create_dir(&path).map_err(at(&path))?;
    }
    let attributes = Attributes::of(repository, commit, listing)?;
    let mut tasks = Vec::new();
    for entry in listing
        .entries
        .iter()
        .filter(|entry| matches!(entry.kind, Kind::File { .. }))
    {
        tasks.push(Task {
            entry,
            conversion: attributes.conversion(entry.path())?,
            is_in_lfs: attributes.is_in_lfs(entry.path())?,
        });
    }
    let mut written = write_files(repository, &tasks, folder)?;
    let odb = repository.odb()?;
    for entry in listing.entries.iter().filter(|entry| entry.kind == Kind::Link) {
        let path = folder.join(entry.path());
        let target = odb.read(entry.id)?;
        let target = PathBuf::from(std::ffi::OsString::from_vec(target.data().to_vec()));
        symlink(target, &path).map_err(at(&path))?;
        written.push(index_entry(entry, &path)?);
    }
    for entry in listing
        .entries
        .iter()
        .filter(|entry| entry.kind == Kind::Submodule)
    {
        written.push(index_entry(entry, &folder.join(entry.path()))?);
    }
    Ok(written)
}

/// libgit2's handles are not shared: each thread opens its own.
fn write_files(
    repository: &Repository,
    tasks: &[Task<'_>],
    folder: &Path,
) -> Result<Vec<IndexEntry>, Failure> {
    const PER_THREAD: usize = 64;
    const MOST: usize = 8;
    let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST);
    let threads = cores.min(tasks.len() / PER_THREAD + 1);
    let next = AtomicUsize::new(0);
    let git_folder = repository.path();
    let outcomes: Vec<Result<Vec<IndexEntry>, Failure>> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| write_some(git_folder, tasks, &next, folder)))
            .collect();
        let join = |handle: thread::ScopedJoinHandle<'_, _>| match handle.join() {
            Ok(outcome) => outcome,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        handles.into_iter().map(join).collect()
    });
    let mut written = Vec::with_capacity(tasks.len());
    for outcome in outcomes {
        written.extend(outcome?);
    }
    Ok(written)
}

fn write_some(
    git_folder: &Path,
    tasks: &[Task<'_>],
    next: &AtomicUsize,
    folder: &Path,
) -> Result<Vec<IndexEntry>, Failure> {
    // Neighbours lie close to each other in the pack.
    const AT_ONCE: usize = 16;
    let repository = session::open_at(git_folder)?;
    let odb = repository.odb()?;
    let mut written = Vec::new();
    loop {
        let first = next.fetch_add(AT_ONCE, Ordering::Relaxed);
        if first >= tasks.len() {
            return Ok(written);
        }
        for task in &tasks[first..tasks.len().min(first + AT_ONCE)] {
            match write_file(&odb, task, folder) {
                Ok(entry) => written.push(entry),
                Err(failure) => {
                    // Nobody needs the rest any more.
                    next.store(tasks.len(), Ordering::Relaxed);
                    return Err(failure);
                }
            }
        }
    }
}

fn write_file(odb: &Odb<'_>, task: &Task<'_>, folder: &Path) -> Result<IndexEntry, Failure> {
    let entry = task.entry;
    let blob = odb.read(entry.id)?;
    if task.is_in_lfs && blob.data().starts_with(LFS_POINTER) {
        return Err(Failure::Unsupported(format!(
            "`{}` is kept in Git LFS, which libgit2 does not speak",
            entry.path().display()
        )));
    }
    let converted = task.conversion.apply(blob.data(), &entry.id.to_string());
    let path = folder.join(entry.path());
    let mode = match entry.kind {
        Kind::File { is_executable: true } => 0o777,
        _ => 0o666,
    };
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)?;
        file.write_all(converted.as_deref().unwrap_or(blob.data()))
    };
    write().map_err(at(&path))?;
    index_entry(entry, &path)
}

/// What git's index holds of a file on disk, so that nobody must read it to see that it is unchanged.
fn index_entry(entry: &Entry, path: &Path) -> Result<IndexEntry, Failure> {
    let metadata = fs::symlink_metadata(path).map_err(at(path))?;
    let is_submodule = entry.kind == Kind::Submodule;
    Ok(IndexEntry {
        ctime: index_time(metadata.ctime(), metadata.ctime_nsec()),
        mtime: index_time(metadata.mtime(), metadata.mtime_nsec()),
        dev: low_bits(metadata.dev()),
        ino: low_bits(metadata.ino()),
        mode: entry.mode(),
        uid: metadata.uid(),
        gid: metadata.gid(),
        file_size: if is_submodule {
            0
        } else {
            low_bits(metadata.size())
        },
        id: entry.id,
        flags: 0,
        flags_extended: 0,
        path: entry.path.clone(),
    })
}

/// A time as the index holds it.
pub fn index_time(seconds: i64, nanoseconds: i64) -> IndexTime {
    IndexTime::new(
        i32::try_from(seconds & 0x7fff_ffff).unwrap_or_default(),
        u32::try_from(nanoseconds).unwrap_or_default(),
    )
}

/// The index has 32 bits for numbers that have more by now.
pub fn low_bits(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default()
}
