//! Which SQLite files are meant, and what is said of them: arguments over stack.toml.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::anyhow;

use super::column::{self, ColumnArgument};
use super::file::{self, FileArgument};
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::project;
use crate::config::Loaded;
use crate::diagnostic::{nearest, quoted};
use crate::migrate::encoding::Moments;
use crate::migrate::settings::{ColumnOverride, Names, Profile, Settings, Source};
use crate::migrate::target_type::TargetType;
use crate::model::{ColumnSetting, ColumnType, Counting, NameStyle, SqliteFile, Stack, TimeZone, TypeChoice};
use crate::ui::Ui;

/// The files, and how they are carried.
#[derive(Debug, clap::Args)]
pub struct SourceArguments {
    /// Which `[sqlite.NAME]` of stack.toml; all if none is named
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// A SQLite file that stands in no stack.toml; the schema is named after it unless it is said
    #[arg(
        long = "sqlite",
        value_name = "FILE[=SCHEMA]",
        conflicts_with = "names",
        value_parser = |text: &str| file::parse(text, Path::exists)
    )]
    files: Vec<FileArgument>,
    /// `native`: booleans, moments, numbers, uuid and JSON where declaration and data agree; `affinity`: what SQLite would hand back, for SQL that was written for it
    #[arg(long, value_name = "CHOICE", value_parser = named(TypeChoice::NAMES))]
    types: Option<TypeChoice>,
    /// `exact`: names as they are written; `folded`: in small letters [default: exact, with affinity folded]
    #[arg(long = "names", value_name = "WAY", value_parser = named(NameStyle::NAMES))]
    name_style: Option<NameStyle>,
    /// The zone of moments that are written without one, where a column keeps moments with a zone [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = column::zone)]
    zone: Option<TimeZone>,
    /// Whether foreign keys are made [default: with native types only]
    #[arg(long, value_name = "true|false")]
    foreign_keys: Option<bool>,
    /// What a column is to be, such as `users.created_at=timestamptz:epoch-ms:Europe/Moscow`
    #[arg(long = "column", value_name = "TABLE.COLUMN=TYPE[:FROM[:ZONE]]")]
    columns: Vec<ColumnArgument>,
    /// A table that is left out; `*` stands for any text
    #[arg(long, value_name = "TABLE")]
    skip: Vec<String>,
}

/// One of a few words; clap lists them.
fn named<T: Clone + Send + Sync + 'static, const N: usize>(
    names: [(&'static str, T); N],
) -> impl clap::builder::TypedValueParser<Value = T> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    let words = names.clone().map(|(name, _)| name);
    PossibleValuesParser::new(words).map(move |word| {
        let found = names.iter().find(|(name, _)| *name == word);
        found.expect("the parser takes no other words").1.clone()
    })
}

/// The files, and the stack if they or the target are of one.
#[derive(Debug)]
pub struct Chosen {
    /// The files.
    pub sources: Vec<Source>,
    /// The stack, where there is a stack.toml.
    pub stack: Option<Loaded>,
}

impl SourceArguments {
    /// Finds out which files are meant. stack.toml is read where it is there, or asked for.
    pub fn choose(&self, global: &Global, ui: &Ui) -> Result<Chosen, Failure> {
        let stack = if global.file.exists() {
            Some(project::load(global, ui)?)
        } else {
            None
        };
        let mut sources = if self.files.is_empty() {
            match &stack {
                Some(loaded) => self.of_stack(&loaded.stack, &global.root())?,
                None => return Err(nothing_named(global)),
            }
        } else {
            of_files(&self.files)?
        };
        for source in &mut sources {
            self.lay_over(&mut source.settings);
        }
        Ok(Chosen { sources, stack })
    }

    /// The same; where neither a file nor a stack is named, no file.
    pub fn choose_any(&self, global: &Global, ui: &Ui) -> Result<Chosen, Failure> {
        if self.files.is_empty() && self.names.is_empty() && !global.file.exists() {
            return Ok(Chosen {
                sources: Vec::new(),
                stack: None,
            });
        }
        self.choose(global, ui)
    }

