//! Texts and numbers with a form of their own.

use std::fmt::Display;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::problems::{Node, Problems};
use super::read::Read;
use crate::diagnostic::{Code, Diagnostic, Span, nearest, quoted};
use crate::model::name::NameError;
use crate::model::{
    Access, Cpus, Duration, EnvironmentName, Identifier, ImageRef, Installer, Mount, Overlap, Port,
    PublishedPort, PythonVersion, Restart, Scheduler, SecretName, ServiceName, Size, StackName, Submodules,
    SyncBackend, TimeZone, User, VariableName, VolumeName,
};

/// A type that is written as one text, or as a number that reads like one.
pub trait Scalar: Sized {
    /// Whether an integer stands for its decimal digits.
    const TAKES_INTEGER: bool = false;
    /// Whether a text is taken at all.
    const TAKES_TEXT: bool = true;
    /// What is expected, in words.
    const EXPECTED: &'static str = "a text";

    /// Reads the text; a failure is told as the diagnostic without its place.
    fn parse(text: &str) -> Result<Self, Fault>;

    /// Adds what the JSON Schema can say beyond "a text".
    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

/// Why a text is not a value of its type.
pub struct Fault {
    code: Code,
    message: String,
    help: String,
}

impl Fault {
    /// A fault with its code, what is wrong and how to mend it.
    pub fn new(code: Code, message: impl Into<String>, help: impl Display) -> Self {
        Self {
            code,
            message: message.into(),
            help: help.to_string(),
        }
    }
}

impl<T: Scalar> Read for Spanned<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let text = match node.get_ref() {
            DeValue::String(text) if T::TAKES_TEXT => text.to_string(),
            DeValue::Integer(number) if T::TAKES_INTEGER && number.radix() == 10 => {
                number.as_str().to_owned()
            }
            DeValue::Float(number) if T::TAKES_INTEGER => number.as_str().to_owned(),
            _ => {
                problems.wrong_type(node, T::EXPECTED);
                return None;
            }
        };
        if let Some(problem) = control_character(&text, node.span()) {
            problems.push(problem);
            return None;
        }
        match T::parse(&text) {
            Ok(value) => Some(Self::new(node.span(), value)),
            Err(fault) => {
                problems.push(Diagnostic::error(fault.code, node.span(), fault.message).help(fault.help));
                None
            }
        }
    }

    fn schema() -> Value {
        T::schema()
    }
}

/// The problem of a text that would not reach the container as it is.
pub fn control_character(text: &str, span: Span) -> Option<Diagnostic> {
    let character = text.chars().find(|&c| is_refused(c))?;
    let shown = character.escape_unicode();
    Some(
        Diagnostic::error(
            Code::ControlCharacter,
            span,
            format!("the control character `{shown}` does not survive the way into a container"),
        )
        .help("write it in a file and mount that, or leave it out"),
    )
}

/// Control characters other than tab and newline, and the two that are no characters: YAML 1.1 readers drop,
/// fold or refuse them (<https://yaml.org/spec/1.2.2/#51-character-set>).
fn is_refused(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{fffe}' | '\u{ffff}')
}

impl Scalar for String {
    fn parse(text: &str) -> Result<Self, Fault> {
        Ok(text.to_owned())
    }
}

macro_rules! scalar {
    ($($type:ty, $code:ident, $what:literal, $expected:literal, $schema:expr;)*) => {
        $(impl Scalar for $type {
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Result<Self, Fault> {
                text.parse()
                    .map_err(|error| Fault::new(Code::$code, format!("{} is not {}", quoted(text), $what), error))
            }

            fn schema() -> Value {
                $schema
            }
        })*
    };
}

scalar! {
    Duration, InvalidDuration, "a duration", "a duration such as `\"30s\"`",
        json!({ "type": "string", "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$", "minLength": 2 });
    Size, InvalidSize, "a size", "a size such as `\"256MB\"`",
        json!({ "type": "string", "pattern": "^[0-9]+ *([kKmMgGtT]?[bB])$" });
    Mount, InvalidMount, "a volume", "a volume such as `\"data:/data\"`",
        json!({ "type": "string", "pattern": "^[^:]+:/[^:]+(:(ro|rw))?$" });
}

