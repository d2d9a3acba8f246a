//! `stackctl restart`.

use std::time::Duration;

use super::global::Global;
use super::lock::LockArguments;
use super::{Outcome, operation};
use crate::engine::restart::{plan, restart};
use crate::error::ExitCode;
use crate::ui::Ui;

/// Restart services, one behind the other, and wait until each is well
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Services to restart; every long-running one if none is named
    services: Vec<String>,
    /// Print what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Time until a container must be well
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = operation::duration)]
    timeout: Duration,
    #[command(flatten)]
    lock: LockArguments,
}

/// Restarts them.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let services = operation::on_project(global, ui, |project| {
        let services = plan(project, &args.services)?;
        if !args.dry_run {
            restart(project, &services, args.timeout, args.lock.wait())?;
        }
        Ok(services)
    })?;
    let result = serde_json::json!({ "restarted": services, "dry_run": args.dry_run });
    ui.result(&result, |_| match (services.is_empty(), args.dry_run) {
        (true, _) => "nothing to do: no container is there to restart".to_owned(),
        (_, true) => format!("restart {}", services.join(", then ")),
        _ => format!("restarted {}", services.join(", ")),
    });
    Ok(ExitCode::Done)
}
