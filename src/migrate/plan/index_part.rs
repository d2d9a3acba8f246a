//! The parts of an index: columns, columns compared in a way of their own, expressions.

use turso_parser::ast::Expr;

use super::draft::{Draft, DraftTable};
use super::index_size;
use crate::migrate::ddl::{self, Purpose, quoted};
use crate::migrate::sqlite::catalog::{Index, IndexOn};
use crate::migrate::target_type::TargetType;

/// A part of an index in PostgreSQL.
#[derive(Debug, Clone)]
pub(super) struct Part {
    expression: String,
    plain: bool,
    /// The column it is over, if it is over one.
    pub column: Option<usize>,
    /// Whether it is `DESC`.
    pub descending: bool,
}

impl Part {
    /// As it stands in the statement.
    pub fn sql(&self) -> String {
        let order = if self.descending { " desc" } else { "" };
        format!("{}{order}", self.expression)
    }

    /// Whether it is a column as it is, in ascending order.
    pub fn is_plain(&self) -> bool {
        self.plain && !self.descending
    }

    /// Whether a digest can stand for it.
    pub fn can_be_digested(&self, table: &DraftTable<'_>) -> bool {
        self.column
            .is_some_and(|column| !index_size::varies(table, column) || digest_input(table.target(column)))
    }

    /// Puts a digest in its place, if its values vary in length.
    pub fn digest(&mut self, table: &DraftTable<'_>) {
        if self
            .column
            .is_some_and(|column| digest_input(table.target(column)))
        {
            self.expression = format!("md5({})", self.expression);
            self.plain = false;
        }
    }
}

/// The parts of an index; the reason where one can not be carried.
pub(super) fn parts(draft: &Draft<'_>, place: usize, index: &Index) -> Result<Vec<Part>, String> {
    let table = &draft.tables[place];
    let mut parts: Vec<Part> = Vec::new();
    for part in &index.parts {
        let next = match &part.on {
            IndexOn::Column(column) => of_column(table, *column, part.collation.as_deref(), index.unique)?,
            IndexOn::Rowid => return Err("it is over the rowid, which is not carried".to_owned()),
            IndexOn::Expression(expression) => {
                let sql = match case_of_column(table, expression) {
                    Some(written) if !index.unique => written,
                    _ => translated(draft, place, expression)?,
                };
                Part {
                    expression: format!("({sql})"),
                    plain: false,
                    column: None,
                    descending: false,
                }
            }
        };
        if parts.iter().all(|other| other.expression != next.expression) {
            parts.push(Part {
                descending: part.descending,
                ..next
            });
        }
    }
    Ok(parts)
}

fn translated(draft: &Draft<'_>, place: usize, expression: &Expr) -> Result<String, String> {
    let (table, shape) = (&draft.shape.tables[place], &draft.shape);
    let sql = ddl::expression(expression, table, shape, Purpose::IndexPart)
        .map_err(|error| format!("its expression is not translated: {error}"))?;
    without_place(&sql)?;
    Ok(sql)
}

/// `lower(name)` or `upper(name)` of a column of text, as it stands in the queries of an application. Under the collation C,
/// as SQLite computes it, PostgreSQL would not find such a query's index.
fn case_of_column(table: &DraftTable<'_>, expression: &Expr) -> Option<String> {
    let Expr::FunctionCall { name, args, .. } = expression else {
        return None;
    };
    let function = name.as_str().to_ascii_lowercase();
    let [argument] = &args[..] else {
        return None;
    };
    let (Expr::Id(column) | Expr::Name(column)) = &**argument else {
        return None;
    };
    let place = table.table.column(column.as_str())?;
    let is_text = matches!(table.target(place), TargetType::Text | TargetType::VarChar(_));
    let changes_case = matches!(function.as_str(), "lower" | "upper");
    (is_text && changes_case).then(|| format!("{function}({})", quoted(&table.columns[place])))
}

/// A column under a collation of SQLite. Only the collation C makes just those equal that SQLite does; where nothing has
/// to be unique, the index is over the form that queries are written in.
pub(super) fn of_column(
    table: &DraftTable<'_>,
    column: usize,
    collation: Option<&str>,
    unique: bool,
) -> Result<Part, String> {
    let name = quoted(&table.columns[column]);
    let collated = is_collated(table, column, collation);
    let expression = match collation {
        Some("NOCASE") if collated && !unique => format!("lower({name})"),
        Some("NOCASE") if collated => format!("lower({name} collate \"C\")"),
        Some("RTRIM") if collated => format!("rtrim({name}, ' ')"),
        Some(other) if collated => return Err(format!("the collation `{other}` is the application's own")),
        _ => name,
    };
    Ok(Part {
        expression,
        plain: !collated,
        column: Some(column),
        descending: false,
    })
}

/// Whether a collation makes values of the column equal that PostgreSQL tells apart.
pub(super) fn is_collated(table: &DraftTable<'_>, column: usize, collation: Option<&str>) -> bool {
    let text = matches!(
        table.target(column),
        TargetType::Text | TargetType::VarChar(_) | TargetType::Char(_)
    );
    text && collation.is_some_and(|collation| collation != "BINARY")
}

/// Refuses SQL in which the place for the schema would be filled by mistake.
pub(super) fn without_place(sql: &str) -> Result<(), String> {
    if sql.contains("{schema}") {
        return Err("it holds the text `{schema}`".to_owned());
    }
    Ok(())
}

fn digest_input(target: &TargetType) -> bool {
    use TargetType::{Bytea, Char, Text, VarChar};
    matches!(target, Bytea | Char(_) | Text | VarChar(_))
}
