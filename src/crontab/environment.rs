//! The settings of a crontab that stand above a job.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A line `NAME=value`: a later one of the same name replaces an earlier one.
pub(super) type Setting = (String, Vec<u8>);

/// The variables that a crontab sets for a job.
///
/// All jobs of a crontab share its settings, each with the number of those above it, so that thousands of jobs cost no
/// more than one.
#[derive(Clone, Default)]
pub struct Environment {
    settings: Arc<[Setting]>,
    above: usize,
}

impl Environment {
    pub(super) fn new(settings: Arc<[Setting]>, above: usize) -> Self {
        Self { settings, above }
    }

    /// Name and value of each variable, sorted by name. A value may hold bytes that are not UTF-8.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<&str, &[u8]> {
        let above = self.settings.iter().take(self.above);
        above
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect()
    }

    /// The value of one variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let mut above = self.settings.iter().take(self.above).rev();
        above
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_slice())
    }
}

impl std::fmt::Debug for Environment {
    /// Names only, as a value may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.variables().keys()).finish()
    }
}

impl PartialEq for Environment {
    fn eq(&self, other: &Self) -> bool {
        self.variables() == other.variables()
    }
}

impl Eq for Environment {}
