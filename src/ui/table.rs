//! Columns of text.

use std::io::IsTerminal;

use comfy_table::ContentArrangement;
use comfy_table::presets::NOTHING;

/// A table without lines, its first column at the edge, as people pipe it through `grep` and `awk`: there each row is one
/// line, however long. On a terminal, long cells are broken within their column.
#[derive(Debug)]
pub struct Table(comfy_table::Table);

/// Columns that others put before a table.
const INDENT: u16 = 2;
/// On a narrower terminal no column is readable, broken or not.
const NARROWEST: u16 = 60;

impl Table {
    /// A table with these headings.
    #[must_use]
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        let mut table = comfy_table::Table::new();
        table
            .load_style(NOTHING)
            .set_header(headings.map(str::to_uppercase));
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self(table)
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.add_row(cells);
    }

    /// The lines, of at most this many columns where there is a bound.
    fn lines(&self, width: Option<u16>) -> Vec<String> {
        let mut table = self.0.clone();
        if let Some(width) = width.filter(|width| *width >= NARROWEST) {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width - INDENT);
        }
        table.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

/// The columns of the terminal that stdout is, if it is one.
fn terminal() -> Option<u16> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    std::io::stdout().is_terminal().then_some(columns)
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.lines(terminal())
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_unless_a_terminal_is_narrower() {
        let mut table = Table::new(["name", "rows", "why"]);
        let why = "words that go on and on ".repeat(8);
        table.row(["users".to_owned(), "1,000".to_owned(), why.trim().to_owned()]);
        assert_eq!(table.lines(None).len(), 2);
        assert!(table.lines(None)[1].ends_with(why.trim()));
        for width in [60, 100] {
            let lines = table.lines(Some(width));
            assert!(
                lines.iter().all(|line| line.len() <= usize::from(width - INDENT)),
                "{lines:?}"
            );
            assert!(lines[1].starts_with("users  1,000  words"), "{lines:?}");
            assert!(lines[2].starts_with("              "), "{lines:?}");
        }
        assert_eq!(table.lines(Some(20)).len(), 2);
    }
}
