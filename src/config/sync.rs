//! `[sync.NAME]`.

mod address;
mod container;
mod convert;
mod hook;

use std::num::NonZeroU32;

use toml::Spanned;

use super::environment_variable::EnvironmentVariable;
use super::names::DependsOn;
use super::passthrough::Passthrough;
use super::read::{Entries, OneOrMany};
use super::service::Logging;
use super::table::table;
use crate::model::{Cpus, Duration, Port, Size, Submodules, SyncBackend};

pub use container::file_mounts;
pub use convert::above_zero;

table! {
    /// A git repository that a service keeps in the volume `sync_NAME`, each commit in a folder of its own, published by a link.
    Sync {
        /// The repository: an `https://` or `ssh://` address, or `user@host:path`. A password goes to `password`.
        repo: Spanned<String>,
        /// The branch that is followed. Without `branch`, `tag`, `commit` and `ref` it is the server's default branch.
        branch: Spanned<String>,
        /// The tag that is followed, also when it moves.
        tag: Spanned<String>,
        /// The full name of a commit.
        commit: Spanned<String>,
        /// Any reference by its full name, such as `refs/pull/7/head`.
        r#ref: Spanned<String>,
        /// Time between two questions to the server. Default: `30s`.
        every: Spanned<Duration>,
        /// At most this much is added to each wait, by chance, so that many hosts do not ask at once. Default: `0s`.
        jitter: Spanned<Duration>,
        /// Time that one round may take. Default: `2m`.
        timeout: Spanned<Duration>,
        /// Commits of history to fetch; 0 for all. Default: `1`.
        depth: Spanned<u32>,
        /// `recursive`, `shallow` for the repository's own submodules only, or `off`. Default: `recursive`.
        submodules: Spanned<Submodules>,
        /// The name of the published link. Default: the last part of `repo`, without `.git`.
        link: Spanned<String>,
        /// The user for an `https://` address. Default: `git`.
        username: Spanned<String>,
        /// The secret that holds the password or token for an `https://` address. `stackctl up` hands a new value over, without a restart.
        password: Spanned<String>,
        /// The secret, or secrets, that hold SSH keys, tried in this order.
        ssh_key: OneOrMany<Spanned<String>>,
        /// The keys of SSH servers: a file relative to stack.toml, or a secret. `ssh-keyscan HOST` prints them.
        known_hosts: Spanned<String>,
        /// A PEM file of authorities to trust in place of the usual ones, relative to stack.toml.
        ca: Spanned<String>,
        /// The HTTP proxy, such as `http://proxy.example.com:3128`.
        proxy: Spanned<String>,
        /// `git2`, the library in stackctl, or `git`, the command. Default: `git2`; `git` where `sparse` or `filter` needs it.
        backend: Spanned<SyncBackend>,
        /// Patterns of files to check out, in the words of `.gitignore`. Default: all files.
        sparse: OneOrMany<Spanned<String>>,
        /// The filter of a partial clone, such as `blob:none`.
        filter: Spanned<String>,
        /// Earlier commits that are kept besides the published one. Default: `2`.
        keep: Spanned<u32>,
        /// A command that runs in the new folder behind publishing.
        exec_hook: ExecHook,
        /// A command that runs in the new folder before publishing.
        pre_publish_hook: ExecHook,
        /// An address that is called behind publishing.
        webhook: Webhook,
        /// A port on the stack's network that answers health and Prometheus metrics.
        metrics_port: Spanned<Port>,
        /// Services that must come first.
        depends_on: DependsOn,
        /// Environment variables, for hooks.
        environment: Entries<EnvironmentVariable>,
        /// Memory above which it is killed. Default: `512MB`.
        memory: Spanned<Size>,
        /// Processors it may use. Default: `1`.
        cpus: Spanned<Cpus>,
        /// Processes and threads it may have. Default: `256`.
        pids_limit: Spanned<NonZeroU32>,
        /// Bounds of its log on disk.
        logging: Logging,
        /// Any key of a Compose service, merged last.
        compose: Passthrough,
    }
}

table! {
    /// A command that is run with the commit in `GITSYNC_HASH`.
    ExecHook {
        /// The executable, without arguments.
        command: Spanned<String>,
        /// Time it may take. Default: `30s`.
        timeout: Spanned<Duration>,
        /// Time until it is tried again after a failure. Default: `3s`.
        backoff: Spanned<Duration>,
    }
}

table! {
    /// An address that is called with the commit in the header `Gitsync-Hash`.
    Webhook {
        /// The address.
        url: Spanned<String>,
        /// The method. Default: `POST`.
        method: Spanned<String>,
        /// The status that means success; 0 not to look. Default: `200`.
        success_status: Spanned<u32>,
        /// Time it may take. Default: `1s`.
        timeout: Spanned<Duration>,
        /// Time until it is tried again after a failure. Default: `3s`.
        backoff: Spanned<Duration>,
    }
}
