//! Whether a value in stack.toml is likely a secret.

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
const HARMLESS_ENDINGS: [&str; 20] = [
    "_FILE",
    "_PATH",
    "_URL",
    "_NAME",
    "_TTL",
    "_EXPIRY",
    "_LENGTH",
    "_HEADER",
    "_TYPE",
    "_COOKIE",
    "_STORE",
    "_MINUTES",
    "_HOURS",
    "_DAYS",
    "_LIFETIME",
    "_ALGORITHM",
    "_PREFIX",
    "_LIMIT",
    "_MODEL",
    "_POLICY",
];

/// Beginnings of tokens that services issue in a form of their own.
const TOKEN_PREFIXES: [&str; 11] = [
    "sk-proj-",
    "sk-ant-",
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

/// Why one variable's text looks like a secret, judged by the name and the text.
pub fn suspect(name: &str, text: &str) -> Option<&'static str> {
    suspect_text(text).or_else(|| {
        (announces_secret(name) && !is_setting(text)).then_some("a variable of this name holds a secret")
    })
}

/// Why a value for Compose looks like a secret, judged by its key and the text.
pub fn suspect_compose(key: &str, text: &str) -> Option<&'static str> {
    let by_name = || suspect(key, text).filter(|_| !is_variable(text));
    suspect_word(text).or_else(by_name)
}

/// Why a text of any kind looks like a secret.
pub fn suspect_text(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("this is a private key");
    }
    let mut parts = text.split(|c: char| c.is_whitespace() || matches!(c, '=' | ',' | ';' | '"' | '\''));
    if parts.any(is_token) {
        return Some("this has the form of an access token");
    }
    has_url_password(text).then_some("this address holds a password")
}

/// Why a word of a command, or a text with `name=value` in it, looks like a secret: `--password=x`,
/// `PGPASSWORD=x`, `host=db password=x`.
pub fn suspect_word(text: &str) -> Option<&'static str> {
    suspect_text(text).or_else(|| {
        let assigned = text.split_whitespace().filter_map(|part| part.split_once('='));
        let mut secrets = assigned.filter(|(name, value)| {
            let word = name
                .rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
                .next();
            announces_secret(&word.unwrap_or(name).replace('-', "_"))
                && !is_setting(value)
                && !is_variable(value)
        });
        secrets.next().map(|_| "this sets a password or a key")
    })
}

/// The same for a command, where the secret may be the word behind its option. Gives the word's index.
pub fn suspect_command(words: &[&str]) -> Option<(usize, &'static str)> {
    words.iter().enumerate().find_map(|(index, word)| {
        let option = index
            .checked_sub(1)
            .and_then(|before| words[before].strip_prefix("--"))
            .filter(|option| !option.contains('='));
        let behind_option = option.is_some_and(|option| announces_secret(&option.replace('-', "_")))
            && !word.starts_with('-')
            && !is_setting(word)
            && !is_variable(word);
        let reason = if behind_option {
            Some("the option before it takes a secret")
        } else {
            suspect_word(word)
        };
        reason.map(|reason| (index, reason))
    })
}

fn announces_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    // A whole word or the end of one, such as `PGPASSWORD`: `TOKENIZER` and `MAX_TOKENS` are none.
    let padded = format!("{upper}_");
    NAME_WORDS.iter().any(|word| padded.contains(&format!("{word}_")))
        && !HARMLESS_ENDINGS.iter().any(|ending| upper.ends_with(ending))
}

/// Numbers and switches are settings about secrets, such as `TOKEN_LIFETIME = 3600`; a path is its place.
fn is_setting(text: &str) -> bool {
    text.is_empty()
        || text.parse::<f64>().is_ok()
        || matches!(text, "true" | "false")
        || text.starts_with('/')
}

/// A shell or Compose puts the value there.
fn is_variable(text: &str) -> bool {
    text.starts_with('$')
}

fn is_token(word: &str) -> bool {
    let is_issued = |prefix: &str| word.starts_with(prefix) && word.len() >= prefix.len() + 12;
    TOKEN_PREFIXES.iter().copied().any(is_issued) || is_json_web_token(word) || is_telegram_token(word)
}

/// Three parts in base64url, of which the first two are JSON objects (RFC 7519, section 3.1).
fn is_json_web_token(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    matches!(parts[..], [header, payload, _] if header.starts_with("eyJ") && payload.starts_with("eyJ"))
}

/// A bot's number and 35 characters (<https://core.telegram.org/bots/api#authorizing-your-bot>).
fn is_telegram_token(word: &str) -> bool {
    word.split_once(':').is_some_and(|(number, key)| {
        (6..=12).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
            && key.len() == 35
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}

fn has_url_password(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\''));
        rest[..end.unwrap_or(rest.len())]
            .rsplit_once('@')
            .and_then(|(user, _)| user.split_once(':'))
            .is_some_and(|(_, password)| !password.is_empty() && !password.starts_with('$'))
    })
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
            ("BOT", "123456789:AAExampleExampleExampleExampleExamp"),
            ("AUTH", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln"),
            ("OPENAI", "sk-proj-0123456789abcdef"),
            ("KEY", "-----BEGIN RSA PRIVATE KEY-----\nMII"),
            ("stripe_api_key", "x"),
        ] {
            assert!(suspect(name, text).is_some(), "{name}={text}");
        }
    }

    #[test]
    fn secrets_in_commands_are_suspected() {
        for (words, index) in [
            (&["app", "--token", "hunter2"][..], 2),
            (&["app", "--db-password=hunter2"], 1),
            (&["sh", "-c", "PGPASSWORD=hunter2 psql"], 2),
            (&["psql", "postgresql://u:p@db/x"], 1),
            (&["curl", "-H", "Authorization: Bearer ghp_0123456789abcdef"], 2),
        ] {
            assert_eq!(
                suspect_command(words).map(|(index, _)| index),
                Some(index),
                "{words:?}"
            );
        }
        for words in [
            &["app", "--token-file", "/run/secrets/x"][..],
            &["app", "--password", "$PASSWORD"],
            &["app", "--password", "--verbose"],
            &["sh", "-c", "PGPASSWORD=$(cat /run/secrets/x) psql"],
        ] {
            assert_eq!(suspect_command(words), None, "{words:?}");
        }
    }

    #[test]
    fn settings_about_secrets_are_not() {
        for (name, text) in [
            ("TOKENIZER", "gpt2"),
            ("MAX_TOKENS", "4k"),
            ("PASSWORD_RESET_HOURS", "2h"),
            ("CSRF_TOKEN_COOKIE", "csrf"),
            ("SECRET_STORE", "vault"),
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
