//! The variables of a process, as they were when somebody looked. Values may be secrets and are not shown.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use super::error::EnvironmentError;
use super::network;
use crate::model::Jobs;

/// Variables with their values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<OsString, OsString>);

impl Variables {
    /// Those of this process.
    fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// Those of this process for an installer: with the network's settings, from the file that a variable names.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn of_installer() -> Result<Self, EnvironmentError> {
        let mut variables = Self::of_process();
        if let Some(file) = variables.get(Jobs::NETWORK_FILE).map(PathBuf::from) {
            variables.0.extend(network::variables(&file)?);
        }
        Ok(variables)
    }

    /// The value of one, where it is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        let value = self.0.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value)
    }

    /// The value of one as text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter();
        Self(
            variables
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
