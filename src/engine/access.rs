//! Roles, passwords and rights in the running database: set again when their script or a password changed.
//!
//! The server runs the script by itself when its data are new. Later changes are made here, by the same script.
//! What was done last is kept as a hash in the state directory, with the day the volume was made: data that begin
//! anew are never taken for ones that are up to date.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::EngineError;
use super::progress::phase;
use super::project::Project;
use crate::model::Postgres;
use crate::runtime::command::{Cmd, CommandError};

/// The script, below the rendered folder.
const SCRIPT: &str = "postgres/initdb.d/10-access.sql";
/// What was done last, below the state directory.
const RECORD: &str = "access-applied";
/// The passwords that the script reads, below the state directory.
const PASSWORDS: &str = "mounts/postgres";

/// Runs the script in the running database if it, a password or the data are not those of the last time.
pub fn apply(project: &Project<'_>) -> Result<(), EngineError> {
    let Some(postgres) = &project.stack().postgres else {
        return Ok(());
    };
    let path = project
        .root
        .join(project.stack().rendered_directory())
        .join(SCRIPT);
    let Ok(script) = fs::read(&path) else {
        return Ok(());
    };
    let state = project.state_directory();
    let wanted = fingerprint(project, &script, &state.join(PASSWORDS))?;
    let record = state.join(RECORD);
    if fs::read_to_string(&record).is_ok_and(|last| last.trim() == wanted) {
        return Ok(());
    }
    let cmd = superuser_script(project, postgres, script);
    phase(
        project.observer(),
        "setting roles and rights in the database",
        || {
            project.runner().run(&cmd).map_err(failed)?;
            Ok(((), "set roles and rights in the database".to_owned()))
        },
    )?;
    fs::write(&record, format!("{wanted}\n")).map_err(|source| EngineError::State { path: record, source })
}

/// Has the next [`apply`] set all of it again, because something else has changed roles or rights.
pub fn forget(project: &Project<'_>) -> Result<(), EngineError> {
    let record = project.state_directory().join(RECORD);
    match fs::remove_file(&record) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(EngineError::State {
            path: record,
            source: error,
        }),
        _ => Ok(()),
    }
}

/// A script that the superuser runs in the database. It goes by stdin: a file mounted into a container is the one
/// from when it was made, and an argument is seen by all on the host.
pub fn superuser_script(project: &Project<'_>, postgres: &Postgres, script: impl Into<Vec<u8>>) -> Cmd {
    project
        .compose
        .command()
        .args(["exec", "-T", Postgres::SERVICE, "psql", "-X", "-q"])
        .args(["-v", "ON_ERROR_STOP=1", "-U", Postgres::SUPERUSER, "-d"])
        .arg(postgres.database.as_str())
        .args(["-f", "-"])
        .input(script)
}

/// A hash of all that decides what the script does.
fn fingerprint(project: &Project<'_>, script: &[u8], passwords: &Path) -> Result<String, EngineError> {
    let mut hash = Sha256::new();
    hash.update(script);
    let mut files: Vec<_> = fs::read_dir(passwords)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    for file in files {
        hash.update(file.as_os_str().as_encoded_bytes());
        // A file that can't be read by us counts by the time it was written.
        match fs::read(&file) {
            Ok(content) => hash.update(&content),
            Err(_) => hash.update(format!(
                "{:?}",
                file.metadata().and_then(|found| found.modified())
            )),
        }
    }
    let volume = format!("{}_{}", project.name(), Postgres::VOLUME);
    hash.update(project.docker.volume_created(&volume)?.unwrap_or_default());
    let words = hash.finalize();
    Ok(words
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
}

fn failed(error: CommandError) -> EngineError {
    match error {
        CommandError::Status { ref stderr, .. } => {
            let said: Vec<&str> = stderr
                .iter()
                .map(|line| line.trim_start_matches("psql:<stdin>:"))
                .filter(|line| line.contains("ERROR"))
                .collect();
            // The name counts only when the data are new; before `up` it is compared where the server runs already.
            let is_missing =
                |line: &String| line.contains("FATAL:  database") && line.ends_with("does not exist");
            if stderr.iter().any(is_missing) {
                return EngineError::Known(super::Problem::new(
                    "the data hold no database of the name in `[postgres]`: it counts only when the data are new",
                    "`stackctl exec postgres psql -d postgres -l` lists those there are; write one of them as `database`",
                ));
            }
            match said.last() {
                Some(said) => EngineError::Known(super::Problem::new(
                    format!("roles and rights could not be set in the database: {said}"),
                    "the database runs and keeps the rights it had; `stackctl logs postgres` says more",
                )),
                None => error.into(),
            }
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        failed(CommandError::Status {
            command: "docker compose exec".to_owned(),
            status: "exit status: 1".to_owned(),
            code: Some(1),
            stderr: vec![line.to_owned()],
        })
        .to_string()
    }

    #[test]
    fn what_psql_says_is_told_in_words() {
        let line = "psql: error: connection to server on socket \"/x\" failed: FATAL:  database \"shop\" does not exist";
        assert!(told(line).starts_with("the data hold no database of the name"));
        let line = "psql:<stdin>:12: ERROR:  permission denied";
        assert!(
            told(line).ends_with("12: ERROR:  permission denied"),
            "{}",
            told(line)
        );
    }
}
