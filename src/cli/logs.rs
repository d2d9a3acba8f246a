//! `stackctl logs`.

use super::global::Global;
use super::{Outcome, operation};
use crate::engine::interactive;
use crate::ui::Ui;

/// Show what services print; ends with the code of `docker compose logs`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Services to show; all if none is named
    services: Vec<String>,
    /// Go on showing what comes
    #[arg(short, long)]
    follow: bool,
    /// Lines to show of each container
    #[arg(short = 'n', long, value_name = "LINES", default_value = "100")]
    tail: String,
    /// Show what is younger, such as `10m` or `2026-01-31T12:00:00`
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Put the time before each line
    #[arg(short, long)]
    timestamps: bool,
}

/// Becomes `docker compose logs`.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    operation::on_project(global, ui, |project| {
        let mut arguments = vec![format!("--tail={}", args.tail)];
        arguments.extend(args.follow.then(|| "--follow".to_owned()));
        arguments.extend(args.timestamps.then(|| "--timestamps".to_owned()));
        arguments.extend(args.since.iter().map(|since| format!("--since={since}")));
        Err(interactive::logs(project, &arguments, &args.services))
    })
}
