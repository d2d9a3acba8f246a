//! The text of stack.toml as a tree with spans.

use toml::de::DeTable;

use super::problems::Problems;
use super::syntax;

/// Parses the text. Where it is not TOML, every syntax error is told and nothing is given back.
pub fn parse<'i>(text: &'i str, problems: &mut Problems) -> Option<DeTable<'i>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for problem in syntax::problems(text, &errors) {
        problems.push(problem);
    }
    errors.is_empty().then(|| table.into_inner())
}
