//! A file that lies in memory only, which the children of this process can read under one path.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

/// Shell scripts use the low numbers for redirections of their own.
const LOWEST: RawFd = 100;

/// The file. Children get it only where [`Memory::number`] is handed down to them.
#[derive(Debug)]
pub struct Memory(File);

impl Memory {
    /// An empty one.
    ///
    /// # Errors
    /// The system has no more of them.
    pub fn new() -> io::Result<Self> {
        let file = memfd_create("stackctl", MFdFlags::MFD_CLOEXEC)?;
        let number = fcntl(&file, FcntlArg::F_DUPFD_CLOEXEC(LOWEST))?;
        // SAFETY: fcntl has just made this descriptor, and nobody else knows it.
        let file = unsafe { OwnedFd::from_raw_fd(number) };
        Ok(Self(file.into()))
    }

    /// Puts these bytes in place of what it held.
    ///
    /// # Errors
    /// There is no memory.
    pub fn set(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.set_len(0)?;
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(bytes)
    }

    /// The descriptor, in this process and in children that it is handed down to.
    #[must_use]
    pub fn number(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// The path under which such a child reads it from its start, as often as it wants.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_again_from_its_start() {
        let mut memory = Memory::new().unwrap();
        assert!(memory.number() >= LOWEST);
        for text in ["a long text", "short"] {
            memory.set(text.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(memory.path()).unwrap(), text);
            assert_eq!(std::fs::read_to_string(memory.path()).unwrap(), text);
        }
    }
}
