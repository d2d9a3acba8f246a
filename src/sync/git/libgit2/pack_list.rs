//! The packs of a repository, and what is to be done about their number. Reads folders; the decision is pure.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use git2::Oid;

use super::super::child::Failure;
use super::failure::at;

/// One pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its `.pack` file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

/// What to do about the packs.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    /// They are few.
    Nothing,
    /// Write what is needed into one pack, and drop the rest.
    Everything,
    /// Put these together. Used where all of it would take too long.
    Together(Vec<Pack>),
}

/// Lists the packs that have an index.
pub fn list(objects: &Path) -> Result<Vec<Pack>, Failure> {
    let folder = objects.join("pack");
    let mut packs = Vec::new();
    for entry in fs::read_dir(&folder).map_err(at(&folder))? {
        let path = entry.map_err(at(&folder))?.path();
        let is_pack = path.extension().is_some_and(|extension| extension == "pack");
        if is_pack && path.with_extension("idx").exists() {
            let size = fs::metadata(&path).map_err(at(&path))?.len();
            packs.push(Pack { path, size });
        }
    }
    packs.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(packs)
}

/// Waits until a pack, its index and their names are on the disk.
pub fn keep(pack: &Pack) -> Result<(), Failure> {
    let folder = pack.path.parent().expect("a pack lies in a folder");
    for path in [pack.path.as_path(), &pack.path.with_extension("idx"), folder] {
        File::open(path)
            .and_then(|file| file.sync_all())
            .map_err(at(path))?;
    }
    Ok(())
}

/// Decides. `last` is the size in bytes that everything had when it was last packed.
pub fn plan(packs: &[Pack], loose: usize, is_shallow: bool, last: Option<u64>) -> Plan {
    const FEW_PACKS: usize = 4;
    const MOST_PACKS: usize = 20;
    const MOST_LOOSE: usize = 1000;
    const SMALL: u64 = 64 << 20;
    let total: u64 = packs.iter().map(|pack| pack.size).sum();
    let has_doubled = last.is_none_or(|last| total >= 2 * last);
    // Of a short history most of an older pack is needed no more, and what is needed is soon written again.
    if is_shallow && has_doubled && packs.len() > FEW_PACKS {
        return Plan::Everything;
    }
    if packs.len() <= MOST_PACKS && loose <= MOST_LOOSE {
        return Plan::Nothing;
    }
    if is_shallow || has_doubled || total <= SMALL {
        return Plan::Everything;
    }
    let biggest = packs.iter().map(|pack| pack.size).max().unwrap_or_default();
    Plan::Together(packs.iter().filter(|pack| pack.size < biggest).cloned().collect())
}

/// The objects in a pack, from its index of version 2; none where it has another form.
pub fn objects(pack: &Pack) -> Result<Option<Vec<Oid>>, Failure> {
    const HEADER: usize = 8;
    const FANOUT: usize = 256 * 4;
    const NAME: usize = 20;
    let path = pack.path.with_extension("idx");
    let bytes = fs::read(&path).map_err(at(&path))?;
    let read = || {
        let rest = bytes.strip_prefix(b"\xfftOc\0\0\0\x02")?;
        let count: [u8; 4] = rest.get(FANOUT - 4..FANOUT)?.try_into().ok()?;
        let count = usize::try_from(u32::from_be_bytes(count)).ok()?;
        let names = bytes.get(HEADER + FANOUT..HEADER + FANOUT + count * NAME)?;
        names
            .chunks_exact(NAME)
            .map(|name| Oid::from_bytes(name).ok())
            .collect()
    };
    Ok(read())
}

/// The loose objects' files.
pub fn loose(objects: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(objects).map_err(at(objects))? {
        let entry = entry.map_err(at(objects))?;
        let is_fan = entry.file_name().len() == 2 && entry.file_name() != "..";
        if is_fan && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let folder = entry.path();
            for file in fs::read_dir(&folder).map_err(at(&folder))? {
                files.push(file.map_err(at(&folder))?.path());
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packs(sizes: &[u64]) -> Vec<Pack> {
        let pack = |(index, size): (usize, &u64)| Pack {
            path: format!("{index}.pack").into(),
            size: *size,
        };
        sizes.iter().enumerate().map(pack).collect()
    }

    #[test]
    fn few_packs_are_left_alone_and_big_ones_are_spared() {
        let few = packs(&[1; 20]);
        assert_eq!(plan(&few, 0, false, None), Plan::Nothing);
        assert_eq!(plan(&few, 1001, false, None), Plan::Everything);
        assert_eq!(plan(&few, 0, true, Some(10)), Plan::Everything);
        assert_eq!(plan(&few, 0, true, Some(11)), Plan::Nothing);
        assert_eq!(plan(&few[..4], 0, true, None), Plan::Nothing);
        let mut many = packs(&[1 << 20; 21]);
        assert_eq!(plan(&many, 0, false, Some(1 << 30)), Plan::Everything);
        many[3].size = 1 << 30;
        assert_eq!(plan(&many, 0, true, Some(1 << 30)), Plan::Everything);
        assert_eq!(plan(&many, 0, false, None), Plan::Everything);
        assert_eq!(plan(&many, 0, false, Some(1 << 20)), Plan::Everything);
        let Plan::Together(small) = plan(&many, 0, false, Some(1 << 30)) else {
            panic!("the big pack would be written again");
        };
        assert_eq!(small.len(), 20);
    }
}
