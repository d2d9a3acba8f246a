//! The types of PostgreSQL that a column may get.

use std::fmt;

/// A type of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetType {
    /// `boolean`.
    Boolean,
    /// `smallint`; only in tables that were there before.
    SmallInt,
    /// `integer`; by an override, or in tables that were there before.
    Integer,
    /// `bigint`.
    BigInt,
    /// `real`; only in tables that were there before.
    Real,
    /// `double precision`.
    DoublePrecision,
    /// `numeric`, with precision and scale where values are bound to them.
    Numeric(Option<(u16, u16)>),
    /// `text`.
    Text,
    /// `character varying(n)`, n in characters.
    VarChar(u32),
    /// `character(n)`, n in characters; only in tables that were there before.
    Char(u32),
    /// `bytea`.
    Bytea,
    /// `date`.
    Date,
    /// `time without time zone`.
    Time,
    /// `timestamp without time zone`.
    Timestamp,
    /// `timestamp with time zone`.
    TimestampTz,
    /// `interval`; by an override (from microseconds), or in tables that were there before.
    Interval,
    /// `uuid`.
    Uuid,
    /// `json`, which keeps the text as it was.
    Json,
    /// `jsonb`.
    JsonB,
    /// `inet`; in Django's tables, or in tables that were there before.
    Inet,
    /// A type whose binary form is its text, such as an enum or `citext`: its name in SQL, quoted and with its schema
    /// where needed. Only in tables that were there before.
    TextLike(String),
}

impl fmt::Display for TargetType {
    /// The type as SQL writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::SmallInt => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::BigInt => f.write_str("bigint"),
            Self::Real => f.write_str("real"),
            Self::DoublePrecision => f.write_str("double precision"),
            Self::Numeric(None) => f.write_str("numeric"),
            Self::Numeric(Some((precision, scale))) => write!(f, "numeric({precision},{scale})"),
            Self::Text => f.write_str("text"),
            Self::VarChar(length) => write!(f, "varchar({length})"),
            Self::Char(length) => write!(f, "char({length})"),
            Self::Bytea => f.write_str("bytea"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::TimestampTz => f.write_str("timestamptz"),
            Self::Interval => f.write_str("interval"),
            Self::Uuid => f.write_str("uuid"),
            Self::Json => f.write_str("json"),
            Self::JsonB => f.write_str("jsonb"),
            Self::Inet => f.write_str("inet"),
            Self::TextLike(name) => f.write_str(name),
        }
    }
}
