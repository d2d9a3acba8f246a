//! The docker command, the engine, compose and buildx.

use super::{Check, Docker, Loaded, Problem};
use crate::engine::EngineError;
use crate::engine::preflight::{COMPOSE, ENGINE, too_old};
use crate::error::Advice;
use crate::runtime::docker::{Version, docker};

/// The checks, and whether the engine answers.
pub fn checks(asking: &Docker<'_>, loaded: Option<&Loaded>) -> (Vec<Check>, bool) {
    let client = asking.ask(docker().arg("--version")).map_err(EngineError::from);
    let client = match client {
        Ok(captured) => Version::within(&captured.stdout.replace(',', " ")),
        Err(error) => return (vec![Check::broken("docker", problem(&error))], false),
    };
    let mut checks = vec![Check::ok("docker", shown("the docker command", client))];
    let engine = asking
        .ask(docker().args(["version", "--format", "{{.Server.Version}}"]))
        .map_err(EngineError::from)
        .map(|captured| Version::within(&captured.stdout));
    let answers = engine.is_ok();
    checks.push(part("engine", "the Docker engine", engine, ENGINE, "docker-ce"));
    let compose = asking
        .ask(docker().args(["compose", "version", "--short"]))
        .map_err(EngineError::from)
        .map(|captured| Version::within(&captured.stdout));
    checks.push(part(
        "compose",
        "Docker Compose",
        compose,
        COMPOSE,
        "docker-compose-plugin",
    ));
    checks.push(buildx(asking, loaded));
    (checks, answers)
}

fn part(
    name: &'static str,
    part: &str,
    found: Result<Option<Version>, EngineError>,
    wanted: Version,
    package: &str,
) -> Check {
    match found {
        Err(error) => Check::broken(name, problem(&error)),
        Ok(found) => match too_old(part, found, wanted, package) {
            Some(problem) => Check::broken(name, problem),
            None => Check::ok(name, shown(part, found)),
        },
    }
}

fn buildx(asking: &Docker<'_>, loaded: Option<&Loaded>) -> Check {
    let builds =
        loaded.is_none_or(|loaded| loaded.stack.services.iter().any(crate::model::Service::is_built));
    if let Ok(Some(version)) = asking.buildx() {
        return Check::ok("buildx", shown("buildx", Some(version)));
    }
    let mend =
        "`sudo apt-get install docker-buildx-plugin` (Docker's packages) or `docker-buildx` (Ubuntu's)";
    if builds {
        Check::broken(
            "buildx",
            Problem::new("buildx is not installed, and images are built with it", mend),
        )
    } else {
        Check::warning("buildx", "buildx is not installed; no service needs it yet", mend)
    }
}

fn shown(part: &str, version: Option<Version>) -> String {
    match version {
        Some(version) => format!("{part} {version}"),
        None => format!("{part}, of an unknown version"),
    }
}

fn problem(error: &EngineError) -> Problem {
    Problem::new(
        error.to_string(),
        error
            .hint()
            .unwrap_or_else(|| "`docker info` says more".to_owned()),
    )
}
