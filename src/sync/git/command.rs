//! The git command as backend: one process for each step, killed at its deadline.

mod check_out;
mod failure;
mod invocation;
mod leftover;
mod memory;
mod rebuild;
mod reference;
mod registry;
mod setting;
mod settings;
mod watch;

use std::ffi::OsStr;
use std::path::Path;
use std::time::Instant;

use crate::runtime::interrupt::Interrupt;
use crate::sync::layout::Layout;
use crate::sync::options::{Gc, Options, Source, Submodules};
use crate::sync::temporary;

use super::{Git, GitError, Login, Verdict};
use failure::Failure;
use invocation::{At, Invocation};
use memory::Memory;
use rebuild::disk;
use registry::Registry;
use watch::Watch;

/// The reference that keeps the fetched commit from being collected.
const FETCHED: &str = "refs/stackctl/fetched";

/// A repository that the git command works on.
#[derive(Debug)]
pub struct GitCommand {
    layout: Layout,
    source: Source,
    invocation: Invocation,
    /// Users and passwords, for git's credential helper.
    logins: Memory,
    /// Keeps the settings readable for git; they are read by their path.
    _settings: Memory,
    state: State,
    /// What the server said last.
    known: Option<Known>,
}

/// What is known of the repository on disk.
#[derive(Debug)]
enum State {
    /// Nothing: it may have been left by a killed process, or by somebody else.
    Unknown,
    /// It was left like this.
    Good(Watch),
    /// It can't be read.
    Broken,
}

/// What a reference stood for.
#[derive(Debug, Clone)]
struct Known {
    /// The object that the server names; for an annotated tag not the commit.
    object: String,
    commit: String,
}

