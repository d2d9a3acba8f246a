//! `stackctl jobs run`.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::cli::{Failure, Outcome};
use crate::crontab::{Defaults, Overlap, Policy};
use crate::error::ExitCode;
use crate::jobs::agent::{self, Ended, Streams};
use crate::jobs::environment::Installer;
use crate::jobs::generation::Places;
use crate::jobs::options::{Options, Scheduler};
use crate::model::TimeZone;

/// Run the jobs of a synced repository: the main process of their container
///
/// It waits for the first sync, builds the dependencies beside those in use, and switches code, dependencies and schedule
/// together. What jobs print comes out on stdout with their name before each line; what the agent says goes to stderr.
///
/// SIGHUP looks at the link at once. SIGTERM starts no more runs and waits for those that go on, at most as long as
/// `--drain` says; then their process groups get SIGTERM, and SIGKILL five seconds later. A second SIGTERM ends the wait.
/// It exits with 0 if every run had its time, and with 143 if some had to be ended.
///
/// A comment directly above a job sets options for it alone:
/// `# stackctl: name=hello overlap=skip timeout=10m retries=2 retry-delay=30s catch-up`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The link that the sync publishes, such as /sync/scripts/app
    #[arg(long, value_name = "PATH", env = "STACKCTL_LINK")]
    link: PathBuf,
    /// A link that is kept on the code of the active generation; paths in the crontab that go over it never meet code
    /// whose packages are not there yet
    #[arg(long, value_name = "PATH", env = "STACKCTL_PUBLISH", value_parser = path())]
    publish: Option<PathBuf>,
    /// The requirements file: relative to the code, or absolute below one of the links. Empty: none
    #[arg(long, value_name = "PATH", env = "REQ_FILE", default_value = "requirements.txt", value_parser = path())]
    requirements: PathBuf,
    /// The crontab, by the same rule
    #[arg(long, value_name = "PATH", env = "CRON_FILE", required_unless_present = "inline_crontab", value_parser = path())]
    crontab: Option<PathBuf>,
    /// A second crontab that is not in the repository
    #[arg(long, value_name = "PATH", value_parser = path())]
    inline_crontab: Option<PathBuf>,
    /// How often the link is looked at: `15s`, or seconds
    #[arg(long, value_name = "DURATION", env = "POLL_SEC", default_value = "15s", value_parser = interval)]
    poll: Duration,
    /// Where environments, history and other state are kept
    #[arg(
        long,
        value_name = "DIR",
        env = "STATE_DIR",
        default_value = "/var/lib/app-state"
    )]
    state_dir: PathBuf,
    /// The interpreter that the packages are installed for: a path, or a name on PATH
    #[arg(long, value_name = "PATH", default_value = "python3")]
    python: PathBuf,
    /// What installs packages
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    installer: InstallerName,
    /// How many environments are kept besides those in use
    #[arg(long, value_name = "N", default_value_t = 3)]
    keep_environments: usize,
    /// What runs the jobs. History, metrics of runs and catch-up are the agent's own
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    scheduler: SchedulerName,
    /// What happens when a job is due while its last run goes on
    #[arg(long, value_name = "RULE", default_value = "skip", value_parser = overlap)]
    overlap: Overlap,
    /// After how long a run is ended; never otherwise
    #[arg(long, value_name = "DURATION")]
    job_timeout: Option<crate::model::Duration>,
    /// How often a failed run is tried again
    #[arg(long, value_name = "N", default_value_t = 0)]
    retries: u32,
    /// How long after a failure it is tried again
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    retry_delay: crate::model::Duration,
    /// Make up for the latest run that was missed while the agent was away
    #[arg(long)]
    catch_up: bool,
    /// How long running jobs may go on after SIGTERM
    #[arg(long, value_name = "DURATION", default_value = "25s", value_parser = interval)]
    drain: Duration,
    /// Answer `/health` and `/metrics` there, such as `:9090`
    #[arg(long, value_name = "ADDRESS")]
    http_bind: Option<String>,
    /// The time zone of schedules where the crontab sets none
    #[arg(long, value_name = "NAME", env = "TZ", default_value = "UTC", value_parser = super::check::zone)]
    zone: TimeZone,
}

/// What installs packages
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum InstallerName {
    /// The interpreter's pip
    #[default]
    Pip,
    /// The command `uv`
    Uv,
}

/// What runs the jobs
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum SchedulerName {
    /// The agent itself
    #[default]
    Builtin,
    /// The command `supercronic`
    Supercronic,
    /// The command `yacron`
    Yacron,
}

/// Runs the agent until it is told to end.
pub fn run(args: &Args) -> Outcome {
    let options = options(args)?;
    let streams = Streams {
        data: duplicate(&std::io::stdout())?,
        status: duplicate(&std::io::stderr())?,
    };
    Ok(match agent::run(options, streams)? {
        Ended::Drained => ExitCode::Done,
        Ended::Cut => ExitCode::Terminated,
    })
}

fn options(args: &Args) -> Result<Options, Failure> {
    Ok(Options {
        places: Places {
            link: absolute(&args.link)?,
            publish: args.publish.as_deref().filter(is_set).map(absolute).transpose()?,
            requirements: Some(args.requirements.clone()).filter(is_set),
            crontab: args.crontab.clone().filter(is_set),
            inline_crontab: args
                .inline_crontab
                .as_deref()
                .filter(is_set)
                .map(absolute)
                .transpose()?,
        },
        poll: args.poll.max(Duration::from_millis(100)),
        state_dir: absolute(&args.state_dir)?,
        python: args.python.clone(),
        installer: match args.installer {
            InstallerName::Pip => Installer::Pip,
            InstallerName::Uv => Installer::Uv,
        },
        keep_environments: args.keep_environments,
        scheduler: match args.scheduler {
            SchedulerName::Builtin => Scheduler::Builtin,
            SchedulerName::Supercronic => Scheduler::Supercronic,
            SchedulerName::Yacron => Scheduler::Yacron,
        },
        defaults: Defaults {
            zone: args.zone,
            policy: Policy {
                overlap: args.overlap,
                timeout: args.job_timeout,
                retries: args.retries,
                retry_delay: args.retry_delay,
                catch_up: args.catch_up,
            },
            ..Defaults::default()
        },
        drain: args.drain,
        http_bind: args.http_bind.clone().filter(|address| !address.is_empty()),
    })
}

fn is_set(path: &impl AsRef<Path>) -> bool {
    !path.as_ref().as_os_str().is_empty()
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| {
        Failure::usage(anyhow::Error::new(error).context(format!("`{}` is no path", path.display())))
    })
}

/// A stream that the output thread may write to by itself.
fn duplicate(stream: &impl AsFd) -> Result<File, Failure> {
    let copy = stream.as_fd().try_clone_to_owned().map_err(Failure::failed)?;
    Ok(File::from(copy))
}

/// A path, or nothing: Compose passes a variable that is not set as an empty one.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// `15s`, or seconds without a unit, as the variable `POLL_SEC` has them.
fn interval(text: &str) -> Result<Duration, crate::model::duration::DurationError> {
    match text.parse::<u32>() {
        Ok(seconds) => Ok(Duration::from_secs(seconds.into())),
        Err(_) => text
            .parse::<crate::model::Duration>()
            .map(crate::model::Duration::get),
    }
}

fn overlap(text: &str) -> Result<Overlap, crate::model::OverlapError> {
    text.parse()
}
