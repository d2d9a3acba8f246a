//! `stackctl init`.

use std::path::Path;

use anyhow::anyhow;
use serde_json::json;

use super::Outcome;
use super::failure::Failure;
use super::global::Global;
use crate::error::ExitCode;
use crate::model::{StackName, TimeZone};
use crate::scaffold::{self, Choice, Plan, Template};
use crate::ui::Ui;

/// Begin a project: write a stack.toml that runs, and the files it names
///
/// On a terminal it asks for the name, the template and the time zone; elsewhere, and with --yes, it takes the
/// defaults: the folder's name, `web`, and the host's time zone. Nothing that is there is overwritten.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The stack's name; by default the folder's, made valid
    name: Option<String>,
    /// What to begin with
    #[arg(long, value_parser = ["web", "cron", "minimal"])]
    template: Option<String>,
    /// Ask nothing and take the defaults
    #[arg(short, long)]
    yes: bool,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Writes the project and says what to type next.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let root = global.root();
    let name = args
        .name
        .as_deref()
        .map(read_name)
        .transpose()
        .map_err(|why| Failure::usage(anyhow!(why)))?;
    let choice = choose(args, name, global, &root, ui)?;
    let gitignore = std::fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let plan = scaffold::plan(&choice, &gitignore);
    refuse_to_overwrite(&root, &plan)?;
    if !args.dry_run {
        scaffold::write(&root, &plan)?;
    }
    tell(args, &choice, &plan, ui);
    Ok(ExitCode::Done)
}

fn choose(
    args: &Args,
    name: Option<StackName>,
    global: &Global,
    root: &Path,
    ui: &Ui,
) -> Result<Choice, Failure> {
    let mut name = name;
    let mut template = args.template.as_deref().and_then(Template::named);
    let mut time_zone = None;
    if ui.can_ask() && !args.yes {
        let stopped = || Failure::usage(anyhow!("nothing was chosen, and nothing was written"));
        if name.is_none() {
            let default = scaffold::default_name(root);
            let asked = ui.ask("Name of the stack", default.as_str(), read_name);
            name = Some(asked.ok_or_else(stopped)?);
        }
        if template.is_none() {
            for template in Template::ALL {
                ui.status(&format!("  {:8} {}", template.name, template.summary));
            }
            let asked = ui.ask("Begin with", Template::ALL[0].name, read_template);
            template = Some(asked.ok_or_else(stopped)?);
        }
        let default = scaffold::default_time_zone().to_string();
        let asked = ui.ask("Time zone", &default, |text| {
            text.parse::<TimeZone>().map_err(|error| error.to_string())
        });
        time_zone = Some(asked.ok_or_else(stopped)?);
    }
    let file = global
        .file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    Ok(Choice {
        name: name.unwrap_or_else(|| scaffold::default_name(root)),
        template: template.unwrap_or(Template::ALL[0]),
        time_zone: time_zone.unwrap_or_else(scaffold::default_time_zone),
        file: file.unwrap_or_else(|| "stack.toml".to_owned()),
    })
}

fn read_name(text: &str) -> Result<StackName, String> {
    text.parse()
        .map_err(|error| format!("`{text}` can't be a stack's name: {error}"))
}

fn read_template(text: &str) -> Result<Template, String> {
    let names = Template::ALL.map(|template| template.name).join("` or `");
    Template::named(text).ok_or_else(|| format!("write `{names}`"))
}

fn refuse_to_overwrite(root: &Path, plan: &Plan) -> Result<(), Failure> {
    let files = scaffold::in_the_way(root, plan);
    if files.is_empty() {
        return Ok(());
    }
    let listed = files.join("`, `");
    let are = if files.len() == 1 { "is" } else { "are" };
    Err(
        Failure::usage(anyhow!("`{listed}` {are} there already, and nothing was written")).hint(
            "begin in an empty folder, such as `mkdir shop && stackctl -C shop init`, or move them away",
        ),
    )
}

fn tell(args: &Args, choice: &Choice, plan: &Plan, ui: &Ui) {
    let paths: Vec<&str> = plan.files.iter().map(|(path, _)| path.as_str()).collect();
    let result = json!({
        "stack": choice.name.as_str(),
        "template": choice.template.name,
        "timezone": choice.time_zone.to_string(),
        "files": paths,
        "gitignore": plan.ignored,
        "written": !args.dry_run,
    });
    let verb = if args.dry_run { "would write" } else { "wrote" };
    ui.result(&result, |_| {
        let mut lines: Vec<String> = paths.iter().map(|path| format!("{verb} {path}")).collect();
        if !plan.ignored.is_empty() {
            lines.push(format!("{verb} {} to .gitignore", plan.ignored.join(", ")));
        }
        lines.join("\n")
    });
    if !args.dry_run {
        if !choice.template.fill_in.is_empty() {
            ui.status(&format!("\n{}", choice.template.fill_in));
        }
        ui.status("\nnext:\n  stackctl check     say whether stack.toml is valid\n  stackctl up        build and start it, and wait until it is healthy\n  stackctl status    see how it is");
    }
}
