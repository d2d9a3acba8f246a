//! Pieces of a file's tables that are read on their own, by several threads.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::migrate::ddl::quoted;
use crate::migrate::plan::RowKey;
use crate::migrate::sqlite::catalog::{Catalog, Table};
use crate::migrate::sqlite::{self, KeyValue, SqliteError};

/// Tables with fewer rows than this are read in one piece.
const SMALL: u64 = 50_000;

/// In how many pieces a larger table is read: more than there are threads, so that none waits for another for long.
const PIECES: usize = 16;

/// Some rows of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unit {
    /// The table's place in the catalog.
    pub table: usize,
    /// Only rows behind this key.
    pub after: Option<KeyValue>,
    /// Only up to this rowid.
    pub until: Option<i64>,
    /// About how many rows these are; rather too many than too few, and 0 where it is not known.
    pub rows: u64,
}

/// All rows of the tables that are wanted.
pub(super) fn split(
    connection: &Connection,
    path: &Path,
    catalog: &Catalog,
    wanted: &dyn Fn(usize) -> bool,
) -> Result<Vec<Unit>, SqliteError> {
    let mut units = Vec::new();
    for (place, table) in catalog
        .tables
        .iter()
        .enumerate()
        .filter(|(place, _)| wanted(*place))
    {
        let ranges = ranges(connection, table)
            .map_err(|error| SqliteError::new(format!("read the table `{}` of", table.name), path, error))?;
        if ranges.is_empty() {
            units.push(Unit {
                table: place,
                after: None,
                until: None,
                rows: 0,
            });
        }
        let last = ranges.len().saturating_sub(1);
        for (at, range) in ranges.into_iter().enumerate() {
            units.push(Unit {
                table: place,
                after: range.first.checked_sub(1).filter(|_| at > 0).map(KeyValue::Rowid),
                until: (at < last).then_some(range.last),
                rows: range.width().saturating_add(1),
            });
        }
    }
    Ok(units)
}

/// Rowids from the first to the last, both of which are there.
#[derive(Debug, Clone, Copy)]
struct Range {
    first: i64,
    last: i64,
}

impl Range {
    fn width(self) -> u64 {
        self.last.abs_diff(self.first)
    }
}

/// The rowids of a table in ranges; none for tables that can not be read by ranges, or are empty.
fn ranges(connection: &Connection, table: &Table) -> rusqlite::Result<Vec<Range>> {
    let RowKey::Rowid(name) = sqlite::row_key(table) else {
        return Ok(Vec::new());
    };
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let (id, from) = (quoted(&name), format!("main.{}", quoted(&table.name)));
    let ends = format!("select (select min({id}) from {from}), (select max({id}) from {from})");
    let ends: (Option<i64>, Option<i64>) =
        connection.query_row(&ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(first), Some(last)) = ends else {
        return Ok(Vec::new());
    };
    let mut before = connection.prepare(&format!("select max({id}) from {from} where {id} <= ?1"))?;
    let mut behind = connection.prepare(&format!("select min({id}) from {from} where {id} > ?1"))?;
    let mut ranges = vec![Range { first, last }];
    // The widest range is parted at the rowids around its middle, so that gaps between them count for nothing.
    while ranges.len() < PIECES {
        let widest = ranges.iter_mut().max_by_key(|range| range.width());
        let Some(range) = widest.filter(|range| range.width() >= SMALL) else {
            break;
        };
        let middle = range.first.midpoint(range.last);
        let last: Option<i64> = before.query_row([middle], |row| row.get(0)).optional()?.flatten();
        let first: Option<i64> = behind.query_row([middle], |row| row.get(0)).optional()?.flatten();
        let (Some(last), Some(first)) = (last, first) else {
            break;
        };
        let rest = Range {
            first,
            last: range.last,
        };
        range.last = last;
        ranges.push(rest);
    }
    ranges.sort_by_key(|range| range.first);
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_file(sql: &str) -> (Connection, Catalog, Vec<Unit>) {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        let path = Path::new("/nowhere");
        let catalog = sqlite::read_catalog(&connection, path).unwrap();
        let units = split(&connection, path, &catalog, &|_| true).unwrap();
        (connection, catalog, units)
    }

    #[test]
    fn a_large_table_is_parted_whatever_its_gaps_and_every_row_is_in_one_piece() {
        let (connection, _, units) = split_file(
            "create table t (id integer primary key);
             with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) insert into t select i from n;
             insert into t values (4611686018427387904), (-9223372036854775808), (9223372036854775807);",
        );
        assert!((6..=PIECES).contains(&units.len()), "{units:?}");
        assert_eq!((&units[0].after, units[units.len() - 1].until), (&None, None));
        let mut most = 0;
        let mut sum = 0;
        for unit in &units {
            let after = match unit.after {
                Some(KeyValue::Rowid(id)) => id,
                _ => i64::MIN,
            };
            let compare = if unit.after.is_some() { ">" } else { ">=" };
            let count: u32 = connection
                .query_row(
                    &format!("select count(*) from t where id {compare} ?1 and id <= ?2"),
                    [after, unit.until.unwrap_or(i64::MAX)],
                    |row| row.get(0),
                )
                .unwrap();
            most = most.max(count);
            sum += count;
        }
        assert_eq!(sum, 200_003);
        assert!(most <= 50_000, "{most}");
    }

    #[test]
    fn small_empty_and_rowless_tables_are_read_in_one_piece() {
        let (_, _, units) = split_file(
            "create table a (x); create table b (x text primary key) without rowid; create table c (rowid, oid, _rowid_);
             insert into a values (1), (2); insert into b values ('x'); insert into c values (1, 2, 3);",
        );
        let rows: Vec<_> = units
            .iter()
            .map(|unit| (unit.table, unit.rows, unit.until))
            .collect();
        assert_eq!(rows, [(0, 2, None), (1, 0, None), (2, 0, None)]);
    }
}
