//! ssh refuses to work for a user without a name; where the image has none for ours, one is added.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use nix::unistd::{User, getgid, getuid};

/// Adds a line for the own user to a file such as /etc/passwd, unless the system knows the user.
///
/// # Errors
/// The file can't be written.
pub fn add(passwd: &Path) -> io::Result<()> {
    if User::from_uid(getuid())?.is_some() {
        return Ok(());
    }
    let home = std::env::var("HOME").ok().filter(|home| !home.is_empty());
    let line = line(
        getuid().as_raw(),
        getgid().as_raw(),
        home.as_deref().unwrap_or("/"),
    );
    OpenOptions::new()
        .append(true)
        .open(passwd)?
        .write_all(line.as_bytes())
}

fn line(uid: u32, gid: u32, home: &str) -> String {
    format!("git-sync:x:{uid}:{gid}::{home}:/sbin/nologin\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_seven_fields() {
        assert_eq!(line(1234, 5, "/tmp"), "git-sync:x:1234:5::/tmp:/sbin/nologin\n");
    }

    #[test]
    fn a_user_with_a_name_is_not_added_again() {
        let known = User::from_uid(getuid()).unwrap().is_some();
        let file = tempfile::NamedTempFile::new().unwrap();
        add(file.path()).unwrap();
        let is_empty = std::fs::read_to_string(file.path()).unwrap().is_empty();
        assert_eq!(is_empty, known);
    }
}
