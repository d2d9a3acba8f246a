//! An expression in PostgreSQL's SQL with what is known of it: its type, and what SQLite would compare it by.

use crate::migrate::encoding::Moments;
use crate::migrate::hexadecimal::hexadecimal;
use crate::migrate::target_type::TargetType;
use crate::migrate::written::Written;

use super::shape::ColumnShape;
use super::{Untranslated, literal};

/// A translation, or why there is none.
pub(super) type Translated<T = Typed> = Result<T, Untranslated>;

/// No translation, for this reason.
pub(super) fn refuse<T>(reason: impl Into<String>) -> Translated<T> {
    Err(Untranslated(reason.into()))
}

/// The type of an expression in PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// NULL and nothing else.
    Null,
    /// `boolean`; a number in SQLite.
    Boolean,
    /// `bigint`.
    Integer,
    /// `double precision`.
    Real,
    /// `numeric`; in SQLite each cell is a whole number or a double.
    Numeric,
    /// `text`.
    Text,
    /// `bytea`.
    Blob,
    /// `date`.
    Date,
    /// `time`.
    Time,
    /// `timestamp`, in UTC where SQLite means UTC.
    Timestamp,
    /// `timestamptz`.
    TimestampTz,
    /// `uuid`.
    Uuid,
    /// `json`, with the text that SQLite holds.
    Json,
    /// `jsonb`, which has lost that text.
    JsonB,
    /// A value inside JSON whose type in SQLite depends on the row; `json` or `jsonb` here.
    JsonValue,
    /// Any other type.
    Other,
}

/// SQLite's type affinity of an expression (<https://sqlite.org/datatype3.html#type_affinity>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affinity {
    /// BLOB, or none at all.
    None,
    /// TEXT.
    Text,
    /// INTEGER, REAL or NUMERIC.
    Number,
}

/// How SQLite compares texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collation {
    /// Byte by byte.
    Binary,
    /// Without regard to the case of ASCII letters.
    NoCase,
    /// Without regard to spaces at the end.
    RTrim,
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// NULL.
    Null,
    /// A whole number; TRUE and FALSE are 1 and 0.
    Integer(i64),
    /// A double.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A translated expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Typed {
    /// Its SQL; operators around it need no brackets.
    pub sql: String,
    /// Its type.
    pub kind: Kind,
    /// Its value where it is a constant.
    pub value: Option<Value>,
    /// What SQLite converts the other side of a comparison to.
    pub affinity: Affinity,
    /// How it is compared as text, and whether a COLLATE says so.
    pub collation: Option<(Collation, bool)>,
    /// Whether a COLLATE inside may decide how it is compared.
    pub unclear: bool,
    /// For text that tells a moment: the same as `timestamp` in UTC.
    pub moment: Option<String>,
    /// For text that is a whole number: the same as `bigint`.
    pub digits: Option<String>,
    /// For columns of moments: what the numbers in them counted.
    pub moments: Moments,
    /// How the cells or texts are written in SQLite, for dates and the like and for booleans.
    pub written: Written,
    /// Whether it stands where only functions that are immutable may.
    pub fixed: bool,
    /// The type as declared, for columns.
    pub declared: Option<String>,
}

