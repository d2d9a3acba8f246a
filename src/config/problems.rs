//! What was found so far while stack.toml is read, and where the reader stands.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::hint;
use crate::diagnostic::{Code, Diagnostic, nearest, quoted};

/// A value of stack.toml with the bytes it stands at.
pub type Node<'i> = Spanned<DeValue<'i>>;

/// Collects problems; reading goes on after each, so that all are told at once.
#[derive(Debug, Default)]
pub struct Problems {
    path: Vec<String>,
    found: Vec<Diagnostic>,
}

impl Problems {
    /// Reads something under a key; problems in it carry the key's path.
    pub fn within<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(key.to_owned());
        let result = read(self);
        self.path.pop();
        result
    }

    /// Adds one, at the key where the reader stands unless it names its own.
    pub fn push(&mut self, mut diagnostic: Diagnostic) {
        if diagnostic.key.is_empty() {
            diagnostic.key = self.path.join(".");
        }
        // A key between quotes can hold anything, also what would repaint a terminal.
        diagnostic.key = harmless(&diagnostic.key);
        diagnostic.message = harmless(&diagnostic.message);
        diagnostic.help = diagnostic.help.as_deref().map(harmless);
        for label in &mut diagnostic.labels {
            label.text = harmless(&label.text);
        }
        self.found.push(diagnostic);
    }

    /// The table where the reader stands, as stack.toml writes its header.
    fn place(&self) -> String {
        if self.path.is_empty() {
            "at the top level".to_owned()
        } else {
            format!("in `[{}]`", self.path.join("."))
        }
    }

    /// All of them, in the order of the file.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by(|a, b| (a.start(), a.code, &a.message).cmp(&(b.start(), b.code, &b.message)));
        self.found.dedup();
        self.found
    }

    /// The value as a table, or a problem.
    pub fn table<'a, 'i>(&mut self, node: &'a Node<'i>) -> Option<&'a DeTable<'i>> {
        let table = node.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(node, "a table");
        }
        table
    }

    /// The value has another type than the key takes.
    pub fn wrong_type(&mut self, node: &Node<'_>, expected: &str) {
        let found = describe(node.get_ref());
        let what = match self.path.last() {
            Some(key) => format!("{} takes {expected}, not {found}", quoted(key)),
            None => format!("expected {expected}, found {found}"),
        };
        let problem =
            Diagnostic::error(Code::WrongType, node.span(), what).labelled(format!("this is {found}"));
        self.push(match hint::for_type(node, expected) {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    /// Tells every key of the table that is not among the known ones. Gives back the known keys that were meant
    /// where that is plain, so that they do not count as missing.
    pub fn unknown_keys(&mut self, table: &DeTable<'_>, known: &[&'static str]) -> Vec<&'static str> {
        let mut meant = Vec::new();
        for (key, _) in table {
            let name = key.get_ref();
            if known.contains(&name.as_ref()) {
                continue;
            }
            let place = self.place();
            let mut path = self.path.clone();
            path.push(name.to_string());
            let problem = Diagnostic::error(
                Code::UnknownKey,
                key.span(),
                format!("unknown key {} {place}", quoted(name)),
            )
            .at(path.join("."));
            let expected = known.join("`, `");
            let near = nearest(name, known.iter().copied());
            meant.extend(known.iter().copied().filter(|key| near == Some(key)));
            self.push(match (hint::for_key(&self.path, name), near) {
                (Some(help), _) => problem.labelled("not a key of this table").help(help),
                (None, Some(near)) => problem.labelled(format!("did you mean `{near}`?")),
                (None, None) => problem
                    .labelled("not a key of this table")
                    .help(format!("the keys here are `{expected}`")),
            });
        }
        meant
    }
}

/// The text without control characters other than the newlines of our own messages.
fn harmless(text: &str) -> String {
    if !text.contains(|c: char| c.is_control() && c != '\n') {
        return text.to_owned();
    }
    text.chars()
        .map(|c| match c {
            '\n' => c.to_string(),
            c if c.is_control() => c.escape_default().to_string(),
            c => c.to_string(),
        })
        .collect()
}

fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
