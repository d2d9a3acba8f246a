//! A copy -> its tables, with what each of their indexes holds by its declaration.

use rusqlite::Connection;
use turso_parser::ast::Stmt;

use super::order::{Collation, Order, Part};
use crate::migrate::sqlite::name::{quoted, table};
use crate::migrate::sqlite::parse;

/// A table, or a virtual one.
pub(super) struct Listed {
    pub name: String,
    kind: String,
    without_rowid: bool,
}

/// A table whose indexes can be compared with it.
pub(super) struct Declared {
    /// The table's name.
    pub table: String,
    /// Reads what the indexes hold from the table alone.
    pub select: String,
    /// What the SELECT gives, where that is columns as they are stored and the rowid, and nothing else.
    pub stored: Option<Vec<Stored>>,
    pub indexes: Vec<Index>,
}

/// A value of a row as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stored {
    /// Of the column of that name.
    Column(String),
    /// The rowid, by a name that reaches it.
    Rowid(&'static str),
}

/// What an index holds.
pub(super) struct Index {
    pub name: String,
    /// The first page of its tree.
    pub root: u32,
    /// Its values and the rowid, by their place in the SELECT.
    pub values: Vec<usize>,
    /// What is true of the rows that it holds, by its place in the SELECT; it holds all where there is none.
    pub filter: Option<usize>,
    /// How its entries are ordered.
    pub order: Order,
    /// Whether only columns as they are stored decide what it holds.
    pub is_plain: bool,
}

/// All tables; `None` where one has a name that is no text.
pub(super) fn tables(connection: &Connection) -> rusqlite::Result<Option<Vec<Listed>>> {
    let mut statement = connection.prepare(
        "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow', 'virtual')",
    )?;
    let mut rows = statement.query([])?;
    let mut tables = Vec::new();
    while let Some(row) = rows.next()? {
        let (Ok(name), Ok(kind)) = (row.get(0), row.get(1)) else {
            return Ok(None);
        };
        tables.push(Listed {
            name,
            kind,
            without_rowid: row.get(2)?,
        });
    }
    Ok(Some(tables))
}

impl Listed {
    /// What its indexes hold; `None` where that can't be compared. No index is nothing to compare.
    pub(super) fn declared(&self, connection: &Connection) -> rusqlite::Result<Option<Declared>> {
        if self.kind == "virtual" || self.without_rowid {
            return Ok(None);
        }
        let columns = Column::all(connection, &self.name)?;
        let Some(columns) = columns else { return Ok(None) };
        let mut values = Values::new(&columns);
        let mut statement = connection.prepare(
            "SELECT name, \"unique\", partial FROM pragma_index_list(?1, 'main') ORDER BY seq DESC",
        )?;
        let mut rows = statement.query([&self.name])?;
        let mut indexes = Vec::new();
        while let Some(row) = rows.next()? {
            let Ok(name) = row.get::<_, String>(0) else {
                return Ok(None);
            };
            match self.index(connection, &mut values, name, row.get(1)?, row.get(2)?)? {
                Some(index) => indexes.push(index),
                None => return Ok(None),
            }
        }
        let select = format!(
            "SELECT {} FROM {} NOT INDEXED",
            values.list.join(", "),
            table(&self.name)
        );
        let is_plain = indexes.iter().all(|index| index.is_plain);
        Ok(Some(Declared {
            table: self.name.clone(),
            select,
            stored: is_plain.then(|| values.stored()).flatten(),
            indexes,
        }))
    }

    fn index(
        &self,
        connection: &Connection,
        values: &mut Values<'_>,
        name: String,
        unique: bool,
        partial: bool,
    ) -> rusqlite::Result<Option<Index>> {
        let Some((root, sql)) = root(connection, &self.name, &name)? else {
            return Ok(None);
        };
        let mut written = None;
        let mut index = Index {
            root,
            values: Vec::new(),
            filter: None,
            order: Order {
                parts: Vec::new(),
                keys: 0,
                unique,
            },
            is_plain: !partial,
            name,
        };
        let mut statement = connection
            .prepare("SELECT cid, desc, coll, key FROM pragma_index_xinfo(?1, 'main') ORDER BY seqno")?;
        let mut rows = statement.query([&index.name])?;
        while let Some(row) = rows.next()? {
            let cid: i64 = row.get(0)?;
            let mut not_null = false;
            let value = match usize::try_from(cid) {
                Ok(cid) => {
                    let Some(column) = values.columns.get(cid) else {
                        return Ok(None);
                    };
                    not_null = column.not_null;
                    index.is_plain &= !column.computed;
                    Some(quoted(&column.name))
                }
                Err(_) if cid == -1 => values.rowid.map(str::to_owned),
                Err(_) => {
                    index.is_plain = false;
                    written
                        .get_or_insert_with(|| Written::of(&sql))
                        .parts
                        .get(index.values.len())
                        .cloned()
                }
            };
            let Some(value) = value else { return Ok(None) };
            index.values.push(values.place(value));
            index.order.keys += usize::from(row.get::<_, bool>(3)?);
            index.order.parts.push(Part {
                collation: Collation::of(row.get::<_, Option<String>>(2)?.as_deref()),
                descending: row.get(1)?,
                not_null,
            });
        }
        if partial {
            let Some(filter) = written.get_or_insert_with(|| Written::of(&sql)).filter.take() else {
                return Ok(None);
            };
            index.filter = Some(values.place(filter));
        }
        Ok(Some(index))
    }
}

