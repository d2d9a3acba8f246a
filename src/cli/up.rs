//! `stackctl up`.

use std::time::Duration;

use super::global::Global;
use super::lock::LockArguments;
use super::{Outcome, operation};
use crate::engine::up::{Done, Options, Preview, preview, up};
use crate::error::ExitCode;
use crate::ui::Ui;

/// Bring the stack up: render, build, start, and wait until all is well
///
/// Running it again changes only what differs. Containers that replace running ones go one at a time, so that a
/// version that does not work stops the rest from being touched.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Services to bring up, with what they depend on; all if none is named
    services: Vec<String>,
    /// Print what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Use the images as they are, and build only those that are missing
    #[arg(long)]
    no_build: bool,
    /// Time until every container must be well
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = operation::duration)]
    timeout: Duration,
    #[command(flatten)]
    lock: LockArguments,
}

/// Brings it up.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let options = Options {
        services: args.services.clone(),
        timeout: args.timeout,
        build: !args.no_build,
        wait_lock: args.lock.wait(),
    };
    if args.dry_run {
        let preview = operation::on_project(global, ui, |project| preview(project, &options))?;
        ui.result(&preview, describe);
    } else {
        let done = operation::on_project(global, ui, |project| up(project, &options))?;
        ui.result(&done, summary);
    }
    Ok(ExitCode::Done)
}

fn describe(preview: &Preview) -> String {
    let mut lines: Vec<String> = preview
        .rendered
        .iter()
        .map(|rendered| format!("render: {rendered}"))
        .collect();
    lines.extend(
        preview
            .generated
            .iter()
            .map(|secret| format!("make the secret {secret}")),
    );
    let images = &preview.images;
    lines.extend(
        images
            .pull
            .iter()
            .map(|service| format!("pull the image of {service}")),
    );
    lines.extend(images.build.iter().map(|service| {
        format!("build the image of {service}; its container is recreated if that gives another image")
    }));
    let plan = &preview.plan;
    lines.extend(
        plan.leftovers
            .iter()
            .map(|leftover| format!("remove {}: it was left half made", leftover.name)),
    );
    lines.extend(plan.changes().map(ToString::to_string));
    lines.extend(
        plan.orphans
            .iter()
            .map(|orphan| format!("remove {}: its service is gone", orphan.name)),
    );
    if lines.is_empty() {
        lines.push("nothing to do".to_owned());
    }
    lines.join("\n")
}

fn summary(done: &Done) -> String {
    let count = done.services.len();
    let services = if count == 1 {
        "1 service".to_owned()
    } else {
        format!("all {count} services")
    };
    let be = if count == 1 { "is" } else { "are" };
    if done.is_nothing() {
        format!("nothing to do: {services} {be} healthy")
    } else {
        format!("{} is up: {services} {be} healthy", done.project)
    }
}
