//! Reads the rows of a copy from its pages, as far as that goes; SQLite reads the rest.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension};

use super::query::Query;
use super::{KeyValue, Reached, Scan, ScannedRow};
use crate::migrate::cell::Cell;
use crate::migrate::sqlite::SqliteError;
use crate::migrate::sqlite::pages::{Field, Pages, TableCursor, fields};
use crate::migrate::sqlite::utf16::Encoding;

/// How far it came.
pub(super) enum End {
    /// To the last wanted row.
    Done,
    /// To a row that only SQLite can read.
    Rest,
}

/// Where a wanted cell is.
#[derive(Debug, Clone, Copy)]
enum Column {
    /// It stands for the rowid.
    Rowid,
    /// In the record, at this place; whether it holds doubles.
    Field(usize, bool),
}

/// Reads as many rows as it can.
pub(super) fn direct<E: From<SqliteError>>(
    connection: &Connection,
    scan: &Scan<'_>,
    query: &Query,
    reached: &mut Reached,
    visit: &mut dyn FnMut(&ScannedRow<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<End, E> {
    if !query.rowid || query.encoding != Encoding::Utf8 || !query.key.is_empty() {
        return Ok(End::Rest);
    }
    let failed = |error| SqliteError::file("read", scan.path, error);
    let layout = layout(connection, scan)
        .map_err(|error| SqliteError::new(format!("read the table `{}` of", scan.table), scan.path, error))?;
    let Some((root, columns)) = layout else {
        return Ok(End::Rest);
    };
    let after = match scan.after {
        Some(&KeyValue::Rowid(rowid)) => Some(rowid),
        Some(KeyValue::Cells(_)) => return Ok(End::Rest),
        None => None,
    };
    let Some(pages) = Pages::open(scan.path).map_err(failed)? else {
        return Ok(End::Rest);
    };
    let Some(mut cursor) = TableCursor::new(pages, root, after).map_err(failed)? else {
        return Ok(End::Rest);
    };
    let most = columns.iter().map(Column::fields).max().unwrap_or(0);
    let mut found: Vec<Field> = Vec::with_capacity(most);
    let mut cells: Vec<Cell<'static>> = Vec::with_capacity(columns.len());
    loop {
        let Some(next) = cursor.next().map_err(failed)? else {
            return Ok(End::Rest);
        };
        let Some((rowid, record)) = next else {
            return Ok(End::Done);
        };
        if scan.until.is_some_and(|until| rowid > until) {
            return Ok(End::Done);
        }
        let is_behind = reached.rowid.or(after).is_none_or(|last| rowid > last);
        if !is_behind || fields(record, most, &mut found).is_none() || found.len() < most {
            return Ok(End::Rest);
        }
        let mut row: Vec<Cell<'_>> = std::mem::take(&mut cells);
        for column in &columns {
            let cell = match *column {
                Column::Rowid => Some(Cell::Integer(rowid)),
                Column::Field(at, is_real) => found[at].cell(record, is_real),
            };
            let Some(cell) = cell else {
                return Ok(End::Rest);
            };
            row.push(cell);
        }
        let flow = visit(&ScannedRow {
            rowid: Some(rowid),
            cells: &row,
            long: &[],
            key_cells: &[],
        })?;
        cells = super::cells::emptied(row);
        reached.rows += 1;
        reached.rowid = Some(rowid);
        if flow.is_break() {
            return Ok(End::Done);
        }
    }
}

impl Column {
    /// How many fields a record must have for it.
    fn fields(&self) -> usize {
        match self {
            Self::Rowid => 0,
            Self::Field(at, _) => at + 1,
        }
    }
}

/// The page at which a table begins and where its wanted columns are; `None` for what is not as in most tables.
fn layout(connection: &Connection, scan: &Scan<'_>) -> rusqlite::Result<Option<(u32, Vec<Column>)>> {
    let root: Option<i64> = connection
        .query_row(
            "select rootpage from main.sqlite_schema where type = 'table' and name = ?1",
            [scan.table],
            |row| row.get(0),
        )
        .optional()?;
    let Some(root) = root.and_then(|root| u32::try_from(root).ok()) else {
        return Ok(None);
    };
    let mut statement = connection
        .prepare("select name, type, pk, hidden from pragma_table_xinfo(?1, 'main') order by cid")?;
    let mut rows = statement.query([scan.table])?;
    let (mut declared, mut key) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (name, kind): (String, String) = (row.get(0)?, row.get(1)?);
        if row.get::<_, i64>(3)? != 0 {
            return Ok(None);
        }
        if row.get::<_, i64>(2)? > 0 {
            key.push(declared.len());
        }
        declared.push((name, kind));
    }
    let has_index: bool = connection.query_row(
        "select count(*) > 0 from pragma_index_list(?1, 'main') where origin = 'pk'",
        [scan.table],
        |row| row.get(0),
    )?;
    let alias = match key.as_slice() {
        [one] if !has_index && declared[*one].1.eq_ignore_ascii_case("INTEGER") => Some(*one),
        _ => None,
    };
    let column = |wanted: &&str| {
        let at = declared
            .iter()
            .position(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(if alias == Some(at) {
            Column::Rowid
        } else {
            Column::Field(at, is_real(&declared[at].1))
        })
    };
    let columns: Option<Vec<Column>> = scan.columns.iter().map(column).collect();
    Ok(columns.map(|columns| (root, columns)))
}

/// Whether a declared type has the affinity REAL (<https://sqlite.org/datatype3.html#determination_of_column_affinity>).
fn is_real(declared: &str) -> bool {
    let declared = declared.to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    has(&["REAL", "FLOA", "DOUB"]) && !has(&["INT", "CHAR", "CLOB", "TEXT", "BLOB"])
}

#[cfg(test)]
mod tests;
