//! Takes an environment away at once, then removes its files.
//!
//! What a killed installer started may still write below the environment's path for a while. So the folder is renamed
//! first: nothing of it can get into the one that is made in its place, and a removal that is killed in the middle
//! leaves nothing that counts.

use std::fs;
use std::io;
use std::path::Path;

use super::FOLDER;
use super::error::EnvironmentError;

/// What folders that are being removed are called in the folder of environments.
const PREFIX: &str = ".removed-";

/// Removes an environment, whole or not; nothing happens where it is not there. The caller holds the lock.
pub fn remove(path: &Path) -> Result<(), EnvironmentError> {
    let failed = EnvironmentError::state(path);
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(());
    };
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(());
    }
    let apart = tempfile::Builder::new()
        .prefix(PREFIX)
        .tempdir_in(parent)
        .map_err(&failed)?;
    fs::rename(path, apart.path().join(name)).map_err(&failed)?;
    clear(&apart.keep())
}

/// Removes what earlier removals left. The caller holds the lock.
pub fn sweep(state_dir: &Path) -> Result<(), EnvironmentError> {
    let folder = state_dir.join(FOLDER);
    let failed = EnvironmentError::state(&folder);
    for entry in fs::read_dir(&folder).map_err(&failed)? {
        let entry = entry.map_err(&failed)?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            clear(&entry.path())?;
        }
    }
    Ok(())
}

fn clear(folder: &Path) -> Result<(), EnvironmentError> {
    match fs::remove_dir_all(folder) {
        // Somebody still writes there; the next sweep removes it.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty
            ) =>
        {
            Ok(())
        }
        removed => removed.map_err(EnvironmentError::state(folder)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_taken_away_whole_and_leftovers_are_swept() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join(FOLDER).join("some");
        fs::create_dir_all(path.join("bin")).unwrap();
        fs::write(path.join("bin/python"), "").unwrap();
        fs::create_dir_all(
            state
                .path()
                .join(FOLDER)
                .join(format!("{PREFIX}killed/other/bin")),
        )
        .unwrap();
        remove(&path).unwrap();
        remove(&path).unwrap();
        sweep(state.path()).unwrap();
        assert_eq!(fs::read_dir(state.path().join(FOLDER)).unwrap().count(), 0);
    }
}
