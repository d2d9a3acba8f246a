//! What the rendered folder holds now. Links are not followed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::{RenderError, shown};

/// A leaf of the folder; folders that hold something show in their leaves' paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    /// A regular file with its permission bits.
    File {
        /// The lower twelve bits of its mode.
        mode: u32,
    },
    /// A folder without anything in it.
    EmptyFolder,
    /// A symbolic link, socket or whatever stackctl never writes.
    Other,
}

/// The folder as it was found.
#[derive(Debug, Default)]
pub struct Disk {
    /// Where it stands; none where there is no rendered folder yet.
    pub folder: Option<PathBuf>,
    /// Its leaves, relative to it.
    pub leaves: BTreeMap<PathBuf, Leaf>,
}

impl Disk {
    /// Looks at the first of these folders that is there.
    pub fn scan(places: [&Path; 2]) -> Result<Self, RenderError> {
        for place in places {
            let metadata = match fs::symlink_metadata(place) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(RenderError::read(place)(error)),
            };
            if !metadata.is_dir() {
                let found = if metadata.is_symlink() {
                    "a symbolic link"
                } else {
                    "a file"
                };
                let path = shown(place);
                return Err(RenderError::NotAFolder { path, found });
            }
            let mut leaves = BTreeMap::new();
            collect(place, Path::new(""), &mut leaves)?;
            return Ok(Self {
                folder: Some(place.to_owned()),
                leaves,
            });
        }
        Ok(Self::default())
    }

    /// The content of a regular file; none where there is no such file.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, RenderError> {
        match (&self.folder, self.leaves.get(Path::new(path))) {
            (Some(folder), Some(Leaf::File { .. })) => {
                let path = folder.join(path);
                fs::read(&path).map(Some).map_err(RenderError::read(&path))
            }
            _ => Ok(None),
        }
    }

    /// What stands at a path, or in its way: below it, or as a leaf where it needs a folder.
    pub fn obstacles(&self, path: &Path) -> Vec<(&Path, &Leaf)> {
        let below = self
            .leaves
            .range(path.to_owned()..)
            .take_while(|(leaf, _)| leaf.starts_with(path));
        let above = path
            .ancestors()
            .skip(1)
            .filter_map(|folder| self.leaves.get_key_value(folder));
        below
            .chain(above)
            .map(|(leaf, kind)| (leaf.as_path(), kind))
            .collect()
    }
}

fn collect(root: &Path, below: &Path, leaves: &mut BTreeMap<PathBuf, Leaf>) -> Result<(), RenderError> {
    let folder = root.join(below);
    for entry in fs::read_dir(&folder).map_err(RenderError::read(&folder))? {
        let entry = entry.map_err(RenderError::read(&folder))?;
        let path = below.join(entry.file_name());
        let kind = entry.file_type().map_err(RenderError::read(&entry.path()))?;
        if kind.is_dir() {
            let before = leaves.len();
            collect(root, &path, leaves)?;
            if leaves.len() == before {
                leaves.insert(path, Leaf::EmptyFolder);
            }
        } else if kind.is_file() {
            let metadata = entry.metadata().map_err(RenderError::read(&entry.path()))?;
            let mode = metadata.mode() & 0o7777;
            leaves.insert(path, Leaf::File { mode });
        } else {
            leaves.insert(path, Leaf::Other);
        }
    }
    Ok(())
}
