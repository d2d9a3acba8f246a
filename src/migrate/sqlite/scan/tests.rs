//! Scans of generated tables.
