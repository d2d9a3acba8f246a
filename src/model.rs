//! The valid stack: newtypes, defaults resolved, one environment merged in.
//!
//! In: what `config` checked. Out: what `artifact` renders and the operations plan with. Nothing here does
//! I/O, and no field is optional merely because the user left it out.

pub mod access;
pub mod build;
pub mod duration;
pub mod environment_value;
pub mod healthcheck;
pub mod image;
pub mod jobs;
pub mod mount;
pub mod name;
pub mod overlap;
pub mod passthrough;
pub mod port;
pub mod postgres;
pub mod python;
pub mod role;
pub mod secret;
pub mod service;
pub mod size;
pub mod sqlite;
pub mod stack;
pub mod sync;
pub mod time_zone;

pub use access::Access;
pub use build::{Build, Download};
pub use duration::Duration;
pub use environment_value::EnvironmentValue;
pub use healthcheck::{Healthcheck, Probe};
pub use image::ImageRef;
pub use jobs::{CronJob, Installer, Jobs, Policy, Scheduler};
pub use mount::{Mount, MountSource};
pub use name::{EnvironmentName, Identifier, SecretName, ServiceName, StackName, VariableName, VolumeName};
pub use overlap::{Overlap, OverlapError};
pub use passthrough::Passthrough;
pub use port::{Port, Protocol, PublishedPort};
pub use postgres::Postgres;
pub use python::{Python, PythonVersion};
pub use role::Role;
pub use secret::{Secret, SecretOrigin};
pub use service::{
    Cpus, Dependency, DependencyCondition, Limits, Logging, Restart, Service, ServiceSource, User,
};
pub use size::Size;
pub use sqlite::{ColumnSetting, ColumnType, Counting, NameStyle, SqliteFile, TypeChoice};
pub use stack::Stack;
pub use sync::{ExecHook, KnownHosts, Submodules, Sync, SyncBackend, Webhook};
pub use time_zone::TimeZone;
