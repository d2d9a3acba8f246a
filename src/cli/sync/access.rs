//! Who one is to the server, and the repository's URL without it.

use std::path::PathBuf;

use super::config_error::ConfigError;
use super::options::missing;
use super::values::Values;
use super::{credential, repository_url};
use crate::sync::options::{Access, Credential, GithubApp, Password};

const COOKIE_FILE: &str = "/etc/git-secret/cookie_file";
const PASSWORD: &str = "__env__GITSYNC_PASSWORD";
const APP_KEY: &str = "__env__GITSYNC_GITHUB_APP_PRIVATE_KEY";

/// Resolves credentials, keys and the way to the server.
pub fn resolve(values: &Values) -> Result<(Access, String), ConfigError> {
    let (repo, from_url) = repository_url::take_out(values.text("repo"));
    check_login(values)?;
    let github_app = github_app(values)?;
    let mut credentials = Vec::new();
    let login = match (values.filled("username"), from_url) {
        (Some(username), _) => Some((username.to_owned(), password(values)?)),
        (None, Some(info)) => Some((info.username, Password::Text(info.password.unwrap_or_default()))),
        (None, None) => None,
    };
    if let Some((username, password)) = login {
        credentials.push(Credential {
            url: repo.clone(),
            username,
            password,
        });
    }
    for text in values.texts("credential") {
        credentials.append(&mut credential::read(&text)?);
    }
    let ssh_known_hosts = values
        .switch("ssh-known-hosts")
        .then(|| PathBuf::from(values.text("ssh-known-hosts-file")));
    let access = Access {
        credentials,
        askpass_url: values.filled("askpass-url").map(str::to_owned),
        ssh_key_files: values
            .texts("ssh-key-file")
            .into_iter()
            .map(PathBuf::from)
            .collect(),
        ssh_known_hosts,
        cookie_file: readable(values.switch("cookie-file").then_some(COOKIE_FILE))?,
        github_app,
        ca_file: readable(values.filled("ca-file"))?,
        proxy: values.filled("proxy").map(str::to_owned),
    };
    Ok((access, repo))
}

fn check_login(values: &Values) -> Result<(), ConfigError> {
    let has_password = values.is_filled(PASSWORD);
    let has_file = values.is_filled("password-file");
    if values.is_filled("username") {
        if repository_url::has_user(values.text("repo")) {
            let hint = "leave the user out of the URL";
            return Err(together("--username", "a user in --repo", hint));
        }
        return Ok(());
    }
    let hint = "name the user with --username; hosts that look only at a token take any";
    match (has_password, has_file) {
        (true, _) => Err(missing("--username, which $GITSYNC_PASSWORD belongs to,", hint)),
        (_, true) => Err(missing("--username, which --password-file belongs to,", hint)),
        _ => Ok(()),
    }
}

fn password(values: &Values) -> Result<Password, ConfigError> {
    let hint = "give the password in one of them";
    match (values.filled(PASSWORD), values.filled("password-file")) {
        (Some(_), Some(_)) => Err(together("$GITSYNC_PASSWORD", "--password-file", hint)),
        (Some(text), None) => Ok(Password::Text(text.to_owned())),
        (None, Some(path)) => Ok(Password::File(PathBuf::from(path))),
        (None, None) => Err(missing(
            "the password of --username",
            "give it in --password-file or $GITSYNC_PASSWORD",
        )),
    }
}

fn github_app(values: &Values) -> Result<Option<GithubApp>, ConfigError> {
    let installation = values.number("github-app-installation-id");
    let application = values.number("github-app-application-id");
    let issuer = match (values.filled("github-app-client-id"), application) {
        (Some(_), 1..) => {
            let hint = "either of them names the app";
            return Err(together(
                "--github-app-client-id",
                "--github-app-application-id",
                hint,
            ));
        }
        (Some(client), _) => client.to_owned(),
        (None, 0) if installation == 0 => return Ok(None),
        (None, 0) => {
            let hint = "name the app with --github-app-client-id or --github-app-application-id";
            return Err(missing("the GitHub App of --github-app-installation-id", hint));
        }
        (None, number) => number.to_string(),
    };
    let Ok(installation_id @ 1..) = u64::try_from(installation) else {
        return Err(missing(
            "--github-app-installation-id",
            "GitHub shows it where the app is installed",
        ));
    };
    let hint = "give the key in one of them";
    let private_key = match (
        values.filled(APP_KEY),
        values.filled("github-app-private-key-file"),
    ) {
        (Some(_), Some(_)) => {
            return Err(together(
                "$GITSYNC_GITHUB_APP_PRIVATE_KEY",
                "--github-app-private-key-file",
                hint,
            ));
        }
        (Some(text), None) => Password::Text(text.to_owned()),
        (None, Some(path)) => Password::File(PathBuf::from(path)),
        (None, None) => {
            let hint = "give it in --github-app-private-key-file or $GITSYNC_GITHUB_APP_PRIVATE_KEY";
            return Err(missing("the private key of the GitHub App", hint));
        }
    };
    if values.is_filled("username") {
        return Err(together(
            "--username",
            "a GitHub App",
            "leave out what is not meant",
        ));
    }
    Ok(Some(GithubApp {
        base_url: values.text("github-base-url").to_owned(),
        issuer,
        installation_id,
        private_key,
    }))
}

fn together(first: &'static str, second: &'static str, hint: &str) -> ConfigError {
    ConfigError::Together {
        first,
        second,
        hint: hint.to_owned(),
    }
}

/// The path, once it was seen that the file can be read: it is needed for the first fetch.
fn readable(path: Option<&str>) -> Result<Option<PathBuf>, ConfigError> {
    let Some(path) = path.map(PathBuf::from) else {
        return Ok(None);
    };
    match std::fs::File::open(&path) {
        Ok(_) => Ok(Some(path)),
        Err(source) => Err(ConfigError::File { path, source }),
    }
}
