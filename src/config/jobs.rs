//! `[jobs.NAME]`.

mod container;
mod convert;
mod cron;

use std::num::NonZeroU32;

use toml::Spanned;

use super::environment_variable::EnvironmentVariable;
use super::names::{Databases, DependsOn};
use super::passthrough::Passthrough;
use super::python::Python;
use super::read::{Entries, OneOrMany};
use super::service::Logging;
use super::table::table;
use crate::model::{Cpus, Duration, Installer, Mount, Overlap, Port, Scheduler, Size, User};

pub use cron::Cron;

table! {
    /// A container that runs jobs. Its code, dependencies and schedule follow a synced repository, without a new image.
    Jobs {
        /// The `[sync.NAME]` whose repository it follows.
        sync: Spanned<String>,
        /// The image: a version such as `"3.11"`, or a table with `version`, `packages`, `tools` and `requirements` of the image itself.
        python: Python,
        /// The requirements file in the repository; `""` for none. Default: `requirements.txt`.
        requirements: Spanned<String>,
        /// The crontab in the repository; `""` for none. Default: `crontab.txt`; none where `cron` has entries.
        crontab: Spanned<String>,
        /// Jobs that stand here instead of in the repository.
        cron: Vec<Cron>,
        /// The folder in which the repository appears, below the name of the sync's link. Default: `/app/project`.
        project: Spanned<String>,
        /// Time between two looks for a new commit. Default: `15s`.
        poll: Spanned<Duration>,
        /// What runs the schedule: `builtin`, `supercronic` or `yacron`. Default: `builtin`.
        scheduler: Spanned<Scheduler>,
        /// What installs dependencies: `pip` or `uv`. Default: `pip`.
        installer: Spanned<Installer>,
        /// Sets of dependencies that are kept, to go back to. Default: `3`.
        keep: Spanned<NonZeroU32>,
        /// What happens when a run is due while the one before goes on: `skip`, `allow`, `queue` or `replace`. Default: `skip`.
        overlap: Spanned<Overlap>,
        /// Time that a run may take. Default: no limit.
        timeout: Spanned<Duration>,
        /// How often a failed run is tried again. Default: `0`.
        retries: Spanned<u32>,
        /// Time between two tries. Default: `30s`.
        retry_delay: Spanned<Duration>,
        /// Whether a run that was missed while the container was down is made up for. Default: `false`.
        catch_up: Spanned<bool>,
        /// Time for running jobs to end when the container is stopped. Default: `25s`.
        drain: Spanned<Duration>,
        /// A port on the stack's network that answers health and Prometheus metrics.
        metrics_port: Spanned<Port>,
        /// Schemas of the database it may use: a list of names, or a table of name and `read`, `write` or `own`.
        databases: Databases,
        /// Environment variables, as those of a service.
        environment: Entries<EnvironmentVariable>,
        /// Secrets mounted under /run/secrets.
        secrets: Vec<Spanned<String>>,
        /// What is mounted besides.
        volumes: Vec<Spanned<Mount>>,
        /// Services that must come first.
        depends_on: DependsOn,
        /// Numeric `UID:GID` it runs as. Default: `10001:10001`.
        user: Spanned<User>,
        /// Whether the image's files can't be written. Default: `true`.
        read_only: Spanned<bool>,
        /// Further folders in memory that can be written.
        tmpfs: OneOrMany<Spanned<String>>,
        /// Capabilities given back after all were dropped.
        cap_add: Vec<Spanned<String>>,
        /// Memory above which it is killed, its jobs included. Default: `512MB`.
        memory: Spanned<Size>,
        /// Processors it may use. Default: `1`.
        cpus: Spanned<Cpus>,
        /// Processes and threads it may have, its jobs included. Default: `256`.
        pids_limit: Spanned<NonZeroU32>,
        /// Bounds of its log on disk.
        logging: Logging,
        /// Any key of a Compose service, merged last.
        compose: Passthrough,
    }
}
