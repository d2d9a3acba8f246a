//! Stands beside the loop: brings credentials, starts hooks, counts, and tells the log.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::Advice;

use super::companion::{Companion, CredentialError, Event, Outcome};
use super::credential::Refresh;
use super::endpoint;
use super::exec_hook::ExecHookCommand;
use super::git::Login;
use super::hook::{Hook, HookRunner};
use super::log::Log;
use super::metrics::Metrics;
use super::options::{ExecHook, Options};
use super::webhook::WebhookCall;
use crate::runtime::http_client::HttpClient;
use crate::runtime::interrupt::Interrupt;

/// The companion of a real sync.
pub struct Attendant {
    log: Log,
    metrics: Arc<Metrics>,
    ready: Arc<AtomicBool>,
    refresh: Refresh,
    pre_publish: Option<HookRunner>,
    hooks: Vec<HookRunner>,
}

/// Why it could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum AttendantError {
    /// The endpoint can't listen.
    #[error("can't listen on {address}")]
    Bind {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// No thread could be started.
    #[error("can't start a thread")]
    Thread(#[source] std::io::Error),
}

impl Advice for AttendantError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Bind { .. } => Some("choose another address with --http-bind".to_owned()),
            Self::Thread(_) => None,
        }
    }
}

impl Attendant {
    /// Makes everything ready: the endpoint answers, and the hooks wait.
    pub fn new(options: &Options, log: &Log) -> Result<Self, AttendantError> {
        let metrics = Arc::new(Metrics::default());
        let ready = Arc::new(AtomicBool::new(false));
        if let Some(http) = &options.http {
            let served = endpoint::serve(http, Arc::clone(&ready), Arc::clone(&metrics));
            let address = served.map_err(|source| AttendantError::Bind {
                address: http.bind,
                source,
            })?;
            log.info(0, "listening", &[("address", &address)]);
        }
        let runner = |hook: Box<dyn Hook>, backoff: Duration| {
            let runner = HookRunner::new(
                hook,
                backoff,
                options.pace.one_time,
                log.clone(),
                Arc::clone(&metrics),
            );
            runner.map_err(AttendantError::Thread)
        };
        let exec = |name: &'static str, options: &Option<ExecHook>| {
            let hook = options.as_ref().map(|options| {
                let backoff = options.backoff;
                let (options, log) = (options.clone(), log.clone());
                runner(Box::new(ExecHookCommand { name, options, log }), backoff)
            });
            hook.transpose()
        };
        let pre_publish = exec("pre-publish-exechook", &options.hooks.pre_publish)?;
        let mut hooks: Vec<HookRunner> = exec("exechook", &options.hooks.exec)?.into_iter().collect();
        if let Some(webhook) = &options.hooks.webhook {
            let hook = WebhookCall {
                options: webhook.clone(),
                client: HttpClient {
                    ca_file: options.access.ca_file.clone(),
                    proxy: options.access.proxy.clone(),
                },
                log: log.clone(),
            };
            hooks.push(runner(Box::new(hook), webhook.backoff)?);
        }
        let refresh = Refresh::new(
            &options.source.repo,
            &options.access,
            log.clone(),
            Arc::clone(&metrics),
        );
        Ok(Self {
            log: log.clone(),
            metrics,
            ready,
            refresh,
            pre_publish,
            hooks,
        })
    }

    fn round(&self, outcome: Outcome<'_>, took: Duration, failures: u32, next: Option<Duration>) {
        let now = chrono::Utc::now().timestamp();
        let seconds = format!("{:.3}", took.as_secs_f64());
        let next = next.map_or_else(|| "none".to_owned(), |next| format!("{next:?}"));
        let (status, level, message) = match outcome {
            Outcome::Changed { .. } => ("success", 0, "synced"),
            Outcome::Unchanged { .. } => ("noop", 2, "nothing is new"),
            Outcome::Failed(_) => ("error", 0, "sync failed"),
        };
        self.metrics.round(status, took, failures, now);
        match outcome {
            Outcome::Changed { commit } | Outcome::Unchanged { commit } => self.log.info(
                level,
                message,
                &[("commit", &commit), ("seconds", &seconds), ("next", &next)],
            ),
            Outcome::Failed(error) => {
                let hint = error.hint().unwrap_or_default();
                let error = chain(error);
                self.log.error(
                    message,
                    &[
                        ("error", &error),
                        ("hint", &hint),
                        ("failures", &failures),
                        ("next", &next),
                    ],
                );
            }
        }
    }
}

/// An error with what caused it, in one line.
fn chain(error: &dyn Advice) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl Companion for Attendant {
    fn logins(&mut self, deadline: Instant) -> Result<Vec<Login>, CredentialError> {
        self.refresh.logins(deadline)
    }

    fn before_publish(&mut self, commit: &str, worktree: &Path) {
        if let Some(hook) = &self.pre_publish {
            hook.start(commit, worktree);
        }
    }

    fn after_publish(&mut self, commit: &str, worktree: &Path) {
        for hook in &self.hooks {
            hook.start(commit, worktree);
        }
    }

    fn tell(&mut self, event: &Event<'_>) {
        match event {
            Event::Fetched { commit } => {
                self.metrics.fetched();
                self.log.info(1, "fetched", &[("commit", commit)]);
            }
            Event::Ready { commit } => {
                self.ready.store(true, Ordering::SeqCst);
                self.metrics.published(commit);
            }
            Event::Healed(what) => {
                self.metrics.healed();
                self.log.warning("healed", &[("what", what)]);
            }
            Event::Warning(what) => self.log.warning(what, &[]),
            Event::Step(what) => self.log.info(2, what, &[]),
            Event::Round {
                outcome,
                took,
                failures,
                next,
            } => self.round(*outcome, *took, *failures, *next),
        }
    }

    fn finish(&mut self, interrupt: &Interrupt) -> bool {
        // Each has its own deadline, and all of them run beside each other: all are waited for.
        let runners = self.pre_publish.iter().chain(&self.hooks);
        let failed = runners.filter(|runner| !runner.finish(interrupt)).count();
        failed == 0
    }
}
