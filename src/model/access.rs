//! What a service may do in a schema of the database.

/// A level of access to one schema, each including the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// `SELECT`.
    Read,
    /// Also `INSERT`, `UPDATE`, `DELETE` and sequences.
    Write,
    /// Also `CREATE` in the schema, for services that run their own migrations.
    Own,
}
