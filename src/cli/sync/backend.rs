//! What speaks to the repository: git2 where it can do what is asked, the git command where it can't.

use std::path::{Path, PathBuf};

use super::config_error::ConfigError;
use super::repository_url;
use super::values::Values;
use crate::sync::options::{Backend, Source};

/// Settings that only the git command looks at.
const SETTINGS_OF_GIT: [&str; 6] = [
    "http.",
    "credential.",
    "core.sshcommand",
    "core.gitproxy",
    "filter.",
    "lfs.",
];

/// Chooses. Where the depth was not asked for and only git2 is there, all of the history is fetched.
pub fn choose(values: &mut Values, source: &mut Source) -> Result<Backend, ConfigError> {
    let git = PathBuf::from(values.text("git"));
    let only_git = only_git(values, source);
    match values.text("backend") {
        "git" => return command(git, "--backend=git asks for it"),
        "git2" => {
            return match only_git {
                Some(what) => Err(ConfigError::NotGit2 { what }),
                None => Ok(Backend::Git2),
            };
        }
        "" => {}
        _ => {
            return Err(ConfigError::Value {
                flag: "--backend",
                reason: "write `git2` or `git`".to_owned(),
            });
        }
    }
    if values.is_given("git") {
        return command(git, "it was named");
    }
    let Some(what) = only_git else {
        return Ok(Backend::Git2);
    };
    if what == DEPTH && !values.is_given("depth") && found(&git).is_none() {
        values
            .notes
            .push("there is no git command: all of the history is fetched".to_owned());
        source.depth = 0;
        return Ok(Backend::Git2);
    }
    values
        .notes
        .push(format!("the git command is used, because of {what}"));
    command(git, &format!("{what} needs it"))
}

const DEPTH: &str = "--depth with a repository on this host";

/// The first thing that git2 can't do.
fn only_git(values: &Values, source: &Source) -> Option<&'static str> {
    let is_local = repository_url::is_local(&source.repo);
    let has_setting = source.git_config.iter().any(|(name, _)| {
        let name = name.to_ascii_lowercase();
        SETTINGS_OF_GIT.iter().any(|prefix| name.starts_with(prefix))
    });
    let gc = values.text("git-gc");
    [
        ("--filter", source.filter.is_some()),
        ("--sparse-checkout-file", source.sparse_checkout_file.is_some()),
        ("--cookie-file", values.switch("cookie-file")),
        ("--git-gc", values.is_given("git-gc") && gc != "off"),
        ("a setting of git", has_setting),
        ("$GIT_SSH_COMMAND", std::env::var_os("GIT_SSH_COMMAND").is_some()),
        (DEPTH, is_local && source.depth > 0),
    ]
    .into_iter()
    .find_map(|(what, is_asked)| is_asked.then_some(what))
}

fn command(git: PathBuf, why: &str) -> Result<Backend, ConfigError> {
    match found(&git) {
        Some(_) => Ok(Backend::Command(git)),
        None => Err(ConfigError::NoGit {
            command: git,
            why: why.to_owned(),
        }),
    }
}

/// The executable of this path, or of this name on PATH.
fn found(command: &Path) -> Option<PathBuf> {
    use nix::unistd::{AccessFlags, access};
    let is_executable = |path: &Path| path.is_file() && access(path, AccessFlags::X_OK).is_ok();
    if command.components().count() > 1 {
        return is_executable(command).then(|| command.to_owned());
    }
    let search = std::env::var_os("PATH")?;
    std::env::split_paths(&search)
        .map(|folder| folder.join(command))
        .find(|path| is_executable(path))
}
