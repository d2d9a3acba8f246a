//! The stack: its folder, variables, ports and memory.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Check, Docker, Loaded, Problem};
use crate::engine::preflight::ports;
use crate::engine::variables;
use crate::model::{Postgres, PublishedPort, Stack};
use crate::runtime::compose::Published;
use crate::runtime::docker::{Container, label};
use crate::runtime::listener;

/// The checks.
pub fn checks(root: &Path, loaded: &Loaded, docker: &Docker<'_>, engine_answers: bool) -> Vec<Check> {
    let stack = &loaded.stack;
    let mut checks = vec![Check::ok("stack.toml", format!("`{}` is valid", stack.project()))];
    let is_exported = |name: &str| std::env::var_os(name).is_some();
    for problem in variables::missing(stack, root, is_exported) {
        checks.push(Check::broken("variables", problem));
    }
    let containers = if engine_answers {
        docker.running().unwrap_or_default()
    } else {
        Vec::new()
    };
    checks.extend(taken_ports(stack, &containers));
    checks.extend(secrets(&root.join(stack.state_directory())));
    checks.extend(memory(
        stack,
        engine_answers
            .then(|| docker.info().ok())
            .flatten()
            .map(|info| info.mem_total),
    ));
    checks.push(Check::ok(
        "time zone",
        format!("containers run in {}", stack.timezone),
    ));
    checks
}

fn taken_ports(stack: &Stack, containers: &[Container]) -> Vec<Check> {
    let project = stack.project();
    let (own, others): (Vec<Container>, Vec<Container>) = containers
        .iter()
        .cloned()
        .partition(|container| container.label(label::PROJECT) == Some(project.as_str()));
    let listeners = listener::all();
    let published: Vec<(&str, &PublishedPort)> = stack
        .services
        .iter()
        .flat_map(|service| service.published.iter().map(|port| (service.name.as_str(), port)))
        .chain(
            stack
                .postgres
                .iter()
                .flat_map(|postgres| postgres.ports.iter().map(|port| (Postgres::SERVICE, port))),
        )
        .collect();
    let mut checks: Vec<Check> = published
        .iter()
        .filter(|(_, port)| {
            let host = port.host.get();
            !own.iter()
                .any(|container| container.ports.iter().any(|binding| binding.host == host))
        })
        .filter_map(|(service, port)| {
            let wanted = Published {
                host_ip: port.address.to_string(),
                published: port.host.to_string(),
                protocol: port.protocol.to_string(),
            };
            let holder = ports::holder(&wanted, &others, &listeners)?;
            Some(Check::broken(
                "ports",
                Problem::new(
                    format!("port {} of `{service}` is taken by {holder}", port.host),
                    format!("stop that, or give `{service}` another port in stack.toml"),
                ),
            ))
        })
        .collect();
    if checks.is_empty() && !published.is_empty() {
        checks.push(Check::ok(
            "ports",
            format!("{} free or the stack's own", published.len()),
        ));
    }
    checks
}

/// Secrets are for their owner alone.
fn secrets(state: &Path) -> Option<Check> {
    let folder = state.join("secrets");
    let open: Vec<String> = std::iter::once(folder.clone())
        .chain(
            std::fs::read_dir(&folder)
                .ok()?
                .flatten()
                .map(|entry| entry.path()),
        )
        .filter(|path| {
            let mode = path.metadata().map(|found| found.permissions().mode());
            mode.is_ok_and(|mode| mode & 0o077 != 0)
        })
        .map(|path| path.display().to_string())
        .collect();
    Some(if open.is_empty() {
        Check::ok("secrets", format!("`{}` is closed to others", folder.display()))
    } else {
        Check::broken(
            "secrets",
            Problem::new(
                format!("others may read `{}`", open.join("`, `")),
                format!("`chmod -R go= {}`", folder.display()),
            ),
        )
    })
}

fn memory(stack: &Stack, total: Option<u64>) -> Option<Check> {
    let total = total.filter(|total| *total > 0)?;
    let limits = stack.services.iter().map(|service| service.limits.memory);
    let database = stack.postgres.iter().map(|postgres| postgres.limits.memory);
    let sum: u64 = limits.chain(database).map(crate::model::Size::bytes).sum();
    let found = format!(
        "the containers may use {} MB of {} MB together",
        sum >> 20,
        total >> 20
    );
    Some(if sum > total {
        Check::warning("limits", found, "lower `memory` of some services in stack.toml")
    } else {
        Check::ok("limits", found)
    })
}
