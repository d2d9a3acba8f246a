//! A tree reaches the disk before a link leads to it: after a power cut readers find the old one or the new one, and
//! none with empty files.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Writes the file system of a folder out, which is far quicker than one file after the other. It also waits for what
/// others write there; so after this time it goes on in the background, and false is given.
///
/// # Errors
/// The disk can't be written.
pub fn write_out(folder: &Path, longest: Duration) -> io::Result<bool> {
    let folder = File::open(folder)?;
    let (sender, receiver) = channel();
    std::thread::Builder::new()
        .name("write out".to_owned())
        .spawn(move || {
            // Nobody waits any more where it took too long.
            let _gone = sender.send(nix::unistd::syncfs(folder));
        })?;
    match receiver.recv_timeout(longest) {
        Ok(written) => written.map(|()| true).map_err(io::Error::from),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_no_longer_than_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_out(folder.path(), Duration::from_secs(600)).unwrap());
        write_out(folder.path(), Duration::ZERO).unwrap();
        assert!(write_out(&folder.path().join("gone"), Duration::ZERO).is_err());
    }
}
