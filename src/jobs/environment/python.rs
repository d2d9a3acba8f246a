//! What the interpreter is: asked once, then known by its file.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::EnvironmentError;
use super::variables::Variables;
use crate::event::Silent;
use crate::jobs::atomic_file;
use crate::runtime::command::{Cmd, Runner};
use crate::runtime::interrupt::Interrupt;

/// What an interpreter says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The binary itself, behind shims and virtual environments.
    pub executable: PathBuf,
    /// `3.11`: within one, packages go on working.
    pub version: String,
    /// `cpython`, `pypy`.
    pub implementation: String,
    /// The interface of compiled modules, such as `cpython-311-x86_64-linux-gnu`.
    pub abi: String,
    /// Such as `linux-x86_64`.
    pub platform: String,
    /// The C library, such as `glibc 2.36`; it changes with the distribution's release.
    pub libc: String,
    /// Where the interpreter's own packages lie, or those of the virtual environment that it belongs to.
    pub prefix: String,
    /// Where the interpreter itself lies.
    pub base_prefix: String,
    /// Folders with packages that belong to `prefix`.
    pub packages: Vec<String>,
}

impl Facts {
    /// What decides whether packages that were installed for one interpreter are good for another.
    pub(super) fn identity(&self) -> [&str; 7] {
        [
            &self.version,
            &self.implementation,
            &self.abi,
            &self.platform,
            &self.libc,
            &self.prefix,
            &self.base_prefix,
        ]
    }

    /// Whether the interpreter is that of a virtual environment.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        self.prefix != self.base_prefix
    }
}

/// The answer, and the files that it holds for.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    asked: Identity,
    answered: Identity,
    facts: Facts,
}

/// A file as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    path: PathBuf,
    size: u64,
    modified: (i64, i64),
}

const FILE_NAME: &str = "python.json";
/// A network disk may be slow; an interpreter that takes longer hangs.
const DEADLINE: Duration = Duration::from_secs(60);

const QUESTION: &str = r#"
import json, platform, sys, sysconfig
paths = sysconfig.get_paths()
print(json.dumps({
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "version": "%d.%d" % sys.version_info[:2],
    "implementation": sys.implementation.name,
    "abi": sysconfig.get_config_var("SOABI") or sys.implementation.cache_tag or "",
    "platform": sysconfig.get_platform(),
    "libc": " ".join(platform.libc_ver()),
    "prefix": sys.prefix,
    "base_prefix": sys.base_prefix,
    "packages": sorted({paths["purelib"], paths["platlib"]}),
}))
"#;

/// What the interpreter `python` is, a path or a name on PATH.
///
/// It is run where its file is not the one that `state_dir` remembers, which takes some ten milliseconds; the calling
/// thread waits for that child.
///
/// # Errors
/// It is not there, does not run, or the answer can't be kept in `state_dir`.
pub fn facts(state_dir: &Path, python: &Path, variables: &Variables) -> Result<Facts, EnvironmentError> {
    let path = find(python, variables).ok_or_else(|| EnvironmentError::NoPython {
        python: python.to_owned(),
    })?;
    let asked = Identity::of(&path).ok_or_else(|| EnvironmentError::NoPython { python: path.clone() })?;
    let file = state_dir.join(FILE_NAME);
    let known = atomic_file::read(&file).map_err(EnvironmentError::state(&file))?;
    // What can't be understood is asked again.
    let known: Option<Known> = known.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some(known) = known
        && known.asked == asked
        && Identity::of(&known.facts.executable).as_ref() == Some(&known.answered)
    {
        return Ok(known.facts);
    }
    let facts = ask(&path)?;
    let answered = Identity::of(&facts.executable).ok_or_else(|| EnvironmentError::NoPython {
        python: facts.executable.clone(),
    })?;
    let known = Known {
        asked,
        answered,
        facts,
    };
    let bytes = serde_json::to_vec_pretty(&known).expect("facts are texts and numbers");
    fs::create_dir_all(state_dir).map_err(EnvironmentError::state(state_dir))?;
    atomic_file::replace(&file, &bytes).map_err(EnvironmentError::state(&file))?;
    Ok(known.facts)
}

fn ask(python: &Path) -> Result<Facts, EnvironmentError> {
    // -I: neither the jobs' variables nor the current folder change the answer.
    let cmd = Cmd::new(python)
        .args(["-I", "-c", QUESTION])
        .deadline(DEADLINE)
        .data();
    let runner = Runner::new(&Silent, Interrupt::default());
    let answer = runner.run(&cmd).map_err(|source| EnvironmentError::Python {
        python: python.to_owned(),
        source,
    })?;
    serde_json::from_str(&answer.stdout).map_err(|source| EnvironmentError::PythonAnswer {
        python: python.to_owned(),
        source,
    })
}

/// A name without a slash is looked for on PATH.
fn find(python: &Path, variables: &Variables) -> Option<PathBuf> {
    if python.components().count() > 1 || python.is_absolute() {
        return std::path::absolute(python)
            .ok()
            .filter(|path| is_executable(path));
    }
    let folders = variables.get("PATH")?;
    std::env::split_paths(folders)
        .map(|folder| folder.join(python))
        .find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

impl Identity {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            path: path.to_owned(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}
