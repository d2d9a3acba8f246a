//! Strings of compose.yaml.

use serde::Serialize;

/// A string as Compose must find it in the file: `$` starts a variable there, so a plain one is doubled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// A string that reaches the container as it is.
    pub fn plain(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().replace('$', "$$"))
    }

    /// A variable of `.env` or of the shell; with a default, or required.
    pub fn variable(name: &str, default: Option<&str>) -> Self {
        Self(match default {
            // `:-` and `:?` take an empty variable for one that is not set, as `.env.example` leaves them.
            Some(default) => format!("${{{name}:-{}}}", default.replace('$', "$$")),
            None => format!("${{{name}:?set {name} in .env}}"),
        })
    }
}

/// Several strings that reach the container as they are.
pub fn plain_list(texts: &[impl AsRef<str>]) -> Vec<Text> {
    texts.iter().map(Text::plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_doubled_but_not_the_one_of_a_variable() {
        assert_eq!(Text::plain("a$b ${C}").0, "a$$b $${C}");
        assert_eq!(Text::variable("A", Some("x$y")).0, "${A:-x$$y}");
        assert_eq!(Text::variable("A", None).0, "${A:?set A in .env}");
    }
}
