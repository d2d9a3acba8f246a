//! What is published now, and what it would be as a generation.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::GenerationError;
use super::record::Generation;
use crate::jobs::environment::Key;
use crate::jobs::hexadecimal::hexadecimal;
use crate::jobs::tree_file;
use crate::sync::layout::commit_of;
use crate::sync::lease::Lease;

/// Where the parts of a generation are looked for.
#[derive(Debug, Clone)]
pub struct Places {
    /// The link that the sync publishes.
    pub link: PathBuf,
    /// The link that the agent keeps on the active generation, if there is one.
    pub publish: Option<PathBuf>,
    /// The requirements file: relative to the worktree, or absolute below one of the links.
    pub requirements: Option<PathBuf>,
    /// The crontab, by the same rule.
    pub crontab: Option<PathBuf>,
    /// The crontab of inline jobs, a file outside of the repository.
    pub inline_crontab: Option<PathBuf>,
}

/// What the link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The commit.
    pub commit: String,
    /// Its files, by their fixed path.
    pub worktree: PathBuf,
}

/// What is published, as it would be as a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The commit.
    pub commit: String,
    /// Its files, by their fixed path.
    pub worktree: PathBuf,
    /// The requirements file, relative to the worktree; none where there is none.
    pub requirements: Option<PathBuf>,
    /// SHA-256 of the requirements file.
    pub requirements_sha256: Option<String>,
    /// Its dependencies, which the caller fills in: [`crate::jobs::environment::key`] may start a process.
    pub key: Option<Key>,
    /// The crontab, relative to the worktree.
    pub crontab: Option<PathBuf>,
    /// SHA-256 of the crontab.
    pub crontab_sha256: Option<String>,
    /// SHA-256 over the crontab and the inline jobs.
    pub schedule: String,
}

/// A candidate with the texts of its schedule. Its files stay on disk as long as the lease is kept.
#[derive(Debug)]
pub struct Observed {
    /// The candidate.
    pub candidate: Candidate,
    /// The crontab's bytes.
    pub crontab: Option<Vec<u8>>,
    /// The inline crontab's bytes.
    pub inline_crontab: Option<Vec<u8>>,
    /// Keeps the files.
    pub lease: Lease,
}

/// What tells that the requirements file or the crontab was written anew: inode, size, and time of the change.
pub type Stamps = [Option<(u64, u64, i64, i64)>; 2];

/// How often a link that moves on while it is followed is read again.
const TRIES: usize = 5;

/// What the link leads to; none before the first sync. It reads the link and nothing else.
///
/// # Errors
/// Something else than a commit's files is there.
pub fn published(link: &Path) -> Result<Option<Published>, GenerationError> {
    match fs::symlink_metadata(link) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(GenerationError::read(link)(error)),
        Ok(metadata) if !metadata.is_symlink() => {
            return Err(GenerationError::NotALink {
                link: link.to_owned(),
            });
        }
        Ok(_) => {}
    }
    let worktree = match fs::canonicalize(link) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        path => path.map_err(GenerationError::read(link))?,
    };
    match commit_of(&worktree) {
        Some(commit) => Ok(Some(Published {
            commit: commit.to_owned(),
            worktree: worktree.clone(),
        })),
        None => Err(GenerationError::NotALink {
            link: link.to_owned(),
        }),
    }
}

/// Looks at what is published; none before the first sync, or where it is just being replaced.
///
/// # Errors
/// A file can't be read, lies outside of the repository, or there is no schedule at all.
pub fn observe(places: &Places) -> Result<Option<Observed>, GenerationError> {
    for _ in 0..TRIES {
        let Some(published) = published(&places.link)? else {
            return Ok(None);
        };
        let lease = Lease::take(&published.worktree).map_err(GenerationError::read(&published.worktree))?;
        // Without a lease it was pruned, and the link leads elsewhere by now.
        if let Some(lease) = lease {
            return look(places, published, lease).map(Some);
        }
    }
    Ok(None)
}

impl Candidate {
    /// The generation that it becomes.
    #[must_use]
    pub fn generation(&self, number: u64, jobs: usize, now: u64) -> Generation {
        Generation {
            number,
            commit: self.commit.clone(),
            worktree: self.worktree.clone(),
            key: self.key.clone(),
            requirements: self.requirements.clone(),
            requirements_sha256: self.requirements_sha256.clone(),
            crontab: self.crontab.clone(),
            crontab_sha256: self.crontab_sha256.clone(),
            schedule: self.schedule.clone(),
            jobs,
            since: now,
        }
    }

