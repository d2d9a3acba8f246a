//! A sync's flags, which are git-sync's where that has them. None of them holds a secret: those are in files.

use super::super::sync::SPARSE_CHECKOUT;
use crate::model::{Duration, ExecHook, KnownHosts, Sync, SyncBackend};

/// Who one is to a server that asks for a password only.
const USERNAME: &str = "git";

/// What stands behind the entrypoint.
pub fn flags(sync: &Sync) -> Vec<String> {
    let secret = |name| format!("/run/secrets/{name}");
    let mut flags = Flags::default();
    flags.add("repo", &sync.repo);
    flags.add("ref", &sync.reference);
    flags.add("root", Sync::ROOT);
    flags.add("link", &sync.link);
    flags.add("period", sync.every);
    if !sync.jitter.get().is_zero() {
        flags.add("jitter", sync.jitter);
    }
    flags.add("sync-timeout", sync.timeout);
    flags.add("depth", sync.depth);
    flags.add("submodules", sync.submodules.as_str());
    flags.add("keep-worktrees", sync.keep);
    // The container goes on for ever and tells its failures in `status`; git-sync ends at the first one.
    flags.add("max-failures", -1);
    if sync.backend == SyncBackend::Git {
        flags.add("backend", "git");
    }
    if let Some(password) = &sync.password {
        flags.add("username", sync.username.as_deref().unwrap_or(USERNAME));
        flags.add("password-file", secret(password));
    }
    for key in &sync.ssh_keys {
        flags.add("ssh-key-file", secret(key));
    }
    match &sync.known_hosts {
        Some(KnownHosts::File(_)) => flags.add("ssh-known-hosts-file", Sync::KNOWN_HOSTS),
        Some(KnownHosts::Secret(name)) => flags.add("ssh-known-hosts-file", secret(name)),
        None => {}
    }
    if sync.ca.is_some() {
        flags.add("ca-file", Sync::CA);
    }
    flags.add_some("proxy", sync.proxy.as_ref());
    if !sync.sparse.is_empty() {
        flags.add("sparse-checkout-file", SPARSE_CHECKOUT);
    }
    flags.add_some("filter", sync.filter.as_ref());
    flags.hook("exechook", sync.exec_hook.as_ref());
    flags.hook("pre-publish-exechook", sync.pre_publish_hook.as_ref());
    if let Some(hook) = &sync.webhook {
        flags.add("webhook-url", &hook.url);
        flags.add_some("webhook-method", hook.method.as_ref());
        flags.add_some("webhook-success-status", hook.success_status);
        flags.times("webhook", hook.timeout, hook.backoff);
    }
    if let Some(port) = sync.metrics_port {
        flags.add("http-bind", format!("0.0.0.0:{port}"));
        flags.add("http-metrics", true);
    }
    flags.0
}

#[derive(Default)]
struct Flags(Vec<String>);

impl Flags {
    fn add(&mut self, name: &str, value: impl std::fmt::Display) {
        self.0.push(format!("--{name}={value}"));
    }

    fn add_some(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn times(&mut self, name: &str, timeout: Option<Duration>, backoff: Option<Duration>) {
        self.add_some(&format!("{name}-timeout"), timeout);
        self.add_some(&format!("{name}-backoff"), backoff);
    }

    fn hook(&mut self, name: &str, hook: Option<&ExecHook>) {
        if let Some(hook) = hook {
            self.add(&format!("{name}-command"), &hook.command);
            self.times(name, hook.timeout, hook.backoff);
        }
    }
}
