//! Brings the commit that the reference names now.

use git2::{Oid, Repository};

use super::super::address::Address;
use super::super::child::{Failure, Request};
use super::callbacks::Access;
use super::fetched::{self, Fetched};
use super::reference::{is_object_name, resolve};
use super::transfer::{converse, download_commit, wanted_history};
use super::{session, verify};

/// What the server said.
enum Asked {
    /// Nothing new: this commit.
    Known(String),
    /// This object, which is here now.
    New(String),
}

/// Fetches, and gives back the commit's full name.
pub fn fetch(request: &Request) -> Result<String, Failure> {
    let site = &request.site;
    if site.depth > 0 && Address::of(&site.repo) == Address::Local {
        return Err(Failure::Unsupported(
            "libgit2 can't shorten the history of a repository on disk".to_owned(),
        ));
    }
    let repository = session::open(site)?;
    if repository.is_shallow() && Address::of(&site.repo) == Address::Local {
        return Err(Failure::Unsupported(
            "libgit2 can't complete the history from a repository on disk".to_owned(),
        ));
    }
    let known = fetched::read(site, &repository);
    let known = known.filter(|known| known.depth == site.depth);
    let fetched = if is_object_name(&site.reference) {
        let object = site.reference.to_ascii_lowercase();
        if known.is_some_and(|known| known.object == object && known.repo == site.repo) {
            return Ok(object);
        }
        download_commit(request, &repository, &site.repo, &object, site.depth)
            .map_err(|failure| doubt(&repository, failure))?;
        object
    } else {
        let access = Access::new(request, &site.repo)?;
        let asked = converse(&repository, &access, &site.repo, |transfer| {
            let names: Vec<&str> = transfer
                .listed
                .iter()
                .map(|listed| listed.name.as_str())
                .collect();
            let name = resolve(&site.reference, &names)
                .ok_or(Failure::NoReference)?
                .to_owned();
            let object = transfer.object(&name).ok_or(Failure::NoReference)?.to_owned();
            if let Some(known) = known.filter(|known| known.object == object) {
                return Ok(Asked::Known(known.commit));
            }
            transfer.download(&[&name], wanted_history(&repository, site.depth))?;
            Ok(Asked::New(object))
        });
        match asked.map_err(|failure| doubt(&repository, failure))? {
            Asked::Known(commit) => return Ok(commit),
            Asked::New(object) => object,
        }
    };
    let commit = repository
        .find_object(Oid::from_str(&fetched)?, None)?
        .peel_to_commit()
        .map_err(|error| match error.code() {
            git2::ErrorCode::InvalidSpec | git2::ErrorCode::Peel => Failure::NoReference,
            _ => Failure::from(error),
        })?;
    let fetched = Fetched {
        repo: site.repo.clone(),
        object: fetched,
        commit: commit.id().to_string(),
        depth: site.depth,
    };
    fetched::write(site, &repository, &fetched)?;
    Ok(fetched.commit)
}

/// A download that fails over objects may have been cut, or may build on objects here that are broken: only the latter
/// is a corruption.
fn doubt(repository: &Repository, failure: Failure) -> Failure {
    match failure {
        Failure::Corrupted(message) => {
            let last = repository.refname_to_id(fetched::REFERENCE).ok();
            if last.is_none_or(|commit| verify::is_sound(repository, commit)) {
                Failure::Other(message)
            } else {
                Failure::Corrupted(message)
            }
        }
        failure => failure,
    }
}
