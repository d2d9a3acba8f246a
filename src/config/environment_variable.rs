//! One variable of a service's `environment`.

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::problems::{Node, Problems};
use super::read::Read;
use super::scalar::Scalar;
use super::table::table;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{EnvironmentValue, SecretName, VariableName};

table! {
    /// A value that comes from elsewhere.
    Origin {
        /// The secret's own value, for services built from `python`.
        secret: Spanned<SecretName>,
        /// The path of the secret's file, for images that read `…_FILE` variables.
        secret_file: Spanned<SecretName>,
        /// A variable of `.env` beside stack.toml, or of the shell that runs `up`.
        env: Spanned<VariableName>,
        /// The value where `env` is not set. Without it, `up` refuses to start.
        default: Spanned<String>,
        /// A text that looks like a secret and is none.
        literal: Spanned<String>,
    }
}

/// A variable's value as written.
#[derive(Debug, Clone)]
pub struct EnvironmentVariable {
    /// The value.
    pub value: EnvironmentValue,
    /// Where it stands.
    pub span: Span,
    /// Whether the user has said that it is not a secret, whatever it looks like.
    pub cleared: bool,
}

impl Read for EnvironmentVariable {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let span = node.span();
        let literal = |text: String| Self {
            value: EnvironmentValue::Literal(text),
            span: span.clone(),
            cleared: false,
        };
        match node.get_ref() {
            DeValue::Table(_) => {
                let value = Origin::read(node, problems)?.value(&span, problems)?;
                Some(Self {
                    cleared: true,
                    value,
                    span,
                })
            }
            DeValue::Boolean(value) => Some(literal(value.to_string())),
            DeValue::Integer(_) | DeValue::Float(_) => {
                Spanned::<NumberText>::read(node, problems).map(|text| literal(text.into_inner().0))
            }
            DeValue::String(_) => {
                Spanned::<String>::read(node, problems).map(|text| literal(text.into_inner()))
            }
            DeValue::Datetime(value) => Some(literal(value.to_string())),
            DeValue::Array(_) => {
                problems.wrong_type(
                    node,
                    "a text, a number, a boolean or a table such as `{ secret = \"name\" }`",
                );
                None
            }
        }
    }

    fn schema() -> Value {
        json!({ "anyOf": [{ "type": ["string", "number", "boolean"] }, Origin::schema()] })
    }
}

/// A number as the text a container finds: decimal, as written but for `_` between digits.
struct NumberText(String);

impl Scalar for NumberText {
    const TAKES_INTEGER: bool = true;
    const EXPECTED: &'static str = "a decimal number; write others as text";

    fn parse(text: &str) -> Result<Self, super::scalar::Fault> {
        Ok(Self(text.to_owned()))
    }
}

impl Origin {
    fn value(self, span: &Span, problems: &mut Problems) -> Option<EnvironmentValue> {
        if let (Some(default), None) = (&self.default, &self.env) {
            problems.push(
                Diagnostic::error(Code::ConflictingKeys, default.span(), "`default` goes with `env`")
                    .help("a plain text needs no table: `NAME = \"value\"`"),
            );
            return None;
        }
        if let Some(default) = self.default.as_ref().filter(|text| !fits_compose(text.get_ref())) {
            problems.push(
                Diagnostic::error(
                    Code::InvalidValue,
                    default.span(),
                    "Compose has no way to write this as a default",
                )
                .help(
                    "a default has one line, and each `}` closes a `{` before it; leave it out and set the variable in .env",
                ),
            );
            return None;
        }
        let default = self.default.map(Spanned::into_inner);
        let mut values = [
            self.secret
                .map(|name| EnvironmentValue::Secret(name.into_inner())),
            self.secret_file
                .map(|name| EnvironmentValue::SecretFile(name.into_inner())),
            self.env.map(|name| EnvironmentValue::Env {
                variable: name.into_inner(),
                default,
            }),
            self.literal
                .map(|text| EnvironmentValue::Literal(text.into_inner())),
        ]
        .into_iter()
        .flatten();
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value),
            (first, _) => {
                let (code, what) = match first {
                    Some(_) => (Code::ConflictingKeys, "one variable has one origin"),
                    None => (
                        Code::MissingKey,
                        "the table does not say where the value comes from",
                    ),
                };
                problems.push(
                    Diagnostic::error(code, span.clone(), what)
                        .help("write one of `secret`, `secret_file`, `env` or `literal`"),
                );
                None
            }
        }
    }
}

/// Whether a text can stand in `${NAME:-…}`: that ends at the first `}` which closes no other brace, does not span
/// lines, and knows no escape for either.
fn fits_compose(default: &str) -> bool {
    let mut open = 0_u32;
    let is_balanced = default.chars().all(|c| {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return false,
            '}' => open -= 1,
            _ => {}
        }
        c != '\n'
    });
    is_balanced && !ends_early(default)
}

/// Compose takes each `{` for the end of a `${` and passes over the byte behind it, so that of `{{` only one counts
/// (measured with 2.26: `${X:-{{a}b}c}` is `{{a}b` with `c}` behind it).
fn ends_early(default: &str) -> bool {
    let mut open = 1_u32;
    let mut bytes = default.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' => {
                open += 1;
                bytes.next();
            }
            b'}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_that_would_end_early_are_refused() {
        for text in ["", "a", "{}", "a{b}c", "{", "$HOME", "${X}", ":-x"] {
            assert!(fits_compose(text), "{text}");
        }
        for text in ["}", "a}b", "{}}", "}{", "a\nb", "{{a}b}", "{{a}b}c", "{{}}}"] {
            assert!(!fits_compose(text), "{text}");
        }
    }
}
