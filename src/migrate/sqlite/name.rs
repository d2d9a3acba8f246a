//! Names in statements that SQLite reads.

/// A name in double quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A table of the file itself, whatever temporary tables are called.
pub(super) fn table(name: &str) -> String {
    format!("main.{}", quoted(name))
}
