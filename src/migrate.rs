//! SQLite files -> schemas of one PostgreSQL database, with every cell accounted for.

pub mod cell;
pub mod cell_json;
pub mod digest;
pub mod encoding;
pub mod hexadecimal;
pub mod identifier;
pub mod misfit;
pub mod settings;
pub mod target_type;
pub mod written;

pub mod sqlite;

pub mod encode;
pub mod typing;

pub mod ddl;

pub mod plan;

pub mod observe;

pub mod postgres;

pub mod report;

pub mod run;
pub mod verify;

mod error;

pub use error::MigrateError;
