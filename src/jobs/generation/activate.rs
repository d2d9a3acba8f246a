//! Makes a generation the active one on disk.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::error::GenerationError;
use super::record::{Generation, Record};
use crate::jobs::atomic_file::{self, Staged};

/// What is switched to.
#[derive(Debug, Clone, Copy)]
pub struct Activation<'a> {
    /// The state directory.
    pub state_dir: &'a Path,
    /// The link that is kept on the active generation's files, if there is one.
    pub publish: Option<&'a Path>,
    /// The record as it is from now on; its current generation is the one to activate.
    pub record: &'a Record,
    /// The schedule as it runs.
    pub runtime_crontab: &'a [u8],
}

/// Switches.
///
/// Everything is written beside its place first, where a full disk stops it and nothing has changed; then it is put
/// in place by renames. The record comes first and counts: killed behind it, the agent does the rest at its next start
/// by activating what is recorded.
///
/// # Errors
/// Something can't be written; before the renames nothing has changed then.
pub fn activate(activation: &Activation<'_>) -> Result<(), GenerationError> {
    let state_dir = activation.state_dir;
    fs::create_dir_all(state_dir).map_err(GenerationError::state(state_dir))?;
    let current = activation.record.current.as_ref();
    let (record, bytes) = activation.record.file(state_dir);
    let mut staged = vec![stage(&record, Some(&bytes))?];
    let hash = |hash: Option<&String>| hash.map(|hash| format!("{hash}\n").into_bytes());
    let hashes = [
        (
            "requirements.sha256",
            hash(current.and_then(|it| it.requirements_sha256.as_ref())),
        ),
        (
            "crontab.sha256",
            hash(current.and_then(|it| it.crontab_sha256.as_ref())),
        ),
        ("crontab.runtime.txt", Some(activation.runtime_crontab.to_vec())),
    ];
    for (name, bytes) in hashes {
        staged.push(stage(&state_dir.join(name), bytes.as_deref())?);
    }
    let link = match (activation.publish, current) {
        (Some(path), Some(generation)) => Some(Link::stage(path, generation)?),
        _ => None,
    };
    for (path, file) in staged {
        file.commit().map_err(GenerationError::state(&path))?;
    }
    match link {
        Some(link) => link.commit(),
        None => Ok(()),
    }
}

fn stage(path: &Path, bytes: Option<&[u8]>) -> Result<(PathBuf, Staged), GenerationError> {
    let staged = match bytes {
        Some(bytes) => Staged::write(path, bytes).map_err(GenerationError::state(path))?,
        None => Staged::absent(path),
    };
    Ok((path.to_owned(), staged))
}

/// Removes what a killed agent left unfinished in the state directory and beside the published link. Only for the one
/// agent of a state directory.
///
/// # Errors
/// A folder can't be read, or a file not be removed.
pub fn sweep(state_dir: &Path, publish: Option<&Path>) -> Result<(), GenerationError> {
    atomic_file::sweep(state_dir).map_err(GenerationError::state(state_dir))?;
    let folder = publish.and_then(Path::parent);
    folder.map_or(Ok(()), |folder| {
        atomic_file::sweep(folder).map_err(GenerationError::publish(folder))
    })
}

/// A link that waits to take its place.
struct Link {
    path: PathBuf,
    new: tempfile::TempPath,
}

impl Link {
    fn stage(path: &Path, generation: &Generation) -> Result<Self, GenerationError> {
        let failed = GenerationError::publish(path);
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder).map_err(&failed)?;
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
            Ok(metadata) if metadata.is_symlink() => {}
            // An empty folder was made to be mounted on, or by an image; a rename can't replace it.
            Ok(metadata) if metadata.is_dir() && fs::remove_dir(path).is_ok() => {}
            Ok(_) => {
                return Err(GenerationError::InTheWay {
                    path: path.to_owned(),
                });
            }
        }
        let new =
            atomic_file::link_beside(path, |new| symlink(&generation.worktree, new)).map_err(&failed)?;
        Ok(Self {
            path: path.to_owned(),
            new,
        })
    }

    fn commit(self) -> Result<(), GenerationError> {
        let Self { path, new } = self;
        new.persist(&path)
            .map_err(|error| GenerationError::publish(&path)(error.error))
    }
}
