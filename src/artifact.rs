//! The valid stack -> every file it is rendered to, in memory. Pure: the same stack and inputs give the same
//! bytes on every machine.

/// One rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the rendered folder, with `/` between parts.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether it can be executed; modes are 0644 and 0755.
    pub executable: bool,
}

/// What the user's project gives to rendering besides stack.toml.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The user's SQL files, by their path relative to stack.toml, in the order in which they run.
    pub init_sql: Vec<(String, Vec<u8>)>,
    /// Templates of the project that stand in for built-in ones, by the same path below `templates/`.
    pub templates: std::collections::BTreeMap<String, String>,
    /// Files below stack.toml that requirements files include with `-r` and `-c`, by service.
    pub included_requirements: std::collections::BTreeMap<String, Vec<String>>,
}
