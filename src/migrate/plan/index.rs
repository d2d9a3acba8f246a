//! UNIQUE constraints and indexes of a table.

use super::Step;
use super::draft::{Draft, DraftTable, Remarks};
use super::index_part::{self, Part};
use super::index_size;
use super::names::{Names, TableNames};
use crate::migrate::ddl::{self, Purpose, quoted};
use crate::migrate::sqlite::catalog::{Index, IndexOn};

/// The most columns of an index in PostgreSQL.
const MOST_PARTS: usize = 32;

/// The names of indexes that have one in SQLite, table by table: they are taken before names are made up for the others.
pub(super) fn names(draft: &Draft<'_>, relations: &mut Names) -> Vec<Vec<Option<String>>> {
    let mut tables = Vec::new();
    for table in &draft.tables {
        let indexes = table.table.indexes.iter();
        let names = indexes.map(|index| (!is_automatic(index)).then(|| relations.take(&index.name)));
        tables.push(names.collect());
    }
    tables
}

/// The steps that make them. `own` are the names of those that have one.
pub(super) fn indexes(
    draft: &Draft<'_>,
    place: usize,
    own: &[Option<String>],
    names: &mut TableNames<'_>,
    remarks: &mut Remarks,
) -> Vec<Step> {
    let table = &draft.tables[place];
    let mut steps = Vec::new();
    for (at, (index, own)) in table.table.indexes.iter().zip(own).enumerate() {
        if is_automatic(index) && is_repeated(table, at) {
            continue;
        }
        match step(draft, place, index, own.as_deref(), names, remarks) {
            Ok(step) => steps.push(step),
            Err(reason) => {
                let kind = if index.unique { "unique index" } else { "index" };
                remarks.left(
                    kind,
                    format!("{}: {}", table.table.name, shown(table, index)),
                    reason,
                );
            }
        }
    }
    steps
}

/// The columns of each unique index that foreign keys can refer to: over columns as they are and over every row.
pub(super) fn keys(table: &DraftTable<'_>) -> Vec<Vec<usize>> {
    let unique = table
        .table
        .indexes
        .iter()
        .filter(|index| index.unique && index.filter.is_none());
    unique
        .filter_map(|index| plain_columns(table, index))
        .filter(|columns| {
            columns.len() <= MOST_PARTS && !index_size::too_long(table, columns.iter().copied())
        })
        .collect()
}

fn is_automatic(index: &Index) -> bool {
    index.is_constraint || index.name.starts_with("sqlite_autoindex_")
}

/// Whether the primary key or another index does the same.
fn is_repeated(table: &DraftTable<'_>, at: usize) -> bool {
    let indexes = &table.table.indexes;
    let columns = plain_columns(table, &indexes[at]);
    if columns.is_none() || columns == Some(table.key_columns()) {
        return columns.is_some();
    }
    indexes.iter().enumerate().any(|(place, other)| {
        let stays = place < at || (place > at && !is_automatic(other));
        stays && other.unique && other.filter.is_none() && plain_columns(table, other) == columns
    })
}

/// The columns of an index over columns alone that compares them as PostgreSQL does.
fn plain_columns(table: &DraftTable<'_>, index: &Index) -> Option<Vec<usize>> {
    let mut columns = Vec::new();
    for part in &index.parts {
        match part.on {
            IndexOn::Column(column) if !index_part::is_collated(table, column, part.collation.as_deref()) => {
                if !columns.contains(&column) {
                    columns.push(column);
                }
            }
            _ => return None,
        }
    }
    (index.unparsed.is_none() && !columns.is_empty()).then_some(columns)
}

fn step(
    draft: &Draft<'_>,
    place: usize,
    index: &Index,
    own: Option<&str>,
    names: &mut TableNames<'_>,
    remarks: &mut Remarks,
) -> Result<Step, String> {
    let table = &draft.tables[place];
    if let Some(reason) = &index.unparsed {
        return Err(format!("its statement could not be parsed: {reason}"));
    }
    let filter = filter(draft, place, index)?;
    let mut parts = index_part::parts(draft, place, index)?;
    if parts.len() > MOST_PARTS {
        return Err(format!(
            "it has {} columns; PostgreSQL takes {MOST_PARTS}",
            parts.len()
        ));
    }
    let mut method = "";
    if index_size::too_long(table, parts.iter().filter_map(|part| part.column)) {
        method = shortened(table, index, &mut parts, remarks)?;
    }
    let name = own.map_or_else(
        || names.key(index.constraint_name.as_deref(), &usual_name(table, index)),
        str::to_owned,
    );
    let list = parts.iter().map(Part::sql).collect::<Vec<_>>().join(", ");
    let on = format!("{{schema}}.{}", quoted(&table.name));
    let name_quoted = quoted(&name);
    Ok(
        if index.is_constraint && filter.is_empty() && parts.iter().all(Part::is_plain) {
            Step {
                name: format!("constraint {name}"),
                ..Step::key("unique", &table.name, &name, &list)
            }
        } else {
            let unique = if index.unique { "unique " } else { "" };
            Step::new(
                format!("index {name}"),
                format!("create {unique}index {name_quoted} on {on}{method} ({list}){filter}"),
            )
        },
    )
}

fn filter(draft: &Draft<'_>, place: usize, index: &Index) -> Result<String, String> {
    let Some(filter) = &index.filter else {
        return Ok(String::new());
    };
    let (table, shape) = (&draft.shape.tables[place], &draft.shape);
    let sql = ddl::expression(filter, table, shape, Purpose::Condition)
        .map_err(|error| format!("its WHERE is not translated: {error}"))?;
    index_part::without_place(&sql)?;
    Ok(format!(" where {sql}"))
}

/// Makes an index over long values possible: over digests where it is unique, by hash where it has one column.
fn shortened(
    table: &DraftTable<'_>,
    index: &Index,
    parts: &mut [Part],
    remarks: &mut Remarks,
) -> Result<&'static str, String> {
    let name = format!("the index `{}: {}`", table.table.name, shown(table, index));
    if index.unique && parts.iter().all(|part| part.can_be_digested(table)) {
        for part in parts.iter_mut() {
            part.digest(table);
        }
        remarks.notes.push(format!(
            "{name} is over `md5(…)` of its columns: some values are too long for an index of PostgreSQL; it keeps them \
             unique, and no foreign key or ON CONFLICT can name it"
        ));
        return Ok("");
    }
    match parts {
        [part] if !index.unique && part.is_plain() => {
            remarks.notes.push(format!(
                "{name} is a hash index, which finds equal values and does not order: some values are too long for a \
                 btree of PostgreSQL"
            ));
            part.descending = false;
            Ok(" using hash")
        }
        _ => Err("some of its values are too long for an index of PostgreSQL (about 2,700 bytes)".to_owned()),
    }
}

fn usual_name(table: &DraftTable<'_>, index: &Index) -> String {
    let columns = index.parts.iter().filter_map(|part| match part.on {
        IndexOn::Column(column) => Some(table.columns[column].as_str()),
        _ => None,
    });
    let columns: Vec<_> = columns.collect();
    format!("{}_{}_key", table.name, columns.join("_"))
}

fn shown(table: &DraftTable<'_>, index: &Index) -> String {
    if !is_automatic(index) {
        return index.name.clone();
    }
    let columns = index.parts.iter().filter_map(|part| match part.on {
        IndexOn::Column(column) => Some(table.table.columns[column].name.as_str()),
        _ => None,
    });
    format!("UNIQUE ({})", columns.collect::<Vec<_>>().join(", "))
}
