//! Two services on one port of the host.

use toml::Spanned;

use super::super::problems::Problems;
use super::super::stack_file::StackFile;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Postgres, PublishedPort, Stack};

/// Tells each clash at its second port.
pub fn check(file: &StackFile, _stack: &Stack, problems: &mut Problems) {
    let ports = published(file);
    for (index, (owner, port, span)) in ports.iter().enumerate() {
        let clash = ports[..index]
            .iter()
            .find(|(_, other, _)| port.clashes_with(other));
        if let Some((other, _, other_span)) = clash {
            let message = if owner == other {
                format!("`{owner}` publishes port {} of the host twice", port.host)
            } else {
                format!(
                    "`{other}` and `{owner}` both publish port {} of the host",
                    port.host
                )
            };
            problems.push(
                Diagnostic::error(Code::PortClash, span.clone(), message)
                    .at(format!("services.{owner}"))
                    .and(other_span.clone(), "taken here")
                    .help(format!(
                        "publish another: `\"{}:{}\"`",
                        u32::from(port.host.get()) + 1,
                        port.container
                    )),
            );
        }
    }
}

fn published(file: &StackFile) -> Vec<(&str, PublishedPort, Span)> {
    let place = |port: &Spanned<PublishedPort>| (*port.get_ref(), port.span());
    let database = file
        .postgres
        .iter()
        .flat_map(|postgres| &postgres.ports)
        .flat_map(|ports| &ports.0);
    let mut all: Vec<(&str, PublishedPort, Span)> = database
        .map(place)
        .map(|(port, span)| (Postgres::SERVICE, port, span))
        .collect();
    for (key, service) in file.services.iter().flat_map(|entries| &entries.0) {
        let listening = service
            .port
            .iter()
            .map(|port| (port.get_ref().published, port.span()));
        let further = service.ports.iter().flat_map(|ports| &ports.0).map(place);
        all.extend(
            listening
                .chain(further)
                .map(|(port, span)| (key.get_ref().as_str(), port, span)),
        );
    }
    all
}