    /// Whether a generation is made of just this.
    #[must_use]
    pub fn is(&self, generation: &Generation) -> bool {
        self.generation(generation.number, generation.jobs, generation.since) == *generation
    }
}

impl Observed {
    /// Looks again at the files of a recorded generation, behind a restart or a rollback; none where they are gone.
    ///
    /// # Errors
    /// A file can't be read.
    pub fn again(places: &Places, generation: &Generation) -> Result<Option<Self>, GenerationError> {
        let worktree = &generation.worktree;
        let lease = Lease::take(worktree).map_err(GenerationError::read(worktree))?;
        let Some(lease) = lease else { return Ok(None) };
        let published = Published {
            commit: generation.commit.clone(),
            worktree: worktree.clone(),
        };
        let mut observed = look(places, published, lease)?;
        observed.candidate.key.clone_from(&generation.key);
        Ok(Some(observed))
    }
}

fn look(places: &Places, published: Published, lease: Lease) -> Result<Observed, GenerationError> {
    let Published { commit, worktree } = published;
    let read = |path: &Path| tree_file::read(path).map_err(GenerationError::read(path));
    let in_tree = |path: &Option<PathBuf>| match path {
        Some(path) => Ok(Some(places.relative(path, &worktree)?)),
        None => Ok(None),
    };
    let (requirements, crontab) = (in_tree(&places.requirements)?, in_tree(&places.crontab)?);
    let of_tree = |path: &Option<PathBuf>| match path {
        Some(path) => read(&worktree.join(path)),
        None => Ok(None),
    };
    let (requirements_text, crontab_text) = (of_tree(&requirements)?, of_tree(&crontab)?);
    let inline_crontab = match &places.inline_crontab {
        Some(path) => read(path)?,
        None => None,
    };
    if let (Some(crontab), None, None) = (&crontab, &crontab_text, &inline_crontab) {
        return Err(GenerationError::NoCrontab {
            commit,
            crontab: crontab.clone(),
        });
    }
    let mut schedule = Vec::new();
    for text in [&crontab_text, &inline_crontab] {
        let text = text.as_deref().unwrap_or_default();
        schedule.extend((text.len() as u64).to_be_bytes());
        schedule.extend(text);
    }
    let candidate = Candidate {
        commit,
        worktree,
        requirements_sha256: requirements_text.as_deref().map(sha256),
        requirements: requirements.filter(|_| requirements_text.is_some()),
        key: None,
        crontab_sha256: crontab_text.as_deref().map(sha256),
        crontab: crontab.filter(|_| crontab_text.is_some()),
        schedule: sha256(&schedule),
    };
    Ok(Observed {
        candidate,
        crontab: crontab_text,
        inline_crontab,
        lease,
    })
}

impl Places {
    /// How requirements file and crontab of a commit stand on the disk.
    #[must_use]
    pub fn stamps(&self, published: &Published) -> Stamps {
        [&self.requirements, &self.crontab].map(|path| {
            let path = self.relative(path.as_deref()?, &published.worktree).ok()?;
            let file = fs::metadata(published.worktree.join(path)).ok()?;
            Some((file.ino(), file.len(), file.ctime(), file.ctime_nsec()))
        })
    }

    /// A path relative to the worktree. An absolute one lies below a link that leads, or will lead, to the worktree.
    ///
    /// # Errors
    /// It lies elsewhere.
    pub fn relative(&self, path: &Path, worktree: &Path) -> Result<PathBuf, GenerationError> {
        let outside = || GenerationError::Outside {
            path: path.to_owned(),
            link: self.publish.as_ref().unwrap_or(&self.link).clone(),
        };
        let below = if path.is_absolute() {
            let roots = [self.publish.as_deref(), Some(&self.link), Some(worktree)];
            let mut below = roots
                .into_iter()
                .flatten()
                .filter_map(|root| path.strip_prefix(root).ok());
            below.next().ok_or_else(outside)?
        } else {
            path
        };
        let mut plain = PathBuf::new();
        for part in below.components() {
            match part {
                Component::Normal(name) => plain.push(name),
                Component::CurDir => {}
                _ => return Err(outside()),
            }
        }
        Ok(plain)
    }
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}