    fn of_stack(&self, stack: &Stack, root: &Path) -> Result<Vec<Source>, Failure> {
        let known: Vec<&str> = stack.sqlite.iter().map(|file| file.name.as_str()).collect();
        if known.is_empty() {
            return Err(Failure::usage(anyhow!("the stack has no SQLite files")).hint(
                "describe one in stack.toml, `[sqlite.NAME]` and `path = \"…\"` below it, or name it: `--sqlite FILE`",
            ));
        }
        if let Some(name) = self.names.iter().find(|name| !known.contains(&name.as_str())) {
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has `{}`", known.join("`, `")),
            };
            return Err(Failure::usage(anyhow!("there is no `[sqlite.{name}]` in stack.toml")).hint(hint));
        }
        let is_meant = |file: &&SqliteFile| {
            self.names.is_empty() || self.names.iter().any(|name| name == file.name.as_str())
        };
        let meant = stack.sqlite.iter().filter(is_meant);
        Ok(meant.map(|file| of_table(file, root)).collect())
    }

    fn lay_over(&self, settings: &mut Settings) {
        if let Some(types) = self.types {
            settings.profile = profile(types);
        }
        settings.names = self.name_style.map(names).or(settings.names);
        settings.zone = self.zone.map(TimeZone::get).or(settings.zone);
        settings.foreign_keys = self.foreign_keys.or(settings.foreign_keys);
        settings.skip.extend(self.skip.iter().cloned());
        for column in &self.columns {
            settings
                .columns
                .insert(column.name.clone(), column_override(&column.setting));
        }
    }
}

fn nothing_named(global: &Global) -> Failure {
    Failure::usage(anyhow!(
        "no SQLite file is named, and there is no `{}`",
        global.file.display()
    ))
    .hint("name one, `--sqlite FILE`, or describe it in stack.toml: `[sqlite.NAME]` and `path = \"…\"` below it")
}

fn of_files(files: &[FileArgument]) -> Result<Vec<Source>, Failure> {
    let mut schemas = BTreeSet::new();
    if let Some(twice) = files.iter().find(|file| !schemas.insert(&file.schema)) {
        return Err(Failure::usage(anyhow!(
            "two files would fill the schema {}",
            quoted(&twice.schema)
        ))
        .hint("give each its own: `--sqlite FILE=SCHEMA`"));
    }
    Ok(files
        .iter()
        .map(|file| Source {
            name: file.schema.clone(),
            path: file.path.clone(),
            schema: file.schema.clone(),
            settings: Settings::default(),
        })
        .collect())
}

fn of_table(file: &SqliteFile, root: &Path) -> Source {
    let path = root.join(&file.path);
    Source {
        name: file.name.to_string(),
        path: path.strip_prefix(".").map(Path::to_owned).unwrap_or(path),
        schema: file.schema.to_string(),
        settings: Settings {
            profile: profile(file.types),
            names: file.names.map(names),
            zone: file.zone.map(TimeZone::get),
            foreign_keys: file.foreign_keys,
            skip: file.skip.clone(),
            columns: file
                .columns
                .iter()
                .map(|(name, setting)| (name.clone(), column_override(setting)))
                .collect(),
            ..Settings::default()
        },
    }
}

fn profile(types: TypeChoice) -> Profile {
    match types {
        TypeChoice::Native => Profile::Native,
        TypeChoice::Affinity => Profile::Affinity,
    }
}

fn names(style: NameStyle) -> Names {
    match style {
        NameStyle::Exact => Names::Exact,
        NameStyle::Folded => Names::Folded,
    }
}

fn column_override(setting: &ColumnSetting) -> ColumnOverride {
    ColumnOverride {
        target: target_type(setting.column_type),
        moments: setting.from.map(|from| match from {
            Counting::Iso => Moments::Iso,
            Counting::EpochSeconds => Moments::EpochS,
            Counting::EpochMilliseconds => Moments::EpochMs,
            Counting::EpochMicroseconds => Moments::EpochUs,
            Counting::CoreData => Moments::CoreData,
            Counting::JulianDay => Moments::JulianDay,
        }),
        zone: setting.zone.map(TimeZone::get),
    }
}

fn target_type(column_type: ColumnType) -> TargetType {
    match column_type {
        ColumnType::Boolean => TargetType::Boolean,
        ColumnType::Integer => TargetType::Integer,
        ColumnType::BigInt => TargetType::BigInt,
        ColumnType::DoublePrecision => TargetType::DoublePrecision,
        ColumnType::Numeric(digits) => TargetType::Numeric(digits),
        ColumnType::Text => TargetType::Text,
        ColumnType::VarChar(length) => TargetType::VarChar(length),
        ColumnType::Bytea => TargetType::Bytea,
        ColumnType::Date => TargetType::Date,
        ColumnType::Time => TargetType::Time,
        ColumnType::Timestamp => TargetType::Timestamp,
        ColumnType::TimestampTz => TargetType::TimestampTz,
        ColumnType::Interval => TargetType::Interval,
        ColumnType::Uuid => TargetType::Uuid,
        ColumnType::Json => TargetType::Json,
        ColumnType::JsonB => TargetType::JsonB,
    }
}
