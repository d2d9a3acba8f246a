//! A text file of a commit. It may be a link to anything, and whoever reads it must go on with its other work.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

/// The most bytes that are read.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads a file; none where it is not there.
///
/// # Errors
/// It can't be read, is something else than a file, such as a pipe or a device, or is larger than 16 MiB.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    if !metadata.is_file() {
        let what = if metadata.is_dir() {
            "a folder"
        } else {
            "a pipe or a device"
        };
        let text = format!("it is {what}, not a file");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    // Should a pipe take its place just now, nobody waits for its writer.
    let flags = OFlag::O_NONBLOCK.bits();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        let text = format!("it is larger than the {LARGEST} bytes that are read");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_a_file_of_some_size_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert_eq!(read(&path).unwrap(), None);
        fs::write(&path, "text").unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"text");
        let file = fs::File::create(&path).unwrap();
        file.set_len(LARGEST).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().len() as u64, LARGEST);
        file.set_len(LARGEST + 1).unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let link = folder.path().join("link");
        symlink("/dev/zero", &link).unwrap();
        assert!(read(&link).unwrap_err().to_string().contains("device"));
        assert!(read(folder.path()).unwrap_err().to_string().contains("folder"));
    }
}
