//! The copy of a file from which a run reads.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::prepare::now;
use super::quarantine::hexadecimal;
use crate::migrate::MigrateError;
use crate::migrate::report::Backup;
use crate::migrate::settings::Source;
use crate::migrate::sqlite::{self, SqliteError};

/// Makes the copy.
pub fn save(source: &Source, folder: &Path) -> Result<Backup, MigrateError> {
    let made = now();
    let path = folder.join(format!("{}-{}.sqlite", source.name, made.replace(':', "")));
    std::fs::create_dir_all(folder).map_err(|source| MigrateError::File {
        action: "make",
        path: folder.to_owned(),
        source,
    })?;
    let failed = |error| SqliteError::Sqlite {
        action: "copy".to_owned(),
        path: source.path.clone(),
        source: error,
    };
    let from = sqlite::open(&source.path)?;
    let mut to = rusqlite::Connection::open(&path).map_err(failed)?;
    rusqlite::backup::Backup::new(&from, &mut to)
        .and_then(|backup| backup.run_to_completion(1024, Duration::ZERO, None))
        .map_err(failed)?;
    drop(to);
    let read = |error| MigrateError::File {
        action: "read",
        path: path.clone(),
        source: error,
    };
    Ok(Backup {
        sha256: sha256(&path).map_err(read)?,
        bytes: path.metadata().map_err(read)?.len(),
        path: path.display().to_string(),
        made,
    })
}

/// The SHA-256 of a file in hexadecimal.
pub fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hexadecimal(&digest.finalize())),
            read => digest.update(&buffer[..read]),
        }
    }
}
