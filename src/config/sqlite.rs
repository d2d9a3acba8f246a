//! `[sqlite.NAME]`: a SQLite file that becomes a schema.

mod column;

use std::collections::BTreeMap;

use toml::Spanned;

use super::problems::Problems;
use super::read::{Entries, OneOrMany};
use super::scalar;
use super::stack_file::StackFile;
use super::table::{Table, table};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Identifier, NameStyle, SqliteFile as Model, TimeZone, TypeChoice, VariableName};
use column::Column;

table! {
    /// A SQLite file that `stackctl migrate` carries into a schema of the database.
    Sqlite {
        /// The file, relative to stack.toml or absolute.
        path: Spanned<String>,
        /// The schema; it is made, and services list it under `databases`. Default: the table's name.
        schema: Spanned<Identifier>,
        /// The variable in which services that use the schema find its connection string, such as `MAIN_DB_PATH`.
        env: Spanned<VariableName>,
        /// `native`: booleans, moments, numbers, uuid and JSON where declaration and data agree; `affinity`: what SQLite would hand back, for programs whose SQL was written for it. Default: `native`.
        types: Spanned<TypeChoice>,
        /// `exact`: names as they are written; `folded`: in small letters. Default: `exact` with native types, `folded` with affinity.
        names: Spanned<NameStyle>,
        /// The zone of moments that are written without one, where a column keeps moments with a zone. Default: `UTC`.
        zone: Spanned<TimeZone>,
        /// Whether foreign keys are made. Default: with native types only.
        foreign_keys: Spanned<bool>,
        /// Tables that are left out; `*` stands for any text.
        skip: OneOrMany<Spanned<String>>,
        /// What is said of single columns: `"TABLE.COLUMN" = "TYPE"`, or a table with `type`, `from` and `zone`.
        columns: Entries<Column>,
    }
}

/// The table of the top level.
const TABLE: &str = "sqlite";

/// Variables that stackctl sets itself for services that use the database.
const OWN_VARIABLES: [&str; 5] = ["PORT", "TZ", "DATABASE_URL", "DB_HOST", "STACKCTL_SECRET_ENV"];

/// The schemas of all files as they are written, also of those that are not valid.
pub fn schema_names(file: &StackFile) -> impl Iterator<Item = String> {
    file.sqlite
        .iter()
        .flat_map(|entries| &entries.read)
        .map(|(key, table)| {
            let schema = table.schema.as_ref();
            schema.map_or_else(|| key.get_ref().clone(), |schema| schema.get_ref().to_string())
        })
}

/// The valid files.
pub fn all(file: &StackFile, problems: &mut Problems) -> Vec<Model> {
    let mut files = Vec::new();
    let mut taken = Taken::default();
    problems.within(TABLE, |problems| {
        for (key, table) in file.sqlite.iter().flat_map(|entries| &entries.read) {
            let name: Option<Identifier> = scalar::name(key, problems);
            problems.within(key.get_ref(), |problems| {
                check_database(file, key, problems);
                taken.check(key, table, problems);
                files.extend(table.convert(key, name.as_ref(), problems));
            });
        }
    });
    files
}

/// A schema needs a server.
fn check_database(file: &StackFile, key: &Spanned<String>, problems: &mut Problems) {
    if file.postgres.is_none() && !file.unreadable().contains(&"postgres") {
        problems.push(
            Diagnostic::error(Code::UnknownReference, key.span(), "the stack has no database")
                .help("add a `[postgres]` table"),
        );
    }
}

/// What only one file may have.
#[derive(Default)]
struct Taken {
    schemas: BTreeMap<String, Span>,
    variables: BTreeMap<String, Span>,
}

impl Taken {
    fn check(&mut self, key: &Spanned<String>, table: &Sqlite, problems: &mut Problems) {
        let (schema, span) = match &table.schema {
            Some(schema) => (schema.get_ref().to_string(), schema.span()),
            None => (key.get_ref().clone(), key.span()),
        };
        if let Some(first) = self.schemas.insert(schema.clone(), span.clone()) {
            problems.push(
                Diagnostic::error(
                    Code::DuplicateName,
                    span,
                    format!("two SQLite files would fill the schema `{schema}`"),
                )
                .and(first, "first here")
                .help("give each a schema of its own"),
            );
        }
        let Some(variable) = &table.env else { return };
        let name = variable.get_ref().to_string();
        if let Some(first) = self.variables.insert(name.clone(), variable.span()) {
            problems.push(
                Diagnostic::error(
                    Code::DuplicateName,
                    variable.span(),
                    format!("two SQLite files would set `{name}`"),
                )
                .and(first, "first here")
                .help("give each a variable of its own"),
            );
        }
    }
}

