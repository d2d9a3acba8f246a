//! Submodules of a worktree. Their objects are kept once for each URL, beside the repository, and every worktree's
//! submodule borrows them.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel, Oid, Repository};
use sha2::{Digest, Sha256};

use super::super::address::{Address, resolve};
use super::super::child::{Failure, Request, Site};
use super::registration::write_index;
use super::transfer::download_commit;
use super::tree::{Entry, Kind, Listing, is_safe};
use super::{create, file, tree, write};
use crate::sync::options::Submodules;

/// Where a worktree is being written, and where it will be.
pub struct Place<'a> {
    /// Its folder now.
    pub folder: &'a Path,
    /// Its folder later.
    pub worktree: &'a Path,
    /// Its own git folder now.
    pub making: &'a Path,
    /// Its own git folder later.
    pub registered: &'a Path,
}

/// What .gitmodules says of one submodule.
struct Declared {
    name: String,
    path: Vec<u8>,
    url: String,
    is_wanted: bool,
}

/// Checks out the submodules of a tree that was written, as far as they are wanted.
pub fn check_out(
    request: &Request,
    parent: &Repository,
    listing: &Listing,
    place: &Place<'_>,
    parent_url: &str,
) -> Result<(), Failure> {
    let mut links = listing
        .entries
        .iter()
        .filter(|entry| entry.kind == Kind::Submodule)
        .peekable();
    if request.site.submodules == Submodules::Off || links.peek().is_none() {
        return Ok(());
    }
    let declared = read(&place.folder.join(".gitmodules"))?;
    for link in links {
        let Some(submodule) = declared.iter().find(|submodule| submodule.path == link.path) else {
            return Err(Failure::Other(format!(
                "no url found for the submodule `{}` in .gitmodules",
                link.path().display()
            )));
        };
        if !submodule.is_wanted {
            continue;
        }
        let url = resolve(parent_url, &submodule.url);
        check_out_one(request, link, submodule, place, &url).map_err(|failure| {
            let path = link.path().display().to_string();
            match failure {
                Failure::NoReference => {
                    Failure::Other(format!("the submodule `{path}` has no commit {}", link.id))
                }
                failure => failure.map(|message| format!("submodule `{path}`: {message}")),
            }
        })?;
        let mut config = own_settings(parent)?;
        let key = |name: &str| format!("submodule.{}.{name}", submodule.name);
        if config.get_string(&key("url")).ok().as_deref() != Some(&url) {
            config.set_bool(&key("active"), true)?;
            config.set_str(&key("url"), &url)?;
        }
    }
    Ok(())
}

fn check_out_one(
    request: &Request,
    link: &Entry,
    submodule: &Declared,
    place: &Place<'_>,
    url: &str,
) -> Result<(), Failure> {
    refuse_disk(request, url)?;
    let cache = cache_of(&request.site, url);
    let commit = link.id.to_string();
    let repository = create::ensure(&cache, true)?;
    if repository.find_commit(link.id).is_err() {
        download_commit(request, &repository, url, &commit, request.site.depth)?;
    }
    // What a worktree needs is not forgotten while it is there: see `tidy`.
    repository.reference(&format!("refs/stackctl/{commit}"), link.id, true, "checked out")?;
    let repository = create::ensure(&cache, true)?;

    let inside = Path::new("modules").join(&submodule.name);
    let place = Place {
        folder: &place.folder.join(link.path()),
        worktree: &place.worktree.join(link.path()),
        making: &place.making.join(&inside),
        registered: &place.registered.join(&inside),
    };
    let listing = tree::list(&repository, link.id)?;
    // The tree that holds it has made its folder, empty.
    fs::remove_dir(place.folder)?;
    let entries = write::write(&repository, link.id, &listing, place.folder)?;
    let own = make_git_folder(&place, &cache, link.id, url)?;
    write_index(&place.making.join("index"), &entries)?;
    let way = file::relative(place.worktree, place.registered);
    file::replace(&place.folder.join(".git"), &file::line("gitdir: ", &way))?;
    if request.site.submodules == Submodules::Recursive {
        check_out(request, &own, &listing, &place, url)?;
    }
    Ok(())
}

