//! SQL -> a SQLite file.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;

/// The most that one input may cost.
const LONGEST_CELL: i32 = 1 << 21;
const STEPS: std::ffi::c_int = 1_000_000;

/// Runs the statements, each of which ends with a line, and passes over those that SQLite refuses. The file is made anew.
pub fn make(path: &Path, sql: &str) -> rusqlite::Result<()> {
    let _gone = std::fs::remove_file(path);
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "pragma journal_mode = off; pragma synchronous = off; pragma locking_mode = exclusive",
    )?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_CELL)?;
    connection.authorizer(Some(allowed))?;
    for statement in sql.split_inclusive(";\n") {
        let mut steps = 0;
        connection.progress_handler(
            1000,
            Some(move || {
                steps += 1000;
                steps > STEPS
            }),
        )?;
        let _refused = connection.execute_batch(statement);
    }
    // One that is open would be undone, as its journal is off.
    if !connection.is_autocommit() {
        connection.execute_batch("commit")?;
    }
    Ok(())
}

/// Nothing that reaches beyond this one file, or that changes what the rest of the input means.
fn allowed(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Authorization::Deny,
        AuthAction::Pragma { pragma_name, .. } => match pragma_name.to_ascii_lowercase().as_str() {
            "encoding"
            | "page_size"
            | "foreign_keys"
            | "ignore_check_constraints"
            | "auto_vacuum"
            | "user_version"
            | "legacy_alter_table" => Authorization::Allow,
            _ => Authorization::Deny,
        },
        _ => Authorization::Allow,
    }
}

/// Makes a small file of each `.sql` in the folder that `STACKCTL_FUZZ_SQL` names, in that which `STACKCTL_FUZZ_DATABASES`
/// names. libFuzzer reads its seeds after that.
///
/// # Panics
///
/// Where a folder can't be read or written.
pub fn make_seeds() {
    let folder = |name| std::env::var_os(name).map(std::path::PathBuf::from);
    let (Some(from), Some(to)) = (folder("STACKCTL_FUZZ_SQL"), folder("STACKCTL_FUZZ_DATABASES")) else {
        return;
    };
    for entry in std::fs::read_dir(from).expect("the folder with SQL is there") {
        let path = entry.expect("the folder can be read").path();
        let sql = std::fs::read_to_string(&path).expect("it holds text");
        let name = path.with_extension("db");
        // Small pages put many kinds of them into a small file.
        let sql = format!("pragma page_size = 512;\n{sql}");
        make(&to.join(name.file_name().expect("it is a file's path")), &sql).expect("the file is made");
    }
}
