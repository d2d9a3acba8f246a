//! Secrets that an image build would take along: those of the state folder, where a Dockerfile of the project is
//! given the whole project, and files of secrets that the rendered ignore files can't name.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::RenderError;
use crate::model::{SecretOrigin, Service, ServiceSource, Stack};

const STATE: &str = ".stackctl";

/// The values of `{ env = … }`, beside stack.toml.
const ENV_FILE: &str = ".env";

/// Refuses each.
pub fn check(root: &Path, stack: &Stack) -> Result<(), RenderError> {
    for service in &stack.services {
        match &service.source {
            ServiceSource::Dockerfile { path, context } => dockerfile(root, stack, service, path, context)?,
            ServiceSource::Python(_) | ServiceSource::Sync(_) | ServiceSource::Image(_) => {}
        }
    }
    let is_python = |service: &Service| matches!(service.source, ServiceSource::Python(_));
    if stack.services.iter().any(is_python) {
        absolute_secret(root, stack)?;
    }
    Ok(())
}

/// A Dockerfile of the project says itself what it copies, so nothing private may be in reach of it.
fn dockerfile(
    root: &Path,
    stack: &Stack,
    service: &Service,
    path: &str,
    context: &str,
) -> Result<(), RenderError> {
    let context = root.join(context);
    let own = PathBuf::from(format!("{}.dockerignore", root.join(path).display()));
    let file = if own.is_file() {
        own
    } else {
        context.join(".dockerignore")
    };
    let ignore = fs::read_to_string(&file).unwrap_or_default();
    for private in private(root, stack) {
        if let Some(what) = below(root, &context, &private).filter(|what| !excludes(&ignore, what)) {
            return Err(RenderError::Exposed {
                service: service.name.to_string(),
                what,
                file: file.strip_prefix(root).unwrap_or(&file).to_owned(),
            });
        }
    }
    Ok(())
}

/// What no image may hold: the state folder, whether it is there yet or not, and files with secrets that are.
fn private(root: &Path, stack: &Stack) -> Vec<PathBuf> {
    let secrets = stack.secrets.values().filter_map(|secret| match &secret.origin {
        SecretOrigin::File(path) => Some(path.as_str()),
        SecretOrigin::Generated { .. } | SecretOrigin::DatabaseUrl { .. } => None,
    });
    let files = secrets
        .chain(stack.build.index_credentials.as_deref())
        .chain([ENV_FILE]);
    let there = files.map(PathBuf::from).filter(|path| root.join(path).exists());
    std::iter::once(PathBuf::from(STATE)).chain(there).collect()
}

/// The path of something private as a builder with this context sees it, if it does.
fn below(root: &Path, context: &Path, private: &Path) -> Option<String> {
    let (root, context) = (root.canonicalize().ok()?, context.canonicalize().ok()?);
    let place = root.join(private);
    let below = place.strip_prefix(&context).ok()?;
    (!below.as_os_str().is_empty()).then(|| below.to_string_lossy().into_owned())
}

/// Whether a line leaves the folder, or one it is in, out, and none behind it takes it back.
fn excludes(ignore: &str, path: &str) -> bool {
    let mut excluded = false;
    for line in ignore
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
    {
        let pattern = line.strip_prefix('!').unwrap_or(line).trim();
        let pattern = pattern.trim_start_matches("./").trim_matches('/');
        let Ok(pattern) = glob::Pattern::new(pattern.trim_end_matches("/**")) else {
            continue;
        };
        let options = glob::MatchOptions {
            require_literal_separator: true,
            ..glob::MatchOptions::new()
        };
        let fits = |path: &Path| pattern.matches_path_with(path, options);
        let is_back = line.starts_with('!');
        if Path::new(path).ancestors().any(fits) || (is_back && fits(&Path::new(path).join("x"))) {
            excluded = !is_back;
        }
    }
    excluded
}

/// The ignore files of Python services name what is below the project, relative to it.
fn absolute_secret(root: &Path, stack: &Stack) -> Result<(), RenderError> {
    let root = root.canonicalize().map_err(RenderError::read(root))?;
    let files = stack.secrets.values().filter_map(|secret| match &secret.origin {
        SecretOrigin::File(path) => Some(path),
        SecretOrigin::Generated { .. } | SecretOrigin::DatabaseUrl { .. } => None,
    });
    for path in files.chain(&stack.build.index_credentials) {
        let inside = Path::new(path).strip_prefix(&root);
        if let (true, Ok(inside)) = (path.starts_with('/'), inside) {
            return Err(RenderError::AbsoluteSecret {
                path: path.clone(),
                inside: inside.to_owned(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_fits_decides() {
        for ignore in [
            ".stackctl",
            "/.stackctl/",
            "**/.stackctl",
            ".*",
            "*\n!src",
            ".stackctl/**",
            "# x\n*",
        ] {
            assert!(excludes(ignore, ".stackctl"), "{ignore}");
        }
        for ignore in [
            "",
            "#.stackctl",
            "stackctl",
            ".stackctl\n!.stackctl",
            "*\n!.stackctl/x",
            "*/.stackctl",
        ] {
            assert!(!excludes(ignore, ".stackctl"), "{ignore}");
        }
        assert!(excludes("project", "project/.stackctl"));
        assert!(excludes("**/.stackctl", "project/.stackctl"));
        assert!(!excludes(".stackctl", "project/.stackctl"));
    }
}
