//! Whether somebody else changed the repository, told without reading it.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// Sizes and times of the files that everything else hangs on.
#[derive(Debug, PartialEq, Eq)]
pub struct Watch(Vec<(String, u64, Option<SystemTime>)>);

impl Watch {
    /// How they are now. A file that is not there is told apart from one that is.
    pub fn of(repository: &Path) -> Self {
        let mut names: Vec<String> = ["HEAD", "config", "packed-refs", "shallow", "refs", "objects"]
            .map(str::to_owned)
            .into();
        // Without the folder of packs there is nothing to list, and that is what is noticed.
        for entry in fs::read_dir(repository.join("objects/pack"))
            .into_iter()
            .flatten()
            .flatten()
        {
            names.push(format!("objects/pack/{}", entry.file_name().to_string_lossy()));
        }
        names.sort();
        let look = |name: String| {
            let metadata = fs::symlink_metadata(repository.join(&name)).ok()?;
            // A folder's own size and time change with what git does to the files in it, which are looked at.
            let size = if metadata.is_dir() { 0 } else { metadata.len() };
            let modified = metadata.is_file().then(|| metadata.modified().ok()).flatten();
            Some((name, size, modified))
        };
        Self(names.into_iter().filter_map(look).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_that_was_cut_or_lost_is_noticed() {
        let repository = tempfile::tempdir().unwrap();
        let pack = repository.path().join("objects/pack/pack-ab.pack");
        fs::create_dir_all(pack.parent().unwrap()).unwrap();
        fs::write(&pack, "whole").unwrap();
        let watch = Watch::of(repository.path());
        assert_eq!(watch, Watch::of(repository.path()));
        fs::write(&pack, "cut").unwrap();
        assert_ne!(watch, Watch::of(repository.path()));
        fs::remove_file(&pack).unwrap();
        assert_ne!(watch, Watch::of(repository.path()));
        fs::remove_dir_all(repository.path().join("objects")).unwrap();
        assert_ne!(watch, Watch::of(repository.path()));
    }
}
