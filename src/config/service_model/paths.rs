//! What one service can get wrong by itself in its paths, mounts and words.

use std::collections::BTreeMap;

use toml::Spanned;

use super::super::problems::Problems;
use super::super::secret_in_clear;
use super::super::service::Service;
use crate::diagnostic::{Code, Diagnostic, Span, quoted};
use crate::model::mount::is_container_path;

impl Service {
    /// Tells each.
    pub(super) fn check_paths(&self, problems: &mut Problems) {
        let paths = self
            .tmpfs
            .iter()
            .flat_map(|paths| &paths.0)
            .chain(&self.working_dir);
        for path in paths.filter(|path| !is_container_path(tmpfs_path(path.get_ref()))) {
            problems.push(
                Diagnostic::error(
                    Code::InvalidValue,
                    path.span(),
                    format!(
                        "{} is not an absolute path in the container",
                        quoted(path.get_ref())
                    ),
                )
                .help("write it from the root, such as `/app`"),
            );
        }
        for capability in self.cap_add.iter().flatten() {
            let name = capability.get_ref();
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') {
                problems.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        capability.span(),
                        format!("{} is not a capability's name", quoted(name)),
                    )
                    .help("names are upper case, such as `NET_BIND_SERVICE`"),
                );
            }
        }
        self.check_mounts(problems);
    }

    /// The engine refuses two mounts at one path.
    fn check_mounts(&self, problems: &mut Problems) {
        let volumes = self.volumes.iter().flatten();
        let volumes = volumes.map(|mount| (mount.get_ref().target.as_str(), mount.span()));
        let tmpfs = self.tmpfs.iter().flat_map(|paths| &paths.0);
        let tmpfs = tmpfs.map(|path| (tmpfs_path(path.get_ref()), path.span()));
        let mut targets: BTreeMap<&str, Span> = BTreeMap::new();
        for (target, span) in volumes.chain(tmpfs) {
            if let Some(first) = targets.insert(target, span.clone()) {
                problems.push(
                    Diagnostic::error(
                        Code::DuplicateName,
                        span,
                        format!("two volumes are mounted at {}", quoted(target)),
                    )
                    .and(first, "first here")
                    .help("a path in the container holds one volume or one `tmpfs`"),
                );
            }
        }
    }

    /// No secret may stand in a command: every user of the host sees it in the list of processes.
    pub(super) fn check_commands(&self, problems: &mut Problems) {
        let words = |words: &Option<super::super::words::Words>| words.clone().map(|words| words.0);
        let test = self.healthcheck.as_ref().and_then(|table| table.test.clone());
        let commands = [
            ("command", words(&self.command)),
            ("entrypoint", words(&self.entrypoint)),
            ("healthcheck.test", test.map(|test| test.0)),
        ];
        for (key, words) in commands {
            let words = words.unwrap_or_default();
            let texts: Vec<&str> = words.iter().map(|word| word.get_ref().as_str()).collect();
            if let Some((index, reason)) = secret_in_clear::suspect_command(&texts) {
                let span = words.get(index).map_or(0..0, Spanned::span);
                problems.within(key, |problems| {
                    problems.push(
                        Diagnostic::error(Code::SecretInClear, span, "a secret stands in this command in clear")
                            .labelled(reason)
                            .help("name it under `[secrets]`, list it in the service's `secrets`, and let the program read /run/secrets/NAME"),
                    );
                });
            }
        }
    }
}

/// The path of a `tmpfs` without its options, such as `/run:size=64m`.
fn tmpfs_path(text: &str) -> &str {
    let path = text.split(':').next().unwrap_or(text);
    path.strip_suffix('/')
        .filter(|rest| !rest.is_empty())
        .unwrap_or(path)
}
