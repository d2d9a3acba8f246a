//! Foreign keys.

use super::draft::{Draft, DraftTable, PrimaryKey, Remarks};
use super::names::TableNames;
use super::{Orphans, Step, index, index_part};
use crate::migrate::ddl::quoted;
use crate::migrate::sqlite::catalog::ForeignKey;
use crate::migrate::target_type::TargetType;

/// The steps that make the foreign keys of a table, and the rows that break them.
pub(super) fn foreign_keys(
    draft: &Draft<'_>,
    place: usize,
    names: &mut TableNames<'_>,
    remarks: &mut Remarks,
) -> (Vec<Step>, Vec<Orphans>) {
    let table = &draft.tables[place];
    let (mut steps, mut orphans) = (Vec::new(), Vec::new());
    for (at, key) in table.table.foreign_keys.iter().enumerate() {
        let definition = match definition(draft, table, key) {
            Ok(definition) => definition,
            Err(reason) => {
                remarks.left(
                    "foreign key",
                    format!("{}: {}", table.table.name, shown(table, key)),
                    reason,
                );
                continue;
            }
        };
        let name = names.constraint(key.name.as_deref(), &usual_name(table, key));
        let name_of_step = format!("foreign key {name}");
        let broken = table
            .seen
            .orphans
            .get(at)
            .and_then(Option::as_ref)
            .filter(|broken| broken.rows > 0);
        let mut sql = format!(
            "alter table {{schema}}.{} add constraint {} {definition}",
            quoted(&table.name),
            quoted(&name)
        );
        if let Some(broken) = broken {
            sql.push_str(NOT_VALID);
            orphans.push(Orphans {
                foreign_key: name_of_step.clone(),
                ..broken.clone()
            });
        }
        let is_sortable = key.columns.iter().all(|&from| is_sortable(table.target(from)));
        steps.push(Step {
            is_sortable,
            ..Step::new(name_of_step, sql)
        });
    }
    (steps, orphans)
}

fn is_sortable(target: &TargetType) -> bool {
    matches!(
        target,
        TargetType::SmallInt
            | TargetType::Integer
            | TargetType::BigInt
            | TargetType::Date
            | TargetType::Timestamp
            | TargetType::TimestampTz
    )
}

/// What follows a constraint that the rows which are there need not obey.
pub(super) const NOT_VALID: &str = " not valid";

fn definition(draft: &Draft<'_>, table: &DraftTable<'_>, key: &ForeignKey) -> Result<String, String> {
    if !super::wants_foreign_keys(draft.source) {
        return Err("foreign keys are not made; `foreign_keys = true` makes them".to_owned());
    }
    if let Some(column) = computed_and_changed(table, key) {
        return Err(format!(
            "its actions would change `{column}`, which the server computes"
        ));
    }
    let parent = parent(draft, key)?;
    let to = parent_columns(parent, key)?;
    for (&from, &to) in key.columns.iter().zip(&to) {
        if !agree(table.target(from), parent.target(to)) {
            return Err(format!(
                "`{}.{}` is {} and `{}.{}`, to which it refers, is {}",
                table.table.name,
                table.table.columns[from].name,
                table.target(from),
                parent.table.name,
                parent.table.columns[to].name,
                parent.target(to)
            ));
        }
    }
    let list = |table: &DraftTable<'_>, columns: &[usize]| {
        let names: Vec<_> = columns
            .iter()
            .map(|&column| quoted(&table.columns[column]))
            .collect();
        names.join(", ")
    };
    let mut sql = format!(
        "foreign key ({}) references {{schema}}.{} ({})",
        list(table, &key.columns),
        quoted(&parent.name),
        list(parent, &to)
    );
    for (event, action) in [("delete", &key.on_delete), ("update", &key.on_update)] {
        if action != "NO ACTION" {
            sql = format!("{sql} on {event} {}", action.to_ascii_lowercase());
        }
    }
    if key.deferred {
        sql.push_str(" deferrable initially deferred");
    }
    Ok(sql)
}

