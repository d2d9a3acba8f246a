//! What runs once, when the data volume is new: the way to begin and to end, and the user's SQL between.

use serde::Serialize;

use super::super::File;
use super::super::error::ArtifactError;
use super::super::template::Templates;
use super::{GUARD_FOLDER, INIT, volume_path};
use crate::model::Postgres;

/// The image takes a data folder with a version in it for a whole database. A file beside the folder, with its name
/// and this ending, says that it is not one yet.
pub const FIRST_START_MARK: &str = "first-start-unfinished";

/// What the scripts of the first start are made from.
#[derive(Serialize)]
struct FirstStart<'a> {
    guard_folder: &'a str,
    mark: &'a str,
    /// Where the volume is mounted.
    volume: &'a str,
    access: String,
    superuser: &'a str,
    database: &'a str,
}

/// The scripts that make an unfinished first start begin again.
pub fn scripts(postgres: &Postgres, templates: &Templates) -> Result<[File; 3], ArtifactError> {
    let view = FirstStart {
        guard_folder: GUARD_FOLDER,
        mark: FIRST_START_MARK,
        volume: volume_path(postgres),
        access: format!("{INIT}/10-access.sql"),
        superuser: Postgres::SUPERUSER,
        database: postgres.database.as_str(),
    };
    Ok([
        File::executable(
            "postgres/guard.sh",
            templates.render("postgres/guard.sh.j2", &view)?,
        ),
        File::executable(
            "postgres/start.sh",
            templates.render("postgres/start.sh.j2", &view)?,
        ),
        File::executable(
            "postgres/initdb.d/99-finish.sh",
            templates.render("postgres/initdb.d/99-finish.sh.j2", &view)?,
        ),
    ])
}

/// The user's files, renamed so that the image runs them in their order.
pub fn user_files(init_sql: &[(String, Vec<u8>)]) -> Vec<File> {
    let width = init_sql.len().to_string().len().max(3);
    let file = |(index, (path, bytes)): (usize, &(String, Vec<u8>))| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let number = index + 1;
        File::plain(
            format!("postgres/initdb.d/50-{number:0width$}-{name}"),
            bytes.clone(),
        )
    };
    init_sql.iter().enumerate().map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_run_in_their_order_and_keep_their_bytes() {
        let files: Vec<_> = (0..1200)
            .map(|n| (format!("sql/{}.sql", 2000 - n), vec![0xff, b'\r']))
            .collect();
        let rendered = user_files(&files);
        assert_eq!(rendered[0].path, "postgres/initdb.d/50-0001-2000.sql");
        assert_eq!(rendered[0].bytes, [0xff, b'\r']);
        assert!(rendered.is_sorted_by(|a, b| a.path < b.path));
    }
}
