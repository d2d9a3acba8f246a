//! `mounts/`: the copies that containers mount, brought up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::super::error::shown;
use super::super::manifest::sha256;
use super::consumer::Copy;
use super::error::SecretError;
use super::private_file::{Batch, PrivateFile, make_folder};

/// What the copies held that we can't read any more since they belong to somebody else, by path.
const DIGESTS: &str = ".digests.json";

/// A consumer that mounts its whole folder must get through to the files; on the host the folder above (0700) keeps
/// everybody else away.
const CONSUMER_MODE: u32 = 0o711;

/// A file that should belong to somebody else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Ownership {
    /// The file, from the working directory.
    pub path: PathBuf,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// The folder of copies.
#[derive(Debug)]
pub struct Mounts {
    folder: PathBuf,
    /// Our user and group.
    us: (u32, u32),
}

/// How a copy stands to what it should be.
struct State {
    has_content: bool,
    has_mode: bool,
    has_owner: bool,
}

impl Mounts {
    /// The copies below a folder.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            us: (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw()),
        }
    }

    /// The copies that [`write`](Self::write) would write, and those it would leave with the wrong owner.
    pub fn plan(&self, copies: &[Copy]) -> Result<(Vec<String>, Vec<Ownership>), SecretError> {
        let digests = self.digests();
        let (mut written, mut needs_chown) = (Vec::new(), Vec::new());
        for copy in copies {
            let state = self.state(copy, &digests)?;
            let is_written = self.must_write(&state);
            if is_written {
                written.push(copy.path());
            }
            if !self.is_root() && (is_written || !state.has_owner) {
                needs_chown.extend(self.ownership(copy));
            }
        }
        Ok((written, needs_chown))
    }

    /// Writes the copies that are not as they should be; the others keep their inode, which containers mount.
    pub fn write(
        &self,
        copies: &[Copy],
        batch: &mut Batch,
    ) -> Result<(Vec<String>, Vec<Ownership>), SecretError> {
        let mut digests = self.digests();
        let (mut written, mut needs_chown) = (Vec::new(), Vec::new());
        make_folder(&self.folder, 0o700)?;
        for consumer in consumers(copies) {
            make_folder(&self.folder.join(consumer), CONSUMER_MODE)?;
        }
        for copy in copies {
            let Some(content) = &copy.content else { continue };
            let state = self.state(copy, &digests)?;
            let mut has_owner = state.has_owner;
            if self.must_write(&state) {
                has_owner = self.add(batch, copy, content.expose())?;
                written.push(copy.path());
            }
            if has_owner && self.is_root() {
                digests.remove(&copy.path());
            }
            if !has_owner {
                digests.insert(copy.path(), sha256(content.expose()));
                needs_chown.extend(self.ownership(copy));
            }
        }
        self.keep_digests(digests, copies, batch)?;
        Ok((written, needs_chown))
    }

    /// The files below the folder that are not among the copies.
    pub fn unwanted(&self, copies: &[Copy]) -> Result<Vec<String>, SecretError> {
        let wanted: BTreeSet<String> = copies.iter().map(Copy::path).collect();
        let mut unwanted = Vec::new();
        for consumer in names(&self.folder)? {
            let folder = self.folder.join(&consumer);
            // What a link leads to is not ours to clear.
            if !folder.is_dir() || folder.is_symlink() {
                continue;
            }
            let files = names(&folder)?
                .into_iter()
                .map(|name| format!("{consumer}/{name}"));
            unwanted.extend(files.filter(|path| !wanted.contains(path)));
        }
        Ok(unwanted)
    }

    /// Removes them, and folders that nothing is left in.
    pub fn prune(&self, copies: &[Copy]) -> Result<Vec<String>, SecretError> {
        let unwanted = self.unwanted(copies)?;
        for name in &unwanted {
            let path = self.folder.join(name);
            let removed = if path.is_dir() && !path.is_symlink() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(SecretError::write(&path))?;
        }
        let consumers = consumers(copies);
        for consumer in names(&self.folder)? {
            let folder = self.folder.join(&consumer);
            if folder.is_dir() && !folder.is_symlink() && !consumers.contains(consumer.as_str()) {
                fs::remove_dir(&folder).map_err(SecretError::write(&folder))?;
            }
        }
        Ok(unwanted)
    }

    fn state(&self, copy: &Copy, digests: &BTreeMap<String, String>) -> Result<State, SecretError> {
        let path = self.folder.join(copy.path());
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => return Ok(State::missing()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::missing()),
            Err(error) => return Err(SecretError::read(&path)(error)),
        };
        let has_content = match (&copy.content, fs::read(&path)) {
            (None, _) => false,
            (Some(content), Ok(found)) => found == content.expose(),
            (Some(content), Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => {
                digests.get(&copy.path()) == Some(&sha256(content.expose()))
            }
            (Some(_), Err(error)) => return Err(SecretError::read(&path)(error)),
        };
        let owner = copy.owner.unwrap_or(self.us);
        Ok(State {
            has_content,
            has_mode: metadata.mode() & 0o7777 == copy.mode,
            has_owner: (metadata.uid(), metadata.gid()) == owner,
        })
    }

    fn is_root(&self) -> bool {
        self.us.0 == 0
    }

    fn must_write(&self, state: &State) -> bool {
        !state.has_content || !state.has_mode || (self.is_root() && !state.has_owner)
    }

    /// Writes a copy; tells whether it belongs to whom it should.
    fn add(&self, batch: &mut Batch, copy: &Copy, content: &[u8]) -> Result<bool, SecretError> {
        let path = self.folder.join(copy.path());
        let mut file = PrivateFile {
            path: &path,
            content,
            mode: copy.mode,
            owner: copy.owner.filter(|_| self.is_root()),
        };
        let is_ours = copy.owner.is_none_or(|owner| owner == self.us);
        match batch.add(&file) {
            // Root in a container of its own may not give files away either.
            Err(SecretError::Write { source, .. }) if file.owner.is_some() && is_refused(&source) => {
                file.owner = None;
                batch.add(&file)?;
                Ok(is_ours)
            }
            result => result.map(|()| is_ours || file.owner.is_some()),
        }
    }

    fn ownership(&self, copy: &Copy) -> Option<Ownership> {
        let (uid, gid) = copy.owner.filter(|owner| *owner != self.us)?;
        Some(Ownership {
            path: shown(&self.folder.join(copy.path())),
            uid,
            gid,
        })
    }

    fn digests(&self) -> BTreeMap<String, String> {
        // Without it every copy of others is written anew, which is right, only not necessary.
        let bytes = fs::read(self.folder.join(DIGESTS)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    fn keep_digests(
        &self,
        mut digests: BTreeMap<String, String>,
        copies: &[Copy],
        batch: &mut Batch,
    ) -> Result<(), SecretError> {
        let wanted: BTreeSet<String> = copies.iter().map(Copy::path).collect();
        digests.retain(|path, _| wanted.contains(path));
        let path = self.folder.join(DIGESTS);
        if digests == self.digests() {
            return Ok(());
        }
        if digests.is_empty() {
            return fs::remove_file(&path).map_err(SecretError::write(&path));
        }
        let content = serde_json::to_vec_pretty(&digests).expect("paths and sums are texts");
        batch.add(&PrivateFile {
            path: &path,
            content: &content,
            mode: 0o600,
            owner: None,
        })
    }
}

impl State {
    fn missing() -> Self {
        Self {
            has_content: false,
            has_mode: false,
            has_owner: false,
        }
    }
}

fn consumers(copies: &[Copy]) -> BTreeSet<&str> {
    copies.iter().map(|copy| copy.consumer.as_str()).collect()
}

fn is_refused(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput
    )
}

/// The names in a folder, sorted; none where it is not there.
fn names(folder: &Path) -> Result<Vec<String>, SecretError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(SecretError::read(folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(SecretError::read(folder))?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
