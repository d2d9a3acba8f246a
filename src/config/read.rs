//! How a value of stack.toml is read and how the JSON Schema describes it: one trait for both, so that they
//! can't disagree.

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problems::{Node, Problems};

/// A type that stack.toml can hold.
///
/// serde is not used here because it stops at the first problem; a person who mends a file wants all of them.
pub trait Read: Sized {
    /// Reads a value, or tells why it can't be read and gives nothing.
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self>;

    /// The JSON Schema of what [`Read::read`] takes.
    fn schema() -> Value;
}

/// Reads one key of a table; a missing key is not a problem here. A key that is there and can't be read is
/// told and noted in `unreadable`.
pub fn key<T: Read>(
    table: &DeTable<'_>,
    name: &'static str,
    unreadable: &mut Vec<&'static str>,
    problems: &mut Problems,
) -> Option<T> {
    let node = table.get(name)?;
    let value = problems.within(name, |problems| T::read(node, problems));
    if value.is_none() {
        unreadable.push(name);
    }
    value
}

impl Read for Spanned<bool> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let value = node.get_ref().as_bool();
        if value.is_none() {
            problems.wrong_type(node, "`true` or `false`");
        }
        value.map(|value| Self::new(node.span(), value))
    }

    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let Some(array) = node.get_ref().as_array() else {
            problems.wrong_type(node, "a list");
            return None;
        };
        // Every element is read, so that every problem is told, before one bad element spoils the list.
        let items: Vec<Option<T>> = array.iter().map(|item| T::read(item, problems)).collect();
        items.into_iter().collect()
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

/// One value, or a list of them.
#[derive(Debug, Clone)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: Read> Read for OneOrMany<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        match node.get_ref() {
            DeValue::Array(_) => Vec::read(node, problems).map(Self),
            _ => T::read(node, problems).map(|item| Self(vec![item])),
        }
    }

    fn schema() -> Value {
        json!({ "anyOf": [T::schema(), { "type": "array", "items": T::schema() }] })
    }
}

/// A table whose keys the user chooses, in the order in which they are written.
#[derive(Debug, Clone)]
pub struct Entries<T> {
    /// Those that could be read.
    pub read: Vec<(Spanned<String>, T)>,
    /// The names of the others; what refers to them is not at fault.
    pub unreadable: Vec<String>,
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self {
            read: Vec::new(),
            unreadable: Vec::new(),
        }
    }
}

impl<T> Entries<T> {
    /// Every name that is written, also of what could not be read.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.read
            .iter()
            .map(|(key, _)| key.get_ref().as_str())
            .chain(self.unreadable.iter().map(String::as_str))
    }
}

impl<T: Read> Read for Entries<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let table = problems.table(node)?;
        let mut entries = Self::default();
        for (key, value) in table {
            let name = key.get_ref().to_string();
            match problems.within(&name, |problems| T::read(value, problems)) {
                Some(item) => entries.read.push((Spanned::new(key.span(), name), item)),
                None => entries.unreadable.push(name),
            }
        }
        // The parser sorts by name; the order of `databases` means something.
        entries.read.sort_by_key(|(key, _)| key.span().start);
        Some(entries)
    }

    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }
}