macro_rules! name_scalar {
    ($($type:ty, $what:literal;)*) => {
        $(impl Scalar for $type {
            fn parse(text: &str) -> Result<Self, Fault> {
                text.parse::<Self>().map_err(|error| name_fault::<Self>(text, $what, &error))
            }

            fn schema() -> Value {
                json!({ "type": "string", "pattern": Self::PATTERN, "maxLength": Self::LIMIT })
            }
        })*
    };
}

name_scalar! {
    StackName, "a stack's name";
    ServiceName, "a service's name";
    VolumeName, "a volume's name";
    SecretName, "a secret's name";
    EnvironmentName, "an environment's name";
    Identifier, "an identifier";
    VariableName, "an environment variable's name";
}

fn name_fault<T: std::str::FromStr>(text: &str, what: &str, error: &NameError) -> Fault {
    match error {
        NameError::TooLong { length, limit } => Fault::new(
            Code::IdentifierTooLong,
            format!("{} is {length} bytes long; {what} may have {limit}", quoted(text)),
            "shorten it",
        ),
        NameError::Empty | NameError::Character { .. } => {
            let help = match valid_name::<T>(text) {
                Some(valid) => format!("write `{valid}`: {error}"),
                None => error.to_string(),
            };
            Fault::new(Code::InvalidName, format!("{} is not {what}", quoted(text)), help)
        }
    }
}

/// The nearest valid name: small letters, and a dash or underscore for everything else.
fn valid_name<T: std::str::FromStr>(text: &str) -> Option<String> {
    let replaced = |text: &str, by: char| -> String {
        let replace = |c: char| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                by
            }
        };
        text.chars().map(replace).collect()
    };
    let lower = text.to_lowercase();
    [replaced(&lower, '-'), replaced(text, '_'), replaced(&lower, '_')]
        .into_iter()
        .find(|name| name.parse::<T>().is_ok())
}

/// Reads a key of the user's choosing as a name.
pub fn name<T: Scalar>(key: &Spanned<String>, problems: &mut Problems) -> Option<T> {
    T::parse(key.get_ref())
        .map_err(|fault| {
            problems.push(Diagnostic::error(fault.code, key.span(), fault.message).help(fault.help));
        })
        .ok()
}

impl Scalar for TimeZone {
    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|error| {
            // The nearest to an abbreviation is another one.
            let near = nearest(text, Self::names()).filter(|near| near.contains('/'));
            let help = near.map_or_else(|| format!("{error}"), |near| format!("did you mean `{near}`?"));
            Fault::new(
                Code::InvalidTimeZone,
                format!("{} is not a time zone", quoted(text)),
                help,
            )
        })
    }
}

impl Scalar for ImageRef {
    const EXPECTED: &'static str = "an image such as `\"redis:7.4\"`";

    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|error| {
            let help = match text.split_once("://") {
                Some((_, rest)) => format!("leave the scheme out: {}", quoted(rest)),
                None => format!("{error}"),
            };
            let what = format!("{} is not an image reference", quoted(text));
            Fault::new(Code::InvalidImage, what, help)
        })
    }

    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Scalar for PublishedPort {
    const TAKES_INTEGER: bool = true;
    const EXPECTED: &'static str = "a port: a number or `HOST:CONTAINER`";

    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|error| {
            let help = if text.contains("localhost") {
                format!(
                    "an address is written in numbers: {}",
                    quoted(&text.replace("localhost", "127.0.0.1"))
                )
            } else if text.bytes().all(|b| b.is_ascii_digit()) {
                "a port is a number from 1 to 65535".to_owned()
            } else {
                format!("{error}")
            };
            Fault::new(Code::InvalidPort, format!("{} is not a port", quoted(text)), help)
        })
    }

    fn schema() -> Value {
        json!({ "anyOf": [{ "type": "integer", "minimum": 1, "maximum": 65535 }, { "type": "string" }] })
    }
}

impl Scalar for Port {
    const TAKES_INTEGER: bool = true;
    const EXPECTED: &'static str = "a port's number";

    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|_| {
            Fault::new(
                Code::InvalidPort,
                format!("{} is not a port", quoted(text)),
                "a port is a number from 1 to 65535",
            )
        })
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 1, "maximum": 65535 })
    }
}

