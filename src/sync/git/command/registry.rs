//! `.git/worktrees/ID/`: what git keeps of each worktree. ID is unique to each check-out, so that a worktree that is
//! made again shares nothing with the one that it replaces and that somebody may still be reading.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a check-out was made with, beside git's own files; another value means that it has to be made again.
const MADE_WITH: &str = "stackctl-made-with";

/// The folders of worktrees in one repository.
#[derive(Debug, Clone)]
pub struct Registry {
    repository: PathBuf,
}

impl Registry {
    /// That of a repository.
    pub fn of(repository: &Path) -> Self {
        Self {
            repository: repository.to_owned(),
        }
    }

    fn folder(&self) -> PathBuf {
        self.repository.join("worktrees")
    }

    /// What git keeps of the worktree with this ID.
    pub fn entry(&self, id: &str) -> PathBuf {
        self.folder().join(id)
    }

    /// Registers a folder as the worktree that it is about to become. `folder` and `worktree` lie side by side in the
    /// folder beside the repository.
    ///
    /// # Errors
    /// A file can't be written.
    pub fn add(&self, commit: &str, folder: &Path, worktree: &Path) -> io::Result<PathBuf> {
        let mark = folder.file_name().unwrap_or_default().to_string_lossy();
        let mark = mark.rsplit('-').next().unwrap_or_default();
        let id = format!("{commit}-{mark}");
        let entry = self.entry(&id);
        fs::create_dir_all(&entry)?;
        fs::write(entry.join("HEAD"), format!("{commit}\n"))?;
        fs::write(entry.join("commondir"), "../..\n")?;
        fs::write(
            entry.join("gitdir"),
            format!("{}\n", worktree.join(".git").display()),
        )?;
        fs::create_dir_all(folder)?;
        // Relative, so that the volume can be mounted elsewhere.
        fs::write(
            folder.join(".git"),
            format!("gitdir: ../../.git/worktrees/{id}\n"),
        )?;
        Ok(entry)
    }

    /// What git keeps of a worktree, by the `.git` file in it; none where that leads elsewhere or nowhere.
    pub fn find(&self, worktree: &Path) -> Option<PathBuf> {
        let text = fs::read_to_string(worktree.join(".git")).ok()?;
        let target = Path::new(text.strip_prefix("gitdir:")?.trim()).to_owned();
        let target = worktree.join(target);
        let id = target.file_name()?.to_str()?.to_owned();
        let entry = self.entry(&id);
        let leads_here = target.canonicalize().ok()? == entry.canonicalize().ok()?;
        (leads_here && entry.join("HEAD").is_file()).then_some(entry)
    }

