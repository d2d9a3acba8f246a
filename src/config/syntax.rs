//! What the TOML parser says, as a person who is no expert of TOML reads it.

use crate::diagnostic::{Code, Diagnostic, Span, quoted};

/// The parser's errors as diagnostics: the first of each line, because the others follow from it.
pub fn problems(text: &str, errors: &[toml::de::Error]) -> Vec<Diagnostic> {
    let mut errors: Vec<(Span, &str)> = errors
        .iter()
        .map(|error| {
            (
                error.span().unwrap_or(0..0),
                error.message().trim_end_matches('.'),
            )
        })
        .collect();
    errors.sort_by_key(|(span, _)| span.start);
    let mut rest_of_line = 0;
    let mut problems = Vec::new();
    for (span, message) in errors {
        if span.start < rest_of_line {
            continue;
        }
        let line_end = text.get(span.start..).and_then(|rest| rest.find('\n'));
        rest_of_line = line_end.map_or(text.len() + 1, |newline| span.start + newline + 1);
        problems.push(problem(text, span, message));
    }
    problems
}

fn problem(text: &str, span: Span, message: &str) -> Diagnostic {
    let place = Place::new(text, &span);
    let at = |what: String| Diagnostic::error(Code::Syntax, span.clone(), what);
    let not_toml = || {
        at(format!(
            "not valid TOML: {}",
            message.trim_end_matches(", expected nothing")
        ))
    };
    if message.starts_with("string values must be quoted") {
        return unquoted(&place, &span);
    }
    if message.starts_with("duplicate key") {
        return duplicate(text, &place, &span);
    }
    if message.starts_with("key with no value") {
        return at("a key without `=` and a value".to_owned())
            .labelled("`=` is missing")
            .help("a line is `key = value`, such as `name = \"domos\"`");
    }
    if message.starts_with("invalid unquoted key") {
        return match place.word {
            word if word.starts_with(':') => {
                at("a key and its value are joined by `=`, not by `:`".to_owned())
                    .help("write `key = value`, such as `name = \"domos\"`")
            }
            word if word.starts_with("//") => at("a comment begins with `#`".to_owned()),
            _ => at(format!("{} is not a key", quoted(place.word)))
                .help("a key has letters, digits, `-` and `_`; any other stands in quotes"),
        };
    }
    if message.contains("string, expected `\"`")
        || message.starts_with("invalid literal string, expected `'`")
    {
        return at("a quote is not closed".to_owned())
            .labelled("the text ends here")
            .help("text stands between two quotes on one line; text of several lines between `\"\"\"` and `\"\"\"`");
    }
    if message.starts_with("missing escaped value") {
        return at("this is not an escape that TOML knows".to_owned()).help(
            "write `\\\\` for a backslash, or put the text between single quotes, which take it as it is",
        );
    }
    if message.starts_with("unclosed table") {
        return at("a table's header is not closed".to_owned())
            .labelled("`]` is missing")
            .help("a header is `[services.web]` on a line of its own; a name with other characters needs quotes");
    }
    if message.starts_with("invalid boolean") {
        return at(format!("{} is not a value", quoted(place.word)))
            .help("a switch is `true` or `false`, in small letters; text stands in quotes");
    }
    let help = match message {
        m if m.starts_with("unclosed array") || m.starts_with("missing comma between array elements") => {
            "a list is `[\"a\", \"b\"]`: a comma between two elements, and `]` at its end"
        }
        m if m.starts_with("unexpected leading zero") => {
            "a number has no zero in front; to keep it, write text in quotes"
        }
        m if m.starts_with("carriage return") => "lines end with LF or CR LF; save the file with one of them",
        m if m.starts_with("cannot extend value") => {
            "the key has a value already, so it can't be a table as well"
        }
        m if m.contains("visible characters") => "write a control character as an escape, such as `\\t`",
        m if m.starts_with("invalid key-value pair") && place.word.starts_with('{') => {
            "this looks like JSON; a table in TOML is a header such as `[stack]` and lines `key = value`"
        }
        m if m.starts_with("missing comma between key-value pairs") || m.starts_with("extra assignment") => {
            "a table on one line is `{ a = 1, b = 2 }`: a comma between two keys"
        }
        m if m.starts_with("invalid float") || m.starts_with("invalid integer") || m.contains("datetime") => {
            "if this is text, put it in quotes"
        }
        _ => return not_toml(),
    };
    not_toml().help(help)
}

fn unquoted(place: &Place<'_>, span: &Span) -> Diagnostic {
    let at = |what: &str| Diagnostic::error(Code::Syntax, span.clone(), what);
    match place.word {
        "" => at("a key without a value").labelled("the value is missing"),
        word if word.starts_with(['“', '”', '„', '‘', '’', '«', '»']) => {
            at("these are not the quotes of TOML").help("write straight quotes: `\"…\"`")
        }
        "yes" | "on" | "no" | "off" => {
            at("text needs quotes").help("a switch is `true` or `false`; text stands in quotes")
        }
        "null" | "nil" | "none" => at("TOML has no empty value").help("leave the key out"),
        word if place.rest.contains('=') && word.starts_with(|c: char| c.is_ascii_digit() || c == '"') => {
            at("two keys on one line need a comma between them").help("write `{ a = 1, b = 2 }`")
        }
        word => at("text needs quotes").help(format!("write `\"{}\"`", word.trim_end_matches(','))),
    }
}

fn duplicate(text: &str, place: &Place<'_>, span: &Span) -> Diagnostic {
    let line = place.line.trim();
    let header = line
        .starts_with('[')
        .then(|| line.split('#').next().unwrap_or(line).trim());
    let problem = match header {
        Some(header) => Diagnostic::error(
            Code::Syntax,
            span.clone(),
            format!("the table {} is written twice", quoted(header)),
        )
        .help("put the keys of both under one header"),
        None => Diagnostic::error(
            Code::Syntax,
            span.clone(),
            format!("the key {} is written twice", quoted(&text[span.clone()])),
        )
        .help("keep the one you mean"),
    };
    match first(text, place, header, &text[span.clone()]) {
        Some(first) => problem.labelled("written again").and(first, "first here"),
        None => problem.labelled("written again"),
    }
}

/// Where the header or key was written first, where that is plain to see.
fn first(text: &str, place: &Place<'_>, header: Option<&str>, key: &str) -> Option<Span> {
    let before = text.get(..place.line_start)?;
    let mut end = before.len();
    for line in before.split_inclusive('\n').rev() {
        let start = end - line.len();
        end = start;
        let content = line.trim_start();
        let at = start + line.len() - content.len();
        match header {
            Some(header) if content.starts_with(header) => return Some(at..at + header.len()),
            None if content.starts_with('[') => return None,
            None if content
                .strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with('=')) =>
            {
                return Some(at..at + key.len());
            }
            _ => {}
        }
    }
    None
}

/// The surroundings of an error.
struct Place<'a> {
    /// The line it is in.
    line: &'a str,
    /// Where that begins.
    line_start: usize,
    /// The rest of the line from it.
    rest: &'a str,
    /// The word that begins at it, up to white space.
    word: &'a str,
}

impl<'a> Place<'a> {
    fn new(text: &'a str, span: &Span) -> Self {
        let (before, after) = text.split_at_checked(span.start).unwrap_or((text, ""));
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = after
            .find('\n')
            .map_or(text.len(), |newline| span.start + newline);
        let rest = &text[span.start.min(line_end)..line_end];
        Self {
            line: &text[line_start..line_end],
            line_start,
            rest,
            word: rest.split(char::is_whitespace).next().unwrap_or_default(),
        }
    }
}
