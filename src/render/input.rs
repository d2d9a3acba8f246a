//! What rendering reads of the user's project besides stack.toml.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::error::RenderError;
use super::requirement;
use crate::artifact::{self, Inputs};
use crate::config::Loaded;

/// The folder of the project whose files stand in for built-in templates.
const TEMPLATES: &str = "templates";

/// Reads them.
pub fn inputs(root: &Path, loaded: &Loaded) -> Result<Inputs, RenderError> {
    let stack = &loaded.stack;
    let patterns = stack.postgres.iter().flat_map(|postgres| &postgres.init);
    let mut templates = BTreeMap::new();
    read_templates(root, Path::new(""), &mut templates)?;
    Ok(Inputs {
        init_sql: init_sql(root, patterns)?,
        templates,
        included_requirements: requirement::included(root, &stack.services)?,
    })
}

/// Whether a pattern has no wildcards, so that it names one file.
pub fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '['])
}

/// The files that match a pattern, relative to the folder of stack.toml where they are below it, sorted by name.
pub fn matches(root: &Path, pattern: &str) -> Result<Vec<String>, RenderError> {
    let root = std::path::absolute(root).map_err(RenderError::read(root))?;
    // A file whose name looks like a pattern can still be named as it is.
    if root.join(pattern).is_file() {
        return Ok(vec![relative(&root, &root.join(pattern))?]);
    }
    let whole = if Path::new(pattern).is_absolute() {
        pattern.to_owned()
    } else {
        format!("{}/{pattern}", Pattern::escape(&root.to_string_lossy()))
    };
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let paths = glob::glob_with(&whole, options).map_err(|source| RenderError::Pattern {
        pattern: pattern.to_owned(),
        source,
    })?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|error| RenderError::Read {
            path: error.path().to_owned(),
            source: error.into(),
        })?;
        if path.is_file() {
            files.push(relative(&root, &path)?);
        }
    }
    files.sort();
    Ok(files)
}

/// The files of all patterns in the order of the patterns, each file once, at its first place.
fn init_sql<'a>(
    root: &Path,
    patterns: impl Iterator<Item = &'a String>,
) -> Result<Vec<(String, Vec<u8>)>, RenderError> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for pattern in patterns {
        for path in matches(root, pattern)? {
            if files.iter().all(|(known, _)| *known != path) {
                let place = root.join(&path);
                let bytes = fs::read(&place).map_err(RenderError::read(&place))?;
                files.push((path, bytes));
            }
        }
    }
    Ok(files)
}

/// The files below `templates/` that are meant for stackctl: those in a folder which has built-in templates, so that
/// a misspelt name is told rather than ignored. A project's own pages may live in `templates/` too.
fn read_templates(
    root: &Path,
    below: &Path,
    templates: &mut BTreeMap<String, String>,
) -> Result<(), RenderError> {
    let folder = root.join(TEMPLATES).join(below);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(());
        }
        Err(error) => return Err(RenderError::read(&folder)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(RenderError::read(&folder))?;
        let path = below.join(entry.file_name());
        if entry
            .file_type()
            .map_err(RenderError::read(&entry.path()))?
            .is_dir()
        {
            read_templates(root, &path, templates)?;
            continue;
        }
        let Some(name) = path.to_str().filter(|name| is_for_us(name)) else {
            continue;
        };
        let text = fs::read_to_string(entry.path()).map_err(RenderError::read(&entry.path()))?;
        templates.insert(name.to_owned(), text);
    }
    Ok(())
}

fn is_for_us(path: &str) -> bool {
    let folder = |path: &str| path.split_once('/').map(|(folder, _)| folder.to_owned());
    let is_template = Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "j2");
    let is_known = |known: &str| known == path || (folder(known).is_some() && folder(known) == folder(path));
    is_template && artifact::template_paths().any(is_known)
}

fn relative(root: &Path, path: &Path) -> Result<String, RenderError> {
    let short = path.strip_prefix(root).unwrap_or(path);
    let short: PathBuf = short
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    match short.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(RenderError::Name(short)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_runs_in_the_order_of_the_patterns_and_each_file_once() {
        let root = tempfile::tempdir().unwrap();
        // A folder whose own name looks like a pattern.
        let root = root.path().join("[a]*");
        fs::create_dir_all(root.join("sql/deep")).unwrap();
        for name in [
            "b.sql",
            "a.sql",
            "10.sql",
            "9.sql",
            ".hidden.sql",
            "deep/c.sql",
            "x[1].sql",
        ] {
            fs::write(root.join("sql").join(name), name).unwrap();
        }
        let patterns = ["sql/b.sql", "./sql/*.sql", "sql/**/*.sql"].map(str::to_owned);
        let files = init_sql(&root, patterns.iter()).unwrap();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "sql/b.sql",
                "sql/10.sql",
                "sql/9.sql",
                "sql/a.sql",
                "sql/x[1].sql",
                "sql/deep/c.sql"
            ]
        );
        assert_eq!(matches(&root, "sql/x[1].sql").unwrap(), ["sql/x[1].sql"]);
    }

    #[test]
    fn pages_of_the_project_are_not_our_templates() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("templates");
        fs::create_dir_all(folder.join("postgres")).unwrap();
        fs::write(folder.join("postgres/pg_hba.conf.j2"), "x").unwrap();
        fs::write(folder.join("postgres/logo.png"), [0xff, 0xd8]).unwrap();
        fs::write(folder.join("mail.txt.j2"), "y").unwrap();
        let mut templates = BTreeMap::new();
        read_templates(root.path(), Path::new(""), &mut templates).unwrap();
        assert_eq!(
            templates,
            BTreeMap::from([("postgres/pg_hba.conf.j2".to_owned(), "x".to_owned())])
        );
    }
}
