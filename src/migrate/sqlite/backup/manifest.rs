//! What the folder of a day says of its copies: `manifest.json` and `SHA256SUMS`.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use super::Copied;
use super::place::sync;
use crate::migrate::sqlite::SqliteError;

/// Adds a copy to what is said in its folder; both files are there whole at any time.
pub(super) fn add(copy: &Path, copied: &Copied) -> Result<(), SqliteError> {
    let folder = copy.parent().expect("a copy is in the folder of its day");
    let failed = |error| SqliteError::file("write the manifest in", folder, error);
    // Two runs may add to one folder.
    let lock = File::open(folder).map_err(failed)?;
    let _held = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| failed(error.into()))?;
    let mut all = read(&folder.join("manifest.json")).map_err(failed)?;
    all.retain(|other| other.file != copied.file);
    all.push(copied.clone());
    let mut manifest = serde_json::to_vec_pretty(&all).map_err(|error| failed(error.into()))?;
    manifest.push(b'\n');
    let sums: Vec<String> = all
        .iter()
        .map(|copied| format!("{}  {}\n", copied.sha256, copied.file))
        .collect();
    replace(&folder.join("manifest.json"), &manifest).map_err(failed)?;
    replace(&folder.join("SHA256SUMS"), sums.concat().as_bytes()).map_err(failed)?;
    sync(folder)
}

fn read(path: &Path) -> std::io::Result<Vec<Copied>> {
    match std::fs::read(path) {
        Ok(text) => Ok(serde_json::from_slice(&text)?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().expect("a manifest is in a folder");
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
