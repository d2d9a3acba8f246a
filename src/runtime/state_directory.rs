//! `.stackctl/PROJECT/`: what is private to one project on this host. Never committed, never rendered.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Makes the folder (0700) and keeps it out of git. `path` is [`Stack::state_directory`], relative to `root`.
///
/// [`Stack::state_directory`]: crate::model::Stack::state_directory
pub fn prepare(root: &Path, path: &str) -> io::Result<PathBuf> {
    let directory = root.join(path);
    DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
    let top = Path::new(path)
        .components()
        .next()
        .map_or_else(|| root.to_owned(), |top| root.join(top));
    ignore(&top.join(".gitignore"))?;
    Ok(directory)
}

/// A rule of the user's own stays.
fn ignore(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // A run that was killed here left it empty.
            if fs::metadata(path)?.len() == 0 {
                fs::write(path, "*\n")?;
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}
