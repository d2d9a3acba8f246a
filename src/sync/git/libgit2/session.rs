//! libgit2's settings of this process, made before any thread is started, and how repositories are opened.

use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel, Repository, RepositoryOpenFlags, opts};
use nix::sys::memfd::{MFdFlags, memfd_create};

use super::super::child::{Failure, Request, Site};

/// Makes libgit2 read nothing of this host's configuration, and give up on a server that says nothing.
pub fn set_up(request: &Request) -> Result<(), Failure> {
    const LONGEST_WAIT: u64 = 60_000;
    let wait = i32::try_from(request.left_milliseconds.clamp(1, LONGEST_WAIT)).unwrap_or(i32::MAX);
    // SAFETY: these set globals of libgit2 without locks; this process has no other thread that uses libgit2 yet.
    // Whose repository it is does not matter: the root belongs to the sync, whatever user a volume gave it to, no hook
    // of the repository is ever run by libgit2, and its configuration names no program that libgit2 would start.
    unsafe {
        opts::set_verify_owner_validation(false)?;
        opts::set_server_connect_timeout_in_milliseconds(wait)?;
        opts::set_server_timeout_in_milliseconds(wait)?;
        for level in [
            ConfigLevel::ProgramData,
            ConfigLevel::System,
            ConfigLevel::XDG,
            ConfigLevel::Global,
        ] {
            opts::set_search_path(level, "")?;
        }
    }
    Ok(())
}

/// Opens the repository of the sync.
pub fn open(site: &Site) -> Result<Repository, Failure> {
    let repository = open_at(&site.repository())?;
    if !site.git_config.is_empty() {
        lay_over(&repository, &site.git_config)?;
    }
    Ok(repository)
}

/// Opens a repository by its git folder. One that is not there or can't be read is corrupted.
pub fn open_at(folder: &Path) -> Result<Repository, Failure> {
    let none: [PathBuf; 0] = [];
    Repository::open_ext(
        folder,
        RepositoryOpenFlags::NO_SEARCH | RepositoryOpenFlags::NO_DOTGIT,
        none,
    )
    .map_err(|error| match Failure::from(error) {
        Failure::Other(message) => Failure::Corrupted(message),
        failure => failure,
    })
}

/// Lays settings over those of the repository, for this process alone: they may hold credentials.
fn lay_over(repository: &Repository, settings: &[(String, String)]) -> Result<(), Failure> {
    let memory = in_memory(&text(settings))?;
    let mut config: Config = repository.config()?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", memory.as_raw_fd()));
    config.add_file(&path, ConfigLevel::App, true)?;
    // libgit2 reads the file now and looks at it again later: it stays open as long as the process.
    std::mem::forget(memory);
    Ok(())
}

fn in_memory(text: &str) -> Result<OwnedFd, Failure> {
    let memory = memfd_create(c"git-config", MFdFlags::MFD_CLOEXEC)
        .map_err(|error| Failure::Other(format!("no memory for settings: {error}")))?;
    let mut file = std::fs::File::from(memory);
    file.write_all(text.as_bytes())?;
    Ok(file.into())
}

/// Settings in the form of git's configuration files.
fn text(settings: &[(String, String)]) -> String {
    let lines = settings.iter().filter_map(|(name, value)| {
        let (section, key) = name.rsplit_once('.')?;
        let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let header = match section.split_once('.') {
            Some((section, sub)) => format!("[{section} \"{}\"]", escape(sub)),
            None => format!("[{section}]"),
        };
        let value = escape(value).replace('\n', "\\n").replace('\t', "\\t");
        Some(format!("{header}\n\t{key} = \"{value}\"\n"))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_back_as_they_were_given() {
        let settings = [
            ("core.autocrlf", "true"),
            ("http.https://example.com/a.b.extraHeader", "a: \"b\\c\""),
            ("user.name", "x # y ; z"),
        ];
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, text(&settings)).unwrap();
        let config = Config::open(&path).unwrap();
        for (name, value) in settings {
            assert_eq!(config.get_string(&name).unwrap(), value, "{name}");
        }
    }
}