/// A generated column that an action of the key would write to, which PostgreSQL refuses.
fn computed_and_changed<'t>(table: &DraftTable<'t>, key: &ForeignKey) -> Option<&'t str> {
    let sets = |action: &str| matches!(action, "SET NULL" | "SET DEFAULT");
    let changes = sets(&key.on_delete) || sets(&key.on_update) || key.on_update == "CASCADE";
    let mut columns = key.columns.iter().map(|&column| &table.table.columns[column]);
    let generated = columns.find(|column| changes && column.generated.is_some())?;
    Some(&generated.name)
}

fn parent<'d, 'a>(draft: &'d Draft<'a>, key: &ForeignKey) -> Result<&'d DraftTable<'a>, String> {
    if let Some(place) = draft.place(&key.parent) {
        return Ok(&draft.tables[place]);
    }
    let parent = &key.parent;
    let catalog = draft.seen.catalog;
    Err(
        if catalog
            .tables
            .iter()
            .any(|table| table.name.eq_ignore_ascii_case(parent))
        {
            format!("the table `{parent}`, to which it refers, is not carried")
        } else if catalog
            .views
            .iter()
            .any(|view| view.name.eq_ignore_ascii_case(parent))
        {
            format!("`{parent}`, to which it refers, is a view")
        } else {
            format!("the table `{parent}`, to which it refers, is not there")
        },
    )
}

/// The columns that are referred to, which a unique constraint of PostgreSQL has to cover.
fn parent_columns(parent: &DraftTable<'_>, key: &ForeignKey) -> Result<Vec<usize>, String> {
    let found = key.parent_columns.iter().map(|name| {
        let column = parent.table.column(name);
        column.ok_or_else(|| format!("`{}` has no column `{name}`", parent.table.name))
    });
    let columns: Vec<usize> = found.collect::<Result<_, _>>()?;
    if columns.is_empty() || columns.len() != key.columns.len() {
        return Err(format!("`{}` has no primary key that fits it", parent.table.name));
    }
    let shown = key.parent_columns.join(", ");
    let collated = |&column: &usize| {
        let collation = parent.table.columns[column].collation.as_deref();
        index_part::is_collated(parent, column, collation)
    };
    if columns.iter().any(collated) {
        return Err(format!(
            "`{}({shown})` is compared under a collation of SQLite, and PostgreSQL would compare exactly",
            parent.table.name
        ));
    }
    let covers =
        |key: &[usize]| key.len() == columns.len() && key.iter().all(|column| columns.contains(column));
    let by_key =
        matches!(parent.key, PrimaryKey::Primary | PrimaryKey::Nulls) && covers(&parent.key_columns());
    if by_key || index::keys(parent).iter().any(|key| covers(key)) {
        Ok(columns)
    } else {
        Err(format!(
            "no key or unique index of `{}` is over ({shown}) as it is and over all rows",
            parent.table.name
        ))
    }
}

/// Whether PostgreSQL compares a column of the first type with a parent of the second.
fn agree(child: &TargetType, parent: &TargetType) -> bool {
    use TargetType::{BigInt, Char, DoublePrecision, Integer, Numeric, Real, SmallInt, Text, VarChar};
    let whole = |target: &TargetType| matches!(target, SmallInt | Integer | BigInt);
    let text = |target: &TargetType| matches!(target, Text | VarChar(_) | Char(_));
    child == parent
        || (whole(child) && (whole(parent) || matches!(parent, Numeric(_) | DoublePrecision)))
        || (text(child) && text(parent))
        || matches!(
            (child, parent),
            (Numeric(_), Numeric(_)) | (Real, DoublePrecision)
        )
}

fn usual_name(table: &DraftTable<'_>, key: &ForeignKey) -> String {
    let columns: Vec<_> = key
        .columns
        .iter()
        .map(|&column| table.columns[column].as_str())
        .collect();
    format!("{}_{}_fkey", table.name, columns.join("_"))
}

fn shown(table: &DraftTable<'_>, key: &ForeignKey) -> String {
    let columns: Vec<_> = key
        .columns
        .iter()
        .map(|&column| table.table.columns[column].name.as_str())
        .collect();
    format!("({}) to {}", columns.join(", "), key.parent)
}
