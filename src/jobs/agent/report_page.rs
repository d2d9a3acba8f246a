//! What the agent tells of itself.

use std::collections::HashMap;
use std::path::Path;

use super::error::AgentError;
use super::{Agent, clock};
use crate::jobs::advice::recognise;
use crate::jobs::listing::Listed;
use crate::jobs::metrics::Gauges;
use crate::jobs::report::{Failure, Generation, Next, Report, Running};
use crate::runtime::http_endpoint::{HttpEndpoint, Response};
use crate::sync::layout::Layout;
use crate::sync::report::Report as SyncReport;

/// Jobs whose next run is told.
const NEXT: usize = 20;

impl Agent {
    /// How it stands.
    pub(super) fn report(&self) -> Report {
        let next = self.next_runs();
        Report {
            sync: sync_report(&self.options.places.link),
            generation: self.active.as_ref().map(|active| Generation {
                number: active.number,
                commit: active.commit.clone(),
                environment: active.key.clone(),
                schedule: active.schedule.clone(),
                jobs: self.roster.jobs().count(),
                since: active.since,
            }),
            held: self.follow.record.held,
            paused: self.paused(),
            pending: self.follow.pending.clone(),
            running: self
                .runs
                .values()
                .filter(|run| run.goes_on())
                .map(|run| Running {
                    job: run.job.name.clone(),
                    pid: run.group.as_raw().unsigned_abs(),
                    since: run.record.started_ms.unwrap_or_default() / 1000,
                    commit: run.record.commit.clone(),
                })
                .collect(),
            next,
            failures: self
                .failures
                .iter()
                .map(|(record, _)| Failure::from(record))
                .collect(),
            advice: self.advice(),
        }
    }

    /// The next run of each job, soonest first.
    fn next_runs(&self) -> Vec<Next> {
        let mut next: Vec<Next> = self
            .roster
            .upcoming(1)
            .filter_map(|(job, times)| {
                Some(Next {
                    job: job.name.clone(),
                    at: clock::seconds(*times.first()?),
                })
            })
            .collect();
        next.sort_by_key(|next| next.at);
        next.truncate(NEXT);
        next
    }

    fn advice(&self) -> Vec<String> {
        let lines = self
            .failures
            .iter()
            .flat_map(|(record, tail)| tail.iter().chain(record.last_line.as_ref()));
        recognise(lines).into_iter().map(str::to_owned).collect()
    }

    /// The jobs, each with so many next runs.
    pub(super) fn listed(&self, next: usize) -> Vec<Listed> {
        let running = self.running_by_name();
        self.roster
            .upcoming(next)
            .map(|(job, times)| {
                let last = self.latest.get(&job.name);
                Listed {
                    next: times.into_iter().map(clock::seconds).collect(),
                    running: running.get(job.name.as_str()).copied().unwrap_or_default(),
                    last_outcome: last.and_then(|record| Some(record.outcome.as_ref()?.to_string())),
                    last_end: last.and_then(|record| Some(record.ended_ms? / 1000)),
                    ..Listed::of(job)
                }
            })
            .collect()
    }

    /// What the metrics say is so now.
    pub(super) fn gauges(&self) -> Gauges {
        let running = self.running_by_name();
        let jobs = self.roster.upcoming(1).map(|(job, times)| {
            (
                job.name.clone(),
                running.get(job.name.as_str()).copied().unwrap_or_default(),
                times.first().copied().map(clock::seconds),
            )
        });
        let pending = self.follow.pending.as_ref();
        Gauges {
            is_ready: self.active.is_some() && self.draining.is_none(),
            jobs: jobs.collect(),
            generation: self.active.as_ref().map_or(0, |active| active.number),
            commit: self
                .active
                .as_ref()
                .map(|active| active.commit.clone())
                .unwrap_or_default(),
            is_schedule_valid: self.active.is_some()
                && !pending.is_some_and(|pending| pending.part == "schedule" && pending.error.is_some()),
            is_pending: pending.is_some(),
            is_held: self.follow.record.held,
            is_paused: self.paused(),
        }
    }

    fn running_by_name(&self) -> HashMap<&str, usize> {
        let mut count: HashMap<&str, usize> = HashMap::new();
        for run in self.runs.values().filter(|run| run.goes_on()) {
            *count.entry(&run.job.name).or_default() += 1;
        }
        count
    }

    /// Answers probes and Prometheus, where that is asked for.
    pub(super) fn serve_metrics(&self) -> Result<(), AgentError> {
        let Some(address) = &self.options.http_bind else {
            return Ok(());
        };
        let failed = |source| AgentError::Http {
            address: address.clone(),
            source,
        };
        let parsed = socket_address(address).map_err(failed)?;
        let endpoint = HttpEndpoint::bind(parsed).map_err(failed)?;
        let metrics = self.metrics.clone();
        self.note(&format!(
            "metrics are at http://{}/metrics",
            endpoint.address().map_err(failed)?
        ));
        endpoint
            .serve(move |request| match request.path.as_str() {
                "/metrics" => Response::metrics(metrics.text()),
                "/" | "/health" | "/healthz" if metrics.is_ready() => Response::text(200, "ok\n"),
                "/" | "/health" | "/healthz" => Response::text(503, "no generation is active yet\n"),
                _ => Response::text(404, "there are `/health` and `/metrics`\n"),
            })
            .map_err(failed)
    }
}

/// `:9090` means every address.
fn socket_address(text: &str) -> std::io::Result<std::net::SocketAddr> {
    use std::net::ToSocketAddrs;
    let whole = match text.strip_prefix(':') {
        Some(port) => format!("[::]:{port}"),
        None => text.to_owned(),
    };
    let mut found = whole.to_socket_addrs()?;
    found
        .next()
        .ok_or_else(|| std::io::Error::other("it names no address"))
}

/// What the sync says of itself beside the link, or in a folder above it.
fn sync_report(link: &Path) -> Option<SyncReport> {
    link.ancestors()
        .skip(1)
        .find_map(|folder| std::fs::read(folder.join(Layout::REPORT)).ok())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
}
