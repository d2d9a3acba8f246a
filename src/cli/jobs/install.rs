//! `stackctl jobs install`.

use std::path::{Path, PathBuf};

use crate::cli::{Failure, Outcome};
use crate::error::ExitCode;
use crate::event::{Event, Observer};
use crate::jobs::environment::{self, Installer, Key, Request, Variables};
use crate::jobs::generation::{Places, observe};
use crate::runtime::interrupt::Interrupt;
use crate::ui::{Format, Ui};

/// Build the jobs' dependencies beside those in use
///
/// Installs the packages of a requirements file into `STATE_DIR/envs/KEY`, where KEY is a hash over everything that
/// decides which packages those are; nothing is done where that environment is complete. What is installed already
/// stays untouched. The agent runs this for each commit with new requirements; by hand it builds at once what the agent
/// would try again later.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The link that the sync publishes
    #[arg(
        long,
        value_name = "PATH",
        env = "STACKCTL_LINK",
        required_unless_present = "worktree"
    )]
    link: Option<PathBuf>,
    /// The link that the agent keeps on the active commit's files
    #[arg(long, value_name = "PATH", env = "STACKCTL_PUBLISH")]
    publish: Option<PathBuf>,
    /// A folder with a commit's files, in place of what is published
    #[arg(long, value_name = "DIR")]
    worktree: Option<PathBuf>,
    /// The requirements file: relative to the commit's files, or absolute below one of the links
    #[arg(
        long,
        value_name = "PATH",
        env = "REQ_FILE",
        default_value = "requirements.txt"
    )]
    requirements: PathBuf,
    /// Where environments are kept
    #[arg(
        long,
        value_name = "DIR",
        env = "STATE_DIR",
        default_value = "/var/lib/app-state"
    )]
    state_dir: PathBuf,
    /// The interpreter: a path, or a name on PATH
    #[arg(long, value_name = "PATH", default_value = "python3")]
    python: PathBuf,
    /// What installs
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    installer: InstallerArgument,
    /// Build only if it is still this environment that is wanted
    #[arg(long, value_name = "KEY")]
    key: Option<Key>,
    /// Then remove environments but this one, those of `--in-use`, and so many of the latest
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// An environment that is not removed; can be repeated
    #[arg(long, value_name = "KEY", requires = "keep")]
    in_use: Vec<Key>,
    /// Print what would be built, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What installs
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum InstallerArgument {
    /// The interpreter's pip
    #[default]
    Pip,
    /// The command `uv`
    Uv,
}

impl From<InstallerArgument> for Installer {
    fn from(argument: InstallerArgument) -> Self {
        match argument {
            InstallerArgument::Pip => Self::Pip,
            InstallerArgument::Uv => Self::Uv,
        }
    }
}

/// Builds them.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    let interrupt = Interrupt::install().map_err(Failure::failed)?;
    let Some(request) = request(args)? else {
        return Err(Failure::failed(anyhow::anyhow!("nothing is published yet"))
            .hint("`stackctl sync status` tells how the sync stands"));
    };
    let wanted = match &args.key {
        Some(key) => Some(key.clone()),
        None => environment::key(&request)?,
    };
    let Some(key) = wanted else {
        let result = serde_json::json!({ "key": null, "path": null, "packages": 0, "complete": true });
        ui.result(&result, |_| {
            format!(
                "nothing to install: there is no `{}`",
                request
                    .requirements
                    .as_deref()
                    .unwrap_or(&args.requirements)
                    .display()
            )
        });
        return Ok(ExitCode::Done);
    };
    let complete = environment::is_complete(&request.state_dir, &key);
    let path = key.path(&request.state_dir);
    if args.dry_run {
        let result = serde_json::json!({ "key": key, "path": path, "complete": complete });
        ui.result(&result, |_| {
            if complete {
                format!("nothing to install: `{}` is complete", path.display())
            } else {
                format!("install into `{}`", path.display())
            }
        });
        return Ok(ExitCode::Done);
    }
    let built = environment::build(&request, &key, &Streaming(ui), &interrupt)?;
    if let Some(keep) = args.keep {
        let in_use: Vec<Key> = args.in_use.iter().cloned().chain([key.clone()]).collect();
        for removed in environment::prune(&request.state_dir, keep, &in_use)?.removed {
            ui.status(&format!(
                "removed the environment `{removed}`, which nothing uses"
            ));
        }
    }
    let result = serde_json::json!({
        "key": built.key, "path": built.path, "packages": built.packages, "complete": true,
    });
    ui.result(&result, |_| built.path.display().to_string());
    Ok(ExitCode::Done)
}

/// What is asked for; none before the first sync.
fn request(args: &Args) -> Result<Option<Request>, Failure> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(Failure::failed);
    let Some(link) = args.worktree.as_ref().or(args.link.as_ref()) else {
        return Ok(None);
    };
    let places = Places {
        link: absolute(link)?,
        publish: args.publish.clone(),
        requirements: Some(args.requirements.clone()),
        crontab: None,
        inline_crontab: None,
    };
    let (worktree, requirements) = if args.worktree.is_some() {
        let worktree = link.canonicalize().map_err(|error| {
            Failure::usage(anyhow::Error::new(error).context(format!("can't read `{}`", link.display())))
        })?;
        let requirements = places.relative(&args.requirements, &worktree)?;
        (worktree, Some(requirements))
    } else {
        let Some(observed) = observe(&places)? else {
            return Ok(None);
        };
        (observed.candidate.worktree, observed.candidate.requirements)
    };
    Ok(Some(Request {
        worktree,
        requirements,
        python: args.python.clone(),
        installer: args.installer.into(),
        state_dir: absolute(&args.state_dir)?,
        variables: Variables::of_installer()?,
    }))
}

/// Tells every line that the installer prints, also without `-v`: it may work for minutes.
struct Streaming<'a>(&'a Ui);

impl Observer for Streaming<'_> {
    fn on(&self, event: Event<'_>) {
        match event {
            Event::Output(line) if self.0.format() == Format::Text => self.0.status(line),
            event => self.0.on(event),
        }
    }
}
