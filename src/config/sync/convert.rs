//! A sync as written -> a valid one with every default, and what one sync can get wrong by itself.

use std::collections::BTreeSet;

use toml::Spanned;

use super::super::load::Mention;
use super::super::problems::Problems;
use super::super::read::OneOrMany;
use super::super::scalar;
use super::Sync;
use super::address::base_name;
use crate::diagnostic::{Code, Diagnostic, Span, quoted};
use crate::model::{Duration, KnownHosts, SecretName, ServiceName, Submodules, Sync as Model, SyncBackend};

/// Time between two questions when nothing else is written.
pub const EVERY: Duration = Duration::from_secs(30);
/// Time of one round when nothing else is written.
pub const TIMEOUT: Duration = Duration::from_secs(120);

impl Sync {
    /// The valid sync. `secrets` are the names that the file defines.
    pub fn convert(
        &self,
        key: &Spanned<String>,
        name: &ServiceName,
        secrets: &BTreeSet<&str>,
        mentions: &mut Vec<Mention>,
        problems: &mut Problems,
    ) -> Option<Model> {
        let repo = self.checked_repo(key, problems);
        let reference = self.reference(problems);
        let link = self.link(problems);
        let time = |value: &Option<Spanned<Duration>>, default| {
            value.as_ref().map_or(default, |value| *value.get_ref())
        };
        for (key, value) in [("every", &self.every), ("timeout", &self.timeout)] {
            if let Some(value) = value {
                above_zero(key, value, problems);
            }
        }
        if let Some(ca) = &self.ca {
            mentions.push(Mention::file("ca", ca));
        }
        let (password, ssh_keys) = self.keys(problems);
        let exec_hook = |key: &str, hook: &Option<super::ExecHook>, header: Span, problems: &mut Problems| {
            let hook = hook.as_ref()?;
            problems.within(key, |problems| hook.convert(header, problems))
        };
        // All of it is looked at before a part that can't be read ends it.
        let hosts = self.hosts(secrets, mentions, problems);
        let proxy = self.checked_proxy(problems);
        let backend = self.chosen_backend(problems);
        let after = exec_hook("exec_hook", &self.exec_hook, key.span(), problems);
        let before = exec_hook("pre_publish_hook", &self.pre_publish_hook, key.span(), problems);
        let webhook = self
            .webhook
            .as_ref()
            .and_then(|hook| problems.within("webhook", |problems| hook.convert(key.span(), problems)));
        Some(Model {
            name: name.clone(),
            link: link?,
            repo: repo?,
            reference: reference?,
            every: time(&self.every, EVERY),
            jitter: time(&self.jitter, Duration::from_secs(0)),
            timeout: time(&self.timeout, TIMEOUT),
            depth: self.depth.as_ref().map_or(1, |depth| *depth.get_ref()),
            submodules: self
                .submodules
                .as_ref()
                .map_or(Submodules::Recursive, |choice| *choice.get_ref()),
            username: text(self.username.as_ref()),
            password,
            ssh_keys,
            known_hosts: hosts,
            ca: text(self.ca.as_ref()),
            proxy,
            backend,
            sparse: self.sparse.as_ref().map(texts).unwrap_or_default(),
            filter: text(self.filter.as_ref()),
            keep: self.keep.as_ref().map_or(2, |count| *count.get_ref()),
            exec_hook: after,
            pre_publish_hook: before,
            webhook,
            metrics_port: self.metrics_port.as_ref().map(|port| *port.get_ref()),
        })
    }

