//! Problems found in stack.toml: what is wrong, where, and how to mend it.
//!
//! Nothing here prints; `ui` shows diagnostics to people and `--format json` serializes them.

mod code;
mod draw;

pub use code::Code;
pub use draw::draw;

/// Bytes of stack.toml, from the first to past the last.
pub type Span = std::ops::Range<usize>;

/// Whether a diagnostic stops the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file is not valid.
    Error,
    /// It is valid, and probably not what was meant.
    Warning,
}

/// Words under a caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The bytes it points to.
    pub span: Span,
    /// What it says; may be empty.
    pub text: String,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable name, for `stackctl explain`.
    pub code: Code,
    /// Whether it stops the command.
    pub severity: Severity,
    /// The key it is about, dotted, such as `services.api.port`; empty for the whole file.
    pub key: String,
    /// What is wrong: a fragment without a final period.
    pub message: String,
    /// Where; the first label is the place itself, further ones belong to it.
    pub labels: Vec<Label>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A problem that stops the command.
    #[must_use]
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            key: String::new(),
            message: message.into(),
            labels: vec![Label {
                span,
                text: String::new(),
            }],
            help: None,
        }
    }

    /// A problem of the whole file, which no place shows.
    #[must_use]
    pub fn of_file(code: Code, message: impl Into<String>) -> Self {
        Self {
            labels: Vec::new(),
            ..Self::error(code, 0..0, message)
        }
    }

    /// A problem that is told and does not stop the command.
    #[must_use]
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    /// Puts words under the caret.
    #[must_use]
    pub fn labelled(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.first_mut() {
            label.text = text.into();
        }
        self
    }

    /// Points to a further place.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names the key it is about.
    #[must_use]
    pub fn at(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// The first byte it points to.
    #[must_use]
    pub fn start(&self) -> usize {
        self.labels.first().map_or(0, |label| label.span.start)
    }
}

/// A longer word is no typo of a name, and comparing it would take long.
const LONGEST_TYPO: usize = 100;

/// The nearest of some names to a word that is none of them, if one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST_TYPO {
        return None;
    }
    let lower = word.to_lowercase();
    let bound = |name: &str| (name.len().max(word.len()) / 3).max(1);
    names
        .into_iter()
        .filter(|name| name.len().abs_diff(word.len()) <= bound(name))
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= bound(name))
        .min()
        .map(|(_, name)| name)
}

/// A text of the user's as messages show it: in backticks, on one line, its end cut off where it is long.
#[must_use]
pub fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .flat_map(|c| {
            let escape = c.is_control().then(|| c.escape_default());
            let plain = escape.is_none().then_some(c);
            escape.into_iter().flatten().chain(plain)
        })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// Line and column, both from 1, of a byte; columns count characters, as editors do.
#[must_use]
pub fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("prot", ["port", "ports", "image"]), Some("port"));
        assert_eq!(
            nearest("enviroment", ["environment", "entrypoint"]),
            Some("environment")
        );
        assert_eq!(nearest("zzz", ["port", "image"]), None);
    }

    #[test]
    fn quoted_text_is_short_and_harmless() {
        assert_eq!(quoted("a b"), "`a b`");
        assert_eq!(quoted("a\nb\u{1b}[31m"), "`a\\nb\\u{1b}[31m`");
        assert_eq!(quoted(&"ä".repeat(61)), format!("`{}…`", "ä".repeat(60)));
    }

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        assert_eq!(position("a\nбв", 2 + 2), (2, 2));
        assert_eq!(position("", 0), (1, 1));
    }
}