    /// Every ID.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn ids(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.folder()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    /// Removes the entries that no worktree leads to. `worktrees` is the folder in which they lie; others are found
    /// over the way back that git noted.
    ///
    /// # Errors
    /// A folder can't be read or removed.
    pub fn forget_the_gone(&self, worktrees: &Path) -> io::Result<usize> {
        let live = self.live_in(worktrees)?;
        let mut removed = 0;
        for id in self.ids()? {
            if !live.contains(&id) && !self.has_way_back(&id) {
                let entry = self.entry(&id);
                if entry.is_dir() {
                    fs::remove_dir_all(entry)?;
                } else {
                    fs::remove_file(entry)?;
                }
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The IDs of the worktrees in a folder.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn live_in(&self, worktrees: &Path) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(worktrees) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut live = Vec::new();
        for entry in entries {
            if let Some(entry) = self.find(&entry?.path()) {
                live.extend(entry.file_name().map(|id| id.to_string_lossy().into_owned()));
            }
        }
        Ok(live)
    }

    fn has_way_back(&self, id: &str) -> bool {
        let Ok(text) = fs::read_to_string(self.entry(id).join("gitdir")) else {
            return false;
        };
        let worktree = Path::new(text.trim()).parent().map(Path::to_owned);
        worktree.is_some_and(|worktree| self.find(&worktree).is_some_and(|entry| entry.ends_with(id)))
    }
}

/// Notes what a check-out was made with.
///
/// # Errors
/// The file can't be written.
pub fn note(entry: &Path, made_with: &str) -> io::Result<()> {
    fs::write(entry.join(MADE_WITH), made_with)
}

/// Whether a check-out was made with this.
pub fn is_made_with(entry: &Path, made_with: &str) -> bool {
    fs::read_to_string(entry.join(MADE_WITH)).is_ok_and(|noted| noted == made_with)
}

/// Submodules note where their worktree lies, by the name that the folder had when they were made. `from` and `to` are
/// the names of the folder then and from now on.
///
/// # Errors
/// A file can't be read or written.
pub fn rename_in_submodules(entry: &Path, from: &str, to: &str) -> io::Result<()> {
    let modules = entry.join("modules");
    if modules.is_dir() {
        rename_below(&modules, from, to)?;
    }
    Ok(())
}

fn rename_below(folder: &Path, from: &str, to: &str) -> io::Result<()> {
    let config = folder.join("config");
    if folder.join("HEAD").is_file() && config.is_file() {
        let text = fs::read_to_string(&config)?;
        let renamed = text.replace(&format!("/{from}/"), &format!("/{to}/"));
        if renamed != text {
            fs::write(&config, renamed)?;
        }
    }
    for inner in fs::read_dir(folder)? {
        let inner = inner?;
        let name = inner.file_name();
        let is_git_own = ["objects", "refs", "logs", "info", "hooks"]
            .iter()
            .any(|own| name == *own);
        if inner.file_type()?.is_dir() && !is_git_own {
            rename_below(&inner.path(), from, to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn root() -> (tempfile::TempDir, Registry, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let registry = Registry::of(&root.path().join(".git"));
        let worktrees = root.path().join(".worktrees");
        fs::create_dir_all(&worktrees).unwrap();
        (root, registry, worktrees)
    }

    #[test]
    fn a_worktree_is_found_until_it_is_gone() {
        let (_root, registry, worktrees) = root();
        let (folder, worktree) = (worktrees.join(".stackctl-new-1f"), worktrees.join(COMMIT));
        let entry = registry.add(COMMIT, &folder, &worktree).unwrap();
        assert_eq!(registry.find(&folder), Some(entry.clone()));
        fs::rename(&folder, &worktree).unwrap();
        assert_eq!(registry.find(&worktree), Some(entry.clone()));
        assert_eq!(registry.forget_the_gone(&worktrees).unwrap(), 0);
        note(&entry, "this").unwrap();
        assert!(is_made_with(&entry, "this"));
        assert!(!is_made_with(&entry, "that"));
        fs::remove_dir_all(&worktree).unwrap();
        assert_eq!(registry.forget_the_gone(&worktrees).unwrap(), 1);
        assert!(!entry.exists());
    }

    #[test]
    fn one_that_replaced_another_shares_nothing_with_it() {
        let (_root, registry, worktrees) = root();
        let worktree = worktrees.join(COMMIT);
        let old = registry.add(COMMIT, &worktree, &worktree).unwrap();
        let new = registry
            .add(COMMIT, &worktrees.join(".stackctl-new-2f"), &worktree)
            .unwrap();
        assert_ne!(old, new);
        assert_eq!(registry.forget_the_gone(&worktrees).unwrap(), 0);
    }

    #[test]
    fn a_worktree_of_another_repository_is_not_ours() {
        let (_root, registry, worktrees) = root();
        let (_other_root, other, _) = root();
        let worktree = worktrees.join(COMMIT);
        let entry = other.add(COMMIT, &worktree, &worktree).unwrap();
        let file = worktree.join(".git");
        fs::write(file, format!("gitdir: {}\n", entry.display())).unwrap();
        assert_eq!(registry.find(&worktree), None);
        assert_eq!(other.find(&worktree), Some(entry));
    }

    #[test]
    fn submodules_follow_the_name_of_their_folder() {
        let (_root, registry, worktrees) = root();
        let entry = registry.entry("x");
        let module = entry.join("modules/sub/folder");
        let inner = module.join("modules/inner");
        for repository in [&module, &inner] {
            fs::create_dir_all(repository).unwrap();
            fs::write(repository.join("HEAD"), "").unwrap();
            fs::write(
                repository.join("config"),
                "\tworktree = ../../.worktrees/.stackctl-new-1/sub\n",
            )
            .unwrap();
        }
        rename_in_submodules(&entry, ".stackctl-new-1", COMMIT).unwrap();
        for repository in [&module, &inner] {
            assert_eq!(
                fs::read_to_string(repository.join("config")).unwrap(),
                format!("\tworktree = ../../.worktrees/{COMMIT}/sub\n")
            );
        }
        drop(worktrees);
    }
}
