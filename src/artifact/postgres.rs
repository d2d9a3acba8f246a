//! The database's files: settings, who may log in, roles and grants, and the user's own SQL.

mod access;
mod hba;
mod init;
mod owner_role;
mod settings;

pub use init::FIRST_START_MARK;
pub use owner_role::name as owner_role;

use super::error::ArtifactError;
use super::template::Templates;
use super::{File, Inputs};
use crate::model::{Postgres, Stack};

/// Where the container finds its settings.
pub const SETTINGS: &str = "/etc/postgresql/postgresql.conf";
/// Where it finds who may log in.
pub const HBA: &str = "/etc/postgresql/pg_hba.conf";
/// What it starts with.
pub const START: &str = "/etc/postgresql/start.sh";
/// The folder before all others in PATH while it starts; it holds [`GUARD`].
pub const GUARD_FOLDER: &str = "/etc/postgresql/guard";
/// What runs when the image starts the server.
pub const GUARD: &str = "/etc/postgresql/guard/postgres";
/// The folder whose files the image runs when the data volume is new.
pub const INIT: &str = "/docker-entrypoint-initdb.d";

/// Rendered files that are mounted one by one, with their place in the container. When one of them changes the
/// container is replaced; the init folder is not among them, because it only matters once.
pub const MOUNTED: [(&str, &str); 4] = [
    ("postgres/guard.sh", GUARD),
    ("postgres/pg_hba.conf", HBA),
    ("postgres/postgresql.conf", SETTINGS),
    ("postgres/start.sh", START),
];

/// Where the official image of this major wants its volume; at the other path it would keep the data in an
/// anonymous one (docker-library/postgres#1400).
pub fn volume_path(postgres: &Postgres) -> &'static str {
    if postgres.version >= 18 {
        "/var/lib/postgresql"
    } else {
        "/var/lib/postgresql/data"
    }
}

/// Every file of the database.
pub fn files(
    stack: &Stack,
    postgres: &Postgres,
    inputs: &Inputs,
    templates: &Templates,
) -> Result<Vec<File>, ArtifactError> {
    let mut files = vec![
        settings::file(stack, postgres, templates)?,
        hba::file(postgres, templates)?,
        access::file(stack, postgres, templates)?,
    ];
    files.extend(init::scripts(postgres, templates)?);
    files.extend(init::user_files(&inputs.init_sql));
    Ok(files)
}
