//! The filters that escape a value for the kind of file it is printed into.

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State};

/// Adds a filter for each kind of place a value can stand at.
pub fn add_filters(environment: &mut Environment<'_>) {
    let mut add = |name: &'static str, escape: fn(&str) -> Result<String, Error>| {
        environment.add_filter(name, move |value: &Value| text(value).and_then(escape).map(safe));
    };
    add("comment", |text| Ok(comment(text)));
    add("conf", |text| one_line(text).map(literal));
    add("hba", |text| one_line(text).map(identifier));
    add("identifier", |text| Ok(identifier(text)));
    add("ignore", |text| one_line(text).map(ignore));
    add("json", |text| Ok(json(text)));
    add("line", |text| one_line(text).map(str::to_owned));
    add("literal", |text| Ok(sql_literal(text)));
    add("name", name);
    add("sh", |text| Ok(shell(text)));
    add("workdir", |text| one_line(text).map(workdir));
    environment.add_filter("copy", |words: Vec<String>| copy(&words).map(safe));
    environment.add_filter("copy_for_arch", |words: Vec<String>| {
        copy(&words).map(|text| safe(text.replace("{arch}", "${TARGETARCH}")))
    });
}

fn text(value: &Value) -> Result<&str, Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    value
        .as_str()
        .ok_or_else(|| Error::new(ErrorKind::BadEscape, "only a text can be escaped"))
}

/// Prints what a filter has escaped, and numbers; refuses everything else.
pub fn write_escaped(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Number => write!(out, "{value}").map_err(Error::from),
        ValueKind::String if value.is_safe() => write!(out, "{value}").map_err(Error::from),
        ValueKind::Undefined => Err(Error::from(ErrorKind::UndefinedError)),
        _ => Err(Error::new(
            ErrorKind::BadEscape,
            "a value is printed without an escaping filter; write `{{ value | filter }}` with one of `comment`, `conf`, `copy`, `hba`, `identifier`, `ignore`, `json`, `line`, `literal`, `name`, `sh`, `workdir`",
        )),
    }
}

fn safe(text: String) -> Value {
    Value::from_safe_string(text)
}

fn one_line(text: &str) -> Result<&str, Error> {
    if text.contains(['\n', '\r']) {
        return Err(Error::new(
            ErrorKind::BadEscape,
            "a value for this place must have one line",
        ));
    }
    Ok(text)
}

/// Behind `#`: a new line would leave the comment.
fn comment(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// A value of postgresql.conf: its scanner knows backslash escapes as well
/// (<https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-CONFIGURATION-FILE>).
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// A string of SQL, the same whatever `standard_conforming_strings` says.
fn sql_literal(text: &str) -> String {
    if text.contains('\\') {
        format!(" E{}", literal(text))
    } else {
        literal(text)
    }
}

/// A name in SQL or `pg_hba.conf`, where quotes also keep keywords such as `all` from their meaning.
fn identifier(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A pattern of .dockerignore that matches this path and no other
/// (<https://pkg.go.dev/path/filepath#Match>). A line that begins with `#` is a comment there, `!` takes a pattern
/// back, and blanks at either end are cut off: there any character has to stand for them.
fn ignore(text: &str) -> String {
    let blanks = |text: &str, trimmed: &str| "?".repeat(text.chars().count() - trimmed.chars().count());
    let (before, behind) = (text.trim_start(), text.trim_end());
    let mut pattern = blanks(text, before);
    for (at, c) in text.trim().char_indices() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\') || (at == 0 && matches!(c, '#' | '!')) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + &blanks(text, behind)
}

/// The operand of WORKDIR: the builder takes `$` for a variable, and quotes away.
fn workdir(text: &str) -> String {
    let escaped = text.chars().fold(String::new(), |mut escaped, c| {
        if matches!(c, '\\' | '"' | '$') {
            escaped.push('\\');
        }
        escaped.push(c);
        escaped
    });
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-.:/@+=~".contains(c);
    if text.chars().all(bare) {
        escaped
    } else {
        format!("\"{escaped}\"")
    }
}

/// The operands of COPY: bare words, or a JSON list where one of them needs quotes or looks like an option. Either way the builder
/// takes `$` for a variable, quotes for its own, and `*` in a source for a pattern.
fn copy(words: &[String]) -> Result<String, Error> {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-.:/@+=~{}".contains(c);
    if words
        .iter()
        .all(|word| !word.is_empty() && !word.starts_with('-') && word.chars().all(bare))
    {
        return Ok(words.join(" "));
    }
    let quoted: Result<Vec<String>, Error> = words
        .iter()
        .map(|word| {
            let pattern = one_line(word)?.chars().fold(String::new(), |mut text, c| {
                match c {
                    '*' | '?' | '[' => text.extend(['\\', '\\', c]),
                    '\\' => text.push_str(r"\\\\"),
                    '$' | '\'' | '"' => text.extend(['\\', c]),
                    _ => text.push(c),
                }
                text
            });
            Ok(json(&pattern))
        })
        .collect();
    Ok(format!("[{}]", quoted?.join(", ")))
}

/// A JSON string, also fit for a quoted word of a Dockerfile's instruction that knows no variables.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What needs no quotes anywhere: a version, a package, a variable, an image, a plain path.
fn name(text: &str) -> Result<String, Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.:/@+=~".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(Error::new(
            ErrorKind::BadEscape,
            "a value for this place has letters, digits and `_-.:/@+=~` only",
        ))
    }
}

/// One word of a POSIX shell.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_inside_their_quotes() {
        assert_eq!(shell("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(literal(r"a'b\"), r"'a''b\\'");
        assert_eq!(sql_literal("a'b"), "'a''b'");
        assert_eq!(sql_literal(r"a\"), r" E'a\\'");
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(comment("a\nDROP"), "a DROP");
        assert_eq!(ignore("a*[b]"), r"a\*\[b\]");
        assert_eq!(ignore("#a"), r"\#a");
        assert_eq!(ignore("!a!"), r"\!a!");
        assert_eq!(ignore(" a b  "), "?a b??");
        assert_eq!(workdir("/app"), "/app");
        assert_eq!(workdir(r#"/a b"$c\"#), r#""/a b\"\$c\\""#);
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        assert_eq!(copy(&words(&["api", "/app/api"])).unwrap(), "api /app/api");
        assert_eq!(copy(&words(&["a b", "$x*"])).unwrap(), r#"["a b", "\\$x\\\\*"]"#);
        assert_eq!(
            copy(&words(&["--from=x", "/app"])).unwrap(),
            r#"["--from=x", "/app"]"#
        );
        assert_eq!(json("a\"\n"), r#""a\"\n""#);
        assert!(one_line("a\nb").is_err());
        assert!(name("a b").is_err());
        assert!(name("").is_err());
    }
}
