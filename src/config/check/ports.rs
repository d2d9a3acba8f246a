//! Two services on one port of the host.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::declared::{self, Declared};
use super::super::problems::Problems;
use super::super::read::Read;
use super::super::stack_file::StackFile;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{EnvironmentName, Port, Postgres, Protocol, PublishedPort};

/// A published port: whose it is and where that stands.
type Published<'a> = (&'a str, PublishedPort, Span);

/// Tells each clash at its second port.
pub fn check(file: &StackFile, declared: &[Declared], problems: &mut Problems) {
    let ports = published(file, declared);
    let mut taken: BTreeMap<(Port, Protocol), Vec<&Published<'_>>> = BTreeMap::new();
    for entry in &ports {
        let (owner, port, span) = entry;
        let others = taken.entry((port.host, port.protocol)).or_default();
        if let Some(other) = others.iter().find(|(_, other, _)| port.clashes_with(other)) {
            problems.push(clash(other, (owner, port, span.clone()), &ports));
        }
        others.push(entry);
    }
}

fn clash(other: &Published<'_>, second: (&str, &PublishedPort, Span), all: &[Published<'_>]) -> Diagnostic {
    let ((other, _, other_span), (owner, port, span)) = (other, second);
    let message = if owner == *other {
        format!("`{owner}` publishes port {} of the host twice", port.host)
    } else {
        format!(
            "`{other}` and `{owner}` both publish port {} of the host",
            port.host
        )
    };
    let key = if owner == Postgres::SERVICE {
        Postgres::SERVICE.to_owned()
    } else {
        format!("services.{owner}")
    };
    let problem = Diagnostic::error(Code::PortClash, span, message)
        .at(key)
        .labelled("the same port")
        .and(other_span.clone(), "taken here");
    match free(port, all) {
        Some(host) => problem.help(format!("publish another: `\"{host}:{}\"`", port.container)),
        None => problem,
    }
}

/// The next port of the host that nothing in the file wants.
fn free(port: &PublishedPort, all: &[Published<'_>]) -> Option<u16> {
    (port.host.get().checked_add(1)?..=u16::MAX)
        .find(|host| all.iter().all(|(_, other, _)| other.host.get() != *host))
}

/// Tells the ports that an environment inherits from the rest of the file. The same port written in the
/// environment's own table is taken as meant.
pub fn inherited(
    base: &DeTable<'_>,
    merged: &DeTable<'_>,
    environment: &EnvironmentName,
    problems: &mut Problems,
) {
    let read = |table: &DeTable<'_>| {
        let node = Spanned::new(0..0, DeValue::Table(table.clone()));
        StackFile::read(&node, &mut Problems::default())
    };
    let (Some(base), Some(merged)) = (read(base), read(merged)) else {
        return;
    };
    let (of_base, of_merged) = (declared::all(&base), declared::all(&merged));
    let base = published(&base, &of_base);
    for (owner, port, span) in published(&merged, &of_merged) {
        if !base.iter().any(|(_, _, place)| *place == span) {
            continue;
        }
        let is_database = owner == Postgres::SERVICE;
        let table = if is_database {
            owner.to_owned()
        } else {
            format!("services.{owner}")
        };
        let line = match free(&port, &base) {
            Some(host) if is_database => format!("`{table}.ports = \"{host}:{}\"`", port.container),
            Some(host) => format!("`{table}.port = \"{host}:{}\"`", port.container),
            None => format!("`{table}.ports`"),
        };
        problems.push(
            Diagnostic::warning(
                Code::EnvironmentPortClash,
                span,
                format!("`{environment}` publishes port {} of the host like the stack without an environment", port.host),
            )
            .at(table)
            .labelled("inherited by the environment")
            .help(format!(
                "where both run on one host, write {line} under `[environments.{environment}]`; the same number written there is taken as meant"
            )),
        );
    }
}

fn published<'a>(file: &StackFile, declared: &'a [Declared]) -> Vec<Published<'a>> {
    let place = |port: &Spanned<PublishedPort>| (*port.get_ref(), port.span());
    let database = file
        .postgres
        .iter()
        .flat_map(|postgres| &postgres.ports)
        .flat_map(|ports| &ports.0);
    let mut all: Vec<Published<'a>> = database
        .map(place)
        .map(|(port, span)| (Postgres::SERVICE, port, span))
        .collect();
    for declared in declared {
        let service = &declared.service;
        let listening = service
            .port
            .iter()
            .map(|port| (port.get_ref().published, port.span()));
        let further = service.ports.iter().flat_map(|ports| &ports.0).map(place);
        all.extend(
            listening
                .chain(further)
                .map(|(port, span)| (declared.name.get_ref().as_str(), port, span)),
        );
    }
    // In the order of the file, so that the second of two is the one that a person wrote last.
    all.sort_by_key(|(_, _, span)| span.start);
    all
}
