//! The common foreign key, one whole number that refers to another, checked in one pass over each side: SQLite's own check
//! looks each row's parent up, which takes several times as long.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::migrate::sqlite::catalog::{ForeignKey, Table};
use crate::migrate::sqlite::name::{quoted, table as table_name};

/// The widest range of parents that is held, in bits: 16 MiB.
const WIDEST: u64 = 1 << 27;

/// Whether it is certain that every row has the parents it refers to. False says nothing: SQLite is to be asked.
pub(super) fn all_have_parents(connection: &Connection, table: &Table) -> rusqlite::Result<bool> {
    for key in &table.foreign_keys {
        let ([child], [parent]) = (key.columns.as_slice(), key.parent_columns.as_slice()) else {
            return Ok(false);
        };
        let Some(parents) = Parents::read(connection, key, parent)? else {
            return Ok(false);
        };
        let child = quoted(&table.columns[*child].name);
        let mut statement =
            connection.prepare(&format!("SELECT {child} FROM {}", table_name(&table.name)))?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let has_parent = match row.get_ref(0)? {
                ValueRef::Null => true,
                ValueRef::Integer(number) => parents.hold(number),
                ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => false,
            };
            if !has_parent {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Which whole numbers a parent has.
struct Parents {
    least: i64,
    greatest: i64,
    bits: Vec<u64>,
}

impl Parents {
    /// `None` where they are no whole numbers, or too far apart.
    fn read(connection: &Connection, key: &ForeignKey, column: &str) -> rusqlite::Result<Option<Self>> {
        let (column, table) = (quoted(column), table_name(&key.parent));
        // Two queries, as SQLite looks only one end up at a time.
        let ends = format!("SELECT (SELECT min({column}) FROM {table}), (SELECT max({column}) FROM {table})");
        let ends = connection.query_row(&ends, [], |row| {
            Ok(match (row.get_ref(0)?, row.get_ref(1)?) {
                (ValueRef::Integer(least), ValueRef::Integer(greatest)) => Some((least, greatest)),
                _ => None,
            })
        })?;
        let Some((least, greatest)) = ends.filter(|(least, greatest)| greatest.abs_diff(*least) < WIDEST)
        else {
            return Ok(None);
        };
        let words = usize::try_from(greatest.abs_diff(least) / 64 + 1).expect("the range is bounded");
        let mut parents = Self {
            least,
            greatest,
            bits: vec![0; words],
        };
        let mut statement = connection.prepare(&format!("SELECT {column} FROM {table}"))?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if let ValueRef::Integer(number) = row.get_ref(0)? {
                let (word, bit) = parents.place(number);
                parents.bits[word] |= bit;
            }
        }
        Ok(Some(parents))
    }

    fn hold(&self, number: i64) -> bool {
        if !(self.least..=self.greatest).contains(&number) {
            return false;
        }
        let (word, bit) = self.place(number);
        self.bits[word] & bit != 0
    }

    fn place(&self, number: i64) -> (usize, u64) {
        let at = number.abs_diff(self.least);
        let word = usize::try_from(at / 64).expect("the range is bounded");
        (word, 1 << (at % 64))
    }
}
