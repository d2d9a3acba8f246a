//! Worktrees that are no longer published go, once they are old enough and nobody uses them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::layout::{Layout, commit_of};
use super::lease::Removal;
use super::temporary;

/// Which are kept besides the published one.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// Those that were published less than this ago.
    pub younger_than: Duration,
    /// This many, the latest, whatever their age.
    pub latest: usize,
}

/// Removes everything below `.worktrees` that is neither published, nor leased, nor kept. Gives the number removed.
///
/// # Errors
/// The folder can't be read, or an entry not removed; the others are gone.
pub fn prune(layout: &Layout, published: &Path, keep: Keep) -> io::Result<usize> {
    let mut entries = entries(&layout.worktrees())?;
    entries.retain(|entry| entry.path != published);
    // The latest first.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.modified));
    let now = SystemTime::now();
    let (mut kept, mut removed, mut failed) = (0, 0, None);
    for entry in entries {
        if kept < keep.latest && commit_of(&entry.path).is_some() {
            kept += 1;
            continue;
        }
        // A clock that was set back makes no worktree old.
        let age = now.duration_since(entry.modified).unwrap_or_default();
        if age <= keep.younger_than && !keep.younger_than.is_zero() {
            continue;
        }
        match remove(&entry.path) {
            Ok(is_removed) => removed += usize::from(is_removed),
            Err(error) => failed = Some(error),
        }
    }
    removed += temporary::sweep(&layout.worktrees())?;
    failed.map_or(Ok(removed), Err)
}

struct Entry {
    path: PathBuf,
    modified: SystemTime,
}

fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if !temporary::is_temporary(&entry.file_name().to_string_lossy()) {
            found.push(Entry {
                path: entry.path(),
                modified: entry.metadata()?.modified()?,
            });
        }
    }
    Ok(found)
}

fn remove(path: &Path) -> io::Result<bool> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return fs::remove_file(path).map(|()| true);
    }
    // While the right is held nobody leases it; it has to be given up before the folder under its new name is locked.
    let Some(removal) = Removal::take(path)? else {
        return Ok(false);
    };
    let trash = temporary::discard(path)?;
    drop(removal);
    temporary::delete(&trash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::lease::Lease;
    use std::fs::File;

    const COMMITS: [&str; 3] = [
        "1111111111111111111111111111111111111111",
        "2222222222222222222222222222222222222222",
        "3333333333333333333333333333333333333333",
    ];

    /// Three worktrees, each an hour older than the one before; the first is the published one.
    fn three() -> (tempfile::TempDir, Layout) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout {
            root: folder.path().to_owned(),
            link: folder.path().join("link"),
        };
        let mut time = SystemTime::now();
        for commit in COMMITS {
            fs::create_dir_all(layout.worktree(commit)).unwrap();
            File::open(layout.worktree(commit))
                .unwrap()
                .set_modified(time)
                .unwrap();
            time -= Duration::from_secs(3600);
        }
        (folder, layout)
    }

    fn left(layout: &Layout) -> Vec<bool> {
        COMMITS.map(|commit| layout.worktree(commit).exists()).to_vec()
    }

    fn run(layout: &Layout, minutes: u64, latest: usize) -> usize {
        let younger_than = Duration::from_secs(minutes * 60);
        prune(
            layout,
            &layout.worktree(COMMITS[0]),
            Keep { younger_than, latest },
        )
        .unwrap()
    }

    #[test]
    fn age_and_number_keep_worktrees() {
        for (minutes, latest, expected) in [
            (0, 0, [true, false, false]),
            (90, 0, [true, true, false]),
            (0, 1, [true, true, false]),
            (0, 2, [true, true, true]),
            (180, 0, [true, true, true]),
        ] {
            let (_folder, layout) = three();
            let removed = run(&layout, minutes, latest);
            assert_eq!(left(&layout), expected, "{minutes} min, {latest} kept");
            assert_eq!(removed, expected.iter().filter(|stays| !**stays).count());
        }
    }

    #[test]
    fn a_leased_one_stays_until_it_is_free() {
        let (_folder, layout) = three();
        let lease = Lease::take(&layout.worktree(COMMITS[2])).unwrap().unwrap();
        assert_eq!(run(&layout, 0, 0), 1);
        assert_eq!(left(&layout), [true, false, true]);
        drop(lease);
        assert_eq!(run(&layout, 0, 0), 1);
        assert_eq!(left(&layout), [true, false, false]);
    }

    #[test]
    fn alien_entries_go() {
        let (_folder, layout) = three();
        fs::create_dir_all(layout.worktrees().join("not_a_hash/sub")).unwrap();
        fs::write(layout.worktrees().join("file"), "").unwrap();
        assert_eq!(run(&layout, 0, 2), 2);
        assert_eq!(left(&layout), [true, true, true]);
    }

    #[test]
    fn without_a_folder_there_is_nothing_to_do() {
        let (folder, layout) = three();
        fs::remove_dir_all(layout.worktrees()).unwrap();
        assert_eq!(run(&layout, 0, 0), 0);
        drop(folder);
    }
}
