//! Ports of the host that the stack wants and somebody else has.

use std::net::IpAddr;

use super::{Config, Observed, Plan, Problem, Project};
use crate::engine::EngineError;
use crate::runtime::compose::Published;
use crate::runtime::docker::{Container, label};
use crate::runtime::listener::{self, Listener};

/// Ports of services that are to be started and that others have.
pub fn problems(
    project: &Project<'_>,
    config: &Config,
    observed: &Observed,
    plan: &Plan,
) -> Result<Vec<Problem>, EngineError> {
    let wanted: Vec<(&str, &Published)> = plan
        .changes()
        .flat_map(|planned| {
            let ports = &config.services[&planned.service].ports;
            ports.iter().map(|port| (planned.service.as_str(), port))
        })
        .collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let containers = project.docker.running()?;
    let own: Vec<&Container> = observed
        .containers
        .iter()
        .filter(|container| container.is_running())
        .collect();
    let listeners = listener::all();
    Ok(wanted
        .into_iter()
        .filter(|(_, port)| !own.iter().any(|container| holds(container, port)))
        .filter_map(|(service, port)| {
            let holder = holder(port, &containers, &listeners)?;
            Some(taken(service, port, &holder))
        })
        .collect())
}

/// Who has a port, in words.
pub fn holder(port: &Published, containers: &[Container], listeners: &[Listener]) -> Option<String> {
    if let Some(container) = containers.iter().find(|container| holds(container, port)) {
        let project = container.label(label::PROJECT);
        let of = project.map_or_else(String::new, |project| format!(" of the project `{project}`"));
        return Some(format!("the container `{}`{of}", container.name));
    }
    let number: u16 = port.published.parse().ok()?;
    let address = address(&port.host_ip);
    let listener = listeners.iter().find(|listener| {
        listener.port == number && listener.protocol == protocol(port) && clashes(listener.address, address)
    })?;
    Some(listener.owner().map_or_else(
        || format!("a process of another user (`sudo ss -ltnp 'sport = :{number}'` names it)"),
        |owner| format!("`{}` (process {})", owner.name, owner.pid),
    ))
}

fn taken(service: &str, port: &Published, holder: &str) -> Problem {
    let host = if port.host_ip.is_empty() {
        "0.0.0.0"
    } else {
        &port.host_ip
    };
    let (number, kind) = (&port.published, protocol(port));
    Problem::new(
        format!("`{service}` publishes port {host}:{number}/{kind}, which is taken by {holder}"),
        format!("stop that, or give `{service}` another port in `ports` of stack.toml"),
    )
}

fn holds(container: &Container, port: &Published) -> bool {
    container.ports.iter().any(|binding| {
        port.published == binding.host.to_string()
            && protocol(port) == binding.protocol
            && clashes(address(&binding.address), address(&port.host_ip))
    })
}

fn protocol(port: &Published) -> &str {
    if port.protocol.is_empty() {
        "tcp"
    } else {
        &port.protocol
    }
}

/// No address, or an unreadable one, stands for all of them.
fn address(text: &str) -> IpAddr {
    text.parse().unwrap_or(IpAddr::from([0, 0, 0, 0]))
}

fn clashes(one: IpAddr, other: IpAddr) -> bool {
    one == other || one.is_unspecified() || other.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(host_ip: &str, published: &str) -> Published {
        Published {
            host_ip: host_ip.to_owned(),
            published: published.to_owned(),
            protocol: "tcp".to_owned(),
        }
    }

    #[test]
    fn a_process_that_listens_is_named() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let number = socket.local_addr().unwrap().port().to_string();
        let listeners = listener::all();
        let found = holder(&port("", &number), &[], &listeners).unwrap();
        assert!(
            found.contains(&format!("process {}", std::process::id())),
            "{found}"
        );
        assert_eq!(holder(&port("127.0.0.2", &number), &[], &listeners), None);
    }
}
