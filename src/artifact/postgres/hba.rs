//! `pg_hba.conf`: who may log in from where.

use serde::Serialize;

use super::super::File;
use super::super::error::ArtifactError;
use super::super::template::Templates;
use crate::model::Postgres;

/// What `pg_hba.conf` is made from.
#[derive(Serialize)]
struct HbaView<'a> {
    superuser: &'a str,
    database: &'a str,
}

/// Renders `pg_hba.conf`.
pub fn file(postgres: &Postgres, templates: &Templates) -> Result<File, ArtifactError> {
    let view = HbaView {
        superuser: Postgres::SUPERUSER,
        database: postgres.database.as_str(),
    };
    let text = templates.render("postgres/pg_hba.conf.j2", &view)?;
    Ok(File::plain("postgres/pg_hba.conf", text))
}
