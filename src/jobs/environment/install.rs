//! The steps of an installation, with pip or uv.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::BuildError;
use super::python::{self, Facts};
use super::settings::REPLACED;
use super::{Installer, Request, credentials};
use crate::event::{Event, Observer};
use crate::runtime::command::{Cmd, CommandError, Runner};
use crate::runtime::interrupt::Interrupt;

/// Lines that are kept of a command that fails.
const KEPT: usize = 20;

const MAKING: &str = "making the virtual environment";
const INSTALLING: &str = "installing packages";
/// The step in which versions are found not to go together.
pub const CHECKING: &str = "checking packages";
const LISTING: &str = "listing packages";

/// Variables that would change where packages are looked for or put.
const NOT_PASSED: [&str; 6] = [
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONUSERBASE",
    "PYTHONSTARTUP",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
];

/// An environment that is being made.
pub struct Installation<'a> {
    request: &'a Request,
    path: &'a Path,
    facts: Facts,
    runner: Runner<'a>,
    observer: &'a dyn Observer,
    secrets: Vec<String>,
}

impl<'a> Installation<'a> {
    /// One at `path`.
    pub fn new(
        request: &'a Request,
        path: &'a Path,
        observer: &'a dyn Observer,
        interrupt: &Interrupt,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            request,
            path,
            facts: python::facts(&request.state_dir, &request.python, &request.variables)?,
            // It tells nothing by itself, because credentials are hidden only here.
            runner: Runner::new(&crate::event::Silent, interrupt.clone()),
            observer,
            secrets: credentials::in_variables(&request.variables),
        })
    }

    /// Makes an environment that sees the interpreter's own packages.
    ///
    /// It gets no pip of its own where it sees one: a copy takes seconds, and what makes it is not there on Debian
    /// without python3-venv.
    pub fn make_environment(&self) -> Result<(), BuildError> {
        let python = &self.facts.executable;
        let cmd = match self.request.installer {
            Installer::Uv => Cmd::new("uv")
                .args(["venv", "--system-site-packages", "--no-project", "--python"])
                .arg(python),
            Installer::Pip => {
                Cmd::new(python).args(["-m", "venv", "--system-site-packages", "--without-pip"])
            }
        };
        self.run(MAKING, cmd.arg(self.path))?;
        self.see_packages_of_outer_environment()?;
        if self.request.installer == Installer::Uv || self.has("pip")? {
            return Ok(());
        }
        if !self.has("ensurepip")? {
            return Err(BuildError::NoPip {
                python: self.request.python.clone(),
            });
        }
        let cmd = Cmd::new(self.python()).args(["-m", "ensurepip", "--default-pip"]);
        self.run(MAKING, cmd).map(drop)
    }

    /// Installs what the requirements file says; `source` is the folder that its paths are relative to.
    pub fn install(&self, source: &Path, requirements: &Path) -> Result<(), BuildError> {
        let cmd = match self.request.installer {
            Installer::Uv => self.uv("install"),
            Installer::Pip => {
                self.pip("install")
                    .args(["--no-input", "--no-warn-script-location", "--progress-bar", "off"])
            }
        };
        let cmd = cmd.arg("-r").arg(source.join(requirements)).directory(source);
        self.run(INSTALLING, cmd).map(drop)
    }

    /// Checks that the versions go together.
    ///
    /// pip also looks at the interpreter's own packages. What is wrong among those alone is not a fault of the
    /// requirements, and no change of them would mend it.
    pub fn check(&self) -> Result<(), BuildError> {
        if self.request.installer == Installer::Uv {
            return self.run(CHECKING, self.uv("check")).map(drop);
        }
        let Err(failed) = self.run(CHECKING, self.pip("check")) else {
            return Ok(());
        };
        let BuildError::Step { lines, .. } = &failed else {
            return Err(failed);
        };
        let before = self.own_complaints()?;
        let is_old = |line: &String| before.contains(line) || line.starts_with("WARNING: ");
        if lines.iter().all(is_old) {
            Ok(())
        } else {
            Err(failed)
        }
    }

    /// What the interpreter's pip finds wrong with the interpreter's own packages.
    fn own_complaints(&self) -> Result<Vec<String>, BuildError> {
        let cmd = Cmd::new(&self.request.python).args(["-m", "pip", "--disable-pip-version-check", "check"]);
        let mut complaints = Vec::new();
        let told = &mut |line: &str| complaints.push(self.hide(line));
        self.runner.finish(&self.prepared(cmd), told).map_err(not_run)?;
        Ok(complaints)
    }

    /// What was really installed into the environment, one package in a line.
    pub fn list(&self) -> Result<String, BuildError> {
        let cmd = match self.request.installer {
            Installer::Uv => self.uv("freeze"),
            // --local: not what the interpreter has by itself.
            Installer::Pip => self.pip("freeze").args(["--local", "--all"]),
        };
        let listed = self.run(LISTING, cmd.data())?;
        // Packages from a repository are listed with its URL.
        let lines = listed.lines().filter(|line| !line.is_empty());
        Ok(lines
            .flat_map(|line| [self.hide(line), "\n".to_owned()])
            .collect())
    }

    fn pip(&self, command: &str) -> Cmd {
        Cmd::new(self.python()).args(["-m", "pip", "--disable-pip-version-check", command])
    }

    fn uv(&self, command: &str) -> Cmd {
        Cmd::new("uv")
            .args(["pip", command, "--python"])
            .arg(self.python())
    }

    fn python(&self) -> PathBuf {
        self.path.join("bin/python")
    }

    /// Whether the environment sees a module.
    fn has(&self, module: &str) -> Result<bool, BuildError> {
        let question =
            format!("import importlib.util, sys; sys.exit(importlib.util.find_spec({module:?}) is None)");
        let cmd = self.prepared(Cmd::new(self.python()).args(["-c", &question]));
        let answer = self.runner.finish(&cmd, &mut |_| {}).map_err(not_run)?;
        Ok(answer.status.success())
    }

    /// An interpreter that belongs to a virtual environment, such as the image's /opt/venv, has its packages there,
    /// and the new environment sees only those of the interpreter behind it.
    fn see_packages_of_outer_environment(&self) -> Result<(), BuildError> {
        if !self.facts.is_virtual() {
            return Ok(());
        }
        let version = &self.facts.version;
        let file = self
            .path
            .join(format!("lib/python{version}/site-packages/stackctl-image.pth"));
        let lines: String = self
            .facts
            .packages
            .iter()
            .flat_map(|folder| [folder, "\n"])
            .collect();
        fs::write(&file, lines).map_err(BuildError::write(&file))
    }

    fn prepared(&self, cmd: Cmd) -> Cmd {
        // What the request has beyond this process's variables, such as the network's settings.
        let is_added = |(name, value): &(&OsStr, &OsStr)| std::env::var_os(name).as_deref() != Some(*value);
        let added = self.request.variables.iter().filter(is_added);
        let cmd = added.fold(cmd, |cmd, (name, value)| cmd.env(name, value));
        let not_passed = NOT_PASSED.iter().chain(&REPLACED);
        // The packages in the user's home are not those that the jobs see.
        not_passed
            .fold(cmd, Cmd::without)
            .env("PYTHONNOUSERSITE", "1")
            .env("PIP_USER", "0")
    }

    /// Runs a command and gives back its stdout; tells what it prints, credentials hidden.
    fn run(&self, step: &'static str, cmd: Cmd) -> Result<String, BuildError> {
        let cmd = self.prepared(cmd);
        self.observer.on(Event::Command(&self.hide(&cmd.to_string())));
        let mut last = VecDeque::new();
        let ended = self.runner.finish(&cmd, &mut |line| {
            let line = self.hide(line);
            self.observer.on(Event::Output(&line));
            if line.is_empty() {
                return;
            }
            if last.len() == KEPT {
                last.pop_front();
            }
            last.push_back(line);
        });
        let ended = ended.map_err(not_run)?;
        if ended.status.success() {
            Ok(ended.stdout)
        } else {
            Err(BuildError::Step {
                step,
                status: ended.status.to_string(),
                lines: last.into(),
            })
        }
    }

    fn hide(&self, line: &str) -> String {
        let line = credentials::hide(line);
        self.secrets
            .iter()
            .fold(line, |line, secret| line.replace(secret.as_str(), "***"))
    }
}

fn not_run(error: CommandError) -> BuildError {
    match error {
        CommandError::Interrupted { .. } => BuildError::Interrupted,
        error => BuildError::Command(error),
    }
}
