//! Whether a value in stack.toml is likely a secret.

/// Why a value looks like a secret.
pub struct Suspicion {
    /// In words, for the label.
    pub reason: &'static str,
}

/// Words in a variable's name that announce a secret.
const NAME_WORDS: [&str; 9] = [
    "PASSWORD",
    "PASSWD",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "API_KEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "CREDENTIALS",
];

/// Endings that make it the name of something about a secret.
const HARMLESS_ENDINGS: [&str; 9] = [
    "_FILE", "_PATH", "_URL", "_NAME", "_TTL", "_EXPIRY", "_LENGTH", "_HEADER", "_TYPE",
];

/// Beginnings of tokens that services issue in a form of their own.
const TOKEN_PREFIXES: [&str; 9] = [
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "sk_live_",
    "rk_live_",
    "xoxb-",
    "xoxp-",
    "AKIA",
];

/// Judges one variable by its name and its text.
pub fn suspect(name: &str, text: &str) -> Option<Suspicion> {
    let upper = name.to_ascii_uppercase();
    let named = NAME_WORDS.iter().any(|word| upper.contains(word))
        && !HARMLESS_ENDINGS.iter().any(|ending| upper.ends_with(ending));
    // Numbers and switches are settings about secrets, such as `TOKEN_LIFETIME = 3600`.
    let is_setting = text.is_empty() || text.parse::<f64>().is_ok() || matches!(text, "true" | "false");
    let reason = if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        "this is a private key"
    } else if TOKEN_PREFIXES
        .iter()
        .any(|prefix| text.starts_with(prefix) && text.len() >= prefix.len() + 12)
    {
        "this has the form of an access token"
    } else if has_url_password(text) {
        "this address holds a password"
    } else if named && !is_setting {
        "a variable of this name holds a secret"
    } else {
        return None;
    };
    Some(Suspicion { reason })
}

fn has_url_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_suspected() {
        for (name, text) in [
            ("DB_PASSWORD", "hunter2"),
            ("X", "postgresql://u:p@host/db"),
            ("CI", "ghp_0123456789abcdef"),
            ("KEY", "-----BEGIN RSA PRIVATE KEY-----\nMII"),
            ("stripe_api_key", "x"),
        ] {
            assert!(suspect(name, text).is_some(), "{name}={text}");
        }
    }

    #[test]
    fn settings_about_secrets_are_not() {
        for (name, text) in [
            ("TOKEN_LIFETIME", "3600"),
            ("PASSWORD_FILE", "/run/secrets/x"),
            ("URL", "https://example.com/a@b"),
            ("URL", "http://user@host/"),
            ("PASSWORD", ""),
            ("REQUIRE_TOKEN", "true"),
            ("MONKEY", "banana"),
        ] {
            assert!(suspect(name, text).is_none(), "{name}={text}");
        }
    }
}
