//! What git is told about the network, safety and credentials: a configuration in memory, and variables.

use std::ffi::OsString;
use std::path::Path;

use crate::sync::options::{Access, Options};

use super::memory::Memory;

/// The settings, the defaults first and those of the user over them.
pub fn configuration(options: &Options, logins: &Memory) -> Vec<(String, String)> {
    let mut settings: Vec<(String, String)> = [
        // Nothing goes on behind a command, and what is unreachable is not kept: the disk stays bounded.
        ("gc.autoDetach", "false"),
        ("gc.pruneExpire", "now"),
        ("gc.writeCommitGraph", "false"),
        ("core.logAllRefUpdates", "false"),
        ("fetch.unpackLimit", "1"),
        ("fetch.writeCommitGraph", "false"),
        ("fetch.recurseSubmodules", "false"),
        ("init.defaultBranch", "git-sync"),
        ("advice.detachedHead", "false"),
        // The root may belong to anybody, and nothing that lies in it is run.
        ("safe.directory", "*"),
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
        // Nobody is there to be asked.
        ("core.askPass", "true"),
        ("credential.useHttpPath", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let mut set = |name: &str, value: String| settings.push((name.to_owned(), value));
    set("credential.helper", helper(logins));
    let path = |path: &Path| path.display().to_string();
    if let Some(file) = &options.access.ca_file {
        set("http.sslCAInfo", path(file));
    }
    if let Some(file) = &options.access.cookie_file {
        set("http.cookieFile", path(file));
    }
    if is_on_path("git-lfs") {
        set("filter.lfs.clean", "git-lfs clean -- %f".to_owned());
        set("filter.lfs.smudge", "git-lfs smudge -- %f".to_owned());
        set("filter.lfs.process", "git-lfs filter-process".to_owned());
        set("filter.lfs.required", "true".to_owned());
    }
    settings.extend(options.source.git_config.iter().cloned());
    settings
}

/// The variables.
pub fn variables(access: &Access, configuration: &Memory) -> Vec<(&'static str, OsString)> {
    let mut variables: Vec<(&'static str, OsString)> = vec![
        ("GIT_CONFIG_GLOBAL", configuration.path().into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_ATTR_NOSYSTEM", "1".into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
        // Looking changes nothing.
        ("GIT_OPTIONAL_LOCKS", "0".into()),
        ("GIT_SSH_COMMAND", ssh(access).into()),
        // git's messages are read.
        ("LC_ALL", "C.UTF-8".into()),
    ];
    if let Some(proxy) = &access.proxy {
        // Not in the configuration: http.proxy would also override NO_PROXY.
        for name in [
            "http_proxy",
            "https_proxy",
            "HTTPS_PROXY",
            "all_proxy",
            "ALL_PROXY",
        ] {
            variables.push((name, proxy.into()));
        }
    }
    variables
}

/// git runs this in a shell and adds what it wants.
fn helper(logins: &Memory) -> String {
    // Where the own path is unknown, the name on PATH is the best that is left.
    let program = std::env::current_exe().unwrap_or_else(|_| "stackctl".into());
    format!("!{} git-credential {}", quote(&program), logins.path())
}

fn ssh(access: &Access) -> String {
    let mut command = std::env::var("GIT_SSH_COMMAND")
        .ok()
        .filter(|command| !command.is_empty())
        .unwrap_or_else(|| "ssh".to_owned());
    for key in access.ssh_key_files.iter().filter(|key| key.exists()) {
        command.push_str(" -i ");
        command.push_str(&quote(key));
    }
    command.push_str(" -o BatchMode=yes -o LogLevel=ERROR -o ServerAliveInterval=15");
    match &access.ssh_known_hosts {
        Some(file) => {
            command.push_str(" -o StrictHostKeyChecking=yes -o UserKnownHostsFile=");
            command.push_str(&quote(file));
        }
        None => command.push_str(" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"),
    }
    command
}

/// The path as one word of a shell.
fn quote(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

fn is_on_path(program: &str) -> bool {
    let search = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&search).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_tries_the_keys_that_are_there_and_trusts_known_hosts() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("it's a key");
        std::fs::write(&key, "").unwrap();
        let access = Access {
            ssh_key_files: vec![folder.path().join("gone"), key],
            ssh_known_hosts: Some("/etc/hosts of/known".into()),
            ..Access::default()
        };
        let command = ssh(&access);
        let words = shlex::split(&command).unwrap();
        let start = format!("{}/it's a key", folder.path().display());
        assert_eq!(words[..3], ["ssh", "-i", &start]);
        assert!(words.contains(&"StrictHostKeyChecking=yes".to_owned()));
        assert!(words.contains(&"UserKnownHostsFile=/etc/hosts of/known".to_owned()));
        assert!(ssh(&Access::default()).contains("StrictHostKeyChecking=no"));
    }
}
