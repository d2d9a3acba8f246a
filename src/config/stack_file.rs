//! The file: its top-level tables.

use super::build::Build;
use super::environment::Overlay;
use super::jobs::Jobs;
use super::postgres::Postgres;
use super::read::Entries;
use super::secret::Secret;
use super::service::Service;
use super::sqlite::Sqlite;
use super::stack::StackTable;
use super::sync::Sync;
use super::table::table;
use super::volume::Volume;

table! {
    /// One file that describes a whole stack: the database, the services and how they are run.
    StackFile {
        /// The stack's name and what holds for all of it.
        stack: StackTable,
        /// The database service. Leave the table out for a stack without one.
        postgres: Postgres,
        /// SQLite files that `stackctl migrate` carries into schemas of the database, by name.
        sqlite: Entries<Sqlite>,
        /// Containers, by name. The name is also the host name on the stack's network.
        services: Entries<Service>,
        /// Git repositories that services keep in volumes, by name. The service is called `sync-NAME`.
        sync: Entries<Sync>,
        /// Containers that run jobs from a synced repository, by name.
        jobs: Entries<Jobs>,
        /// Secrets by name. Their values are kept in files, never here.
        secrets: Entries<Secret>,
        /// Named volumes that need settings; others come into being where a service mounts them.
        volumes: Entries<Volume>,
        /// How images are built and dependencies installed on this network.
        build: Build,
        /// Tables that are laid over the others by `--env NAME`, key by key.
        environments: Entries<Overlay>,
    }
}
