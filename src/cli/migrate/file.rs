//! `--sqlite FILE[=SCHEMA]`.

use std::path::{Path, PathBuf};

use crate::model::{Identifier, SqliteFile};

/// A file that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileArgument {
    /// The file.
    pub path: PathBuf,
    /// The schema.
    pub schema: String,
}

/// Reads the argument; `exists` tells whether there is such a file, as a file's name may hold `=`.
pub fn parse(text: &str, exists: impl Fn(&Path) -> bool) -> Result<FileArgument, String> {
    let (path, schema) = match text.rsplit_once('=') {
        Some((path, schema)) if !exists(Path::new(text)) => (path, Some(schema)),
        _ => (text, None),
    };
    if path.is_empty() {
        return Err("name a file: `--sqlite FILE` or `--sqlite FILE=SCHEMA`".to_owned());
    }
    let schema = match schema {
        Some(schema) => schema.to_owned(),
        None => schema_of(Path::new(path)),
    };
    check(&schema)?;
    Ok(FileArgument {
        path: PathBuf::from(path),
        schema,
    })
}

/// A schema from the name of a file: small letters, digits and `_`, so that it needs no quotes.
fn schema_of(path: &Path) -> String {
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let mut name: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(Identifier::LIMIT)
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
        name.truncate(Identifier::LIMIT);
    }
    name
}

/// A schema may have any name that PostgreSQL keeps as it is, but for those with a meaning.
fn check(schema: &str) -> Result<(), String> {
    let fault = if schema.is_empty() {
        "the schema's name is empty"
    } else if schema.len() > Identifier::LIMIT {
        "the schema's name is longer than 63 bytes"
    } else if schema.chars().any(char::is_control) {
        "the schema's name holds a control character"
    } else if schema == SqliteFile::LEDGER_SCHEMA {
        "stackctl keeps what it has migrated in the schema `stackctl`"
    } else if schema.starts_with("pg_") || schema == "information_schema" {
        "the name of the schema is PostgreSQL's own"
    } else {
        return Ok(());
    };
    Err(format!("{fault}; choose another: `--sqlite FILE=SCHEMA`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_schema_unless_it_is_said() {
        let schema = |text: &str| parse(text, |_| false).map(|file| file.schema);
        assert_eq!(schema("data/tgbot.db").unwrap(), "tgbot");
        assert_eq!(schema("My Data.v2.sqlite3").unwrap(), "my_data_v2");
        assert_eq!(schema("2024.db").unwrap(), "_2024");
        assert_eq!(schema("a.db=Main").unwrap(), "Main");
        assert_eq!(schema("a=b.db=main").unwrap(), "main");
        for wrong in [
            "a.db=",
            "=main",
            "a.db=pg_x",
            "stackctl.db",
            "a.db=information_schema",
        ] {
            assert!(schema(wrong).is_err(), "{wrong}");
        }
        assert!(schema(&format!("a.db={}", "x".repeat(64))).is_err());
        assert_eq!(schema(&format!("{}.db", "ä".repeat(80))).unwrap(), "_".repeat(63));
    }

    #[test]
    fn a_file_with_an_equals_sign_in_its_name_is_found() {
        let file = parse("a=b.db", |path| path == Path::new("a=b.db")).unwrap();
        assert_eq!(
            (file.path.to_str().unwrap(), file.schema.as_str()),
            ("a=b.db", "a_b")
        );
    }
}
