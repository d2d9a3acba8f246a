//! A URL that answers with a user and a password.

use std::time::Duration;

use crate::runtime::http_client::{Call, HttpClient, HttpError};
use crate::sync::git::Login;

/// Time for the answer.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Why there is no login. No message holds one.
#[derive(Debug, thiserror::Error)]
pub enum AskpassError {
    /// It could not be asked.
    #[error("the askpass URL could not be asked: {0}")]
    Http(#[from] HttpError),
    /// It refused.
    #[error("the askpass URL answered {0} and not 200")]
    Status(u16),
}

/// Asks it; none where it answers without either.
pub fn ask(
    client: &HttpClient,
    url: &str,
    repo: &str,
    left: Duration,
) -> Result<Option<Login>, AskpassError> {
    let answer = client.send(&Call {
        method: "GET",
        url,
        headers: &[],
        timeout: TIMEOUT.min(left),
        // The password belongs to this server alone.
        follows: false,
    })?;
    if answer.status != 200 {
        return Err(AskpassError::Status(answer.status));
    }
    Ok(login(&answer.body, repo))
}

fn login(body: &str, repo: &str) -> Option<Login> {
    let value = |name: &str| {
        let lines = body.lines().rev().filter_map(|line| line.split_once('='));
        lines
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
            .next()
    };
    let (username, password) = (value("username"), value("password"));
    (username.is_some() || password.is_some()).then(|| Login {
        url: repo.to_owned(),
        username: username.unwrap_or_default(),
        password: password.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_user_and_password() {
        let found = login("quit\r\nusername=me\r\npassword=a=b\r\n", "https://h").unwrap();
        assert_eq!((found.username.as_str(), found.password.as_str()), ("me", "a=b"));
        assert!(login("", "https://h").is_none());
        assert!(login("user=me\npassword=x", "h").is_some_and(|login| login.username.is_empty()));
    }
}