/// The submodule's own git folder, as `git submodule` makes it, with borrowed objects.
fn make_git_folder(place: &Place<'_>, cache: &Path, commit: Oid, url: &str) -> Result<Repository, Failure> {
    let folder = place.making;
    let repository = create::ensure(folder, false)?;
    let mut config = own_settings(&repository)?;
    let way = file::relative(place.registered, place.worktree);
    let way = way
        .to_str()
        .ok_or_else(|| Failure::Other("the path of a submodule is no text".to_owned()))?;
    config.set_str("core.worktree", way)?;
    config.set_str("remote.origin.url", url)?;
    file::replace(&folder.join("HEAD"), format!("{commit}\n").as_bytes())?;
    let way = file::relative(&place.registered.join("objects"), &cache.join("objects"));
    file::replace(&folder.join("objects/info/alternates"), &file::line("", &way))?;
    let shallow = cache.join("shallow");
    if shallow.exists() {
        file::replace(&folder.join("shallow"), &fs::read(&shallow)?)?;
    }
    Ok(repository)
}

/// Where the objects of a URL are kept.
fn cache_of(site: &Site, url: &str) -> PathBuf {
    let hash = Sha256::digest(url.as_bytes());
    let hash = u128::from_be_bytes(hash[..16].try_into().expect("SHA-256 has 32 bytes"));
    caches(site).join(format!("{hash:032x}"))
}

/// The folder of all that is kept for submodules.
pub fn caches(site: &Site) -> PathBuf {
    site.own().join("modules")
}

/// As git does since CVE-2022-39253: a repository must not make one read from its reader's disk, unless that is allowed.
fn refuse_disk(request: &Request, url: &str) -> Result<(), Failure> {
    let allowed = request
        .site
        .git_config
        .iter()
        .rev()
        .find(|(name, _)| name.eq_ignore_ascii_case("protocol.file.allow"))
        .is_some_and(|(_, value)| value == "always");
    if Address::of(url) == Address::Local && !allowed {
        return Err(Failure::Other(format!(
            "transport 'file' not allowed for `{url}`: set `protocol.file.allow` to `always` by `--git-config`"
        )));
    }
    Ok(())
}

/// The paths of the submodules that a worktree's .gitmodules asks for.
pub fn wanted(worktree: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let declared = read(&worktree.join(".gitmodules"))?;
    let wanted = declared.into_iter().filter(|submodule| submodule.is_wanted);
    Ok(wanted.map(|submodule| submodule.path).collect())
}

/// Reads .gitmodules; a file that is not there declares nothing.
fn read(path: &Path) -> Result<Vec<Declared>, Failure> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let config = Config::open(path)?;
    let mut names: Vec<String> = Vec::new();
    config
        .entries(Some("^submodule\\..*\\.path$"))?
        .for_each(|entry| {
            let name = entry.name().ok().and_then(|name| {
                name.strip_prefix("submodule.")?
                    .strip_suffix(".path")
                    .map(str::to_owned)
            });
            names.extend(name);
        })?;
    let mut declared = Vec::new();
    for name in names {
        let value = |key: &str| {
            config
                .get_string(&format!("submodule.{name}.{key}"))
                .unwrap_or_default()
        };
        let (path, url) = (value("path"), value("url"));
        if !is_safe_name(&name) || url.starts_with('-') || path.starts_with('-') {
            return Err(Failure::Other(format!(
                "the submodule `{name}` in .gitmodules is unsafe"
            )));
        }
        declared.push(Declared {
            path: path.into_bytes(),
            url,
            is_wanted: value("update") != "none",
            name,
        });
    }
    Ok(declared)
}

/// A name becomes a folder in the repository.
fn is_safe_name(name: &str) -> bool {
    name.split('/').all(|part| is_safe(part.as_bytes()))
}

/// The repository's settings on disk alone: what was laid over them for this process is not written.
fn own_settings(repository: &Repository) -> Result<Config, Failure> {
    Ok(repository.config()?.open_level(ConfigLevel::Local)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_that_leads_elsewhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".gitmodules");
        let declare = |name: &str, url: &str| {
            fs::write(
                &path,
                format!("[submodule \"{name}\"]\n\tpath = x\n\turl = {url}\n"),
            )
            .unwrap();
            read(&path).map(|declared| declared.len())
        };
        assert_eq!(declare("a/b", "https://h/x"), Ok(1));
        assert!(declare("../../hooks", "https://h/x").is_err());
        assert!(declare("a", "--upload-pack=x").is_err());
        fs::remove_file(&path).unwrap();
        assert_eq!(read(&path).map(|declared| declared.len()), Ok(0));
    }
}
