//! Snapshots of files with a writer.