    fn reference(&self, problems: &mut Problems) -> Option<String> {
        let written: Vec<(&str, &Spanned<String>)> = [
            ("branch", &self.branch),
            ("tag", &self.tag),
            ("commit", &self.commit),
            ("ref", &self.r#ref),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.as_ref()?)))
        .collect();
        if let [(first, one), (second, other), ..] = &written[..] {
            problems.push(
                Diagnostic::error(
                    Code::ConflictingKeys,
                    other.span(),
                    format!("`{second}` and `{first}` both say what is followed"),
                )
                .and(one.span(), format!("`{first}` here"))
                .help("keep one of them"),
            );
            return None;
        }
        let Some((key, value)) = written.first() else {
            return Some("HEAD".to_owned());
        };
        let text = value.get_ref();
        let is_commit = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
        let fault = if *key == "commit" && !is_commit {
            Some((
                "the full name of a commit",
                "`git rev-parse COMMIT` prints its 40 digits",
            ))
        } else if !is_reference(text) {
            Some(("a name that git allows", "write it as `git ls-remote` prints it"))
        } else {
            None
        };
        if let Some((what, help)) = fault {
            problems.within(key, |problems| {
                let message = format!("{} is not {what}", quoted(text));
                problems.push(Diagnostic::error(Code::InvalidValue, value.span(), message).help(help));
            });
            return None;
        }
        // A branch and a tag of one name are told apart by their full names.
        Some(match *key {
            "branch" if !text.starts_with("refs/") => format!("refs/heads/{text}"),
            "tag" if !text.starts_with("refs/") => format!("refs/tags/{text}"),
            _ => text.clone(),
        })
    }

    /// The link's name, which is also that of the folder in which programs look for the code.
    fn link(&self, problems: &mut Problems) -> Option<String> {
        let (text, span) = match (&self.link, &self.repo) {
            (Some(link), _) => (link.get_ref().as_str(), link.span()),
            (None, Some(repo)) => (base_name(repo.get_ref()), repo.span()),
            (None, None) => return None,
        };
        if is_link(text) {
            return Some(text.to_owned());
        }
        problems.push(
            Diagnostic::error(
                Code::InvalidName,
                span,
                format!("{} is not a link's name", quoted(text)),
            )
            .help("write `link = \"NAME\"` with letters, digits, `.`, `-` and `_`, no `.` first"),
        );
        None
    }

    fn keys(&self, problems: &mut Problems) -> (Option<SecretName>, Vec<SecretName>) {
        let password = self
            .password
            .as_ref()
            .and_then(|name| problems.within("password", |problems| scalar::name(name, problems)));
        let names = self.ssh_key.iter().flat_map(|names| &names.0);
        let keys =
            names.filter_map(|name| problems.within("ssh_key", |problems| scalar::name(name, problems)));
        (password, keys.collect())
    }

    fn hosts(
        &self,
        secrets: &BTreeSet<&str>,
        mentions: &mut Vec<Mention>,
        problems: &mut Problems,
    ) -> Option<KnownHosts> {
        let hosts = self.known_hosts.as_ref()?;
        if secrets.contains(hosts.get_ref().as_str()) {
            let name = problems.within("known_hosts", |problems| scalar::name(hosts, problems))?;
            return Some(KnownHosts::Secret(name));
        }
        mentions.push(Mention::file("known_hosts", hosts));
        Some(KnownHosts::File(hosts.get_ref().clone()))
    }

    fn checked_proxy(&self, problems: &mut Problems) -> Option<String> {
        let proxy = self.proxy.as_ref()?;
        let text = proxy.get_ref();
        let fault = if text.contains('@') {
            Some((
                Code::SecretInClear,
                "the address holds credentials",
                "`http://HOST:PORT` alone",
            ))
        } else if !["http://", "https://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
        {
            Some((
                Code::InvalidValue,
                "this is not the address of a proxy",
                "`http://HOST:PORT`",
            ))
        } else {
            None
        };
        if let Some((code, message, help)) = fault {
            problems.within("proxy", |problems| {
                problems.push(Diagnostic::error(code, proxy.span(), message).help(format!("write {help}")));
            });
        }
        Some(text.clone())
    }

    /// The library knows neither sparse nor partial checkouts, so that the command does those.
    fn chosen_backend(&self, problems: &mut Problems) -> SyncBackend {
        let needs_git = [
            (
                "sparse",
                self.sparse
                    .as_ref()
                    .and_then(|patterns| patterns.0.first())
                    .map(Spanned::span),
            ),
            ("filter", self.filter.as_ref().map(Spanned::span)),
        ];
        let first = needs_git.into_iter().find_map(|(key, span)| Some((key, span?)));
        match (&self.backend, first) {
            (Some(backend), Some((key, span))) if *backend.get_ref() == SyncBackend::Git2 => {
                problems.push(
                    Diagnostic::error(
                        Code::ConflictingKeys,
                        backend.span(),
                        format!("`git2` can't do what `{key}` asks for"),
                    )
                    .and(span, "asked for here")
                    .help("write `backend = \"git\"`, or leave the key out"),
                );
                SyncBackend::Git
            }
            (Some(backend), _) => *backend.get_ref(),
            (None, Some(_)) => SyncBackend::Git,
            (None, None) => SyncBackend::Git2,
        }
    }
}

fn text(written: Option<&Spanned<String>>) -> Option<String> {
    written.map(|text| text.get_ref().clone())
}

fn texts(written: &OneOrMany<Spanned<String>>) -> Vec<String> {
    written.0.iter().map(|text| text.get_ref().clone()).collect()
}

/// Tells a length of time that is none at all.
pub fn above_zero(key: &str, written: &Spanned<Duration>, problems: &mut Problems) {
    if !written.get_ref().get().is_zero() {
        return;
    }
    problems.within(key, |problems| {
        problems.push(
            Diagnostic::error(Code::InvalidDuration, written.span(), "this is no time at all")
                .help("write a time such as `30s`"),
        );
    });
}

/// The rules of `git check-ref-format` that a slip can break.
fn is_reference(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(['-', '/', '.'])
        && !text.ends_with(['/', '.'])
        && !text.contains("..")
        && !text.contains("@{")
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c))
}

/// One part of a path that neither hides nor leaves the folder.
fn is_link(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && !text.starts_with(['.', '-'])
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}
