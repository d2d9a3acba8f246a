//! Bytes as a SQLite file: it is opened, its catalog and all its rows are read, and a plan is made. Damage is an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stackctl_fuzz::{database, panics, scratch, whole_file};

fuzz_target!(init: { panics::abort_at_ours(); database::make_seeds() }, |bytes: &[u8]| {
    let path = scratch::path("reader.db");
    std::fs::write(&path, bytes).expect("the file is written");
    let _answer = whole_file::plan(&path, bytes.len());
});
