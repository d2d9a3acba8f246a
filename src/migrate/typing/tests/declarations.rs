//! Every declared name of real files and of known trouble, without cells and with fitting ones.

use super::*;

#[test]
fn a_declared_type_alone_decides_where_there_are_no_cells() {
    for (declared, native, affinity) in [
        // What real files declare.
        ("INTEGER", "bigint", "bigint"),
        ("INTEGER UNSIGNED", "bigint", "bigint"),
        ("smallint unsigned", "bigint", "bigint"),
        ("TEXT", "text", "text"),
        ("", "text", "text"),
        ("BLOB", "bytea", "bytea"),
        ("REAL", "double precision", "double precision"),
        ("BOOL", "boolean", "bigint"),
        ("BOOLEAN", "boolean", "bigint"),
        ("Boolean", "boolean", "bigint"),
        ("bool", "boolean", "bigint"),
        ("TIMESTAMP", "timestamp", "text"),
        ("DATETIME", "timestamp", "text"),
        ("datetime(6)", "timestamp", "text"),
        ("DATE", "date", "text"),
        ("date", "date", "text"),
        ("TIME", "time", "text"),
        ("JSON", "json", "text"),
        ("JSONB", "jsonb", "text"),
        ("NUMERIC", "numeric", "double precision"),
        ("NUMERIC(10,2)", "numeric(10,2)", "double precision"),
        ("NVARCHAR(160)", "varchar(160)", "text"),
        ("varchar(255)", "varchar(255)", "text"),
        ("varchar", "text", "text"),
        // What users report.
        ("number", "numeric", "double precision"),
        ("double precision", "double precision", "double precision"),
        ("byte[]", "bytea", "bytea"),
        // SQLite's rules in their order.
        ("INT", "bigint", "bigint"),
        ("UNSIGNED BIG INT", "bigint", "bigint"),
        ("INT8", "bigint", "bigint"),
        ("FLOATING POINTS", "bigint", "bigint"),
        ("FLOATING POINT", "bigint", "bigint"),
        ("CHARINT", "bigint", "bigint"),
        ("CHARACTER(20)", "varchar(20)", "text"),
        ("VARYING CHARACTER(255)", "varchar(255)", "text"),
        ("NATIVE CHARACTER(70)", "varchar(70)", "text"),
        ("character varying (9)", "varchar(9)", "text"),
        ("VARCHAR( 40 )", "varchar(40)", "text"),
        ("VARCHAR(0)", "text", "text"),
        ("VARCHAR(99999999)", "text", "text"),
        ("VARCHAR(n)", "text", "text"),
        ("CLOB", "text", "text"),
        ("TEXT(50)", "text", "text"),
        ("FLOAT", "double precision", "double precision"),
        ("DOUBLE", "double precision", "double precision"),
        ("STRING", "text", "text"),
        ("MONEY", "numeric", "numeric"),
        ("CURRENCY", "numeric", "numeric"),
        // Meant otherwise than SQLite's rules say.
        ("ENUM('a','b')", "text", "text"),
        ("POINT", "bytea", "bytea"),
        ("MULTIPOLYGON", "bytea", "bytea"),
        ("INTEGER_OR_TEXT", "text", "text"),
        ("TINYINT(1)", "boolean", "bigint"),
        ("TINYINT", "bigint", "bigint"),
        ("TINYINT(4)", "bigint", "bigint"),
        ("DECIMAL(10, 5)", "numeric(10,5)", "double precision"),
        ("DECIMAL(5)", "numeric(5,0)", "double precision"),
        ("DECIMAL(2,5)", "numeric", "double precision"),
        ("DECIMAL(2000,5)", "numeric", "double precision"),
        ("timestamp with time zone", "timestamptz", "text"),
        ("TIMESTAMP(3) WITHOUT TIME ZONE", "timestamp", "text"),
        ("TIMESTAMPTZ", "timestamptz", "text"),
        ("UUID", "uuid", "text"),
        ("UNIQUEIDENTIFIER", "uuid", "text"),
        ("CHAR(36)", "varchar(36)", "text"),
        ("VARBINARY(16)", "bytea", "bytea"),
    ] {
        assert_eq!(chosen(declared, &[]), native, "`{declared}`");
        assert_eq!(chosen(declared, &[Cell::Null]), native, "`{declared}`, only NULL");
        let kept = decided_by(declared, &[], |question| question.profile = Profile::Affinity);
        assert_eq!(
            kept.encoding.target.to_string(),
            affinity,
            "`{declared}`, affinity"
        );
        assert!(kept.notes.is_empty(), "{:?}", kept.notes);
    }
}
