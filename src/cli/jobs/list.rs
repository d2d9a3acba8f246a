//! `stackctl jobs list`.

use super::agent_folder::AgentFolder;
use super::times::moment;
use crate::cli::{Failure, Outcome};
use crate::error::ExitCode;
use crate::jobs::control::client::ControlError;
use crate::jobs::control::{Reply, Request};
use crate::jobs::listing::{self, Listed};
use crate::ui::{Table, Ui};

/// List the jobs of the active generation with their next runs
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many runs of each job are listed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(0..=100))]
    next: u16,
    #[command(flatten)]
    agent: AgentFolder,
}

/// Asks the agent, or reads its files where it does not run.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    let next = usize::from(args.next);
    let jobs = match crate::jobs::control::client::ask(&args.agent.state_dir, &Request::List { next }) {
        Ok(Reply::List { jobs }) => jobs,
        Ok(_) => Vec::new(),
        Err(ControlError::NotRunning { state_dir }) => {
            let jobs = listing::from_files(&state_dir, next).map_err(|error| {
                Failure::from(ControlError::NotRunning {
                    state_dir: state_dir.clone(),
                })
                .hint(format!("its files can't be read either: {error}"))
            })?;
            ui.warning("the agent does not run; these are the jobs that it ran last");
            jobs
        }
        Err(error) => return Err(error.into()),
    };
    ui.result(&jobs, |jobs| table(jobs));
    Ok(ExitCode::Done)
}

fn table(jobs: &[Listed]) -> String {
    if jobs.is_empty() {
        return "no jobs".to_owned();
    }
    let mut table = Table::new([
        "job",
        "schedule",
        "zone",
        "next",
        "runs",
        "last outcome",
        "policy",
    ]);
    for job in jobs {
        table.row([
            job.job.clone(),
            job.schedule.clone(),
            job.zone.clone(),
            job.next
                .iter()
                .copied()
                .map(moment)
                .collect::<Vec<_>>()
                .join(", "),
            if job.running > 0 {
                job.running.to_string()
            } else {
                String::new()
            },
            job.last_outcome.clone().unwrap_or_default(),
            job.policy.clone(),
        ]);
    }
    table.to_string()
}
