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

/// Reads one key of a table; a missing key is not a problem here.
pub fn key<T: Read>(table: &DeTable<'_>, name: &str, problems: &mut Problems) -> Option<T> {
    let node = table.get(name)?;
    problems.within(name, |problems| T::read(node, problems))
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

/// A table whose keys the user chooses, in the order of its keys.
#[derive(Debug, Clone)]
pub struct Entries<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Read> Read for Entries<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let table = problems.table(node)?;
        let entries = table.iter().filter_map(|(key, value)| {
            let name = key.get_ref().to_string();
            let item = problems.within(&name, |problems| T::read(value, problems))?;
            Some((Spanned::new(key.span(), name), item))
        });
        Some(Self(entries.collect()))
    }

    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }
}

/// A table of any keys and values, kept as JSON.
#[derive(Debug, Clone, Default)]
pub struct AnyTable(pub serde_json::Map<String, Value>);

impl Read for AnyTable {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let table = problems.table(node)?;
        Some(Self(
            table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), to_json(value.get_ref())))
                .collect(),
        ))
    }

    fn schema() -> Value {
        json!({ "type": "object" })
    }
}

fn to_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(value) => Value::from(*value),
        DeValue::Datetime(value) => Value::from(value.to_string()),
        DeValue::Array(items) => items.iter().map(|item| to_json(item.get_ref())).collect(),
        DeValue::Table(table) => Value::Object(
            table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), to_json(value.get_ref())))
                .collect(),
        ),
    }
}
