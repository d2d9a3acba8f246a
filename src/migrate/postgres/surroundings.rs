//! What an address is completed from besides what was typed, as a value, so that tests have their own.

use std::path::PathBuf;

/// The environment, as far as an address depends on it.
pub struct Surroundings<'a> {
    /// The value of a variable; `None` where it is not set or no text.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The name of the user who runs this.
    pub user: Option<String>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// Folders in which the socket of a server on this machine may be.
    pub sockets: Vec<PathBuf>,
}

impl Surroundings<'static> {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok().flatten();
        Self {
            variable: &|name| std::env::var(name).ok(),
            home: std::env::home_dir().or_else(|| user.as_ref().map(|user| user.dir.clone())),
            user: user.map(|user| user.name),
            sockets: vec![PathBuf::from("/var/run/postgresql"), PathBuf::from("/tmp")],
        }
    }
}

impl Surroundings<'_> {
    /// A variable that is set to something.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }
}
