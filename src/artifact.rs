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

/// Why a stack could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {}

/// Renders the whole stack. The files are sorted by path.
pub fn files(stack: &crate::model::Stack, inputs: &Inputs) -> Result<Vec<File>, ArtifactError> {
    let mut compose = format!("name: {}\nservices:\n", stack.project());
    let mut files = Vec::new();
    for service in &stack.services {
        compose += &format!("  {}:\n    environment:\n", service.name);
        for (name, value) in &service.environment {
            compose += &format!("      {name}: {value:?}\n");
        }
        if service.is_built() {
            let path = format!("services/{}/Dockerfile", service.name);
            compose += &format!("    build:\n      dockerfile: rendered/{path}\n");
            let bytes = format!("{:?}\n", service.source).into_bytes();
            files.push(File {
                path,
                bytes,
                executable: false,
            });
        }
    }
    for (index, (_, bytes)) in inputs.init_sql.iter().enumerate() {
        files.push(File {
            path: format!("postgres/initdb.d/{index}.sql"),
            bytes: bytes.clone(),
            executable: false,
        });
    }
    files.push(File {
        path: "compose.yaml".to_owned(),
        bytes: compose.into_bytes(),
        executable: false,
    });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Every template there is, by its path below `templates/`.
pub fn template_paths() -> impl Iterator<Item = &'static str> {
    ["postgres/pg_hba.conf.j2", ".env.example.j2"].into_iter()
}
