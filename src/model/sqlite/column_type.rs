//! The types that a person may choose for a column.

use std::fmt;
use std::str::FromStr;

/// A type of PostgreSQL that a column may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `boolean`.
    Boolean,
    /// `integer`.
    Integer,
    /// `bigint`.
    BigInt,
    /// `double precision`.
    DoublePrecision,
    /// `numeric`, with precision and scale where values are bound to them.
    Numeric(Option<(u16, u16)>),
    /// `text`.
    Text,
    /// `varchar(n)`, n in characters.
    VarChar(u32),
    /// `bytea`.
    Bytea,
    /// `date`.
    Date,
    /// `time`.
    Time,
    /// `timestamp`, without a zone.
    Timestamp,
    /// `timestamptz`.
    TimestampTz,
    /// `interval`.
    Interval,
    /// `uuid`.
    Uuid,
    /// `json`, which keeps the text as it was.
    Json,
    /// `jsonb`.
    JsonB,
}

/// Why a text is not a type that a column may be given: a fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnTypeError {
    /// No type of this name.
    #[error("write one of {}", ColumnType::spelled())]
    Unknown,
    /// Numbers behind a type that takes none, or other ones than it takes.
    #[error("{0}")]
    Numbers(&'static str),
}

/// The most digits that PostgreSQL declares for `numeric`.
const MOST_DIGITS: u16 = 1000;
/// The most characters that PostgreSQL declares for `varchar`.
const MOST_CHARACTERS: u32 = 10_485_760;

/// Names of types without numbers, as SQL writes them; the first of each is how it is shown.
const NAMES: [(&str, ColumnType); 25] = [
    ("boolean", ColumnType::Boolean),
    ("bool", ColumnType::Boolean),
    ("integer", ColumnType::Integer),
    ("int", ColumnType::Integer),
    ("int4", ColumnType::Integer),
    ("bigint", ColumnType::BigInt),
    ("int8", ColumnType::BigInt),
    ("double precision", ColumnType::DoublePrecision),
    ("float8", ColumnType::DoublePrecision),
    ("numeric", ColumnType::Numeric(None)),
    ("decimal", ColumnType::Numeric(None)),
    ("text", ColumnType::Text),
    ("bytea", ColumnType::Bytea),
    ("date", ColumnType::Date),
    ("time", ColumnType::Time),
    ("time without time zone", ColumnType::Time),
    ("timestamp", ColumnType::Timestamp),
    ("timestamp without time zone", ColumnType::Timestamp),
    ("timestamptz", ColumnType::TimestampTz),
    ("timestamp with time zone", ColumnType::TimestampTz),
    ("interval", ColumnType::Interval),
    ("uuid", ColumnType::Uuid),
    ("json", ColumnType::Json),
    ("jsonb", ColumnType::JsonB),
    // Without a length it is text.
    ("varchar", ColumnType::Text),
];

impl ColumnType {
    /// Every name that is understood without numbers, to find the nearest one to a typo.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// Whether it holds dates, times or moments.
    #[must_use]
    pub fn holds_moments(self) -> bool {
        matches!(
            self,
            Self::Date | Self::Time | Self::Timestamp | Self::TimestampTz | Self::Interval
        )
    }

    fn spelled() -> String {
        let mut names: Vec<String> = Vec::new();
        for (name, column_type) in NAMES {
            if column_type.to_string() == name {
                names.push(format!("`{name}`"));
            }
        }
        format!("{}, `numeric(10,2)`, `varchar(40)`", names.join(", "))
    }
}

impl fmt::Display for ColumnType {
    /// The type as SQL writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numeric(Some((precision, scale))) => write!(f, "numeric({precision},{scale})"),
            Self::VarChar(length) => write!(f, "varchar({length})"),
            plain => {
                let named = NAMES.iter().find(|(_, column_type)| column_type == plain);
                f.write_str(named.expect("every type without numbers stands in the list").0)
            }
        }
    }
}

impl FromStr for ColumnType {
    type Err = ColumnTypeError;

    fn from_str(text: &str) -> Result<Self, ColumnTypeError> {
        let words = text.to_lowercase();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let Some((name, numbers)) = words.split_once('(') else {
            let named = NAMES.iter().find(|(name, _)| *name == words);
            return named
                .map(|(_, column_type)| *column_type)
                .ok_or(ColumnTypeError::Unknown);
        };
        let numbers = numbers.strip_suffix(')').ok_or(ColumnTypeError::Unknown)?;
        let numbers: Vec<Option<u32>> = numbers
            .split(',')
            .map(|number| number.trim().parse().ok())
            .collect();
        match (name.trim(), &numbers[..]) {
            ("numeric" | "decimal", numbers) => numeric(numbers),
            ("varchar" | "character varying", [Some(length @ 1..=MOST_CHARACTERS)]) => {
                Ok(Self::VarChar(*length))
            }
            ("varchar" | "character varying", _) => Err(ColumnTypeError::Numbers(
                "the length in characters is from 1 to 10485760, such as `varchar(40)`",
            )),
            (name, _) if NAMES.iter().any(|(known, _)| *known == name) => Err(ColumnTypeError::Numbers(
                "only `numeric` and `varchar` take numbers in brackets",
            )),
            _ => Err(ColumnTypeError::Unknown),
        }
    }
}

fn numeric(numbers: &[Option<u32>]) -> Result<ColumnType, ColumnTypeError> {
    let (precision, scale) = match numbers {
        [Some(precision)] => (*precision, 0),
        [Some(precision), Some(scale)] => (*precision, *scale),
        _ => (0, 0),
    };
    match (u16::try_from(precision), u16::try_from(scale)) {
        (Ok(precision @ 1..=MOST_DIGITS), Ok(scale)) if scale <= precision => {
            Ok(ColumnType::Numeric(Some((precision, scale))))
        }
        _ => Err(ColumnTypeError::Numbers(
            "write all digits, 1 to 1000, and those behind the point, such as `numeric(10,2)`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_sql_writes_them_and_print_so_that_they_read_back() {
        for (text, shown) in [
            ("BOOL", "boolean"),
            ("double  precision", "double precision"),
            ("timestamp with time zone", "timestamptz"),
            ("numeric(10, 2)", "numeric(10,2)"),
            ("decimal(5)", "numeric(5,0)"),
            ("character varying(40)", "varchar(40)"),
            ("varchar", "text"),
        ] {
            let read: ColumnType = text.parse().unwrap();
            assert_eq!(read.to_string(), shown);
            assert_eq!(shown.parse(), Ok(read));
        }
    }

    #[test]
    fn types_that_no_column_may_be_given_are_refused() {
        for text in ["", "serial", "real", "char(4)", "text[]", "numeric(10", "money"] {
            assert_eq!(
                text.parse::<ColumnType>(),
                Err(ColumnTypeError::Unknown),
                "{text}"
            );
        }
        for text in [
            "numeric(0)",
            "numeric(2,3)",
            "numeric(1001)",
            "varchar(0)",
            "varchar(a)",
            "text(4)",
        ] {
            assert!(
                matches!(text.parse::<ColumnType>(), Err(ColumnTypeError::Numbers(_))),
                "{text}"
            );
        }
    }
}
