//! Packs what is needed and drops the rest, in an order that loses nothing when it is cut short.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use git2::{Oid, PackBuilder, Repository};

use super::super::child::Failure;
use super::file;
use super::pack_list::{self, Pack, Plan};

/// Holds the size of the packs behind the last time that everything was packed.
const SIZE: &str = "packed-size";

/// Packs a repository if its packs have become many. `roots` are the commits that are needed, besides its references.
pub fn repack(repository: &Repository, roots: &[Oid]) -> Result<(), Failure> {
    let folder = repository.path().to_owned();
    let objects = folder.join("objects");
    let packs = pack_list::list(&objects)?;
    // A partial clone's packs say of missing objects where they are; libgit2 does not understand that.
    if packs
        .iter()
        .any(|pack| pack.path.with_extension("promisor").exists())
    {
        return Ok(());
    }
    let loose = pack_list::loose(&objects)?;
    let last = fs::read_to_string(folder.join(SIZE))
        .ok()
        .and_then(|text| text.trim().parse().ok());
    match pack_list::plan(&packs, loose.len(), repository.is_shallow(), last) {
        Plan::Nothing => Ok(()),
        Plan::Everything => everything(repository, &folder, roots, &packs, &loose),
        Plan::Together(small) => together(repository, &objects, &small),
    }
}

fn everything(
    repository: &Repository,
    folder: &Path,
    roots: &[Oid],
    packs: &[Pack],
    loose: &[PathBuf],
) -> Result<(), Failure> {
    let objects = folder.join("objects");
    let mut builder = repository.packbuilder()?;
    let mut commits: Vec<Oid> = roots.to_vec();
    for reference in repository.references()? {
        let Some(target) = reference?.target() else {
            continue;
        };
        let object = repository.find_object(target, None)?;
        if object.as_tag().is_some() {
            builder.insert_object(target, None)?;
        }
        // A reference to something else than a commit keeps that.
        match object.peel_to_commit() {
            Ok(commit) => commits.push(commit.id()),
            Err(_) => builder.insert_recursive(target, None)?,
        }
    }
    // What is gone, such as the commit of a worktree from before a repair, can't be kept.
    commits.retain(|commit| repository.find_commit(*commit).is_ok());
    let mut walk = repository.revwalk()?;
    let mut reached = HashSet::new();
    for commit in &commits {
        walk.push(*commit)?;
    }
    for commit in walk {
        reached.insert(commit?);
    }
    let mut walk = repository.revwalk()?;
    for commit in &commits {
        walk.push(*commit)?;
    }
    builder.insert_walk(&mut walk)?;
    let new = write(&mut builder, &objects)?;
    remove_packs(&objects, packs, new.as_deref())?;
    for path in loose {
        file::remove(path)?;
    }
    shorten(folder, &reached)?;
    let size: u64 = pack_list::list(&objects)?.iter().map(|pack| pack.size).sum();
    file::replace(&folder.join(SIZE), size.to_string().as_bytes())
}

fn together(repository: &Repository, objects: &Path, small: &[Pack]) -> Result<(), Failure> {
    let mut builder = repository.packbuilder()?;
    let mut packed = Vec::new();
    for pack in small {
        let Some(names) = pack_list::objects(pack)? else {
            continue;
        };
        for name in names {
            builder.insert_object(name, None)?;
        }
        packed.push(pack.clone());
    }
    let new = write(&mut builder, objects)?;
    remove_packs(objects, &packed, new.as_deref())
}

/// Writes the pack and waits for the disk. Gives back its name, unless it is empty.
fn write(builder: &mut PackBuilder<'_>, objects: &Path) -> Result<Option<String>, Failure> {
    if builder.object_count() == 0 {
        return Ok(None);
    }
    let folder = objects.join("pack");
    // As many as there are cores.
    builder.set_threads(0);
    builder.write(&folder, 0)?;
    let name = builder.name()?.unwrap_or_default().to_owned();
    pack_list::keep(&Pack {
        path: folder.join(format!("pack-{name}.pack")),
        size: 0,
    })?;
    Ok(Some(name))
}

/// Removes packs whose objects are in the new one or not needed. The index goes first: a pack without one is swept.
fn remove_packs(objects: &Path, packs: &[Pack], new: Option<&str>) -> Result<(), Failure> {
    const EXTENSIONS: [&str; 6] = ["idx", "rev", "bitmap", "mtimes", "keep", "pack"];
    // git's indexes over several packs and over the history name what is about to go.
    for name in ["pack/multi-pack-index", "info/commit-graph", "info/commit-graphs"] {
        file::remove(&objects.join(name))?;
    }
    let new = new.map(|name| format!("pack-{name}.pack"));
    for pack in packs {
        if pack.path.file_name().and_then(|name| name.to_str()) == new.as_deref() {
            continue;
        }
        for extension in EXTENSIONS {
            file::remove(&pack.path.with_extension(extension))?;
        }
    }
    Ok(())
}

/// Drops the commits from git's list of those without parents here that are not here themselves any more.
fn shorten(folder: &Path, reached: &HashSet<Oid>) -> Result<(), Failure> {
    let path = folder.join("shallow");
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(());
    };
    let is_reached = |line: &&str| Oid::from_str(line).is_ok_and(|id| reached.contains(&id));
    let kept: Vec<&str> = text.lines().filter(is_reached).collect();
    let kept = kept.iter().flat_map(|line| [line, "\n"]).collect::<String>();
    if kept == text {
        return Ok(());
    }
    if kept.is_empty() {
        return file::remove(&path);
    }
    file::replace(&path, kept.as_bytes())
}
