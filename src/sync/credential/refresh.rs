//! Brings users and passwords up to date before each round.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;

use super::askpass::{self, AskpassError};
use super::github_app::{self, AppError, Token};
use crate::runtime::http_client::HttpClient;
use crate::sync::companion::CredentialError;
use crate::sync::git::Login;
use crate::sync::log::Log;
use crate::sync::metrics::Metrics;
use crate::sync::options::{Access, GithubApp, Password};

/// The user of a GitHub App's token; it only must not be empty.
const APP_USER: &str = "-";

/// Where credentials come from, and the token that still holds.
pub struct Refresh {
    repo: String,
    access: Access,
    client: HttpClient,
    token: Option<Token>,
    log: Log,
    metrics: Arc<Metrics>,
}

impl Refresh {
    /// Credentials of this repository and of what it needs.
    pub fn new(repo: &str, access: &Access, log: Log, metrics: Arc<Metrics>) -> Self {
        Self {
            repo: repo.to_owned(),
            access: access.clone(),
            client: HttpClient {
                ca_file: access.ca_file.clone(),
                proxy: access.proxy.clone(),
            },
            token: None,
            log,
            metrics,
        }
    }

    /// Credentials as they are now, those of the repository first, one for each URL. The log hides their passwords
    /// from then on.
    pub fn logins(&mut self, deadline: Instant) -> Result<Vec<Login>, CredentialError> {
        let mut logins = Vec::new();
        logins.extend(self.app(deadline)?);
        logins.extend(self.askpass(deadline)?);
        for credential in &self.access.credentials {
            logins.push(Login {
                url: credential.url.clone(),
                username: credential.username.clone(),
                password: self.password(&credential.password)?,
            });
        }
        let mut kept: Vec<Login> = Vec::new();
        for login in logins {
            if !kept.iter().any(|other| other.url == login.url) {
                kept.push(login);
            }
        }
        self.log.hide(kept.iter().map(|login| login.password.as_str()));
        Ok(kept)
    }

    fn password(&self, password: &Password) -> Result<String, CredentialError> {
        match password {
            Password::Text(text) => Ok(text.clone()),
            Password::File(path) => {
                let text = read(path)?;
                self.log.info(3, "password read", &[("file", &path.display())]);
                // git's own protocol ends a password at the line's end.
                Ok(text.lines().next().unwrap_or_default().to_owned())
            }
        }
    }

    fn askpass(&self, deadline: Instant) -> Result<Option<Login>, CredentialError> {
        let Some(url) = &self.access.askpass_url else {
            return Ok(None);
        };
        let asked = askpass::ask(&self.client, url, &self.repo, left(deadline));
        self.metrics.askpass(asked.is_ok());
        asked.map_err(|error| {
            let hint = match &error {
                AskpassError::Http(_) => "check that --askpass-url can be reached from here",
                AskpassError::Status(_) => "it must answer 200, with lines `username=…` and `password=…`",
            };
            refused(error.to_string(), hint)
        })
    }

    fn app(&mut self, deadline: Instant) -> Result<Option<Login>, CredentialError> {
        let Some(app) = &self.access.github_app else {
            return Ok(None);
        };
        let token = match self.token.take().filter(|token| token.holds(Utc::now())) {
            Some(token) => token,
            None => self.new_token(app, deadline)?,
        };
        let login = Login {
            url: self.repo.clone(),
            username: APP_USER.to_owned(),
            password: token.text().to_owned(),
        };
        self.token = Some(token);
        Ok(Some(login))
    }

    fn new_token(&self, app: &GithubApp, deadline: Instant) -> Result<Token, CredentialError> {
        let key = match &app.private_key {
            Password::Text(text) => text.clone(),
            Password::File(path) => read(path)?,
        };
        let asked = github_app::ask(&self.client, app, &key, left(deadline));
        self.metrics.app_token(asked.is_ok());
        let token = asked.map_err(|error| {
            let hint = match &error {
                AppError::Key | AppError::Signature(_) => "download the app's private key again",
                AppError::Http(_) => "check that --github-base-url can be reached from here",
                AppError::Refused { .. } => "check the app's id, its installation and its key, and the clock",
                AppError::Answer => "check --github-base-url",
            };
            refused(error.to_string(), hint)
        })?;
        self.log.info(1, "GitHub App token renewed", &[]);
        Ok(token)
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn read(path: &Path) -> Result<String, CredentialError> {
    std::fs::read_to_string(path).map_err(|error| {
        let message = format!("can't read `{}`: {error}", path.display());
        refused(
            message,
            "check that it is mounted, and that this user may read it",
        )
    })
}

fn refused(message: String, hint: &str) -> CredentialError {
    CredentialError {
        message,
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests;
