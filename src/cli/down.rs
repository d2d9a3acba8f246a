//! `stackctl down`.

use std::io::{BufRead, IsTerminal, Write};

use super::global::Global;
use super::lock::LockArguments;
use super::{Outcome, operation};
use crate::engine::EngineError;
use crate::engine::down::{Plan, down};
use crate::error::ExitCode;
use crate::ui::Ui;

/// Take the stack down; its data stay
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Also delete the data: every volume of the stack. Asks for the stack's name
    #[arg(long)]
    volumes: bool,
    /// The stack's name, in place of typing it when asked
    #[arg(long, value_name = "NAME", requires = "volumes")]
    yes_delete_data: Option<String>,
    /// Print what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    lock: LockArguments,
}

/// Takes it down.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let plan = operation::on_project(global, ui, |project| {
        let plan = Plan::new(project, args.volumes)?;
        if args.dry_run || plan.is_empty() {
            return Ok(plan);
        }
        if !plan.deleted_volumes.is_empty() {
            confirm(args.yes_delete_data.as_deref(), &plan, ui)?;
        }
        down(project, &plan, args.lock.wait())?;
        Ok(plan)
    })?;
    if args.dry_run {
        ui.result(&plan, describe);
    } else {
        ui.result(&plan, |plan| ui.typed(&summary(plan)));
    }
    Ok(ExitCode::Done)
}

/// The data are deleted only for who names the stack.
fn confirm(given: Option<&str>, plan: &Plan, ui: &Ui) -> Result<(), EngineError> {
    let typed = match given {
        Some(given) => given.to_owned(),
        None if std::io::stdin().is_terminal() => ask(plan, ui),
        None => String::new(),
    };
    if typed == plan.project {
        Ok(())
    } else {
        Err(EngineError::NotConfirmed(plan.project.clone()))
    }
}

fn ask(plan: &Plan, ui: &Ui) -> String {
    ui.warning(&format!(
        "this deletes the data in `{}` for good",
        plan.deleted_volumes.join("`, `")
    ));
    let mut stderr = std::io::stderr();
    let mut line = String::new();
    // A terminal that can't be written to or read from gives no name, and so nothing is deleted.
    let _asked = write!(stderr, "type the stack's name, `{}`, to go on: ", plan.project)
        .and_then(|()| stderr.flush())
        .and_then(|()| std::io::stdin().lock().read_line(&mut line).map(drop));
    line.trim().to_owned()
}

fn describe(plan: &Plan) -> String {
    let mut lines: Vec<String> = plan
        .containers
        .iter()
        .map(|container| format!("stop and remove {container}"))
        .collect();
    lines.extend(
        plan.deleted_volumes
            .iter()
            .map(|volume| format!("delete the data in {volume}")),
    );
    lines.extend(
        plan.kept_volumes
            .iter()
            .map(|volume| format!("keep the data in {volume}")),
    );
    if lines.is_empty() {
        lines.push("nothing to do".to_owned());
    }
    lines.join("\n")
}

fn summary(plan: &Plan) -> String {
    let kept = match plan.kept_volumes.len() {
        0 => String::new(),
        _ => format!(
            "; the data stay in {}, and `stackctl up` uses them again",
            plan.kept_volumes.join(", ")
        ),
    };
    if plan.is_empty() {
        format!("nothing to do: {} is not up{kept}", plan.project)
    } else if plan.deleted_volumes.is_empty() {
        format!("{} is down{kept}", plan.project)
    } else {
        format!("{} is down, and its data are deleted", plan.project)
    }
}
