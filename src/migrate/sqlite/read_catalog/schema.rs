//! The entries of `sqlite_schema`, and what SQLite makes of each table.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::migrate::sqlite::catalog::Skipped;

/// An entry of `sqlite_schema`.
pub(super) struct Entry {
    pub kind: String,
    pub name: String,
    /// The table it belongs to.
    pub table: String,
    pub sql: String,
}

/// What `PRAGMA table_list` tells of a table.
struct Listed {
    kind: String,
    without_rowid: bool,
    strict: bool,
}

/// The schema.
pub(super) struct Schema {
    /// In the order of their making.
    pub entries: Vec<Entry>,
    /// Entries that are not even text.
    pub unreadable: Vec<Skipped>,
    listed: BTreeMap<String, Listed>,
    /// `sqlite_sequence`, by names in small letters.
    sequences: BTreeMap<String, i64>,
}

impl Schema {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut schema = Self {
            entries: Vec::new(),
            unreadable: Vec::new(),
            listed: BTreeMap::new(),
            sequences: BTreeMap::new(),
        };
        schema.read_entries(connection)?;
        let mut statement = connection
            .prepare("SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Ok(name) = row.get::<_, String>(0) {
                schema.listed.insert(
                    name.to_ascii_lowercase(),
                    Listed {
                        kind: row.get(1)?,
                        without_rowid: row.get(2)?,
                        strict: row.get(3)?,
                    },
                );
            }
        }
        if schema.kind("sqlite_sequence").is_some() {
            schema.read_sequences(connection)?;
        }
        Ok(schema)
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.kind == "table")
    }

    /// `table`, `virtual`, `shadow` or `view`; `None` for what SQLite could not read.
    pub(super) fn kind(&self, name: &str) -> Option<&str> {
        Some(self.listed.get(&name.to_ascii_lowercase())?.kind.as_str())
    }

    pub(super) fn is_virtual(&self, name: &str) -> bool {
        self.kind(name) == Some("virtual")
    }

    pub(super) fn without_rowid(&self, name: &str) -> bool {
        self.listed
            .get(&name.to_ascii_lowercase())
            .is_some_and(|listed| listed.without_rowid)
    }

    pub(super) fn strict(&self, name: &str) -> bool {
        self.listed
            .get(&name.to_ascii_lowercase())
            .is_some_and(|listed| listed.strict)
    }

    pub(super) fn sequence(&self, name: &str) -> Option<i64> {
        self.sequences.get(&name.to_ascii_lowercase()).copied()
    }

    /// The statement of an index.
    pub(super) fn index_sql(&self, name: &str) -> Option<&str> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.kind == "index" && entry.name.eq_ignore_ascii_case(name))?;
        Some(entry.sql.as_str())
    }

    fn read_entries(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection
            .prepare("SELECT type, name, tbl_name, sql FROM main.sqlite_schema NOT INDEXED ORDER BY rowid")?;
        let mut rows = statement.query([])?;
        let mut seen = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let texts = [text(row, 0)?, text(row, 1)?, text(row, 2)?, text(row, 3)?];
            let shown = lossy(row, 1)?;
            let [Ok(kind), Ok(name), Ok(table), Ok(sql)] = texts else {
                self.unreadable.push(unreadable(shown, "it is not valid text"));
                continue;
            };
            if !seen.insert((kind == "trigger", kind == "index", name.to_ascii_lowercase())) {
                self.unreadable
                    .push(unreadable(shown, "another entry has the same name"));
                continue;
            }
            self.entries.push(Entry {
                kind,
                name,
                table,
                sql,
            });
        }
        Ok(())
    }

    fn read_sequences(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare("SELECT name, seq FROM main.sqlite_sequence")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // Any program may write anything here.
            if let (ValueRef::Text(name), ValueRef::Integer(number)) = (row.get_ref(0)?, row.get_ref(1)?)
                && let Ok(name) = std::str::from_utf8(name)
            {
                let greatest = self.sequences.entry(name.to_ascii_lowercase()).or_insert(number);
                *greatest = number.max(*greatest);
            }
        }
        Ok(())
    }
}

fn text(row: &Row<'_>, at: usize) -> rusqlite::Result<Result<String, ()>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => Ok(String::new()),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| ()),
        _ => Err(()),
    })
}

fn lossy(row: &Row<'_>, at: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(at)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Null => String::new(),
    })
}

fn unreadable(name: String, why: &str) -> Skipped {
    Skipped {
        name,
        kind: "unreadable entry".to_owned(),
        reason: format!("the schema's entry is broken: {why}"),
    }
}
