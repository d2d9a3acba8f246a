//! Catalogs of generated files.
