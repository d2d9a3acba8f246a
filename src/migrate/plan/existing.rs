//! A plan to fill tables that are there already, made by an application's own migrations.

use super::draft::{self, Draft, Remarks};
use super::names::Names;
use super::{
    ColumnPlan, FilePlan, Seen, SeenTable, SequencePlan, TablePlan, framework_name, settle, table_order,
};
use crate::migrate::settings::{ColumnOverride, Source};
use crate::migrate::sqlite::catalog::{Column, Table};
use crate::migrate::sqlite::row_key;
use crate::migrate::target_type::TargetType;
use crate::migrate::typing::{self, Framework, Question};

/// A table that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingTable {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<ExistingColumn>,
    /// The columns of its primary key by name, in the key's order.
    pub primary_key: Vec<String>,
    /// Whether it holds rows.
    pub has_rows: bool,
    /// The tables of the schema that its foreign keys refer to. Files of many ORMs have no foreign keys, and these do.
    pub parents: Vec<String>,
}

/// A column of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own from the server's catalog"
)]
pub struct ExistingColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub target: TargetType,
    /// The type's name where no cell can be written as one: an array, a range, a point and the like.
    pub unfit: Option<String>,
    /// Whether it is NOT NULL.
    pub not_null: bool,
    /// Whether it has a default, a sequence's next number included.
    pub has_default: bool,
    /// Whether the server computes it.
    pub generated: bool,
    /// Whether its numbers come from a sequence of its own: an identity or serial column.
    pub identity: bool,
    /// The sequence that numbers it, as SQL names it: its own, that of its default, or one that a program asks itself.
    pub sequence: Option<String>,
}

/// Tables in which an application's own migrations note what they have done: what is there already is true of the schema.
const LEDGERS: [&str; 17] = [
    "django_migrations",
    "alembic_version",
    "schema_migrations",
    "ar_internal_metadata",
    "_prisma_migrations",
    "goose_db_version",
    "gorp_migrations",
    "atlas_schema_revisions",
    "SequelizeMeta",
    "knex_migrations",
    "knex_migrations_lock",
    "migrations",
    "__drizzle_migrations",
    "flyway_schema_history",
    "databasechangelog",
    "databasechangeloglock",
    "__EFMigrationsHistory",
];

/// Plans to fill `existing` tables; where something does not match, all that does not. `emptied` says that rows which are
/// there will be deleted first.
pub fn into_existing(
    source: &Source,
    seen: &Seen<'_>,
    existing: &[ExistingTable],
    emptied: bool,
) -> Result<FilePlan, Vec<String>> {
    let mut matching = Matching {
        source,
        framework: typing::framework(seen.catalog),
        existing,
        emptied,
        names: Names::new(Draft::folds(source)),
        remarks: Remarks::default(),
        problems: Vec::new(),
    };
    let sources: Vec<&Table> = seen.catalog.tables.iter().collect();
    let tables = (0..sources.len()).filter_map(|place| matching.table(sources[place], &seen.tables[place]));
    let tables = in_order(tables.collect(), existing);
    if !matching.problems.is_empty() {
        return Err(matching.problems);
    }
    matching.remarks.skipped(seen.catalog);
    Ok(FilePlan {
        source: source.name.clone(),
        path: source.path.display().to_string(),
        schema: source.schema.clone(),
        profile: source.settings.profile,
        names: draft::rule(source),
        framework: matching
            .framework
            .map(|framework| framework_name(framework).to_owned()),
        advice: "types are those of the tables that are there".to_owned(),
        tables,
        objects: Vec::new(),
        not_carried: matching.remarks.not_carried,
        notes: matching.remarks.notes,
        bytes: seen.bytes,
    })
}

/// The tables in an order in which the server takes their rows.
fn in_order(tables: Vec<TablePlan>, existing: &[ExistingTable]) -> Vec<TablePlan> {
    let places = |table: &TablePlan| {
        let there = existing.iter().find(|there| there.name == table.name);
        let parents = there.map_or(&[][..], |there| &there.parents).iter();
        let is_own = |parent: &&String| **parent != table.name;
        let place = |parent: &String| tables.iter().position(|table| table.name == *parent);
        parents.filter(is_own).filter_map(place).collect()
    };
    let order = table_order::order_by(&tables.iter().map(places).collect::<Vec<_>>());
    let mut tables: Vec<Option<TablePlan>> = tables.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|place| tables[place].take())
        .collect()
}

struct Matching<'a> {
    source: &'a Source,
    framework: Option<Framework>,
    existing: &'a [ExistingTable],
    emptied: bool,
    names: Names,
    remarks: Remarks,
    problems: Vec<String>,
}

