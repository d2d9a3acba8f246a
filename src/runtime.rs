//! Side effects shared by operations.

pub mod command;
pub mod compose;
pub mod docker;
pub mod http_client;
pub mod http_endpoint;
pub mod init;
pub mod interrupt;
pub mod listener;
pub mod lock;
pub mod process_facts;
pub mod state_directory;
