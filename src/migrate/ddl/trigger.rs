//! Triggers: a function in PL/pgSQL and the trigger that calls it.
//!
//! SQLite never runs a trigger while the same trigger is running (`recursive_triggers` is off unless a program turns it
//! on), which the common `updated_at` trigger counts on. Functions that write keep a setting of the transaction meanwhile
//! and return at once where they find it. AFTER triggers run at the end of the statement, in SQLite after each row.

mod raise;
mod statement;

use sha2::{Digest, Sha256};
use turso_parser::ast::{Stmt, TriggerCmd, TriggerEvent, TriggerTime};

use super::scope::{Scope, ScopeTable};
use super::shape::{Shape, TableShape};
use super::translator::{Allowed, Translator};
use super::typed::{Translated, refuse};
use super::{literal, quoted};
use crate::migrate::hexadecimal::hexadecimal;
use crate::migrate::sqlite::catalog::Trigger;

/// What the statements of a trigger must know of it.
#[derive(Debug, Clone)]
struct Frame {
    /// What `RAISE(IGNORE)` becomes; `None` after the row was written.
    ignore: Option<String>,
    /// The table that a trigger before the row may not write to.
    untouched: Option<String>,
}

/// The statements that make a trigger and its function.
pub(super) fn trigger(trigger: &Trigger, name: &str, shape: &Shape) -> Translated<Vec<String>> {
    let statement = match &trigger.statement {
        Ok(statement) => statement,
        Err(error) => return refuse(format!("it is not understood: {error}")),
    };
    let Stmt::CreateTrigger {
        temporary,
        time,
        event,
        tbl_name,
        when_clause,
        commands,
        ..
    } = &**statement
    else {
        return refuse("it is no `CREATE TRIGGER`");
    };
    if *temporary {
        return refuse("it is temporary");
    }
    let source = tbl_name.name.as_str();
    let Some(table) = shape.table(source).filter(|table| !table.columns.is_empty()) else {
        return refuse(format!("`{source}` is not carried"));
    };
    let time = time.unwrap_or(TriggerTime::Before);
    let (event_sql, row) = event_of(event, table)?;
    let back = if time == TriggerTime::After { "NULL" } else { row };
    let writes = commands
        .iter()
        .any(|command| !matches!(command, TriggerCmd::Select(_)));
    let setting = literal(&setting(&shape.schema, name));
    let leave = if writes {
        format!("PERFORM set_config({setting}, 'off', true); ")
    } else {
        String::new()
    };
    let frame = Frame {
        ignore: (time != TriggerTime::After).then(|| format!("{leave}RETURN NULL;")),
        untouched: (time == TriggerTime::Before).then(|| table.source.clone()),
    };

    let mut translator = Translator::new(shape, Allowed::Anything, rows(table, event));
    let mut body = String::new();
    for command in commands {
        body.push_str("    ");
        body.push_str(&statement::statement(&mut translator, command, &frame)?);
        body.push('\n');
    }
    let mut lines = "BEGIN\n".to_owned();
    if writes {
        lines = format!("{lines}  IF current_setting({setting}, true) = 'on' THEN RETURN {back}; END IF;\n");
    }
    let condition = when_clause
        .as_ref()
        .map(|condition| translator.condition(condition))
        .transpose()?;
    lines = format!("{lines}  IF {} THEN\n", condition.as_deref().unwrap_or("TRUE"));
    if writes {
        lines = format!("{lines}    PERFORM set_config({setting}, 'on', true);\n");
    }
    lines.push_str(&body);
    if writes {
        lines = format!("{lines}    PERFORM set_config({setting}, 'off', true);\n");
    }
    lines = format!("{lines}  END IF;\n  RETURN {back};\nEND");

    let function = shape.qualified(name);
    let tag = tag(&lines);
    let time = match time {
        TriggerTime::Before => "BEFORE",
        TriggerTime::After => "AFTER",
        TriggerTime::InsteadOf => "INSTEAD OF",
    };
    Ok(vec![
        format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path = {}, pg_temp AS {tag}\n{lines}\n{tag}",
            quoted(&shape.schema)
        ),
        format!(
            "CREATE TRIGGER {} {time} {event_sql} ON {} FOR EACH ROW EXECUTE FUNCTION {function}()",
            quoted(name),
            shape.qualified(&table.name)
        ),
    ])
}

/// The event's SQL, and the row that a trigger gives back to let it happen.
fn event_of(event: &TriggerEvent, table: &TableShape) -> Translated<(String, &'static str)> {
    Ok(match event {
        TriggerEvent::Delete => ("DELETE".to_owned(), "OLD"),
        TriggerEvent::Insert => ("INSERT".to_owned(), "NEW"),
        TriggerEvent::Update => ("UPDATE".to_owned(), "NEW"),
        TriggerEvent::UpdateOf(names) => {
            let scope = ScopeTable::of(table, &table.source, String::new());
            let names = names
                .iter()
                .map(|name| match scope.place(name.as_str())? {
                    Some(place) => Ok(quoted(&scope.columns[place].name)),
                    None => refuse(format!("there is no column `{}`", name.as_str())),
                })
                .collect::<Translated<Vec<_>>>()?;
            (format!("UPDATE OF {}", names.join(", ")), "NEW")
        }
    })
}

/// NEW and OLD as tables in sight.
fn rows(table: &TableShape, event: &TriggerEvent) -> Scope {
    let row = |name: &str| ScopeTable {
        named_only: true,
        ..ScopeTable::of(table, name, name.to_uppercase())
    };
    Scope {
        tables: match event {
            TriggerEvent::Insert => vec![row("new")],
            TriggerEvent::Delete => vec![row("old")],
            TriggerEvent::Update | TriggerEvent::UpdateOf(_) => vec![row("new"), row("old")],
        },
        merged: Vec::new(),
    }
}

/// The setting that tells that a trigger is running.
fn setting(schema: &str, name: &str) -> String {
    let sum = Sha256::digest(format!("{}.{}", quoted(schema), quoted(name)).as_bytes());
    format!("stackctl.running_{}", &hexadecimal(&sum)[..16])
}

/// A dollar quote that the body does not hold.
fn tag(body: &str) -> String {
    let mut tag = "$body$".to_owned();
    let mut count = 0;
    while body.contains(&tag) {
        count += 1;
        tag = format!("$body{count}$");
    }
    tag
}
