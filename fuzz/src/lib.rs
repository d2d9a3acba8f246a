//! What the fuzz targets share. Nothing of this is part of stackctl.

pub mod database;
pub mod panics;
pub mod scratch;
pub mod server;
pub mod whole_file;
