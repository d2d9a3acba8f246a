//! Common table expressions, recursive ones included.

use turso_parser::ast::{CompoundOperator, Select, With};

use super::super::from;
use super::super::quoted;
use super::super::translator::Translator;
use super::super::typed::{Kind, Translated, refuse};
use super::arm::arm;
use super::columns::{derived, finished, rename};
use super::{operator, select};

pub(super) fn ctes(translator: &mut Translator<'_>, with: &With) -> Translated<String> {
    let mut parts = Vec::new();
    let mut recursive = false;
    for cte in &with.ctes {
        let name = cte.tbl_name.as_str();
        let names: Vec<_> = cte
            .columns
            .iter()
            .map(|column| column.col_name.as_str())
            .collect();
        let body = &cte.select.body;
        let own = refers(&cte.select, name);
        let (sql, columns) = if own {
            recursive = true;
            if cte.select.limit.is_some() || !cte.select.order_by.is_empty() || cte.select.with.is_some() {
                return refuse(format!(
                    "the recursive `{name}` has an order or a limit, which PostgreSQL lacks there"
                ));
            }
            let [step] = body.compounds.as_slice() else {
                return refuse(format!("the recursive `{name}` has more than two parts"));
            };
            let word = operator(step.operator);
            if !matches!(
                step.operator,
                CompoundOperator::Union | CompoundOperator::UnionAll
            ) {
                return refuse(format!("the recursive `{name}` is joined by `{word}`"));
            }
            let first = arm(translator, &body.select, &[], None)?;
            let (start, columns) = finished(translator, vec![(None, first)])?;
            let table = derived(name, &rename(columns.clone(), &names)?, translator.shape.folded);
            translator.ctes.push(table);
            let next = arm(translator, &step.select, &[], None)?;
            if next.columns.len() != columns.len() {
                return refuse("the parts of a compound differ in columns");
            }
            let mut list = Vec::new();
            for (column, first) in next.columns.iter().zip(&columns) {
                let fits = column.typed.kind == first.typed.kind || column.typed.kind == Kind::Null;
                let (true, Some(target)) = (fits, first.typed.kind.target()) else {
                    return refuse(format!("the parts of `{name}` differ in types"));
                };
                list.push(format!("{}::{target}", column.typed.sql));
            }
            translator.ctes.pop();
            let sql = format!(
                "{start} {word} SELECT {}{}{}",
                next.head,
                list.join(", "),
                next.tail
            );
            (sql, columns)
        } else {
            select(translator, &cte.select)?
        };
        let columns = rename(columns, &names)?;
        let table = derived(name, &columns, translator.shape.folded);
        let list: Vec<_> = table.columns.iter().map(|column| quoted(&column.name)).collect();
        parts.push(format!(
            "{} ({}) AS ({sql})",
            quoted(&table.source),
            list.join(", ")
        ));
        translator.ctes.push(table);
    }
    let word = if recursive { "WITH RECURSIVE" } else { "WITH" };
    Ok(format!("{word} {} ", parts.join(", ")))
}

/// Whether FROM of any part of a SELECT, or of a subquery in it, names this table.
pub(super) fn refers(select: &Select, name: &str) -> bool {
    from::tables(select)
        .iter()
        .any(|table| table.eq_ignore_ascii_case(name))
}