impl GitCommand {
    /// The backend for these options. Nothing is run yet.
    ///
    /// # Errors
    /// A setting has a name that git does not understand, or there is no memory for settings.
    pub fn new(program: &Path, options: &Options, interrupt: Interrupt) -> Result<Self, GitError> {
        let step = "setting git up";
        let failed = |message: String| GitError::Other { step, message };
        let memory = || Memory::new().map_err(|error| failed(error.to_string()));
        let (logins, mut settings) = (memory()?, memory()?);
        let text = setting::text(&settings::configuration(options, &logins)).map_err(|name| {
            failed(format!(
                "`{name}` is no name of a git setting, such as `http.sslVerify`"
            ))
        })?;
        settings
            .set(text.as_bytes())
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            layout: options.layout.clone(),
            source: options.source.clone(),
            invocation: Invocation {
                program: program.to_owned(),
                variables: settings::variables(&options.access, &settings),
                inherited: vec![logins.number(), settings.number()],
                interrupt,
                secrets: Vec::new(),
            },
            logins,
            _settings: settings,
            state: State::Unknown,
            known: None,
        })
    }

    fn repo(&self) -> &str {
        &self.source.repo
    }

    fn depth(&self) -> u32 {
        self.source.depth
    }

    fn submodules(&self) -> Submodules {
        self.source.submodules
    }

    fn sparse_checkout_file(&self) -> Option<&Path> {
        self.source.sparse_checkout_file.as_deref()
    }

    /// Runs git; where a lock is in the way, once more without it. Only one sync works on a root, and it runs one git
    /// at a time, so nobody alive holds a lock.
    fn git<A: AsRef<OsStr>>(
        &self,
        step: &'static str,
        at: At<'_>,
        arguments: &[A],
        deadline: Instant,
    ) -> Result<String, GitError> {
        match self.invocation.run(step, at, arguments, deadline) {
            Ok(printed) => Ok(printed),
            Err(Failure::Error(error)) => Err(error),
            Err(Failure::Locked(_)) => {
                self.sweep()?;
                let again = self.invocation.run(step, at, arguments, deadline);
                again.map_err(|failure| match failure {
                    Failure::Error(error) => error,
                    Failure::Locked(message) => GitError::Other { step, message },
                })
            }
        }
    }

    fn sweep(&self) -> Result<(), GitError> {
        let repository = self.layout.repository();
        leftover::sweep(&repository)
            .map(drop)
            .map_err(disk("clean", &repository))
    }

    fn use_logins(&mut self, logins: &[Login]) -> Result<(), GitError> {
        let failed = |message: String| GitError::Other {
            step: "handing credentials to git",
            message,
        };
        let bytes = serde_json::to_vec(logins).map_err(|error| failed(error.to_string()))?;
        self.logins
            .set(&bytes)
            .map_err(|error| failed(error.to_string()))?;
        self.invocation.secrets = logins
            .iter()
            .map(|login| login.password.clone())
            .filter(|password| !password.is_empty())
            .collect();
        Ok(())
    }

    /// Points the repository's remote to where it is fetched from: submodules with relative addresses need it.
    fn point_to_remote(&self, repository: &Path, deadline: Instant) -> Result<(), GitError> {
        let arguments = ["config", "remote.origin.url", self.repo()];
        self.git(
            "setting the remote",
            At::Repository(repository),
            &arguments,
            deadline,
        )
        .map(drop)
    }

    /// Looks at a repository of which nothing is known.
    fn inspect(&self, deadline: Instant) -> Result<(), GitError> {
        let repository = self.layout.repository();
        if !repository.symlink_metadata().is_ok_and(|found| found.is_dir()) {
            return Err(GitError::Corrupted("the repository is no folder".to_owned()));
        }
        self.sweep()?;
        let at = At::Repository(&repository);
        // This reads HEAD and the configuration.
        let arguments = ["rev-parse", "--is-bare-repository"];
        let bare = self
            .git("opening the repository", at, &arguments, deadline)
            .map_err(corrupted)?;
        if bare.trim() == "true" {
            return Err(GitError::Corrupted("it is a bare repository".to_owned()));
        }
        self.point_to_remote(&repository, deadline).map_err(corrupted)?;
        if self.source.filter.is_none() {
            self.inspect_served(deadline)?;
        }
        Ok(())
    }

    /// Whether the objects of the worktrees are there; that costs far less than looking at all of history.
    fn inspect_served(&self, deadline: Instant) -> Result<(), GitError> {
        let repository = self.layout.repository();
        let registry = Registry::of(&repository);
        let worktrees = self.layout.worktrees();
        registry
            .forget_the_gone(&worktrees)
            .map_err(disk("clean", &repository))?;
        let mut arguments: Vec<String> = ["rev-list", "--objects", "--quiet", "--no-walk"]
            .map(str::to_owned)
            .into();
        let first = arguments.len();
        for id in registry.ids().map_err(disk("read", &repository))? {
            let head = std::fs::read_to_string(registry.entry(&id).join("HEAD")).unwrap_or_default();
            if reference::is_object_name(head.trim()) {
                arguments.push(format!("{}^{{tree}}", head.trim()));
            }
        }
        if arguments.len() > first {
            let at = At::Repository(&repository);
            self.git("looking at served commits", at, &arguments, deadline)
                .map_err(corrupted)?;
        }
        Ok(())
    }

    /// Looks at a repository that somebody else changed.
    fn inspect_whole(&self, deadline: Instant) -> Result<(), GitError> {
        self.inspect(deadline)?;
        let repository = self.layout.repository();
        let arguments = ["fsck", "--no-progress", "--no-dangling"];
        let looked = self.git(
            "looking at every object",
            At::Repository(&repository),
            &arguments,
            deadline,
        );
        looked.map(drop).map_err(corrupted)
    }

    /// Asks the server for the reference, and for its objects if they are new.
    fn fetch_into(&self, repository: &Path, deadline: Instant) -> Result<Known, GitError> {
        let at = At::Repository(repository);
        let refspec = format!("+{}:{FETCHED}", self.source.reference);
        let depth = self.depth().to_string();
        let mut arguments = vec!["fetch", "--no-progress", "--no-auto-gc", "--no-tags"];
        if self.depth() > 0 {
            arguments.extend(["--depth", &depth]);
        } else if repository.join("shallow").exists() {
            arguments.push("--unshallow");
        }
        if let Some(filter) = &self.source.filter {
            arguments.extend(["--filter", filter]);
        }
        arguments.extend(["--", self.repo(), &refspec]);
        self.git("fetching", at, &arguments, deadline)?;
        let commit = format!("{FETCHED}^{{commit}}");
        let names = self.git(
            "reading what was fetched",
            at,
            &["rev-parse", FETCHED, &commit],
            deadline,
        )?;
        let mut lines = names.lines().map(str::to_owned);
        match (lines.next(), lines.next()) {
            (Some(object), Some(commit)) => Ok(Known { object, commit }),
            _ => Err(GitError::NoReference {
                reference: self.source.reference.clone(),
            }),
        }
    }

    /// What the server says the reference is now; none where it does not name it.
    fn ask(&self, deadline: Instant) -> Result<Option<String>, GitError> {
        let name = &self.source.reference;
        let candidates = reference::candidates(name);
        let mut arguments = vec!["ls-remote", "--quiet", "--", self.repo()];
        arguments.extend(candidates.iter().map(String::as_str));
        let repository = self.layout.repository();
        let answer = self.git(
            "asking the server",
            At::Repository(&repository),
            &arguments,
            deadline,
        )?;
        Ok(reference::advertised(&answer, name))
    }

    fn forget(&mut self) {
        self.known = None;
        self.state = State::Unknown;
    }

    /// Notes how a step left the repository.
    fn leave<T>(&mut self, outcome: Result<T, GitError>) -> Result<T, GitError> {
        self.state = match &outcome {
            Ok(_) => State::Good(Watch::of(&self.layout.repository())),
            Err(GitError::Corrupted(_)) => State::Broken,
            Err(_) => State::Unknown,
        };
        outcome
    }

    fn make_usable(&mut self, deadline: Instant) -> Result<(), GitError> {
        let repository = self.layout.repository();
        temporary::sweep(&self.layout.root).map_err(disk("clean", &self.layout.root))?;
        let is_there = repository.symlink_metadata().is_ok();
        let looked = match &self.state {
            _ if !is_there => return self.create(deadline),
            State::Good(watch) if *watch == Watch::of(&repository) => return Ok(()),
            State::Good(_) => self.inspect_whole(deadline),
            State::Unknown => self.inspect(deadline),
            State::Broken => Err(GitError::Corrupted(String::new())),
        };
        match looked {
            Err(GitError::Corrupted(_)) => self.rebuild(deadline),
            looked => looked,
        }
    }
}