impl Matching<'_> {
    fn table(&mut self, table: &Table, seen: &SeenTable) -> Option<TablePlan> {
        if !settle::is_carried(self.source, table, &mut self.remarks) {
            return None;
        }
        let carried = self.names.take(&table.name);
        let Some(existing) = find(self.existing, |there| &there.name, &table.name, &carried) else {
            self.problems.push(format!(
                "the table `{}` is not in the schema `{}`; `skip = [\"{}\"]` leaves it out",
                table.name, self.source.schema, table.name
            ));
            return None;
        };
        if existing.has_rows && LEDGERS.contains(&existing.name.as_str()) {
            let reason =
                "the application's own migrations have filled it, and what they wrote holds for this schema";
            self.remarks.left("table", &table.name, reason);
            return None;
        }
        if existing.has_rows && !self.emptied {
            self.problems.push(format!(
                "the table `{}.{}` holds rows already",
                self.source.schema, existing.name
            ));
        }
        let columns = self.columns(table, seen, existing);
        Some(plan(table, seen, existing, columns))
    }

    fn columns(&mut self, table: &Table, seen: &SeenTable, existing: &ExistingTable) -> Vec<ColumnPlan> {
        let mut names = Names::of_columns(Draft::folds(self.source));
        let mut columns: Vec<ColumnPlan> = Vec::new();
        for (place, column) in table.columns.iter().enumerate() {
            let carried = names.take(&column.name);
            match find(&existing.columns, |there| &there.name, &column.name, &carried) {
                Some(there) => columns.push(self.column(table, seen, place, there)),
                None => self.problems.push(format!(
                    "the column `{}.{}` is not in the table `{}.{}`",
                    table.name, column.name, self.source.schema, existing.name
                )),
            }
        }
        for there in &existing.columns {
            let filled = !there.not_null || there.has_default || there.generated || there.identity;
            if !filled && columns.iter().all(|column| column.name != there.name) {
                self.problems.push(format!(
                    "the column `{}.{}` is NOT NULL without a default, and `{}` in SQLite does not have it",
                    existing.name, there.name, table.name
                ));
            }
        }
        columns
    }

    fn column(
        &mut self,
        table: &Table,
        seen: &SeenTable,
        place: usize,
        there: &ExistingColumn,
    ) -> ColumnPlan {
        let column = &table.columns[place];
        if let Some(unfit) = there.unfit.as_ref().filter(|_| !there.generated)
            && seen.columns[place].filled > 0
        {
            self.problems.push(format!(
                "the column `{}.{}` is {unfit}, of which SQLite has none: make it text or jsonb for the run, and `alter table \
                 … alter column … type {unfit} using …` afterwards",
                table.name, column.name
            ));
        }
        let told = self.told(table, column, there);
        let question = Question {
            table,
            column,
            profile: self.source.settings.profile,
            framework: self.framework,
            zone: self.source.settings.zone,
            told: Some(&told),
        };
        let mut encoding = typing::decide(question, &seen.columns[place]).encoding;
        encoding.target = there.target.clone();
        ColumnPlan {
            source: column.name.clone(),
            name: there.name.clone(),
            declared: column.declared.clone(),
            encoding: (!there.generated).then_some(encoding),
            not_null: there.not_null,
            evidence: "the column that is there".to_owned(),
            longest: seen.columns[place].longest,
        }
    }

    /// The type that is there, with what a person has said of its moments.
    fn told(&self, table: &Table, column: &Column, there: &ExistingColumn) -> ColumnOverride {
        let told = settle::told(self.source, &table.name, &column.name);
        ColumnOverride {
            target: there.target.clone(),
            moments: told.and_then(|told| told.moments),
            zone: told.and_then(|told| told.zone),
            cuts: told.is_some_and(|told| told.cuts),
        }
    }
}

/// What is called as SQLite calls it, or as a plan would, or the same in other letters.
fn find<'e, T>(there: &'e [T], name: impl Fn(&T) -> &String, source: &str, carried: &str) -> Option<&'e T> {
    let by = |wanted: &dyn Fn(&str) -> bool| there.iter().find(|one| wanted(name(one)));
    by(&|name| name == source)
        .or_else(|| by(&|name| name == carried))
        .or_else(|| by(&|name| name.eq_ignore_ascii_case(source)))
}

fn plan(table: &Table, seen: &SeenTable, existing: &ExistingTable, columns: Vec<ColumnPlan>) -> TablePlan {
    let place = |name: &String| {
        let place = columns.iter().position(|column| column.name == *name)?;
        columns[place].encoding.is_some().then_some(place)
    };
    let digest_key: Option<Vec<usize>> = existing.primary_key.iter().map(place).collect();
    let numbered = existing.columns.iter().filter(|column| column.sequence.is_some());
    let sequences = numbered.map(|column| SequencePlan {
        column: column.name.clone(),
        sequence: column.sequence.clone(),
        next: table.sequence.unwrap_or(0).saturating_add(1).max(1),
    });
    TablePlan {
        source: table.name.clone(),
        name: existing.name.clone(),
        digest_key: digest_key.unwrap_or_default(),
        sequences: sequences.collect(),
        columns,
        key: row_key(table),
        rows: seen.rows,
        misfits: Vec::new(),
        misfit_groups: Vec::new(),
        misfit_count: 0,
        create: String::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        orphans: Vec::new(),
    }
}
