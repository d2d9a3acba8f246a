//! Which SQLite files are meant: those of stack.toml, or those that arguments name.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::anyhow;

use super::file::{self, FileArgument};
use super::settings;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::project;
use crate::config::Loaded;
use crate::diagnostic::{nearest, quoted};
use crate::migrate::settings::{Settings, Source};
use crate::model::{SqliteFile, Stack};
use crate::ui::Ui;

/// The files.
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
        let sources = if self.files.is_empty() {
            match &stack {
                Some(loaded) => self.of_stack(&loaded.stack, &global.root())?,
                None => return Err(nothing_named(global, &self.names)),
            }
        } else {
            of_files(&self.files)?
        };
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
                None if Path::new(name).exists() => {
                    format!("a file is named by an option: `--sqlite {name}`")
                }
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
}

fn nothing_named(global: &Global, names: &[String]) -> Failure {
    if let Some(name) = names.first() {
        return Failure::usage(anyhow!(
            "`{name}` would be a table `[sqlite.{name}]` of stack.toml, and there is no `{}`",
            global.file.display()
        ))
        .hint(format!("a file is named by an option: `--sqlite {name}`"));
    }
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
        settings: settings::of_table(file),
    }
}
