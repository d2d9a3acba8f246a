//! The program that runs, as a file: also where its own file was replaced or removed meanwhile.

use std::fmt::Write;
use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The kernel's name for the file of this very program.
const OWN: &str = "/proc/self/exe";

/// The SHA-256 of the program in hexadecimal digits.
pub fn sha256() -> io::Result<String> {
    let mut file = File::open(OWN)?;
    let mut hash = openssl::sha::Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    Ok(hash.finish().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every text");
        text
    }))
}

/// Writes a copy that everybody may run.
pub fn copy_to(path: &Path) -> io::Result<()> {
    fs::copy(OWN, path)?;
    fs::set_permissions(path, Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy");
        copy_to(&path).unwrap();
        let own = std::env::current_exe().unwrap();
        assert!(fs::read(&path).unwrap() == fs::read(own).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
        let sum = std::process::Command::new("sha256sum")
            .arg(&path)
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&sum.stdout).starts_with(&sha256().unwrap()));
    }
}
