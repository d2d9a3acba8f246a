//! Where the data go: the database that `--to` names, the stack's, or the one that the variables of libpq name.

use std::path::PathBuf;

use anyhow::anyhow;

use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::lock::LockArguments;
use crate::cli::operation;
use crate::config::Loaded;
use crate::engine::Project;
use crate::engine::database_target::{self, Purpose};
use crate::migrate::postgres::{Surroundings, Target, address};
use crate::migrate::settings::Source;
use crate::model::Identifier;
use crate::runtime::command::Runner;
use crate::runtime::interrupt::Interrupt;
use crate::ui::Ui;

/// The database.
#[derive(Debug, clap::Args)]
pub struct PlaceArguments {
    /// The database; what it leaves out comes from PGHOST, PGUSER, PGPASSWORD and the others, and from ~/.pgpass [default: the stack's]
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// A file that holds the password and nothing else
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    lock: LockArguments,
}

/// Variables that say which database is meant where nothing else does.
const SAY_WHERE: [&str; 3] = ["PGHOST", "PGDATABASE", "PGHOSTADDR"];

impl PlaceArguments {
    /// Does `work` on the database.
    pub fn with_target<T>(
        &self,
        asked: &Asked<'_>,
        work: impl FnOnce(&Target) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if let Some(target) = self.named(asked.stack)? {
            return work(&target);
        }
        let loaded = asked.stack.ok_or_else(nowhere)?;
        let runner = Runner::new(asked.ui, asked.interrupt.clone());
        let project = Project::new(loaded, &asked.global.root(), runner);
        let opened = database_target::open(
            &project,
            &schemas(asked.sources, loaded)?,
            asked.purpose,
            self.lock.wait(),
        )
        .map_err(operation::told)?;
        let result = work(opened.target())?;
        opened.finish().map_err(operation::told)?;
        Ok(result)
    }

    /// The database that arguments or variables name; none where the stack's is meant.
    fn named(&self, stack: Option<&Loaded>) -> Result<Option<Target>, Failure> {
        let is_said = || SAY_WHERE.iter().any(|name| std::env::var_os(name).is_some());
        let has_database = stack.is_some_and(|loaded| loaded.stack.postgres.is_some());
        if self.to.is_none() && (has_database || !is_said()) {
            if self.password_file.is_some() {
                return Err(Failure::usage(anyhow!(
                    "`--password-file` is for a database that `--to` names"
                )));
            }
            return Ok(None);
        }
        let target = address::target(
            self.to.as_deref(),
            self.password_file.as_deref(),
            &Surroundings::of_process(),
        )?;
        Ok(Some(target))
    }
}

/// What a command wants of the database.
pub struct Asked<'a> {
    /// The options before the command.
    pub global: &'a Global,
    /// Who is told.
    pub ui: &'a Ui,
    /// Ctrl-C.
    pub interrupt: &'a Interrupt,
    /// The stack, where there is one.
    pub stack: Option<&'a Loaded>,
    /// The files.
    pub sources: &'a [Source],
    /// What is to be done.
    pub purpose: Purpose,
}

/// In a stack each schema has an owner and services with rights, which stack.toml says.
fn schemas(sources: &[Source], loaded: &Loaded) -> Result<Vec<Identifier>, Failure> {
    let known = loaded
        .stack
        .postgres
        .iter()
        .flat_map(|postgres| &postgres.schemas);
    let known: Vec<&Identifier> = known.collect();
    sources
        .iter()
        .map(|source| {
            let name = source.schema.parse::<Identifier>().ok();
            name.filter(|name| name.as_str() == "public" || known.contains(&name))
                .ok_or_else(|| {
                    Failure::usage(anyhow!("the stack's database has no schema `{}`", source.schema)).hint(
                        format!(
                            "describe the file in stack.toml, `[sqlite.{}]` and `path = \"{}\"` below it, or name another database with `--to`",
                            source.name,
                            source.path.display()
                        ),
                    )
                })
        })
        .collect()
}

fn nowhere() -> Failure {
    Failure::usage(anyhow!("no database is named, and there is no stack.toml"))
        .hint("name one: `--to postgresql://USER@HOST/DATABASE`")
}
