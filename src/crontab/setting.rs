//! A line `NAME = value`.

use super::fault::Fault;
use super::word::legible;
use crate::diagnostic::{Span, quoted};
use crate::model::VariableName;

/// A setting as it stands in its line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) value: Vec<u8>,
    /// Where the value stands, with its quotes.
    pub(super) place: Span,
}

/// Reads a setting. None if the line is none: it has no `=` behind its first word.
///
/// As cron has it, name and value may stand in quotes, which keep the spaces inside, and nothing else is special: no
/// `$`, no backslash, no comment behind it.
pub(super) fn parse(line: &[u8]) -> Option<Result<Assignment, Fault>> {
    let start = line.len() - line.trim_ascii_start().len();
    let rest = line.get(start..)?;
    let (name, behind) = if let Some(quote @ (b'"' | b'\'')) = rest.first() {
        let end = start + 1 + position(&rest[1..], *quote)?;
        (start + 1..end, end + 1)
    } else {
        let length = rest
            .iter()
            .position(|byte| *byte == b'=' || byte.is_ascii_whitespace())?;
        (start..start + length, start + length)
    };
    let spaces = line.get(behind..)?;
    let equals = behind + (spaces.len() - spaces.trim_ascii_start().len());
    (line.get(equals) == Some(&b'=')).then(|| assignment(line, name, equals))
}

fn assignment(line: &[u8], name: Span, equals: usize) -> Result<Assignment, Fault> {
    let text = legible(&line[name.clone()]);
    if let Err(error) = text.parse::<VariableName>() {
        let place = if name.is_empty() { equals..equals + 1 } else { name };
        return Err(
            Fault::line(place, format!("{} is no name of a variable", quoted(&text))).help(error.to_string()),
        );
    }
    let rest = &line[equals + 1..];
    let start = equals + 1 + (rest.len() - rest.trim_ascii_start().len());
    let rest = rest.trim_ascii();
    let place = start..start + rest.len();
    let value = match rest.first() {
        Some(quote @ (b'"' | b'\'')) => match position(&rest[1..], *quote) {
            Some(length) if length + 2 == rest.len() => &rest[1..=length],
            Some(length) => {
                return Err(Fault::line(
                    start + length + 2..place.end,
                    format!("something follows the quoted value of `{text}`"),
                )
                .help("quote the whole value, or nothing of it"));
            }
            None => {
                return Err(Fault::line(
                    start..start + 1,
                    format!("the quote before the value of `{text}` is not closed"),
                )
                .help("close it, or write the value without it"));
            }
        },
        _ => rest,
    };
    if value.contains(&0) {
        return Err(
            Fault::line(place, format!("the value of `{text}` holds a NUL byte"))
                .help("no environment can hold one; remove it"),
        );
    }
    Ok(Assignment {
        name: text,
        value: value.to_vec(),
        place,
    })
}

fn position(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|byte| *byte == wanted)
}