impl Typed {
    /// An expression of this type.
    pub fn new(kind: Kind, sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            kind,
            value: None,
            affinity: Affinity::None,
            collation: None,
            unclear: false,
            moment: None,
            digits: None,
            moments: Moments::Iso,
            written: Written::Nothing,
            fixed: false,
            declared: None,
        }
    }

    /// A constant.
    pub fn constant(value: Value) -> Self {
        let (kind, sql) = match &value {
            Value::Null => (Kind::Null, "NULL".to_owned()),
            Value::Integer(number) if *number < 0 => (Kind::Integer, format!("('{number}'::bigint)")),
            Value::Integer(number) => (Kind::Integer, number.to_string()),
            Value::Real(number) => (Kind::Real, format!("('{}'::double precision)", real(*number))),
            Value::Text(text) => (Kind::Text, literal(text)),
            Value::Blob(bytes) => (Kind::Blob, format!("('\\x{}'::bytea)", hexadecimal(bytes))),
        };
        Self {
            value: Some(value),
            ..Self::new(kind, sql)
        }
    }

    /// A column, by its SQL.
    pub fn column(column: &ColumnShape, sql: String) -> Self {
        let kind = Kind::of(&column.target);
        let sql = match column.target {
            TargetType::SmallInt | TargetType::Integer => format!("({sql})::bigint"),
            TargetType::Real => format!("({sql})::double precision"),
            _ => sql,
        };
        let collation = match column.collation.as_deref() {
            Some("NOCASE") => Collation::NoCase,
            Some("RTRIM") => Collation::RTrim,
            _ => Collation::Binary,
        };
        Self {
            affinity: Affinity::of(&column.declared),
            collation: Some((collation, false)),
            moments: column.moments,
            written: column.written,
            declared: Some(column.declared.clone()),
            ..Self::new(kind, sql)
        }
    }

    /// As a condition.
    pub fn truth(&self) -> Translated<String> {
        match (&self.value, self.kind) {
            (_, Kind::Boolean) => {
                self.is_number_there()?;
                Ok(self.sql.clone())
            }
            (_, Kind::Null) => Ok("NULL::boolean".to_owned()),
            (Some(Value::Integer(number)), _) => Ok(if *number == 0 { "FALSE" } else { "TRUE" }.to_owned()),
            (_, Kind::Integer | Kind::Real | Kind::Numeric) => Ok(format!("({} <> 0)", self.sql)),
            (_, Kind::Text) => Ok(format!("({} <> 0)", self.operand()?.sql)),
            (_, kind) => refuse(format!("{} is used as a condition", kind.name())),
        }
    }

    /// As a number, where SQLite would make the same number of it.
    pub fn number(&self) -> Translated<Self> {
        match self.kind {
            Kind::Integer | Kind::Real | Kind::Numeric | Kind::Null => Ok(self.clone()),
            Kind::Boolean => {
                if let Some(value) = &self.value {
                    return Ok(Self::constant(value.clone()));
                }
                self.is_number_there()?;
                Ok(Self::new(
                    Kind::Integer,
                    format!("({}::integer::bigint)", self.sql),
                ))
            }
            Kind::Text => match (&self.digits, &self.value) {
                (Some(digits), _) => Ok(Self::new(Kind::Integer, digits.clone())),
                (None, Some(Value::Text(text))) => match number_in(text) {
                    Some(value) => Ok(Self::constant(value)),
                    None => refuse(format!("the text {} is used as a number", self.sql)),
                },
                _ => refuse("text is used as a number"),
            },
            Kind::Date | Kind::Timestamp | Kind::TimestampTz => self.counted(),
            kind => refuse(format!("{} is used as a number", kind.name())),
        }
    }

    /// As the number that arithmetic makes of it: of a text that with which it begins, and 0 where it begins with none.
    pub fn operand(&self) -> Translated<Self> {
        match self.number() {
            Err(_) if self.kind == Kind::Text => Ok(Self::new(
                Kind::Numeric,
                super::cast::prefix(self, super::cast::NUMBER, "numeric"),
            )),
            result => result,
        }
    }

    /// Refuses a boolean that stands as text in SQLite, where any text such as `t` is no number and false.
    fn is_number_there(&self) -> Translated<()> {
        match self.written {
            Written::Letters | Written::Mixed { .. } => {
                refuse("a boolean is used as a number or condition, and its cells are texts in SQLite")
            }
            _ => Ok(()),
        }
    }

    /// The same with how this one is written, for what gives some of its values.
    pub fn written_as(self, like: &Self) -> Self {
        Self {
            written: like.written,
            moments: like.moments,
            fixed: like.fixed,
            ..self
        }
    }

    /// A moment as the number that stood in SQLite.
    fn counted(&self) -> Translated<Self> {
        let timestamp = self.timestamp()?;
        let epoch = format!("extract(epoch from {timestamp})");
        let (kind, sql) = match self.moments {
            Moments::Iso => return refuse("a date or moment is used as a number"),
            Moments::EpochS => (Kind::Numeric, format!("trim_scale({epoch})")),
            Moments::EpochMs => (Kind::Integer, format!("(({epoch} * 1000)::bigint)")),
            Moments::EpochUs => (Kind::Integer, format!("(({epoch} * 1000000)::bigint)")),
            Moments::CoreData => (Kind::Numeric, format!("trim_scale({epoch} - 978307200)")),
            Moments::JulianDay => (
                Kind::Real,
                format!("(({epoch})::double precision / 86400 + 2440587.5)"),
            ),
        };
        Ok(Self::new(kind, sql))
    }

    /// As text, where its text is the same on both sides.
    pub fn text(&self) -> Translated<String> {
        match (self.kind, &self.value) {
            (Kind::Text, _) => Ok(self.sql.clone()),
            (Kind::Null, _) => Ok("NULL::text".to_owned()),
            (_, Some(Value::Integer(number))) => Ok(literal(&number.to_string())),
            (_, Some(Value::Real(number))) => match real_text(*number) {
                Some(text) => Ok(literal(&text)),
                None => refuse(format!("the number {number} has another text in SQLite")),
            },
            (Kind::Integer | Kind::Json, _) => Ok(format!("({}::text)", self.sql)),
            (Kind::Boolean, _) if self.written == Written::Letters => Ok(format!(
                "(CASE WHEN {0} THEN 't' WHEN NOT {0} THEN 'f' END)",
                self.sql
            )),
            (Kind::Boolean, _) => {
                self.is_number_there()?;
                Ok(format!("({}::integer::text)", self.sql))
            }
            _ if self.is_clock() => super::clock::text(self),
            (kind, _) => refuse(format!(
                "{} as text is written differently in SQLite",
                kind.name()
            )),
        }
    }

    /// As a `timestamp` in UTC.
    pub fn timestamp(&self) -> Translated<String> {
        match self.kind {
            Kind::Timestamp => Ok(self.sql.clone()),
            Kind::Date => Ok(format!("({}::timestamp)", self.sql)),
            Kind::TimestampTz => Ok(format!("({} AT TIME ZONE 'UTC')", self.sql)),
            Kind::Text => match (&self.moment, &self.value) {
                (Some(moment), _) => Ok(moment.clone()),
                (None, Some(Value::Text(text))) => match super::iso::moment(text) {
                    Some(moment) => Ok(format!("timestamp {}", literal(&moment))),
                    None => refuse(format!("the text {} is no date", self.sql)),
                },
                _ => refuse("text is used as a date, and its cells may hold anything"),
            },
            kind => refuse(format!("{} is used as a date", kind.name())),
        }
    }

    /// Whether it is a date or moment, not the text of one.
    pub fn is_moment(&self) -> bool {
        matches!(self.kind, Kind::Date | Kind::Timestamp | Kind::TimestampTz)
    }

    /// How it is compared as text.
    pub fn compared(&self) -> Collation {
        self.collation
            .map_or(Collation::Binary, |(collation, _)| collation)
    }
}

