//! A virtual table -> what is said of it, and of the tables behind it that are no data of the user's.

use rusqlite::Connection;

use super::schema::{Entry, Schema};
use crate::migrate::sqlite::catalog::Skipped;
use crate::migrate::sqlite::name::table;

/// A virtual table and what belongs to it.
pub(super) struct Found {
    pub table: Skipped,
    pub shadows: Vec<Skipped>,
    /// A table, in small letters, that SQLite takes for one behind it by the name, and that is the user's.
    pub users: Option<String>,
}

/// Looks at a virtual table.
pub(super) fn read(connection: &Connection, entry: &Entry, schema: &Schema) -> Found {
    let (module, arguments) = using(&entry.sql);
    let own_content = !arguments.iter().any(|argument| {
        argument
            .split_once('=')
            .is_some_and(|(key, _)| key.trim().eq_ignore_ascii_case("content"))
    });
    let suffixes = suffixes(&module, own_content);
    let shadows: Vec<Skipped> = schema
        .tables()
        .filter(|other| {
            suffixes.iter().any(|suffix| {
                let (name, other) = (entry.name.to_ascii_lowercase(), other.name.to_ascii_lowercase());
                other.strip_prefix(&name) == Some(*suffix)
            })
        })
        .map(|shadow| Skipped {
            name: shadow.name.clone(),
            kind: "shadow table".to_owned(),
            reason: format!("belongs to the virtual table `{}`", entry.name),
        })
        .collect();
    // The table behind it that has one row for each of its own.
    let rows_in = match module.as_str() {
        "fts3" | "fts4" | "fts5" if own_content => Some("_content"),
        "rtree" | "rtree_i32" | "geopoly" => Some("_rowid"),
        _ => None,
    };
    let rows = rows_in.and_then(|suffix| {
        let behind = format!("{}{suffix}", entry.name);
        let sql = format!("SELECT count(*) FROM {}", table(&behind));
        connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).ok()
    });
    Found {
        table: Skipped {
            name: entry.name.clone(),
            kind: "virtual table".to_owned(),
            reason: reason(entry, &module, own_content, rows),
        },
        shadows,
        users: (module.starts_with("fts") && !own_content)
            .then(|| format!("{}_content", entry.name.to_ascii_lowercase())),
    }
}

fn reason(entry: &Entry, module: &str, own_content: bool, rows: Option<i64>) -> String {
    match (module, rows) {
        ("fts3" | "fts4" | "fts5", _) if !own_content => {
            "a full-text index over rows that another table holds; make one in PostgreSQL with `tsvector`"
                .to_owned()
        }
        (_, Some(0)) => format!("made by the module `{module}`; it holds no rows"),
        (_, Some(rows)) => format!(
            "made by the module `{module}`; it holds {rows} rows of its own, WHICH ARE NOT CARRIED: if no other table has \
             them, first run `CREATE TABLE \"{0}_rows\" AS SELECT rowid, * FROM \"{0}\"`",
            entry.name
        ),
        _ => format!("made by the module `{module}`; what it holds is known only to the module"),
    }
}

/// What a module calls the tables behind a virtual table, after the table's own name.
fn suffixes(module: &str, own_content: bool) -> Vec<&'static str> {
    let mut suffixes = match module {
        "fts3" | "fts4" => vec!["_segments", "_segdir", "_docsize", "_stat"],
        "fts5" => vec!["_data", "_idx", "_docsize", "_config"],
        "rtree" | "rtree_i32" | "geopoly" => vec!["_node", "_parent", "_rowid"],
        "spellfix1" => vec!["_vocab"],
        _ => Vec::new(),
    };
    // With `content=`, a table of this name is the user's.
    if module.starts_with("fts") && own_content {
        suffixes.push("_content");
    }
    suffixes
}

/// The module of a `CREATE VIRTUAL TABLE` in small letters, and its arguments as they are written.
///
/// Arguments may be any text, so this is no job for the parser.
fn using(sql: &str) -> (String, Vec<&str>) {
    let lower = sql.to_ascii_lowercase();
    let Some(at) = lower.rfind("using ").or_else(|| lower.rfind("using\n")) else {
        return (String::new(), Vec::new());
    };
    let rest = sql[at + "using ".len()..].trim();
    let (module, arguments) = rest.split_once('(').unwrap_or((rest, ""));
    let arguments = arguments.trim_end().trim_end_matches(')');
    (
        module
            .trim()
            .trim_matches(['"', '\'', '`', '[', ']'])
            .to_ascii_lowercase(),
        arguments.split(',').collect(),
    )
}
