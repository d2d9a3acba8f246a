//! The one integration binary: what a person sees of stackctl. One file for each subject.

// A test that fails by a panic is what a test is; clippy's own exception covers only functions marked as tests.
#![allow(clippy::unwrap_used, clippy::panic)]

mod agent_stand;
mod git_server;
mod harness;
#[cfg(feature = "docker")]
mod postgres_server;
#[cfg(feature = "docker")]
mod postgres_server_life;
mod traced;

#[cfg(feature = "docker")]
mod access;
mod architecture;
mod config;
mod crontab;
mod doctor;
mod documentation;
mod explain;
mod fakes;
mod global;
mod golden;
mod init;
mod invalid;
mod jobs_end;
mod jobs_install;
mod jobs_runs;
mod jobs_scheduler;
mod jobs_switch;
mod killed;
mod migrate_cli;
#[cfg(feature = "docker")]
mod migrate_django;
#[cfg(feature = "docker")]
mod migrate_faults;
#[cfg(feature = "docker")]
mod migrate_large_copy;
#[cfg(feature = "docker")]
mod migrate_property;
#[cfg(feature = "docker")]
mod migrate_refused;
#[cfg(feature = "docker")]
mod migrate_rerun;
#[cfg(feature = "docker")]
mod migrate_resume;
#[cfg(feature = "docker")]
mod migrate_scene;
#[cfg(feature = "docker")]
mod migrate_schema;
#[cfg(feature = "docker")]
mod migrate_target;
#[cfg(feature = "docker")]
mod migrate_types;
#[cfg(feature = "docker")]
mod migrate_verify;
mod render;
mod schema;
mod secrets;
#[cfg(feature = "docker")]
mod soak;
mod ssh_server;
mod status_migrations;
#[cfg(feature = "docker")]
mod survival;
mod sync_credentials;
mod sync_flags;
mod sync_git;
mod sync_heal;
mod sync_publish;
mod sync_scene;
mod up;
mod upstream;

#[cfg(feature = "docker")]
mod engine_database;
#[cfg(feature = "docker")]
mod engine_failure;
#[cfg(feature = "docker")]
mod engine_interrupt;
#[cfg(feature = "docker")]
mod engine_jobs;
#[cfg(feature = "docker")]
mod engine_life;
#[cfg(feature = "docker")]
mod engine_migrate;
#[cfg(feature = "docker")]
mod engine_secrets;
#[cfg(feature = "docker")]
mod engine_ssh;
#[cfg(feature = "docker")]
mod engine_up;
#[cfg(feature = "docker")]
mod live;
#[cfg(feature = "docker")]
mod migrate_connect;
#[cfg(feature = "docker")]
mod migrate_digest;
#[cfg(feature = "docker")]
mod migrate_sql;
#[cfg(feature = "docker")]
mod migrate_sql_examples;
#[cfg(feature = "docker")]
mod sync_init;
