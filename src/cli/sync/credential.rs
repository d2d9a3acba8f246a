//! Credentials as JSON: one object, or a list of them.

use std::path::PathBuf;

use serde::Deserialize;

use super::config_error::ConfigError;
use super::repository_url;
use crate::sync::options::{Credential, Password};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    #[serde(default)]
    url: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_file: String,
}

/// Reads them. No message shows what was written.
pub fn read(text: &str) -> Result<Vec<Credential>, ConfigError> {
    let text = text.trim();
    let written = match text.as_bytes().first() {
        None => Ok(Vec::new()),
        Some(b'[') => serde_json::from_str(text),
        Some(_) => serde_json::from_str(text).map(|one: Written| vec![one]),
    };
    let written: Vec<Written> = written.map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        refused(format!(
            "write an object with `url`, `username`, and `password-file` or `password`, or a list of them; see {place}"
        ))
    })?;
    written.into_iter().map(resolve).collect()
}

fn resolve(written: Written) -> Result<Credential, ConfigError> {
    let needed = [("url", &written.url), ("username", &written.username)];
    if let Some((name, _)) = needed.iter().find(|(_, text)| text.is_empty()) {
        return Err(refused(format!("`{name}` is missing")));
    }
    let password = match (written.password.is_empty(), written.password_file.is_empty()) {
        (false, true) => Password::Text(written.password),
        (true, false) => Password::File(PathBuf::from(written.password_file)),
        (true, true) => return Err(refused("`password-file` or `password` is missing".to_owned())),
        (false, false) => return Err(refused("give either `password` or `password-file`".to_owned())),
    };
    Ok(Credential {
        url: repository_url::take_out(&written.url).0,
        username: written.username,
        password,
    })
}

fn refused(reason: String) -> ConfigError {
    ConfigError::Value {
        flag: "--credential",
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_several_are_read() {
        assert!(read(" ").unwrap().is_empty());
        let one = read(r#"{"url":"https://h","username":"u","password":"p"}"#).unwrap();
        assert!(matches!(&one[0].password, Password::Text(text) if text == "p"));
        let two = read(
            r#"[{"url":"https://h","username":"u","password-file":"/p"},
                {"url":"https://i","username":"v","password":"q"}]"#,
        );
        let two = two.unwrap();
        assert!(matches!(&two[0].password, Password::File(path) if path.ends_with("p")));
        assert_eq!(
            (two[1].url.as_str(), two[1].username.as_str()),
            ("https://i", "v")
        );
    }

    #[test]
    fn what_is_wrong_is_told_without_the_secret() {
        for text in [
            "hunter2",
            r#"{"url":"https://h","username":"u","password":"hunter2","password-file":"/p"}"#,
            r#"{"url":"https://h","username":"u"}"#,
            r#"{"url":"https://h","password":"hunter2"}"#,
            r#"{"username":"u","password":"hunter2"}"#,
            r#"{"url":"https://h","username":"u","passwort":"hunter2"}"#,
            r#"["hunter2"]"#,
            r#"{"url":"https://h","username":"u","password":"hunter2""#,
        ] {
            let Err(error) = read(text) else { panic!("{text}") };
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
