//! What is asked of sync, every default resolved. Where git-sync has the option, it means the same.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::layout::Layout;

/// All of it.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where things lie.
    pub layout: Layout,
    /// What is fetched, and how.
    pub source: Source,
    /// When.
    pub pace: Pace,
    /// Who one is to the server.
    pub access: Access,
    /// What is told to whom behind a sync.
    pub hooks: Hooks,
    /// The HTTP endpoint, where one is wanted.
    pub http: Option<Http>,
    /// Touched whenever a sync changed something.
    pub touch_file: Option<PathBuf>,
    /// Holds the last error while there is one.
    pub error_file: Option<PathBuf>,
    /// Adds the own user to /etc/passwd where it is not there, because ssh asks for it.
    pub add_user: bool,
    /// Whether what is written can be written by its group.
    pub group_write: bool,
    /// How long a worktree is kept once another was published.
    pub stale_worktree_timeout: Duration,
    /// How many worktrees are kept besides the published one, whatever their age.
    pub keep_worktrees: usize,
    /// How much is told: 0 is what matters, each step above more.
    pub verbosity: u8,
}

/// What is fetched, and how.
#[derive(Debug, Clone)]
pub struct Source {
    /// The repository's URL or path, without user and password.
    pub repo: String,
    /// A branch, a tag, a full commit, a full reference name, or `HEAD`.
    pub reference: String,
    /// Commits of history; 0 for all.
    pub depth: u32,
    /// A partial clone's filter.
    pub filter: Option<String>,
    /// Submodules.
    pub submodules: Submodules,
    /// Patterns of a sparse checkout.
    pub sparse_checkout_file: Option<PathBuf>,
    /// What does the work.
    pub backend: Backend,
    /// Settings of git, each a name and a value, laid over the defaults in this order.
    pub git_config: Vec<(String, String)>,
    /// When old objects are removed.
    pub gc: Gc,
}

/// What speaks to the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// libgit2, in a child process.
    Git2,
    /// The git command of this name or path.
    Command(PathBuf),
}

/// Submodules of the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Submodules {
    /// Theirs too.
    Recursive,
    /// Only the repository's own.
    Shallow,
    /// None.
    Off,
}

/// When old objects are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gc {
    /// When git finds that it is worth it.
    Auto,
    /// Behind each change.
    Always,
    /// Behind each change, with more work for less space.
    Aggressive,
    /// Never.
    Off,
}

/// When the repository is asked.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Time between rounds.
    pub period: Duration,
    /// The same until the first success.
    pub init_period: Duration,
    /// At most this much is added to each wait, by chance, so that many hosts do not ask at once.
    pub jitter: Duration,
    /// From the fourth failure in a row on the wait doubles up to this; never less than the period.
    pub max_backoff: Duration,
    /// Time that one round may take.
    pub sync_timeout: Duration,
    /// Whether to end behind the first success.
    pub one_time: bool,
    /// Failures in a row after which to give up; none for never.
    pub max_failures: Option<u32>,
    /// The same until the first success.
    pub init_max_failures: Option<u32>,
    /// The signal that asks for a round now.
    pub signal: Option<i32>,
}

/// Who one is to the server.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Users and passwords by URL; those of the repository first.
    pub credentials: Vec<Credential>,
    /// Answers with `username=` and `password=` lines before each round.
    pub askpass_url: Option<String>,
    /// Keys, in the order in which they are tried; a file that is not there is left out.
    pub ssh_key_files: Vec<PathBuf>,
    /// Hosts' keys; none to trust any host, which is for tests only.
    pub ssh_known_hosts: Option<PathBuf>,
    /// A cookie file in Netscape's format.
    pub cookie_file: Option<PathBuf>,
    /// A GitHub App.
    pub github_app: Option<GithubApp>,
    /// Certificate authorities in PEM, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// The HTTP proxy; without one, the usual variables.
    pub proxy: Option<String>,
}

/// A user and a password for everything below a URL.
#[derive(Clone)]
pub struct Credential {
    /// The URL.
    pub url: String,
    /// The user.
    pub username: String,
    /// The password.
    pub password: Password,
}

/// Where a password comes from.
#[derive(Clone)]
pub enum Password {
    /// It was given.
    Text(String),
    /// A file, read before each round, so that tokens can be replaced.
    File(PathBuf),
}

/// A GitHub App and its installation.
#[derive(Clone)]
pub struct GithubApp {
    /// The API, such as `https://api.github.com/`.
    pub base_url: String,
    /// The client's or the application's id.
    pub issuer: String,
    /// The installation.
    pub installation_id: u64,
    /// The private key in PEM.
    pub private_key: Password,
}

/// What happens around publishing.
#[derive(Debug, Clone, Default)]
pub struct Hooks {
    /// Run once the files are there, beside publishing; it can't hold it back.
    pub pre_publish: Option<ExecHook>,
    /// Run in the worktree behind publishing.
    pub exec: Option<ExecHook>,
    /// Called behind publishing.
    pub webhook: Option<Webhook>,
}

/// A command that is run with `GITSYNC_HASH` set.
#[derive(Debug, Clone)]
pub struct ExecHook {
    /// The executable, without arguments.
    pub command: String,
    /// Time it may take.
    pub timeout: Duration,
    /// Time until it is tried again.
    pub backoff: Duration,
}

/// A URL that is called with the header `Gitsync-Hash`.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The URL.
    pub url: String,
    /// The method.
    pub method: String,
    /// The status that means success; 0 not to look.
    pub success_status: u16,
    /// Time it may take.
    pub timeout: Duration,
    /// Time until it is tried again.
    pub backoff: Duration,
}

/// The HTTP endpoint.
#[derive(Debug, Clone)]
pub struct Http {
    /// Where it listens.
    pub bind: SocketAddr,
    /// Whether /metrics answers.
    pub metrics: bool,
    /// Whether /debug/pprof/ answers.
    pub pprof: bool,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(***)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("url", &self.url)
            .field("username", &self.username)
            .field("password", &self.password)
            .finish()
    }
}

impl std::fmt::Debug for GithubApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GithubApp")
            .field("base_url", &self.base_url)
            .field("issuer", &self.issuer)
            .field("private_key", &self.private_key)
            .finish_non_exhaustive()
    }
}
