//! Foreign keys that no order of the tables satisfies: of tables that refer to each other, or to a table of a later file.
//!
//! They are deferred while the tables are filled, and as they were afterwards, in the same transaction.

use postgres::Transaction;

use super::failed;
use crate::migrate::MigrateError;
use crate::migrate::ddl::quoted;
use crate::migrate::plan::FilePlan;

/// Keys that are checked at once, with the tables that have them and those they refer to; keys of partitions follow those of
/// their table.
const KEYS: &str = "
    select n.nspname::text, c.relname::text, k.conname::text, pn.nspname::text, p.relname::text
    from pg_constraint as k
    join pg_class as c on c.oid = k.conrelid join pg_namespace as n on n.oid = c.relnamespace
    join pg_class as p on p.oid = k.confrelid join pg_namespace as pn on pn.oid = p.relnamespace
    where k.contype = 'f' and not k.condeferrable and k.conparentid = 0 and k.conrelid <> k.confrelid
        and n.nspname = any ($1) and pn.nspname = any ($1)
    order by 1, 2, 3";

/// A key that was deferred.
pub(super) struct Deferred {
    table: String,
    name: String,
}

/// Defers the keys whose parents are filled after their children.
pub(super) fn open(
    transaction: &mut Transaction<'_>,
    plans: &[&FilePlan],
) -> Result<Vec<Deferred>, MigrateError> {
    let schemas: Vec<&str> = plans.iter().map(|plan| plan.schema.as_str()).collect();
    let filled: Vec<(&str, &str)> = plans
        .iter()
        .flat_map(|plan| {
            plan.tables
                .iter()
                .map(|table| (plan.schema.as_str(), table.name.as_str()))
        })
        .collect();
    let place = |schema: &str, table: &str| filled.iter().position(|one| *one == (schema, table));
    let keys = transaction
        .query(KEYS, &[&schemas])
        .map_err(failed("see which foreign keys there are"))?;
    let mut deferred = Vec::new();
    for key in keys {
        let text = |at: usize| key.get::<_, String>(at);
        let (child, parent) = (place(&text(0), &text(1)), place(&text(3), &text(4)));
        if child.zip(parent).is_none_or(|(child, parent)| parent < child) {
            continue;
        }
        let key = Deferred {
            table: format!("{}.{}", quoted(&text(0)), quoted(&text(1))),
            name: quoted(&text(2)),
        };
        alter(transaction, &key, "deferrable initially deferred")?;
        deferred.push(key);
    }
    Ok(deferred)
}

/// Checks them, and makes them as they were.
pub(super) fn close(transaction: &mut Transaction<'_>, deferred: &[Deferred]) -> Result<(), MigrateError> {
    if deferred.is_empty() {
        return Ok(());
    }
    transaction
        .batch_execute("set constraints all immediate")
        .map_err(failed(
            "check the foreign keys of tables that refer to each other",
        ))?;
    for key in deferred {
        alter(transaction, key, "not deferrable")?;
    }
    Ok(())
}

fn alter(transaction: &mut Transaction<'_>, key: &Deferred, how: &str) -> Result<(), MigrateError> {
    let Deferred { table, name } = key;
    transaction
        .batch_execute(&format!("alter table {table} alter constraint {name} {how}"))
        .map_err(failed(format!(
            "make the foreign key {name} of {table} {how}, as no order of the tables satisfies it"
        )))
}