/// A column of the table.
struct Column {
    name: String,
    not_null: bool,
    /// Whether its value is in no row of the file.
    computed: bool,
}

impl Column {
    /// All of a table in order; `None` where one has a name that is no text.
    fn all(connection: &Connection, table: &str) -> rusqlite::Result<Option<Vec<Self>>> {
        let mut statement = connection
            .prepare("SELECT name, \"notnull\", hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid")?;
        let mut rows = statement.query([table])?;
        let mut columns = Vec::new();
        while let Some(row) = rows.next()? {
            let Ok(name) = row.get(0) else { return Ok(None) };
            columns.push(Self {
                name,
                not_null: row.get(1)?,
                computed: row.get::<_, i64>(2)? == 2,
            });
        }
        Ok(Some(columns))
    }
}

/// What is read of each row.
struct Values<'a> {
    columns: &'a [Column],
    /// A name that reaches the rowid.
    rowid: Option<&'static str>,
    list: Vec<String>,
}

impl<'a> Values<'a> {
    fn new(columns: &'a [Column]) -> Self {
        let rowid = ["rowid", "_rowid_", "oid"].into_iter().find(|name| {
            !columns
                .iter()
                .any(|column| column.name.eq_ignore_ascii_case(name))
        });
        Self {
            columns,
            rowid,
            list: Vec::new(),
        }
    }

    /// The values that are read; `None` where one is an expression.
    fn stored(&self) -> Option<Vec<Stored>> {
        let of = |value: &String| {
            if let Some(rowid) = self.rowid.filter(|name| name == value) {
                return Some(Stored::Rowid(rowid));
            }
            let mut columns = self.columns.iter();
            let column = columns.find(|column| quoted(&column.name) == *value)?;
            Some(Stored::Column(column.name.clone()))
        };
        self.list.iter().map(of).collect()
    }

    /// The place of a value, which is read once however many indexes hold it.
    fn place(&mut self, value: String) -> usize {
        if let Some(place) = self.list.iter().position(|other| *other == value) {
            return place;
        }
        self.list.push(value);
        self.list.len() - 1
    }
}

/// The first page of an index, and its statement; `None` where the schema does not have it exactly once.
fn root(connection: &Connection, table: &str, index: &str) -> rusqlite::Result<Option<(u32, String)>> {
    let mut statement = connection.prepare(
        "SELECT rootpage, sql FROM main.sqlite_schema NOT INDEXED WHERE type = 'index' AND name = ?1 AND tbl_name = ?2",
    )?;
    let mut rows = statement.query([index, table])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (Ok(root), Ok(sql)) = (row.get(0), row.get::<_, Option<String>>(1)) else {
        return Ok(None);
    };
    Ok(rows.next()?.is_none().then(|| (root, sql.unwrap_or_default())))
}

/// What the statement of an index says, as SQL; nothing where it can't be parsed.
#[derive(Default)]
struct Written {
    parts: Vec<String>,
    /// Whether a row is in the index, as SQLite decides it.
    filter: Option<String>,
}

impl Written {
    fn of(sql: &str) -> Self {
        parse::read(sql, |statement| match statement {
            Stmt::CreateIndex {
                columns,
                where_clause,
                ..
            } => Self {
                parts: columns
                    .iter()
                    .map(|column| format!("({})", column.expr))
                    .collect(),
                filter: where_clause.map(|filter| format!("CASE WHEN ({filter}) THEN 1 END")),
            },
            _ => Self::default(),
        })
        .unwrap_or_default()
    }
}
