//! What is said of one column: a type alone, or a table.

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::super::problems::{Node, Problems};
use super::super::read::Read;
use super::super::scalar::{Fault, Scalar, choice};
use super::super::table::{Table, table};
use crate::diagnostic::{Code, Diagnostic, nearest, quoted};
use crate::model::{ColumnSetting, ColumnType, Counting, NameStyle, TimeZone, TypeChoice};

table! {
    /// What is said of one column.
    ColumnTable {
        /// Its type in PostgreSQL, such as `timestamptz`, `numeric(10,2)` or `text`.
        r#type: Spanned<ColumnType>,
        /// What the numbers in a column of dates or times count: `epoch-s`, `epoch-ms`, `epoch-us`, `core-data` or `julian-day`; `iso` where it holds none; `iso-cut` cuts text to what the type keeps, such as nanoseconds to microseconds.
        from: Spanned<Counting>,
        /// The zone of its moments, for `timestamptz`. Default: that of the file.
        zone: Spanned<TimeZone>,
    }
}

/// What is said of one column.
#[derive(Debug, Clone)]
pub struct Column(ColumnTable);

impl Read for Column {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        Some(Self(match node.get_ref() {
            DeValue::String(_) => ColumnTable {
                r#type: Some(Read::read(node, problems)?),
                ..ColumnTable::default()
            },
            DeValue::Table(table) if is_unquoted(table) => {
                let (column, _) = table.iter().next()?;
                problems.push(
                    Diagnostic::error(
                        Code::WrongType,
                        column.span(),
                        "a column's name needs quotes around it",
                    )
                    .help("write `\"TABLE.COLUMN\" = …`: without quotes the dot makes a table of its own"),
                );
                return None;
            }
            DeValue::Table(_) => Read::read(node, problems)?,
            _ => {
                problems.wrong_type(node, ColumnType::EXPECTED);
                return None;
            }
        }))
    }

    fn schema() -> Value {
        json!({ "anyOf": [{ "type": "string" }, ColumnTable::schema()] })
    }
}

/// Whether `table.column = …` was written without quotes: then the keys are columns.
fn is_unquoted(table: &toml::de::DeTable<'_>) -> bool {
    !table.is_empty()
        && table
            .keys()
            .all(|key| !ColumnTable::KEYS.contains(&key.get_ref().as_ref()))
}

impl Column {
    /// The valid setting.
    pub fn convert(&self, key: &Spanned<String>, problems: &mut Problems) -> Option<ColumnSetting> {
        let is_named = key
            .get_ref()
            .split_once('.')
            .is_some_and(|(table, column)| !table.is_empty() && !column.is_empty());
        if !is_named {
            problems.push(
                Diagnostic::error(
                    Code::InvalidName,
                    key.span(),
                    format!("{} names no column", quoted(key.get_ref())),
                )
                .help("write it as `\"TABLE.COLUMN\"`, as SQLite names them"),
            );
        }
        let table = &self.0;
        if table.r#type.is_none() && !table.unreadable().contains(&"type") {
            problems.push(
                Diagnostic::error(
                    Code::MissingKey,
                    key.span(),
                    format!("missing key `type` for the column {}", quoted(key.get_ref())),
                )
                .help("write its type, such as `type = \"timestamptz\"`"),
            );
        }
        let column_type = table.r#type.as_ref()?;
        let from = table.from.as_ref().map(|from| *from.get_ref());
        let zone = table.zone.as_ref().map(|zone| *zone.get_ref());
        match ColumnSetting::new(*column_type.get_ref(), from, zone) {
            Ok(setting) => is_named.then_some(setting),
            Err(error) => {
                problems.push(
                    Diagnostic::error(Code::ConflictingKeys, column_type.span(), error.to_string())
                        .help("leave the one that is not meant out"),
                );
                None
            }
        }
    }
}

impl Scalar for ColumnType {
    const EXPECTED: &'static str = "a type such as `\"text\"`, or a table";

    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|error| {
            let help = match nearest(&text.to_lowercase(), Self::names()) {
                Some(near) if matches!(error, crate::model::sqlite::ColumnTypeError::Unknown) => {
                    format!("did you mean `{near}`?")
                }
                _ => format!("{error}"),
            };
            Fault::new(
                Code::InvalidValue,
                format!("{} is not a type that a column may be given", quoted(text)),
                help,
            )
        })
    }
}

macro_rules! named_scalar {
    ($($type:ty, $what:literal;)*) => {
        $(impl Scalar for $type {
            fn parse(text: &str) -> Result<Self, Fault> {
                choice(text, $what, &Self::NAMES)
            }

            fn schema() -> Value {
                json!({ "enum": Self::NAMES.map(|(name, _)| name) })
            }
        })*
    };
}

named_scalar! {
    TypeChoice, "a choice of types";
    NameStyle, "a way with names";
    Counting, "something that numbers count";
}