impl Kind {
    /// The kind of a type.
    pub fn of(target: &TargetType) -> Self {
        match target {
            TargetType::Boolean => Self::Boolean,
            TargetType::SmallInt | TargetType::Integer | TargetType::BigInt => Self::Integer,
            TargetType::Real | TargetType::DoublePrecision => Self::Real,
            TargetType::Numeric(_) => Self::Numeric,
            TargetType::Text | TargetType::VarChar(_) => Self::Text,
            TargetType::Bytea => Self::Blob,
            TargetType::Date => Self::Date,
            TargetType::Time => Self::Time,
            TargetType::Timestamp => Self::Timestamp,
            TargetType::TimestampTz => Self::TimestampTz,
            TargetType::Uuid => Self::Uuid,
            TargetType::Json => Self::Json,
            TargetType::JsonB => Self::JsonB,
            TargetType::Char(_) | TargetType::Interval | TargetType::Inet | TargetType::TextLike(_) => {
                Self::Other
            }
        }
    }

    /// The type that a column of a view of this kind has; NULL alone is text.
    pub fn target(self) -> Option<TargetType> {
        Some(match self {
            Self::Null | Self::Text => TargetType::Text,
            Self::Boolean => TargetType::Boolean,
            Self::Integer => TargetType::BigInt,
            Self::Real => TargetType::DoublePrecision,
            Self::Numeric => TargetType::Numeric(None),
            Self::Blob => TargetType::Bytea,
            Self::Date => TargetType::Date,
            Self::Time => TargetType::Time,
            Self::Timestamp => TargetType::Timestamp,
            Self::TimestampTz => TargetType::TimestampTz,
            Self::Uuid => TargetType::Uuid,
            Self::Json => TargetType::Json,
            Self::JsonB => TargetType::JsonB,
            Self::JsonValue | Self::Other => return None,
        })
    }

    /// Whether it is a number in both.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Real | Self::Numeric)
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Boolean => "a boolean",
            Self::Integer => "a whole number",
            Self::Real => "a double",
            Self::Numeric => "a decimal",
            Self::Text => "text",
            Self::Blob => "a blob",
            Self::Date => "a date",
            Self::Time => "a time",
            Self::Timestamp | Self::TimestampTz => "a moment",
            Self::Uuid => "a uuid",
            Self::Json | Self::JsonB => "JSON",
            Self::JsonValue => "a value inside JSON, whose type depends on the row,",
            Self::Other => "a value of its type",
        }
    }
}

impl Affinity {
    /// Of a declared type, by SQLite's five rules.
    pub fn of(declared: &str) -> Self {
        let name = declared.to_ascii_uppercase();
        let has = |part: &str| name.contains(part);
        if has("INT") {
            Self::Number
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Text
        } else if has("BLOB") || name.trim().is_empty() {
            Self::None
        } else {
            Self::Number
        }
    }
}

/// The number that SQLite makes of a text where it converts it whole; `None` where the text stays text.
pub(super) fn number_in(text: &str) -> Option<Value> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let rest = trimmed.trim_start_matches(['+', '-']);
    let digits = rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let plain = rest
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if !digits || !plain || trimmed.len() > rest.len() + 1 {
        return None;
    }
    if let Ok(number) = trimmed.parse::<i64>() {
        return Some(Value::Integer(number));
    }
    let number: f64 = trimmed.parse().ok()?;
    number.is_finite().then_some(Value::Real(number))
}

/// A double as PostgreSQL reads it back exactly.
fn real(number: f64) -> String {
    if number == f64::INFINITY {
        "Infinity".to_owned()
    } else if number == f64::NEG_INFINITY {
        "-Infinity".to_owned()
    } else {
        format!("{number:?}")
    }
}

/// The text SQLite makes of a double, for those of which every version makes the same.
pub(super) fn real_text(number: f64) -> Option<String> {
    let size = number.abs();
    let text = format!("{number:?}");
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (size == 0.0 && number.is_sign_positive() || (1e-4..1e15).contains(&size))
        .then_some(text)
        .filter(|_| digits <= 15)
}
