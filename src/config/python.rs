//! `python` of a service: a version alone, or a table.

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::problems::{Node, Problems};
use super::read::{OneOrMany, Read};
use super::table::table;
use crate::model::PythonVersion;

table! {
    /// How to build a Python service's image.
    PythonTable {
        /// The interpreter's minor version, such as `3.11`.
        version: Spanned<PythonVersion>,
        /// Requirements files, relative to stack.toml.
        requirements: OneOrMany<Spanned<String>>,
        /// Files and folders copied to `/app`, relative to stack.toml. Default: the whole project.
        source: OneOrMany<Spanned<String>>,
        /// Debian packages that the running program needs, such as `libpq5`.
        packages: Vec<Spanned<String>>,
        /// Debian packages needed only to build dependencies, such as `gcc`; not in the final image.
        build_packages: Vec<Spanned<String>>,
        /// Tools of `[build.downloads]` that are put into /usr/local/bin.
        tools: Vec<Spanned<String>>,
    }
}

/// `python = "3.11"` or `python = { version = "3.11", … }`.
#[derive(Debug, Clone)]
pub struct Python(pub PythonTable);

impl Read for Python {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        match node.get_ref() {
            DeValue::String(_) => {
                let version = Spanned::read(node, problems)?;
                Some(Self(PythonTable {
                    version: Some(version),
                    ..PythonTable::default()
                }))
            }
            DeValue::Table(_) => PythonTable::read(node, problems).map(Self),
            _ => {
                problems.wrong_type(node, "a version such as `\"3.11\"`, or a table with `version`");
                None
            }
        }
    }

    fn schema() -> Value {
        json!({ "anyOf": [Spanned::<PythonVersion>::schema(), PythonTable::schema()] })
    }
}
