//! Copies of files.
