//! What SQLite holds in one cell.

/// One cell as it is stored, borrowed from the row that is being read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// A whole number of up to 8 bytes.
    Integer(i64),
    /// An IEEE 754 double; never NaN, which SQLite stores as NULL.
    Real(f64),
    /// Text in the bytes that the file holds, which need not be valid UTF-8.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

/// How a cell is stored (<https://sqlite.org/datatype3.html#storage_classes_and_datatypes>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageClass {
    /// NULL.
    Null,
    /// A whole number.
    Integer,
    /// A double.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
}

impl Cell<'_> {
    /// How it is stored.
    #[must_use]
    pub fn class(&self) -> StorageClass {
        match self {
            Self::Null => StorageClass::Null,
            Self::Integer(_) => StorageClass::Integer,
            Self::Real(_) => StorageClass::Real,
            Self::Text(_) => StorageClass::Text,
            Self::Blob(_) => StorageClass::Blob,
        }
    }
}

impl StorageClass {
    /// Its name as SQLite's `typeof` gives it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Text => "text",
            Self::Blob => "blob",
        }
    }
}
