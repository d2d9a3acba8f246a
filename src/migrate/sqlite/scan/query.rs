//! What SQLite is asked for: the SELECT of a scan.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use rusqlite::{Connection, Statement};

use super::key::{Bound, KeyPart, KeyValue, behind, bound};
use super::{LONG_CELL, LengthLimit, Reached, Scan};
use crate::migrate::plan::RowKey;
use crate::migrate::sqlite::SqliteError;
use crate::migrate::sqlite::name::{quoted, table};
use crate::migrate::sqlite::utf16::Encoding;

/// The SELECT of a scan.
///
/// Its result has the rowid where it has a name, then all cells, then for UTF-16 whether each is text, then for each
/// column with long cells the length and the class of such a cell.
pub(super) struct Query {
    /// The columns that are read: the wanted ones, and behind them those of the key that are not wanted.
    pub columns: Vec<String>,
    /// How many are wanted.
    pub wanted: usize,
    /// Whether the first of the result is the rowid.
    pub rowid: bool,
    /// Whether rows are counted for want of a name for the rowid.
    pub counted: bool,
    /// The number of the first row, where they are counted.
    pub first_row: u64,
    /// Places in `columns` of the key's.
    pub key: Vec<usize>,
    /// Places in `columns` of those with long cells.
    pub long: BTreeSet<usize>,
    /// How the file stores text.
    pub encoding: Encoding,
    parts: Vec<KeyPart>,
}

impl Query {
    pub(super) fn new(connection: &Connection, scan: &Scan<'_>) -> Result<Self, SqliteError> {
        Self::begin(connection, scan).map_err(|error| {
            SqliteError::new(format!("read the table `{}` of", scan.table), scan.path, error)
        })
    }

    fn begin(connection: &Connection, scan: &Scan<'_>) -> rusqlite::Result<Self> {
        let mut columns: Vec<String> = scan.columns.iter().map(|&name| name.to_owned()).collect();
        let parts = match scan.key {
            RowKey::Rowid(_) => Vec::new(),
            RowKey::PrimaryKey(_) => KeyPart::all(connection, scan.table, scan.key_columns)?,
        };
        let mut key = Vec::new();
        for part in &parts {
            let place = columns
                .iter()
                .position(|name| name.eq_ignore_ascii_case(&part.name));
            key.push(place.unwrap_or_else(|| {
                columns.push(part.name.clone());
                columns.len() - 1
            }));
        }
        let counted = matches!(scan.key, RowKey::Rowid(name) if name.is_empty());
        Ok(Self {
            wanted: scan.columns.len(),
            rowid: matches!(scan.key, RowKey::Rowid(name) if !name.is_empty()),
            counted,
            first_row: match scan.after {
                Some(&KeyValue::Rowid(row)) if counted => u64::try_from(row).unwrap_or(0) + 1,
                _ => 1,
            },
            long: scan
                .long
                .iter()
                .copied()
                .filter(|place| !key.contains(place))
                .collect(),
            encoding: Encoding::of(connection)?,
            columns,
            key,
            parts,
        })
    }

    /// Whether SQLite can look for what is behind a key. If not, all rows before it are passed over.
    pub(super) fn is_ordered(&self) -> bool {
        self.parts.iter().all(KeyPart::is_ordered)
    }

