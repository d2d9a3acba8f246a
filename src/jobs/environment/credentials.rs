//! User and password in URLs: hidden where they are shown, left out where they are hashed.

use super::variables::Variables;

/// Takes users and passwords out of every URL in a text.
#[must_use]
pub fn without(text: &str) -> String {
    replace(text, |_| String::new())
}

/// Hides what is secret in every URL of a text: the password, and the user where that is all there is, because it is
/// a token then.
#[must_use]
pub fn hide(text: &str) -> String {
    replace(text, |credentials| match credentials.split_once(':') {
        Some((user, password)) if !password.is_empty() && password != "x-oauth-basic" => {
            format!("{user}:***@")
        }
        _ => "***@".to_owned(),
    })
}

/// The secret parts of URLs in these variables, to be hidden wherever a program prints them alone.
#[must_use]
pub fn in_variables(variables: &Variables) -> Vec<String> {
    let mut secrets = Vec::new();
    for (_, value) in variables.iter() {
        let value = value.to_string_lossy();
        replace(&value, |credentials| {
            let secret = match credentials.split_once(':') {
                Some((_, password)) if !password.is_empty() => password,
                _ => credentials.trim_end_matches(':'),
            };
            // Hiding a short word would hide half of what a program prints.
            if secret.len() >= 6 {
                secrets.push(secret.to_owned());
            }
            String::new()
        });
    }
    secrets.sort_unstable();
    secrets.dedup();
    secrets
}

fn replace(text: &str, mut with: impl FnMut(&str) -> String) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        replaced.push_str(before);
        let is_end =
            |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | ')');
        let authority = &behind[..behind.find(is_end).unwrap_or(behind.len())];
        rest = behind;
        if let Some((credentials, host)) = authority.rsplit_once('@') {
            replaced.push_str(&with(credentials));
            replaced.push_str(host);
            rest = &behind[authority.len()..];
        }
    }
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_hidden_wherever_a_url_stands() {
        for (text, shown) in [
            (
                "Looking in indexes: https://me:s3cr3t@host/simple, https://b",
                "Looking in indexes: https://me:***@host/simple, https://b",
            ),
            (
                "git+https://ghp_token@github.com/a/b.git@main",
                "git+https://***@github.com/a/b.git@main",
            ),
            (
                "https://ghp_token:x-oauth-basic@github.com/a",
                "https://***@github.com/a",
            ),
            ("https://token:@host/", "https://***@host/"),
            ("'https://u:p@ss@host'", "'https://u:***@host'"),
            ("https://host/simple/@scope/", "https://host/simple/@scope/"),
            ("no url at all, a@b.c", "no url at all, a@b.c"),
            ("", ""),
        ] {
            assert_eq!(hide(text), shown);
        }
        assert_eq!(without("https://me:s3cr3t@host/simple"), "https://host/simple");
    }

    #[test]
    fn secrets_of_variables_are_known() {
        let variables: Variables = [
            ("PIP_INDEX_URL", "https://me:s3cr3t-word@host/simple"),
            (
                "PIP_EXTRA_INDEX_URL",
                "https://token-alone@host/ https://a:b@host/",
            ),
            ("HOME", "/root"),
        ]
        .into_iter()
        .collect();
        assert_eq!(in_variables(&variables), ["s3cr3t-word", "token-alone"]);
    }
}
