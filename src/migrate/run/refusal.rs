//! Keys, indexes and foreign keys that the server refuses to make of the rows: a file is not given up for them. They are
//! named with the reason, and a key that is lost holds the file back until the user accepts it.

use postgres::error::SqlState;

use super::file::File;
use super::ledger::Kept;
use crate::migrate::MigrateError;
use crate::migrate::plan::{NotCarried, Step, TablePlan};

/// What is written behind the name of a foreign key in the ledger where rows in quarantine break it.
pub const NOT_VALID: &str = " (not valid)";

/// What is written behind the name of a step in the ledger, and before the server's words, where it was refused.
const REFUSED: &str = " (refused): ";

/// Whether the server refuses the thing itself: its SQL, or what it finds in the rows. Anything else (a full disk,
/// a lost connection, a missing right) may be gone the next time.
pub fn is_of_step(error: &postgres::Error) -> bool {
    error.code().is_some_and(is_of_thing)
}

/// The same of the SQLSTATE.
pub fn is_of_thing(code: &SqlState) -> bool {
    const CLASSES: [&str; 5] = ["0A", "22", "23", "42", "54"];
    *code != SqlState::INSUFFICIENT_PRIVILEGE && CLASSES.iter().any(|class| code.code().starts_with(class))
}

/// Which table of which file the server refused to make or to fill: the places of both.
pub fn of_copy(error: &MigrateError, files: &[File<'_>]) -> Option<(usize, usize)> {
    let MigrateError::Copy {
        table: refused,
        source,
        ..
    } = error
    else {
        return None;
    };
    source.code().filter(|code| is_of_thing(code))?;
    files.iter().enumerate().find_map(|(place, file)| {
        let of_file = |table: &TablePlan| format!("{}.{}", file.plan.schema, table.name) == *refused;
        Some((place, file.plan.tables.iter().position(of_file)?))
    })
}

/// What stands in the ledger for a step that was refused.
pub fn mark(step: &Step, error: &postgres::Error) -> String {
    let said = error.as_db_error().map_or_else(
        || error.to_string(),
        |error| match error.detail() {
            Some(detail) => format!("{} ({})", error.message(), detail.trim_end_matches('.')),
            None => error.message().to_owned(),
        },
    );
    format!("{}{REFUSED}{said}", step.name)
}

/// What the server refused of a table, from the marks in the ledger.
#[must_use]
pub fn of_table(table: &TablePlan, kept: &Kept) -> Vec<NotCarried> {
    let marked = |step: &Step| {
        kept.steps.iter().find_map(|mark| {
            let rest = mark.strip_prefix(&step.name)?;
            if rest == NOT_VALID {
                return Some(not_valid(table, step));
            }
            Some(refused(table, step, rest.strip_prefix(REFUSED)?))
        })
    };
    let steps = table.indexes.iter().chain(&table.foreign_keys);
    steps.filter_map(marked).collect()
}

/// How many of the keys that make rows unique were refused.
#[must_use]
pub fn keys_lost(table: &TablePlan, kept: &Kept) -> u64 {
    let lost = |step: &&Step| {
        is_key(step)
            && kept.steps.iter().any(|mark| {
                mark.strip_prefix(&step.name)
                    .is_some_and(|rest| rest.starts_with(REFUSED))
            })
    };
    table.indexes.iter().filter(lost).count() as u64
}

fn is_key(step: &Step) -> bool {
    ["primary key ", "unique ", "constraint "]
        .iter()
        .any(|kind| step.name.starts_with(kind))
        || step.sql.starts_with("create unique index ")
}

fn not_valid(table: &TablePlan, step: &Step) -> NotCarried {
    let (kind, why) = if is_check(step) {
        ("CHECK", "rows break it once they have their types")
    } else {
        ("foreign key", "rows refer to rows that are in quarantine")
    };
    NotCarried {
        kind: kind.to_owned(),
        name: format!("{}: {}", table.source, step.name),
        reason: format!("{why}, so it is NOT VALID: it holds for new rows only"),
    }
}

fn is_check(step: &Step) -> bool {
    step.name.starts_with("check ")
}

fn refused(table: &TablePlan, step: &Step, said: &str) -> NotCarried {
    let foreign = table.foreign_keys.iter().any(|other| other.name == step.name);
    let (kind, advice) = if foreign {
        ("foreign key", "")
    } else if is_key(step) {
        (
            "unique index",
            "; rows that SQLite tells apart are the same in the types chosen: give a column of it another, such as \
             `--column TABLE.COLUMN=text`, or mend the rows",
        )
    } else if is_check(step) {
        ("CHECK", "")
    } else {
        ("index", "")
    };
    NotCarried {
        kind: kind.to_owned(),
        name: format!("{}: {}", table.source, step.name),
        reason: format!(
            "the server refuses it: {said}{}",
            if said.contains("could not create unique index") {
                advice
            } else {
                ""
            }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::plan::RowKey;
    use crate::migrate::run::ledger::TableState;

    fn step(name: &str, sql: &str) -> Step {
        Step::new(name.to_owned(), sql.to_owned())
    }

    fn table() -> TablePlan {
        TablePlan {
            source: "T".to_owned(),
            name: "t".to_owned(),
            columns: Vec::new(),
            key: RowKey::Rowid(String::new()),
            digest_key: Vec::new(),
            rows: 2,
            misfits: Vec::new(),
            misfit_groups: Vec::new(),
            misfit_count: 0,
            create: String::new(),
            indexes: vec![
                step(
                    "primary key t_pkey",
                    "alter table t add constraint t_pkey primary key (a)",
                ),
                step("index t_a", "create index t_a on t (a)"),
                step("index t_b", "create unique index t_b on t (lower(b))"),
            ],
            foreign_keys: vec![step("foreign key t_fk", "alter table t add …")],
            sequences: Vec::new(),
            orphans: Vec::new(),
        }
    }

    fn kept(steps: &[&str]) -> Kept {
        Kept {
            source: "T".to_owned(),
            name: "t".to_owned(),
            state: TableState::Copied,
            progress: None,
            steps: steps.iter().map(|step| (*step).to_owned()).collect(),
            build_seconds: 0.0,
            differing: None,
        }
    }

    #[test]
    fn what_was_refused_is_told_with_the_reason_and_only_keys_hold_a_file_back() {
        let done = kept(&["primary key t_pkey", "index t_a", "index t_b", "foreign key t_fk"]);
        assert_eq!(of_table(&table(), &done), []);
        assert_eq!(keys_lost(&table(), &done), 0);

        let refused = kept(&[
            "primary key t_pkey",
            "primary key t_pkey (refused): could not create unique index \"t_pkey\" (Key (a)=(1) is duplicated)",
            "index t_a",
            "index t_a (refused): division by zero",
            "index t_b",
            "index t_b (refused): could not create unique index \"t_b\" (Key (b)=(1) is duplicated)",
            "foreign key t_fk",
            "foreign key t_fk (not valid)",
        ]);
        let told = of_table(&table(), &refused);
        let kinds: Vec<&str> = told.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(kinds, ["unique index", "index", "unique index", "foreign key"]);
        assert!(told[0].reason.contains("Key (a)=(1) is duplicated"), "{told:?}");
        assert!(told[0].reason.contains("--column"), "{told:?}");
        assert_eq!(told[1].reason, "the server refuses it: division by zero");
        assert_eq!(told[1].name, "T: index t_a");
        assert!(told[3].reason.contains("NOT VALID"), "{told:?}");
        assert_eq!(keys_lost(&table(), &refused), 2);
    }
}
