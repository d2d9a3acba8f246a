//! SQL as a file holds it -> its parse, or why there is none; never a crash, whatever the text.

use std::borrow::Cow;

use turso_parser::ast::{Cmd, Stmt};
use turso_parser::lexer::Lexer;
use turso_parser::parser::Parser;
use turso_parser::token::TokenType;

/// How deep brackets may be nested: the parser and all who walk its tree recur.
const MAX_NESTING: usize = 100;

/// Enough for what `MAX_NESTING` lets through, also without optimization.
const STACK: usize = 32 << 20;

/// Parses one statement.
pub(in crate::migrate) fn statement(sql: &str) -> Result<Stmt, String> {
    read(sql, |statement| statement)
}

/// Parses one statement and gives it to `step`, which may walk its tree: there is room for the recursion.
pub(super) fn read<T: Send>(sql: &str, step: impl FnOnce(Stmt) -> T + Send) -> Result<T, String> {
    // SQLite ends a text there, and so does the wire to the server.
    if sql.contains('\0') {
        return Err("it holds a NUL character, at which SQLite stops to read".to_owned());
    }
    check_nesting(sql)?;
    let sql = &*apart(sql);
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("sql parser".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || parse(sql).map(step))
            .map_err(|error| format!("no thread for the parser: {error}"))?
            .join()
            .unwrap_or_else(|_| Err("the parser gave up on it".to_owned()))
    })
}

fn parse(sql: &str) -> Result<Stmt, String> {
    let mut parser = Parser::new(sql.as_bytes());
    let first = parser
        .next()
        .ok_or("it holds no statement")?
        .map_err(|error| error.to_string())?;
    match (first, parser.next()) {
        (Cmd::Stmt(statement), None) => Ok(statement),
        (Cmd::Stmt(_), Some(_)) => Err("it holds more than one statement".to_owned()),
        _ => Err("it is an EXPLAIN".to_owned()),
    }
}

/// `REFERENCES parent (id) NOT NULL` is two constraints, of which the parser takes `NOT` for a part of the first, as in `NOT
/// DEFERRABLE`. A name sets the second apart; nobody reads it.
fn apart(sql: &str) -> Cow<'_, str> {
    let mut parted = String::new();
    let mut copied = 0;
    let mut is_reference = false;
    let mut place = 0;
    let mut not = None;
    for token in Lexer::new(sql.as_bytes()).map_while(Result::ok) {
        let start = place;
        place += token.value.len();
        match token.token_type {
            TokenType::TK_NONE => continue,
            TokenType::TK_REFERENCES => is_reference = true,
            TokenType::TK_COMMA
            | TokenType::TK_CONSTRAINT
            | TokenType::TK_CHECK
            | TokenType::TK_DEFAULT
            | TokenType::TK_AS => is_reference = false,
            TokenType::TK_NULL if is_reference => {
                if let Some(not) = not {
                    parted.push_str(&sql[copied..not]);
                    parted.push_str("CONSTRAINT \"not null\" ");
                    copied = not;
                }
            }
            _ => {}
        }
        not = (token.token_type == TokenType::TK_NOT).then_some(start);
    }
    if copied == 0 {
        return Cow::Borrowed(sql);
    }
    parted.push_str(&sql[copied..]);
    Cow::Owned(parted)
}

fn check_nesting(sql: &str) -> Result<(), String> {
    let mut depth = 0_usize;
    for token in Lexer::new(sql.as_bytes()) {
        match token.map_err(|error| error.to_string())?.token_type {
            TokenType::TK_LP | TokenType::TK_CASE => depth += 1,
            TokenType::TK_RP | TokenType::TK_END => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(format!("it is nested more than {MAX_NESTING} deep"));
        }
    }
    Ok(())
}