/// Where git only reads what lies on disk, what it can't do means that it can't be read.
fn corrupted(error: GitError) -> GitError {
    match error {
        GitError::Other { message, .. } => GitError::Corrupted(message),
        error => error,
    }
}

impl Git for GitCommand {
    fn prepare(&mut self, logins: &[Login], deadline: Instant) -> Result<(), GitError> {
        self.use_logins(logins)?;
        let outcome = self.make_usable(deadline);
        self.leave(outcome)
    }

    fn fetch(&mut self, logins: &[Login], deadline: Instant) -> Result<String, GitError> {
        self.use_logins(logins)?;
        if let Some(known) = &self.known
            && self.ask(deadline)?.as_ref() == Some(&known.object)
        {
            return Ok(known.commit.clone());
        }
        let outcome = self.fetch_into(&self.layout.repository(), deadline);
        let known = self.leave(outcome)?;
        let commit = known.commit.clone();
        self.known = Some(known);
        Ok(commit)
    }

    fn check_out(
        &mut self,
        commit: &str,
        folder: &Path,
        worktree: &Path,
        logins: &[Login],
        deadline: Instant,
    ) -> Result<(), GitError> {
        self.use_logins(logins)?;
        let outcome = self.write_tree(commit, folder, worktree, deadline);
        self.leave(outcome)
    }

    fn verify(&mut self, commit: &str, worktree: &Path, deadline: Instant) -> Result<Verdict, GitError> {
        self.compare(commit, worktree, deadline)
    }

    fn tidy(&mut self, changed: bool, deadline: Instant) -> Result<(), GitError> {
        if !changed {
            return Ok(());
        }
        let repository = self.layout.repository();
        Registry::of(&repository)
            .forget_the_gone(&self.layout.worktrees())
            .map_err(disk("clean", &repository))?;
        let arguments: &[&str] = match self.source.gc {
            Gc::Auto => &["gc", "--quiet", "--auto"],
            Gc::Always => &["gc", "--quiet"],
            Gc::Aggressive => &["gc", "--quiet", "--aggressive"],
            Gc::Off => return Ok(()),
        };
        let outcome = self.git(
            "collecting old objects",
            At::Repository(&repository),
            arguments,
            deadline,
        );
        self.leave(outcome).map(drop)
    }
}
