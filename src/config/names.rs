//! `depends_on` and `databases` of a service: names, or names with something about each.

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::problems::{Node, Problems};
use super::read::{Entries, OneOrMany, Read};
use super::scalar::{self, Fault, Scalar};
use crate::model::{Access, DependencyCondition};

/// One name, a list of names, or a table from name to something.
#[derive(Debug, Clone)]
pub struct NamesWith<T>(pub Vec<(Spanned<String>, Option<T>)>);

/// Services that must come first, with what must hold of them.
pub type DependsOn = NamesWith<DependencyCondition>;
/// Schemas, with what may be done in them.
pub type Databases = NamesWith<Access>;

impl<T: Scalar> Read for NamesWith<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        Some(Self(match node.get_ref() {
            DeValue::Table(_) => Entries::<Spanned<T>>::read(node, problems)?
                .read
                .into_iter()
                .map(|(name, value)| (name, Some(value.into_inner())))
                .collect(),
            DeValue::String(_) | DeValue::Array(_) => {
                let names = OneOrMany::<Spanned<String>>::read(node, problems)?;
                names.0.into_iter().map(|name| (name, None)).collect()
            }
            _ => {
                problems.wrong_type(node, "a list of names, or a table");
                return None;
            }
        }))
    }

    fn schema() -> Value {
        json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } },
            { "type": "object", "additionalProperties": T::schema() },
        ] })
    }
}

const CONDITIONS: [(&str, DependencyCondition); 3] = [
    ("service_started", DependencyCondition::Started),
    ("service_healthy", DependencyCondition::Healthy),
    ("service_completed_successfully", DependencyCondition::Completed),
];

impl Scalar for DependencyCondition {
    fn parse(text: &str) -> Result<Self, Fault> {
        scalar::choice(text, "a condition", &CONDITIONS)
    }

    fn schema() -> Value {
        json!({ "enum": CONDITIONS.map(|(name, _)| name) })
    }
}
