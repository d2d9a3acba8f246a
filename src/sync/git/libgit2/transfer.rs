//! One conversation with a server: what it has, and what is brought from there.

use git2::{AutotagOption, Direction, FetchOptions, Remote, RemoteRedirect, Repository};

use super::super::address::Address;
use super::super::child::{Failure, Request};
use super::callbacks::Access;
use super::pack_list::{self, Pack};

/// A reference of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its full name.
    pub name: String,
    /// The object that it names.
    pub object: String,
}

/// An open connection, and the references that the server listed on it.
pub struct Transfer<'a, 'repo> {
    repository: &'repo Repository,
    remote: &'a mut Remote<'repo>,
    access: &'a Access<'a>,
    /// What the server has.
    pub listed: Vec<Listed>,
}

/// How much history is brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// What is there goes on.
    Full,
    /// Also what an earlier fetch left out.
    Completed,
    /// This many commits.
    Commits(u32),
}

/// Connects, asks for the list, and does the work on the connection. Of several SSH keys, one that can't be used is
/// passed over.
pub fn converse<T>(
    repository: &Repository,
    access: &Access<'_>,
    url: &str,
    work: impl FnOnce(&mut Transfer<'_, '_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut skipped = 0;
    loop {
        let mut remote = repository.remote_anonymous(url)?;
        let connected = remote.connect_auth(
            Direction::Fetch,
            Some(access.callbacks(skipped)),
            Some(access.proxy()),
        );
        let mut connection = match connected {
            Ok(connection) => connection,
            Err(error) => match access.next_key(&error) {
                Some(next) => {
                    skipped = next;
                    continue;
                }
                None => return Err(access.failure(error)),
            },
        };
        let heads = connection.list().map_err(|error| access.failure(error))?;
        let listed = heads
            .iter()
            .map(|head| Listed {
                name: head.name().to_owned(),
                object: head.oid().to_string(),
            })
            .collect();
        let mut transfer = Transfer {
            repository,
            remote: connection.remote(),
            access,
            listed,
        };
        return work(&mut transfer);
    }
}

impl Transfer<'_, '_> {
    /// The object that a full reference name names.
    pub fn object(&self, name: &str) -> Option<&str> {
        let listed = self.listed.iter().find(|listed| listed.name == name);
        listed.map(|listed| listed.object.as_str())
    }

    /// The branches and tags.
    fn tips(&self) -> Vec<Listed> {
        let is_tip = |listed: &&Listed| {
            (listed.name.starts_with("refs/heads/") || listed.name.starts_with("refs/tags/"))
                && !listed.name.ends_with("^{}")
        };
        self.listed.iter().filter(is_tip).cloned().collect()
    }

    /// Brings objects by the names of references or of themselves, on the open connection.
    pub fn download(&mut self, names: &[&str], history: History) -> Result<(), Failure> {
        let before = pack_list::list(&self.repository.path().join("objects"))?;
        let mut options = FetchOptions::new();
        options
            .remote_callbacks(self.access.callbacks(0))
            .proxy_options(self.access.proxy())
            .download_tags(AutotagOption::None)
            .follow_redirects(RemoteRedirect::Initial)
            .update_fetchhead(false)
            .depth(match history {
                History::Full => 0,
                // libgit2's own number for all of it.
                History::Completed => i32::MAX,
                History::Commits(count) => i32::try_from(count).unwrap_or(i32::MAX),
            });
        self.remote
            .download(names, Some(&mut options))
            .map_err(|error| self.access.failure(error))?;
        drop(options);
        self.keep_through_a_power_cut(&before)
    }

    /// libgit2 does not wait for the disk; a reference to a pack that never reached it would be a corruption.
    fn keep_through_a_power_cut(&self, before: &[Pack]) -> Result<(), Failure> {
        let objects = self.repository.path().join("objects");
        let packs = pack_list::list(&objects)?;
        for pack in packs.iter().filter(|pack| !before.contains(pack)) {
            pack_list::keep(pack)?;
        }
        Ok(())
    }
}

/// Brings one commit by its full name into a repository, as git does for a submodule: by itself where the server allows
/// that, else with all branches and tags.
pub fn download_commit(
    request: &Request,
    repository: &Repository,
    url: &str,
    commit: &str,
    depth: u32,
) -> Result<(), Failure> {
    let access = Access::new(request, url)?;
    let is_there = || git2::Oid::from_str(commit).is_ok_and(|id| repository.find_commit(id).is_ok());
    let history = wanted_history(repository, depth);
    let direct = converse(repository, &access, url, |transfer| {
        let tip = transfer.tips().into_iter().find(|tip| tip.object == commit);
        let name = tip.map_or_else(|| commit.to_owned(), |tip| tip.name);
        transfer.download(&[&name], history)
    });
    match direct {
        Ok(()) if is_there() => return Ok(()),
        // What is neither of these may be the server's refusal to give an object by its name.
        Err(
            failure @ (Failure::Denied(_)
            | Failure::Disk(_)
            | Failure::Corrupted(_)
            | Failure::Untrusted(_)
            | Failure::UnknownHost { .. }),
        ) => return Err(failure),
        Ok(()) | Err(_) => {}
    }
    converse(repository, &access, url, |transfer| {
        let tips = transfer.tips();
        let names: Vec<&str> = tips.iter().map(|tip| tip.name.as_str()).collect();
        transfer.download(&names, wanted_history(repository, 0))
    })?;
    if is_there() {
        Ok(())
    } else {
        Err(Failure::NoReference)
    }
}

/// Brings one commit without its history, if the server still gives it.
///
/// # Errors
/// The server can't be asked at all.
pub fn download_if_given(
    request: &Request,
    repository: &Repository,
    url: &str,
    commit: git2::Oid,
) -> Result<(), Failure> {
    let access = Access::new(request, url)?;
    let is_local = Address::of(url) == Address::Local;
    let history = if is_local {
        History::Full
    } else {
        History::Commits(1)
    };
    converse(repository, &access, url, |transfer| {
        match transfer.download(&[&commit.to_string()], history) {
            Err(failure @ Failure::Disk(_)) => Err(failure),
            Err(_) | Ok(()) => Ok(()),
        }
    })
}

/// The history to ask for: a repository that lacks some must be completed when all of it is wanted.
pub fn wanted_history(repository: &Repository, depth: u32) -> History {
    match depth {
        0 if repository.is_shallow() => History::Completed,
        0 => History::Full,
        depth => History::Commits(depth),
    }
}