    /// The statement for what `reached` has not reached, its values bound.
    pub(super) fn prepare<'c>(
        &self,
        connection: &'c Connection,
        scan: &Scan<'_>,
        reached: &Reached,
    ) -> rusqlite::Result<Statement<'c>> {
        self.statement(connection, scan, reached, &self.result(scan), -1)
    }

    /// Finds which columns have a long cell in the next row, to read them otherwise; whether there was a new one that
    /// can be.
    pub(super) fn find_long(
        &mut self,
        connection: &Connection,
        scan: &Scan<'_>,
        reached: &Reached,
    ) -> Result<bool, SqliteError> {
        let _all = LengthLimit::set(connection, u64::MAX);
        let lengths: Vec<String> = self
            .columns
            .iter()
            .map(|name| format!("coalesce(octet_length({}), 0) > {LONG_CELL}", quoted(name)))
            .collect();
        let found = (|| {
            let mut statement = self.statement(connection, scan, reached, &lengths.join(", "), 1)?;
            let mut rows = statement.raw_query();
            let Some(row) = rows.next()? else {
                return Ok(Vec::new());
            };
            (0..self.columns.len())
                .map(|at| row.get(at))
                .collect::<rusqlite::Result<Vec<bool>>>()
        })()
        .map_err(|error| super::failure(scan, reached, error))?;
        let before = self.long.len();
        let found = found
            .iter()
            .enumerate()
            .filter(|(_, long)| **long)
            .map(|(at, _)| at);
        self.long.extend(found.filter(|at| !self.key.contains(at)));
        Ok(self.long.len() > before)
    }

    fn statement<'c>(
        &self,
        connection: &'c Connection,
        scan: &Scan<'_>,
        reached: &Reached,
        result: &str,
        rows: i64,
    ) -> rusqlite::Result<Statement<'c>> {
        let mut values: Vec<Value> = Vec::new();
        let mut conditions: Vec<String> = Vec::new();
        // Rows that are behind the key and were given already; with a rowid, the condition leaves them out.
        let mut passed = i64::try_from(reached.rows).unwrap_or(i64::MAX);
        let order = match scan.key {
            RowKey::Rowid(name) if name.is_empty() => {
                passed = passed.saturating_add(i64::try_from(self.first_row - 1).unwrap_or(i64::MAX));
                String::new()
            }
            RowKey::Rowid(name) => {
                let after = match (reached.rowid, scan.after) {
                    (Some(rowid), _) | (None, Some(&KeyValue::Rowid(rowid))) => Some(rowid),
                    _ => None,
                };
                for (sign, bound) in [(">", after), ("<=", scan.until)] {
                    if let Some(rowid) = bound {
                        values.push(Value::Integer(rowid));
                        conditions.push(format!("{} {sign} ?{}", quoted(name), values.len()));
                    }
                }
                passed = 0;
                format!(" ORDER BY {}", quoted(name))
            }
            RowKey::PrimaryKey(_) => {
                passed = passed.saturating_add(i64::try_from(reached.before).unwrap_or(i64::MAX));
                if let (Some(KeyValue::Cells(cells)), true) = (scan.after, self.is_ordered()) {
                    conditions.push(behind(&self.parts, cells));
                    let wrong = || rusqlite::Error::InvalidParameterCount(cells.len(), self.parts.len());
                    values = bound(cells, self.encoding).ok_or_else(wrong)?;
                    if cells.len() != self.parts.len() {
                        return Err(wrong());
                    }
                }
                let order: Vec<String> = self.parts.iter().map(KeyPart::order).collect();
                format!(" ORDER BY {}", order.join(", "))
            }
        };
        let condition = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        let part = if rows >= 0 || passed > 0 {
            format!(" LIMIT {rows} OFFSET {passed}")
        } else {
            String::new()
        };
        let sql = format!(
            "SELECT {result} FROM {} NOT INDEXED{condition}{order}{part}",
            table(scan.table)
        );
        let mut statement = connection.prepare(&sql)?;
        for (at, value) in values.iter().enumerate() {
            statement.raw_bind_parameter(at + 1, Bound(value))?;
        }
        Ok(statement)
    }

    fn result(&self, scan: &Scan<'_>) -> String {
        let mut result = Vec::new();
        if let RowKey::Rowid(name) = scan.key
            && !name.is_empty()
        {
            result.push(quoted(name));
        }
        let names: Vec<String> = self.columns.iter().map(|name| quoted(name)).collect();
        let wide = self.encoding != Encoding::Utf8;
        for (at, name) in names.iter().enumerate() {
            let mut cases = Vec::new();
            if self.long.contains(&at) {
                cases.push(format!("WHEN octet_length({name}) > {LONG_CELL} THEN NULL"));
            }
            if wide {
                cases.push(format!("WHEN typeof({name}) = 'text' THEN CAST({name} AS BLOB)"));
            }
            result.push(if cases.is_empty() {
                name.clone()
            } else {
                format!("CASE {} ELSE {name} END", cases.join(" "))
            });
        }
        if wide {
            result.extend(names.iter().map(|name| format!("typeof({name}) = 'text'")));
        }
        for &at in &self.long {
            let name = &names[at];
            result.push(format!(
                "CASE WHEN octet_length({name}) > {LONG_CELL} THEN octet_length({name}) END"
            ));
            result.push(format!("typeof({name}) = 'text'"));
        }
        if result.is_empty() {
            result.push("NULL".to_owned());
        }
        result.join(", ")
    }
}
