//! `stackctl render`.

use serde_json::json;

use super::failure::Failure;
use super::global::Global;
use super::lock::LockArguments;
use super::{Outcome, diff, project};
use crate::error::ExitCode;
use crate::render::secrets::{Caller, Report, Secrets};
use crate::render::{Effect, Plan, Render};
use crate::ui::{Format, Ui};

/// Write compose.yaml and the other files of the stack, all of them or none
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write nothing; exit with 3 if files differ or were edited by hand
    #[arg(long, conflicts_with_all = ["force", "dry_run"])]
    check: bool,
    /// Overwrite files that were edited by hand, and keep nothing of them
    #[arg(long)]
    force: bool,
    /// Print what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    lock: LockArguments,
}

/// Renders the stack.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let loaded = project::load(global, ui)?;
    project::warn_of_environments(global, ui)?;
    let root = global.root();
    if args.check {
        let plan = Render::observe(&root, &loaded)?.plan();
        return Ok(check(&plan, ui));
    }
    let _lock = if args.dry_run {
        None
    } else {
        Some(args.lock.take(global, &loaded.stack, "render")?)
    };
    let render = Render::observe(&root, &loaded)?;
    let secrets = Secrets::observe(&root, &loaded.stack, &Caller::of_process())?;
    let plan = render.plan();
    if args.dry_run {
        let report = secrets.plan()?;
        tell_files(&plan, ui);
        tell_secrets(
            &report,
            ["would be made", "would be written", "would be removed"],
            ui,
        );
        tell_warnings(plan.warnings.iter().chain(&report.warnings), ui);
        summarize(&plan, "would change", ui);
        diff::tell_containers(&plan, ui);
        print_result(&plan, &report, false, ui);
        return Ok(ExitCode::Done);
    }
    let written = render.write(&secrets, args.force).inspect_err(|_| {
        if !args.force && plan.conflicts().next().is_some() {
            diff::print(&plan, plan.conflicts(), ui);
        }
    });
    let written = written.map_err(Failure::from)?;
    tell_files(&plan, ui);
    tell_secrets(&written.secrets, ["made", "written", "removed"], ui);
    tell_warnings(written.warnings.iter().chain(&written.secrets.warnings), ui);
    summarize(&plan, "written", ui);
    tell_next(&plan, ui);
    print_result(&plan, &written.secrets, true, ui);
    Ok(ExitCode::Done)
}

fn check(plan: &Plan, ui: &Ui) -> ExitCode {
    tell_files(plan, ui);
    tell_warnings(plan.warnings.iter(), ui);
    summarize(plan, "differ from stack.toml", ui);
    print_result(plan, &Report::default(), false, ui);
    if plan.is_empty() {
        return ExitCode::Done;
    }
    ui.status("`stackctl diff` shows the differences, `stackctl render` writes them");
    ExitCode::ChangesPending
}

fn tell_files(plan: &Plan, ui: &Ui) {
    for change in &plan.changes {
        let conflict = change
            .conflict
            .map(|conflict| format!(" ({})", conflict.as_str()));
        let kind = format!("{:?}", change.kind).to_lowercase();
        ui.status(&format!(
            "{kind:>8} {}/{}{}",
            plan.directory,
            change.path,
            conflict.unwrap_or_default()
        ));
    }
}

fn tell_secrets(report: &Report, done: [&str; 3], ui: &Ui) {
    let [made, written, removed] = done;
    if !report.generated.is_empty() {
        ui.status(&format!("secrets {made}: `{}`", report.generated.join("`, `")));
    }
    for (paths, done) in [(&report.written, written), (&report.removed, removed)] {
        if !paths.is_empty() {
            ui.status(&format!("{} secret files of containers {done}", paths.len()));
        }
    }
    if !report.needs_chown.is_empty() {
        ui.status(&format!(
            "{} of them are not their containers' yet, because you are not root; `stackctl up` gives them away",
            report.needs_chown.len()
        ));
    }
}

fn tell_warnings<'a>(warnings: impl Iterator<Item = &'a String>, ui: &Ui) {
    for warning in warnings {
        ui.warning(warning);
    }
}

fn summarize(plan: &Plan, done: &str, ui: &Ui) {
    let folder = &plan.directory;
    if plan.is_empty() {
        ui.status(&format!(
            "nothing to do: `{folder}` is what stack.toml says ({} files)",
            plan.unchanged
        ));
    } else if plan.changes.is_empty() {
        ui.status(&format!(
            "the list of files in `{folder}` does not match them; no other file differs"
        ));
    } else {
        ui.status(&format!(
            "{done}: {} in `{folder}`; {} unchanged",
            plan.summary(),
            plan.unchanged
        ));
    }
}

/// Which running containers the next `up` replaces; those of new services need no warning.
fn tell_next(plan: &Plan, ui: &Ui) {
    let touched = plan
        .containers
        .iter()
        .filter(|container| container.effect != Effect::Created);
    let names: Vec<&str> = touched.map(|container| container.service.as_str()).collect();
    if !names.is_empty() {
        ui.status(&format!(
            "`stackctl up` will replace or remove `{}`",
            names.join("`, `")
        ));
    }
}

fn print_result(plan: &Plan, secrets: &Report, written: bool, ui: &Ui) {
    if ui.format() == Format::Json {
        ui.json(&json!({ "written": written, "files": plan, "secrets": secrets }));
    }
}
