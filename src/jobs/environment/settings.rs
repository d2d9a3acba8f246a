//! The installers' settings that decide which packages they find, as parts of the key.

use std::path::{Path, PathBuf};

use super::error::EnvironmentError;
use super::python::Facts;
use super::{Installer, Request, credentials};
use crate::jobs::atomic_file;

/// Settings that change how an installer works and not what it installs.
const NEUTRAL: [&str; 27] = [
    "PIP_CACHE_DIR",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONFIG_FILE",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_NO_CACHE_DIR",
    "PIP_NO_COLOR",
    "PIP_NO_INPUT",
    "PIP_PROGRESS_BAR",
    "PIP_PROXY",
    "PIP_QUIET",
    "PIP_RETRIES",
    "PIP_ROOT_USER_ACTION",
    "PIP_TIMEOUT",
    "PIP_USE_DEPRECATED",
    "PIP_VERBOSE",
    "PIP_NO_WARN_SCRIPT_LOCATION",
    "UV_CACHE_DIR",
    "UV_CONCURRENT_DOWNLOADS",
    "UV_CONCURRENT_INSTALLS",
    "UV_CONFIG_FILE",
    "UV_HTTP_TIMEOUT",
    "UV_LINK_MODE",
    "UV_NATIVE_TLS",
    "UV_NO_CACHE",
    "UV_NO_PROGRESS",
];

/// Settings that are replaced for a build, or that have no meaning in one.
pub(super) const REPLACED: [&str; 16] = [
    "PIP_BREAK_SYSTEM_PACKAGES",
    "PIP_DRY_RUN",
    "PIP_LOG",
    "PIP_PREFIX",
    "PIP_PYTHON",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
    "UV_BREAK_SYSTEM_PACKAGES",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_TARGET",
    "UV_PREFIX",
    "UV_VENV_SEED",
];

/// Settings whose value is a list of files that are requirements as much as those of the commit.
const FILES: [&str; 7] = [
    "PIP_CONSTRAINT",
    "PIP_BUILD_CONSTRAINT",
    "PIP_REQUIREMENT",
    "UV_CONSTRAINT",
    "UV_BUILD_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_EXCLUDE",
];

/// The settings, without users and passwords.
pub fn read(request: &Request, facts: &Facts) -> Result<Vec<Vec<u8>>, EnvironmentError> {
    let prefix = match request.installer {
        Installer::Pip => "PIP_",
        Installer::Uv => "UV_",
    };
    let mut settings = Vec::new();
    for (name, value) in request.variables.iter() {
        let name = name.to_string_lossy();
        let counts = name.starts_with(prefix) && !value.is_empty();
        if !counts || NEUTRAL.contains(&&*name) || REPLACED.contains(&&*name) {
            continue;
        }
        let value = value.to_string_lossy();
        settings.push(format!("{name}={}", credentials::without(&value)).into_bytes());
        if FILES.contains(&&*name) {
            for file in value.split_whitespace() {
                push_file(&mut settings, &request.worktree.join(file))?;
            }
        }
    }
    for file in files(request, facts) {
        push_file(&mut settings, &file)?;
    }
    Ok(settings)
}

fn push_file(settings: &mut Vec<Vec<u8>>, path: &Path) -> Result<(), EnvironmentError> {
    if let Some(bytes) = atomic_file::read(path).map_err(EnvironmentError::read(path))? {
        settings.push(credentials::without(&String::from_utf8_lossy(&bytes)).into_bytes());
    }
    Ok(())
}

/// Where the installers look for their configuration, in the order in which they do.
fn files(request: &Request, facts: &Facts) -> Vec<PathBuf> {
    let variables = &request.variables;
    let path = |name: &str| variables.get(name).map(PathBuf::from);
    let home = path("HOME");
    let user_configuration =
        path("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
    let system: Vec<PathBuf> = match variables.get("XDG_CONFIG_DIRS") {
        Some(folders) => std::env::split_paths(folders).collect(),
        None => vec![PathBuf::from("/etc/xdg")],
    };
    match request.installer {
        Installer::Pip => {
            if variables
                .get("PIP_CONFIG_FILE")
                .is_some_and(|file| file == "/dev/null")
            {
                return Vec::new();
            }
            let global = system.iter().map(|folder| folder.join("pip/pip.conf"));
            global
                .chain([PathBuf::from("/etc/pip.conf")])
                .chain(home.as_ref().map(|home| home.join(".pip/pip.conf")))
                .chain(user_configuration.map(|folder| folder.join("pip/pip.conf")))
                .chain([Path::new(&facts.prefix).join("pip.conf")])
                .chain(path("PIP_CONFIG_FILE"))
                .collect()
        }
        Installer::Uv => {
            let global = system.iter().map(|folder| folder.join("uv/uv.toml"));
            // uv also reads the project that it runs in.
            let project = ["uv.toml", "pyproject.toml"].map(|name| request.worktree.join(name));
            global
                .chain([PathBuf::from("/etc/uv/uv.toml")])
                .chain(user_configuration.map(|folder| folder.join("uv/uv.toml")))
                .chain(project)
                .chain(path("UV_CONFIG_FILE"))
                .collect()
        }
    }
}