impl Sqlite {
    fn convert(
        &self,
        key: &Spanned<String>,
        name: Option<&Identifier>,
        problems: &mut Problems,
    ) -> Option<Model> {
        let path = self.path(key, problems);
        let columns = self.columns(problems);
        self.check_schema(key, problems);
        self.check_variable(problems);
        let name = name?.clone();
        Some(Model {
            path: path?,
            schema: match &self.schema {
                Some(schema) => schema.get_ref().clone(),
                None => name.clone(),
            },
            name,
            variable: self.env.as_ref().map(|name| name.get_ref().clone()),
            types: self
                .types
                .as_ref()
                .map_or_else(TypeChoice::default, |types| *types.get_ref()),
            names: self.names.as_ref().map(|names| *names.get_ref()),
            zone: self.zone.as_ref().map(|zone| *zone.get_ref()),
            foreign_keys: self.foreign_keys.as_ref().map(|wanted| *wanted.get_ref()),
            skip: self
                .skip
                .iter()
                .flat_map(|tables| &tables.0)
                .map(|table| table.get_ref().clone())
                .collect(),
            columns,
        })
    }

    fn path(&self, key: &Spanned<String>, problems: &mut Problems) -> Option<String> {
        if self.path.is_none() && !self.unreadable().contains(&"path") {
            problems.push(
                Diagnostic::error(
                    Code::MissingKey,
                    key.span(),
                    format!("missing key `path` in `[{TABLE}.{}]`", key.get_ref()),
                )
                .help("name the file, such as `path = \"bot/data.db\"`"),
            );
        }
        let path = self.path.as_ref()?;
        if path.get_ref().is_empty() {
            problems.push(
                Diagnostic::error(Code::InvalidValue, path.span(), "the path is empty")
                    .help("name the file, such as `path = \"bot/data.db\"`"),
            );
            return None;
        }
        Some(path.get_ref().clone())
    }

    fn columns(&self, problems: &mut Problems) -> BTreeMap<String, crate::model::ColumnSetting> {
        problems.within("columns", |problems| {
            let columns = self.columns.iter().flat_map(|entries| &entries.read);
            columns
                .filter_map(|(key, column)| {
                    let setting = problems.within(key.get_ref(), |problems| column.convert(key, problems))?;
                    Some((key.get_ref().clone(), setting))
                })
                .collect()
        })
    }

    fn check_schema(&self, key: &Spanned<String>, problems: &mut Problems) {
        let (schema, span) = match &self.schema {
            Some(schema) => (schema.get_ref().as_str(), schema.span()),
            None => (key.get_ref().as_str(), key.span()),
        };
        let message = if schema == Model::LEDGER_SCHEMA {
            format!("stackctl keeps in the schema `{schema}` what it has migrated")
        } else if schema.starts_with("pg_") || schema == "information_schema" {
            format!("the schema name `{schema}` is PostgreSQL's own")
        } else {
            return;
        };
        problems.push(
            Diagnostic::error(Code::ReservedName, span, message).help("choose another: `schema = \"…\"`"),
        );
    }

    fn check_variable(&self, problems: &mut Problems) {
        let own = |name: &&Spanned<VariableName>| {
            let name = name.get_ref().as_str();
            OWN_VARIABLES.contains(&name) || name.starts_with("PG") || name.starts_with("POSTGRES_")
        };
        if let Some(name) = self.env.as_ref().filter(own) {
            problems.push(
                Diagnostic::error(
                    Code::ReservedName,
                    name.span(),
                    format!(
                        "stackctl or PostgreSQL's programs give `{}` a meaning of its own",
                        name.get_ref()
                    ),
                )
                .help("choose another name, such as `MAIN_DB_PATH`"),
            );
        }
    }
}