impl Scalar for Cpus {
    const TAKES_INTEGER: bool = true;
    const EXPECTED: &'static str = "a number of processors";

    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|error| {
            Fault::new(
                Code::InvalidValue,
                format!("{} is not a share of processors", quoted(text)),
                error,
            )
        })
    }

    fn schema() -> Value {
        json!({ "anyOf": [{ "type": "number", "exclusiveMinimum": 0 }, { "type": "string" }] })
    }
}

impl Scalar for User {
    const TAKES_INTEGER: bool = true;
    const EXPECTED: &'static str = "numeric ids such as `\"10001:10001\"`, or `\"image\"`";

    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|error| {
            Fault::new(
                Code::InvalidValue,
                format!("{} is not a user", quoted(text)),
                error,
            )
        })
    }

    fn schema() -> Value {
        json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": "^(image|[0-9]+(:[0-9]+)?)$" }] })
    }
}

impl Scalar for PythonVersion {
    const EXPECTED: &'static str = "a version such as `\"3.11\"`";

    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|error| {
            Fault::new(
                Code::InvalidValue,
                format!("{} is not a Python version", quoted(text)),
                error,
            )
        })
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^3\\.(9|1[0-4])$" })
    }
}

/// A count of at least one.
impl Scalar for std::num::NonZeroU32 {
    const TAKES_INTEGER: bool = true;
    const TAKES_TEXT: bool = false;
    const EXPECTED: &'static str = "a whole number above 0";

    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|_| {
            Fault::new(
                Code::InvalidValue,
                format!("{} is not a count", quoted(text)),
                "write a whole number above 0",
            )
        })
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 1 })
    }
}

/// A count that may be none.
impl Scalar for u32 {
    const TAKES_INTEGER: bool = true;
    const TAKES_TEXT: bool = false;
    const EXPECTED: &'static str = "a whole number";

    fn parse(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|_| {
            Fault::new(
                Code::InvalidValue,
                format!("{} is not a count", quoted(text)),
                "write a whole number, 0 or more",
            )
        })
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0 })
    }
}

/// One of a few words.
pub fn choice<T: Copy>(text: &str, what: &str, choices: &[(&str, T)]) -> Result<T, Fault> {
    choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let names = choices
                .iter()
                .map(|(name, _)| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ");
            let near = nearest(text, choices.iter().map(|(name, _)| *name))
                .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            Fault::new(
                Code::InvalidValue,
                format!("{} is not {what}", quoted(text)),
                format!("{near}write one of {names}"),
            )
        })
}

const ACCESS: [(&str, Access); 3] = [
    ("read", Access::Read),
    ("write", Access::Write),
    ("own", Access::Own),
];
const RESTART: [(&str, Restart); 4] = [
    ("no", Restart::No),
    ("on-failure", Restart::OnFailure),
    ("unless-stopped", Restart::UnlessStopped),
    ("always", Restart::Always),
];

const SUBMODULES: [(&str, Submodules); 3] = [
    ("recursive", Submodules::Recursive),
    ("shallow", Submodules::Shallow),
    ("off", Submodules::Off),
];
const BACKENDS: [(&str, SyncBackend); 2] = [("git2", SyncBackend::Git2), ("git", SyncBackend::Git)];
const SCHEDULERS: [(&str, Scheduler); 3] = [
    ("builtin", Scheduler::Builtin),
    ("supercronic", Scheduler::Supercronic),
    ("yacron", Scheduler::Yacron),
];
const INSTALLERS: [(&str, Installer); 2] = [("pip", Installer::Pip), ("uv", Installer::Uv)];

const OVERLAPS: [(&str, Overlap); 4] = Overlap::NAMES;

macro_rules! choice_scalar {
    ($($type:ty, $what:literal, $choices:ident;)*) => {
        $(impl Scalar for $type {
            fn parse(text: &str) -> Result<Self, Fault> {
                choice(text, $what, &$choices)
            }

            fn schema() -> Value {
                json!({ "enum": $choices.map(|(name, _)| name) })
            }
        })*
    };
}

choice_scalar! {
    Access, "a level of access", ACCESS;
    Restart, "a restart policy", RESTART;
    Submodules, "a way with submodules", SUBMODULES;
    SyncBackend, "a backend", BACKENDS;
    Scheduler, "a scheduler", SCHEDULERS;
    Installer, "an installer", INSTALLERS;
    Overlap, "a way with overlapping runs", OVERLAPS;
}
