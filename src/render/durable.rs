//! Bringing written files to the disk, so that a power cut after the switch finds them whole.
//!
//! Measured on ext4 with 400 new files in 200 folders: fsync of each takes 80 ms, one syncfs 6 ms. syncfs also
//! writes what others left dirty on the same filesystem, which on a busy host takes longer than a few fsyncs.
//! So: a few files one by one, many by syncfs.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

const FEW: usize = 32;

/// Brings files and folders to the disk; all of them stand on the filesystem of the first.
pub fn sync(paths: &[PathBuf]) -> io::Result<()> {
    match paths {
        [first, ..] if paths.len() > FEW => Ok(nix::unistd::syncfs(File::open(first)?)?),
        _ => paths.iter().try_for_each(|path| sync_one(path)),
    }
}

/// Brings one file, or the names in one folder, to the disk.
pub fn sync_one(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
