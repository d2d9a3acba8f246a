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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::generation::{Observed, Places, observe, published};

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    /// A published commit, a state directory, and a place for the agent's link.
    struct Container(tempfile::TempDir);

    impl Container {
        fn new() -> Self {
            let container = Self(tempfile::tempdir().unwrap());
            container.commit(ONE, "* * * * * one\n");
            container.commit(TWO, "* * * * * two\n");
            container.publish(ONE);
            container
        }

        fn path(&self, path: &str) -> PathBuf {
            self.0.path().join(path)
        }

        fn commit(&self, commit: &str, crontab: &str) {
            let worktree = self.path("sync/.worktrees").join(commit);
            fs::create_dir_all(worktree.join("app")).unwrap();
            fs::write(worktree.join("app/crontab.txt"), crontab).unwrap();
            fs::write(worktree.join("requirements.txt"), "aaa\n").unwrap();
        }

        fn publish(&self, commit: &str) {
            let link = self.path("sync/code");
            let _none = fs::remove_file(&link);
            symlink(Path::new(".worktrees").join(commit), link).unwrap();
        }

        fn places(&self) -> Places {
            Places {
                link: self.path("sync/code"),
                publish: Some(self.path("project/code")),
                requirements: Some(PathBuf::from("requirements.txt")),
                crontab: Some(self.path("project/code/app/crontab.txt")),
                inline_crontab: None,
            }
        }

        fn observe(&self) -> Observed {
            observe(&self.places()).unwrap().unwrap()
        }

        fn activate(&self, record: &Record) -> Result<(), GenerationError> {
            activate(&Activation {
                state_dir: &self.path("state"),
                publish: Some(&self.path("project/code")),
                record,
                runtime_crontab: b"* * * * * runs\n",
            })
        }

        fn state(&self, name: &str) -> Option<String> {
            fs::read_to_string(self.path("state").join(name)).ok()
        }
    }

    #[test]
    fn the_links_and_hashes_follow_the_generation() {
        let container = Container::new();
        for (number, commit) in [(1, ONE), (2, TWO)] {
            container.publish(commit);
            let generation = container.observe().candidate.generation(number, 1, 0);
            let record = Record::read(&container.path("state")).unwrap().with(&generation);
            container.activate(&record).unwrap();
            assert_eq!(Record::read(&container.path("state")).unwrap(), record);
            let target = fs::read_link(container.path("project/code")).unwrap();
            assert_eq!(target, generation.worktree);
            let sum = std::process::Command::new("sha256sum")
                .arg(container.path("project/code/app/crontab.txt"))
                .output()
                .unwrap();
            let sum = String::from_utf8(sum.stdout).unwrap();
            let hash = container.state("crontab.sha256").unwrap();
            assert_eq!(hash, format!("{}\n", sum.split_whitespace().next().unwrap()));
            assert!(container.state("requirements.sha256").is_some());
            assert_eq!(
                container.state("crontab.runtime.txt").unwrap(),
                "* * * * * runs\n"
            );
        }
        let names = |folder: &str| fs::read_dir(container.path(folder)).unwrap().count();
        assert_eq!(
            (names("project"), names("state")),
            (1, 4),
            "nothing unfinished stays"
        );
    }

    #[test]
    fn a_commit_without_requirements_has_no_hash_of_them() {
        let container = Container::new();
        let generation = container.observe().candidate.generation(1, 1, 0);
        container.activate(&Record::default().with(&generation)).unwrap();
        fs::remove_file(generation.worktree.join("requirements.txt")).unwrap();
        let candidate = container.observe().candidate;
        assert_eq!(
            (&candidate.requirements, &candidate.requirements_sha256),
            (&None, &None)
        );
        assert!(!candidate.is(&generation));
        container
            .activate(&Record::default().with(&candidate.generation(2, 1, 0)))
            .unwrap();
        assert_eq!(container.state("requirements.sha256"), None);
    }

    #[test]
    fn what_stands_in_the_way_changes_nothing_else() {
        let container = Container::new();
        fs::create_dir_all(container.path("project/code/with")).unwrap();
        let record = Record::default().with(&container.observe().candidate.generation(1, 1, 0));
        let error = container.activate(&record).unwrap_err();
        assert!(matches!(error, GenerationError::InTheWay { .. }), "{error}");
        assert_eq!(Record::read(&container.path("state")).unwrap(), Record::default());
        assert_eq!(fs::read_dir(container.path("state")).unwrap().count(), 0);
        // An empty folder is what Docker makes to mount on.
        fs::remove_dir(container.path("project/code/with")).unwrap();
        container.activate(&record).unwrap();
        assert!(container.path("project/code/app/crontab.txt").is_file());
    }

    #[test]
    fn before_the_first_sync_there_is_nothing_and_a_folder_is_no_link() {
        let container = Container::new();
        fs::remove_file(container.path("sync/code")).unwrap();
        assert!(observe(&container.places()).unwrap().is_none());
        symlink(".worktrees/gone", container.path("sync/code")).unwrap();
        assert!(observe(&container.places()).unwrap().is_none());
        fs::remove_file(container.path("sync/code")).unwrap();
        symlink(".worktrees", container.path("sync/code")).unwrap();
        let error = published(&container.path("sync/code")).unwrap_err();
        assert!(matches!(error, GenerationError::NotALink { .. }), "{error}");
        fs::remove_file(container.path("sync/code")).unwrap();
        fs::create_dir(container.path("sync/code")).unwrap();
        let error = published(&container.path("sync/code")).unwrap_err();
        assert!(matches!(error, GenerationError::NotALink { .. }), "{error}");
    }

    #[test]
    fn paths_stay_in_the_repository() {
        let container = Container::new();
        for path in ["../crontab.txt", "app/../../crontab.txt", "/etc/crontab"] {
            let places = Places {
                crontab: Some(PathBuf::from(path)),
                ..container.places()
            };
            let error = observe(&places).unwrap_err();
            assert!(
                matches!(error, GenerationError::Outside { .. }),
                "{path}: {error}"
            );
        }
        let places = Places {
            crontab: Some(PathBuf::from("app/cron.txt")),
            ..container.places()
        };
        let error = observe(&places).unwrap_err();
        assert_eq!(error.to_string(), format!("commit {ONE} has no `app/cron.txt`"));
    }

    #[test]
    fn a_recorded_generation_is_found_again_as_long_as_its_files_are_there() {
        let container = Container::new();
        let generation = container.observe().candidate.generation(1, 1, 0);
        container.publish(TWO);
        let again = Observed::again(&container.places(), &generation)
            .unwrap()
            .unwrap();
        assert!(again.candidate.is(&generation));
        assert_eq!(again.crontab.unwrap(), b"* * * * * one\n");
        fs::remove_dir_all(&generation.worktree).unwrap();
        assert!(
            Observed::again(&container.places(), &generation)
                .unwrap()
                .is_none()
        );
    }
}
