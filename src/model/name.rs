//! Names a user gives to things. Each kind has the rule of the system that will receive it.

use std::fmt;
use std::str::FromStr;

/// Why a text is not a name of its kind: a fragment that follows "`x` is not a …: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was written.
    #[error("it is empty")]
    Empty,
    /// Longer than the receiving system takes.
    #[error("it is {length} bytes long, the limit is {limit}")]
    TooLong {
        /// Bytes the name has.
        length: usize,
        /// Bytes it may have.
        limit: usize,
    },
    /// A character that the rule does not allow at its place.
    #[error("`{character}` is not allowed there; {rule}")]
    Character {
        /// The first character at fault.
        character: char,
        /// The rule in words.
        rule: &'static str,
    },
}

fn check(
    text: &str,
    limit: usize,
    rule: &'static str,
    first: fn(char) -> bool,
    rest: fn(char) -> bool,
) -> Result<(), NameError> {
    let mut characters = text.chars();
    let head = characters.next().ok_or(NameError::Empty)?;
    let fault = if first(head) {
        characters.find(|&c| !rest(c))
    } else {
        Some(head)
    };
    if let Some(character) = fault {
        return Err(NameError::Character { character, rule });
    }
    if text.len() > limit {
        return Err(NameError::TooLong {
            length: text.len(),
            limit,
        });
    }
    Ok(())
}

macro_rules! name {
    ($(#[doc = $doc:literal])* $name:ident, $limit:literal, $rule:literal, $pattern:literal, $first:expr, $rest:expr) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The rule in words, as messages say it.
            pub const RULE: &'static str = $rule;
            /// The rule as a regular expression, for the JSON Schema.
            pub const PATTERN: &'static str = $pattern;
            /// The most bytes a name may have.
            pub const LIMIT: usize = $limit;

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                check(text, $limit, $rule, $first, $rest).map(|()| Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

fn lower_or_digit(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn lower_digit_dash_underscore(c: char) -> bool {
    lower_or_digit(c) || c == '-' || c == '_'
}

fn identifier_head(c: char) -> bool {
    c.is_ascii_lowercase() || c == '_'
}

fn identifier_rest(c: char) -> bool {
    lower_or_digit(c) || c == '_'
}

name!(
    /// The name of the stack: Compose's project name
    /// (<https://docs.docker.com/compose/project-name/>). Short, so that `name-environment_service_1` fits.
    StackName, 40, "use lower-case letters, digits, `-` and `_`, a letter or digit first",
    "^[a-z0-9][a-z0-9_-]*$", lower_or_digit, lower_digit_dash_underscore
);
name!(
    /// A service, which is also a host name on the stack's networks: one DNS label of at most 63 bytes.
    ServiceName, 63, "use lower-case letters, digits, `-` and `_`, a letter or digit first",
    "^[a-z0-9][a-z0-9_-]*$", lower_or_digit, lower_digit_dash_underscore
);
name!(
    /// A named volume; Compose prefixes it with the project's name.
    VolumeName, 63, "use lower-case letters, digits, `-` and `_`, a letter or digit first",
    "^[a-z0-9][a-z0-9_-]*$", lower_or_digit, lower_digit_dash_underscore
);
name!(
    /// A secret, which is a file under `/run/secrets` in the containers that may read it. Longer than a
    /// service's name, because stackctl makes names such as `schema_url_SCHEMA-SERVICE`.
    SecretName, 140, "use lower-case letters, digits, `-` and `_`, a letter or digit first",
    "^[a-z0-9][a-z0-9_-]*$", lower_or_digit, lower_digit_dash_underscore
);
name!(
    /// An environment such as `staging`.
    EnvironmentName, 20, "use lower-case letters, digits, `-` and `_`, a letter or digit first",
    "^[a-z0-9][a-z0-9_-]*$", lower_or_digit, lower_digit_dash_underscore
);
name!(
    /// A `PostgreSQL` identifier that needs no quotes. The limit is `NAMEDATALEN - 1`; the server would cut a
    /// longer one silently
    /// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>).
    Identifier, 63, "use lower-case letters, digits and `_`, no digit first",
    "^[a-z_][a-z0-9_]*$", identifier_head, identifier_rest
);
name!(
    /// An environment variable, as a shell can export it.
    VariableName, 255, "use letters, digits and `_`, no digit first",
    "^[A-Za-z_][A-Za-z0-9_]*$", |c| c.is_ascii_alphabetic() || c == '_', |c| c.is_ascii_alphanumeric() || c == '_'
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_over_63_bytes_is_refused() {
        assert!("a".repeat(63).parse::<Identifier>().is_ok());
        assert_eq!(
            "a".repeat(64).parse::<Identifier>(),
            Err(NameError::TooLong {
                length: 64,
                limit: 63
            })
        );
    }

    #[test]
    fn the_first_character_at_fault_is_named() {
        let error = "Api".parse::<ServiceName>().unwrap_err();
        assert!(matches!(error, NameError::Character { character: 'A', .. }));
        let error = "a.b".parse::<ServiceName>().unwrap_err();
        assert!(matches!(error, NameError::Character { character: '.', .. }));
        assert_eq!("".parse::<StackName>(), Err(NameError::Empty));
    }
}
