//! What notes say is written in stack.toml -> the same as options, for where there is no stack.toml.

use std::borrow::Cow;

/// How a line of stack.toml begins in a note.
const BEGIN: &str = "`[sqlite.";

/// The text with each such line as the option that says the same.
pub fn as_options(text: &str) -> String {
    let text = text
        .replace("`types = \"affinity\"`", "`--types affinity`")
        .replace("`types = \"native\"`", "`--types native`");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(place) = rest.find(BEGIN) {
        let (before, line) = rest.split_at(place);
        out.push_str(before);
        if let Some((option, behind)) = option(line) {
            out.push_str(&option);
            rest = behind;
        } else {
            out.push_str(BEGIN);
            rest = &line[BEGIN.len()..];
        }
    }
    out + rest
}

/// `` `[sqlite.NAME.columns] "t.c" = { type = "date", from = "epoch-s" }` `` as `` `--column t.c=date:epoch-s` ``, and what
/// stands behind it.
fn option(line: &str) -> Option<(String, &str)> {
    let (_, line) = line.split_once(".columns] \"")?;
    let (name, line) = quoted(line)?;
    let (settings, behind) = line.strip_prefix(" = { ")?.split_once(" }`")?;
    let value = |key: &str| {
        let mut parts = settings.split(", ");
        let part = parts.find_map(|part| part.strip_prefix(key)?.strip_prefix(" = \""));
        part.and_then(|part| part.strip_suffix('"'))
    };
    let column_type = value("type")?;
    let said = match (value("from"), value("zone")) {
        (from, Some(zone)) => format!("{name}={column_type}:{}:{zone}", from.unwrap_or_default()),
        (Some(from), None) => format!("{name}={column_type}:{from}"),
        (None, None) => format!("{name}={column_type}"),
    };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_.=:/+-".contains(letter);
    let said = if said.chars().all(is_plain) {
        Cow::Borrowed(said.as_str())
    } else {
        shlex::try_quote(&said).ok()?
    };
    Some((format!("`--column {said}`"), behind))
}

/// A string of TOML up to its quote, and what stands behind that.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[place + 1..])),
            '\\' => value.push(letters.next()?.1),
            letter => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_stack_toml_become_options() {
        for (line, expected) in [
            (
                "a: `[sqlite.x.columns] \"t.c\" = { type = \"bigint\" }`; b",
                "a: `--column t.c=bigint`; b",
            ),
            (
                "`[sqlite.x.columns] \"t.c\" = { type = \"timestamptz\", from = \"epoch-ms\" }`",
                "`--column t.c=timestamptz:epoch-ms`",
            ),
            (
                "`[sqlite.x.columns] \"t.c\" = { type = \"timestamptz\", zone = \"Europe/Moscow\" }`",
                "`--column t.c=timestamptz::Europe/Moscow`",
            ),
            (
                "`[sqlite.x.columns] \"Order Details.a\\\"b\" = { type = \"numeric(10,2)\" }`",
                "`--column 'Order Details.a\"b=numeric(10,2)'`",
            ),
            (
                "choose `types = \"affinity\"`: it",
                "choose `--types affinity`: it",
            ),
            ("`[sqlite.x.columns] is odd", "`[sqlite.x.columns] is odd"),
        ] {
            assert_eq!(as_options(line), expected);
        }
    }

    #[test]
    fn what_it_writes_can_be_read() {
        let said =
            as_options("`[sqlite.x.columns] \"t.c\" = { type = \"timestamptz\", zone = \"Europe/Moscow\" }`");
        let said = said.trim_matches('`').strip_prefix("--column ").unwrap();
        assert!(said.parse::<super::super::column::ColumnArgument>().is_ok());
    }
}
