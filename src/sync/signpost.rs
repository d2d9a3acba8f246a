//! Small files that tell others how it goes: the touch file, the error file, the report.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use nix::sys::stat::futimens;
use nix::sys::time::TimeSpec;

use super::publish::folder_of;

/// Creates a file, or gives it the time of now.
///
/// # Errors
/// It can't be created or changed.
pub fn touch(path: &Path) -> io::Result<()> {
    fs::create_dir_all(folder_of(path))?;
    let file = File::options().create(true).append(true).open(path)?;
    renew(&file)
}

/// Gives a file or folder the time of now. That takes the right to write it; another time would take its owner.
///
/// # Errors
/// The right is missing.
pub fn renew(file: &File) -> io::Result<()> {
    Ok(futimens(file, &TimeSpec::UTIME_NOW, &TimeSpec::UTIME_NOW)?)
}

/// Puts a text in place of a file in one step.
///
/// # Errors
/// It can't be written; the old one still stands.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let new = super::temporary::new_in(folder)?;
    let written = File::create(&new)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // What can't be removed now is swept later.
        let _swept_later = fs::remove_file(&new);
    }
    written
}

/// Says in an error file what went wrong, with the names that git-sync gives it.
///
/// # Errors
/// It can't be written; the old one still stands.
pub fn tell_error(path: &Path, message: &str, error: &str, failures: Option<u32>) -> io::Result<()> {
    let arguments = match failures {
        Some(failures) => serde_json::json!({ "failCount": failures }),
        None => serde_json::json!({}),
    };
    let told = serde_json::json!({ "Msg": message, "Err": error, "Args": arguments });
    write(path, &format!("{told}\n"))
}

/// Removes a file, if it is there.
///
/// # Errors
/// It can't be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn touching_creates_a_file_and_renews_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/touched");
        touch(&path).unwrap();
        let old = SystemTime::now() - Duration::from_secs(1000);
        File::options()
            .append(true)
            .open(&path)
            .unwrap()
            .set_modified(old)
            .unwrap();
        touch(&path).unwrap();
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        assert!(modified > old + Duration::from_secs(500));
    }

    #[test]
    fn a_text_replaces_another_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/file");
        write(&path, "long text").unwrap();
        write(&path, "short").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "short");
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path().join("sub")).unwrap().count(), 0);
    }
}
