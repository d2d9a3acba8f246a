//! A command: one text that is split into words, or a list of them.

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::problems::{Node, Problems};
use super::read::Read;
use super::scalar::{Fault, Scalar};
use crate::diagnostic::Code;

/// The words, each with its place; those of one text share its place.
#[derive(Debug, Clone)]
pub struct Words(pub Vec<Spanned<String>>);

impl Words {
    /// The words alone.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(|word| word.get_ref().clone()).collect()
    }
}

impl Read for Words {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        match node.get_ref() {
            DeValue::Array(_) => Vec::read(node, problems).map(Self),
            DeValue::String(_) => {
                let split = Spanned::<Split>::read(node, problems)?.into_inner();
                let place = |word| Spanned::new(node.span(), word);
                Some(Self(split.0.into_iter().map(place).collect()))
            }
            _ => {
                problems.wrong_type(node, "a text or a list of texts");
                None
            }
        }
    }

    fn schema() -> Value {
        json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
    }
}

struct Split(Vec<String>);

/// Stands for `#`; no text of stack.toml holds it, because it is no character.
const HASH: &str = "\u{fffe}";

impl Scalar for Split {
    fn parse(text: &str) -> Result<Self, Fault> {
        // shlex would take `#` for the beginning of a comment and drop what follows.
        shlex::split(&text.replace('#', HASH))
            .filter(|words| !words.is_empty())
            .map(|words| Self(words.iter().map(|word| word.replace(HASH, "#")).collect()))
            .ok_or_else(|| {
                Fault::new(
                    Code::InvalidValue,
                    "this is not a command",
                    "a quote is not closed, or nothing is there; a list of words says it exactly",
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_comment() {
        let words = |text| Split::parse(text).ok().map(|split| split.0);
        let expected = ["echo", "#5", "a#b", "# c"].map(str::to_owned).to_vec();
        assert_eq!(words("echo #5 a#b '# c'"), Some(expected));
        assert_eq!(words("#"), Some(vec!["#".to_owned()]));
        assert_eq!(words("echo 'a"), None);
    }
}
