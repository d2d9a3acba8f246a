//! A repository that a service keeps in a volume.

use super::duration::Duration;
use super::name::{SecretName, ServiceName, VolumeName};
use super::port::Port;
use super::service::User;

/// One `[sync.NAME]`. Its service is `sync-NAME`, its volume `sync_NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sync {
    /// Its name.
    pub name: ServiceName,
    /// The repository, without a password.
    pub repo: String,
    /// A branch, a tag, a commit, a full reference, or `HEAD`.
    pub reference: String,
    /// Time between two questions to the server.
    pub every: Duration,
    /// At most this much is added to each wait, by chance.
    pub jitter: Duration,
    /// Time that one round may take.
    pub timeout: Duration,
    /// Commits of history; 0 for all.
    pub depth: u32,
    /// Submodules.
    pub submodules: Submodules,
    /// The name of the published link, below the volume's root.
    pub link: String,
    /// Who one is to an HTTPS server.
    pub username: Option<String>,
    /// The secret with the password or token.
    pub password: Option<SecretName>,
    /// Secrets with SSH keys, in the order in which they are tried.
    pub ssh_keys: Vec<SecretName>,
    /// The keys of SSH servers.
    pub known_hosts: Option<KnownHosts>,
    /// Authorities in PEM for an HTTPS server, relative to stack.toml or absolute.
    pub ca: Option<String>,
    /// The HTTP proxy.
    pub proxy: Option<String>,
    /// What speaks to the repository.
    pub backend: SyncBackend,
    /// Patterns of a sparse checkout; empty for all files.
    pub sparse: Vec<String>,
    /// A partial clone's filter.
    pub filter: Option<String>,
    /// Worktrees kept besides the published one.
    pub keep: u32,
    /// A command in the worktree behind publishing.
    pub exec_hook: Option<ExecHook>,
    /// A command beside publishing, once the files are there.
    pub pre_publish_hook: Option<ExecHook>,
    /// A URL that is called behind publishing.
    pub webhook: Option<Webhook>,
    /// Where health and metrics are answered in the container.
    pub metrics_port: Option<Port>,
}

/// What speaks to the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncBackend {
    /// The library in stackctl itself.
    Git2,
    /// The git command, which is then in the image.
    Git,
}

/// What happens to submodules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submodules {
    /// Theirs are fetched too.
    Recursive,
    /// Only the repository's own.
    Shallow,
    /// None.
    Off,
}

impl Submodules {
    /// As git-sync's flag has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recursive => "recursive",
            Self::Shallow => "shallow",
            Self::Off => "off",
        }
    }
}

/// Where the keys of SSH servers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownHosts {
    /// A file, relative to stack.toml or absolute.
    File(String),
    /// A secret.
    Secret(SecretName),
}

/// A command that is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecHook {
    /// The executable, without arguments.
    pub command: String,
    /// Time it may take.
    pub timeout: Option<Duration>,
    /// Time until it is tried again.
    pub backoff: Option<Duration>,
}

/// A URL that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The URL.
    pub url: String,
    /// The method, in place of POST.
    pub method: Option<String>,
    /// The status that means success; 0 not to look.
    pub success_status: Option<u16>,
    /// Time it may take.
    pub timeout: Option<Duration>,
    /// Time until it is tried again.
    pub backoff: Option<Duration>,
}

impl Sync {
    /// Where the volume is mounted in its own container, as in git-sync's image.
    pub const ROOT: &'static str = "/git";
    /// Where the file of `known_hosts` is mounted.
    pub const KNOWN_HOSTS: &'static str = "/etc/git-sync/known_hosts";
    /// Where the file of `ca` is mounted.
    pub const CA: &'static str = "/etc/git-sync/ca.crt";
    /// The number of the user and the group of git-sync's image, so that either can follow the other on one volume.
    pub const UID: u32 = 65_533;
    /// That user.
    pub const USER: User = User::Numeric {
        uid: Self::UID,
        gid: Self::UID,
    };

    /// The volume of the sync of that name; none where the name is too long for a volume.
    #[must_use]
    pub fn volume(name: &ServiceName) -> Option<VolumeName> {
        format!("sync_{name}").parse().ok()
    }

    /// Where the volume is mounted in a container that reads it.
    #[must_use]
    pub fn reader_root(name: &ServiceName) -> String {
        format!("/sync/{name}")
    }

    /// Every secret that it reads.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretName> {
        let known_hosts = self.known_hosts.iter().filter_map(|hosts| match hosts {
            KnownHosts::Secret(name) => Some(name),
            KnownHosts::File(_) => None,
        });
        self.password.iter().chain(&self.ssh_keys).chain(known_hosts)
    }
}
