//! `stackctl status`.

mod inside;

use super::global::Global;
use super::{Outcome, operation};
use crate::engine::Action;
use crate::engine::status::{Report, ServiceStatus, status};
use crate::error::ExitCode;
use crate::runtime::docker::Binding;
use crate::ui::{Table, Ui};

/// Say whether all is well and, if not, what to type; exits with 1 if not
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints it.
pub fn run(_args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let mut report = operation::on_project(global, ui, status)?;
    report.headline.next = report.headline.next.map(|next| ui.typed(&next));
    ui.result(&report, describe);
    Ok(if report.headline.ok {
        ExitCode::Done
    } else {
        ExitCode::Failed
    })
}

fn describe(report: &Report) -> String {
    let headline = &report.headline;
    let first = match &headline.next {
        Some(next) => format!("{}: type `{next}`", headline.summary),
        None => headline.summary.clone(),
    };
    let mut table = Table::new([
        "service", "state", "restarts", "uptime", "ports", "image", "built", "differs",
    ]);
    for service in &report.services {
        table.row([
            service.service.clone(),
            service.state.clone(),
            service.restarts.to_string(),
            service.uptime.map(age).unwrap_or_default(),
            service.ports.iter().map(port).collect::<Vec<_>>().join(", "),
            service.image.clone(),
            service
                .image_age
                .map(|seconds| format!("{} ago", age(seconds)))
                .unwrap_or_default(),
            differs(service),
        ]);
    }
    let mut lines = vec![first, String::new(), table.to_string().trim_end().to_owned()];
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    lines.extend(inside::lines(report, now.map_or(0, |now| now.as_secs())));
    lines.push(String::new());
    lines.extend(
        report
            .orphans
            .iter()
            .map(|orphan| format!("{} is of a service that stack.toml has no more", orphan.name)),
    );
    lines.extend(
        report
            .rendered
            .iter()
            .map(|rendered| format!("the rendered files differ from stack.toml: {rendered}")),
    );
    lines.join("\n")
}

fn differs(service: &ServiceStatus) -> String {
    match &service.action {
        Action::Recreate(because) | Action::Start(because) => because.clone(),
        Action::Create | Action::Keep | Action::Done => String::new(),
    }
}

fn port(binding: &Binding) -> String {
    let address = if binding.address.is_empty() {
        "0.0.0.0"
    } else {
        &binding.address
    };
    let protocol = if binding.protocol == "tcp" { "" } else { "/udp" };
    format!("{address}:{}->{}{protocol}", binding.host, binding.container)
}

/// The two largest units of a time.
fn age(seconds: u64) -> String {
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let first = parts.iter().position(|(number, _)| *number > 0).unwrap_or(3);
    let shown: Vec<String> = parts[first..]
        .iter()
        .take(2)
        .filter(|(number, unit)| *number > 0 || *unit == "s" && seconds == 0)
        .map(|(number, unit)| format!("{number}{unit}"))
        .collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_two_units() {
        for (seconds, shown) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (61, "1m 1s"),
            (7_260, "2h 1m"),
            (90_061, "1d 1h"),
        ] {
            assert_eq!(age(seconds), shown);
        }
    }
}
