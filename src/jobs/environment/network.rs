//! How the host's network is reached: package index, proxy and authorities, in a file that `stackctl up` writes.
//!
//! They stand in no variable of the agent, because its jobs would inherit them, and the index's password with them.

use std::ffi::OsString;
use std::path::Path;

use super::error::EnvironmentError;
use crate::jobs::tree_file;

/// The variables in a file of lines `export NAME='value'`; none where it is not there.
///
/// # Errors
/// It can't be read, or is something else.
pub fn variables(file: &Path) -> Result<Vec<(OsString, OsString)>, EnvironmentError> {
    let Some(bytes) = tree_file::read(file).map_err(EnvironmentError::read(file))? else {
        return Ok(Vec::new());
    };
    let wrong = || EnvironmentError::Network {
        path: file.to_owned(),
    };
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let words = shlex::split(&text).ok_or_else(wrong)?;
    let settings = words.iter().filter(|word| *word != "export");
    settings
        .map(|word| match word.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
            _ => Err(wrong()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_a_shell_would() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("env");
        assert_eq!(variables(&file).unwrap(), []);
        std::fs::write(
            &file,
            "export A='https://me:s3%40@host/simple'\nexport B='it'\\''s = #1'\nexport C=''\n",
        )
        .unwrap();
        let pair = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        assert_eq!(
            variables(&file).unwrap(),
            [
                pair("A", "https://me:s3%40@host/simple"),
                pair("B", "it's = #1"),
                pair("C", "")
            ]
        );
        for wrong in ["export A='b", "export", "exit 1"] {
            std::fs::write(&file, wrong).unwrap();
            let error = variables(&file);
            assert!(
                error.is_err() || error.is_ok_and(|found| found.is_empty()),
                "{wrong}"
            );
        }
    }
}
