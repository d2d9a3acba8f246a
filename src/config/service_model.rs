//! A service as written -> a valid one: defaults, and what one service can get wrong by itself.

use std::collections::BTreeMap;

use toml::Spanned;

use super::healthcheck::Healthcheck;
use super::load::Mention;
use super::problems::Problems;
use super::scalar;
use super::secret_in_clear::{self, Suspicion};
use super::service::Service;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::mount::is_container_path;
use crate::model::{
    Access, Cpus, Duration, EnvironmentValue, Healthcheck as HealthcheckModel, Identifier, Limits, Logging,
    Probe, PublishedPort, Python, Restart, SecretName, Service as Model, ServiceName, ServiceSource, Size,
    User, VariableName,
};

const STOP_GRACE_PERIOD: Duration = Duration::from_secs(30);

impl Service {
    /// The valid service without what depends on other tables: `depends_on` is left to [`super::check`].
    pub fn convert(
        &self,
        key: &Spanned<String>,
        name: &ServiceName,
        mentions: &mut Vec<Mention>,
        problems: &mut Problems,
    ) -> Option<Model> {
        let source = self.source(key.span(), mentions, problems);
        let healthcheck = self.healthcheck(key.span(), problems);
        let environment = self.environment(source.as_ref(), problems);
        let secrets = self.secrets(&environment, problems);
        let databases = self.databases(problems);
        self.check_paths(problems);
        let flag =
            |value: &Option<Spanned<bool>>, default| value.as_ref().map_or(default, |value| *value.get_ref());
        let one_shot = flag(&self.one_shot, false);
        let published: Vec<PublishedPort> = self
            .port
            .iter()
            .map(|port| port.get_ref().published)
            .chain(
                self.ports
                    .iter()
                    .flat_map(|ports| &ports.0)
                    .map(|port| *port.get_ref()),
            )
            .collect();
        let tmpfs = self
            .tmpfs
            .as_ref()
            .map_or_else(|| vec!["/tmp".to_owned()], |paths| texts(&paths.0));
        Some(Model {
            name: name.clone(),
            source: source?,
            command: self.command.clone().map(|words| words.0),
            entrypoint: self.entrypoint.clone().map(|words| words.0),
            working_dir: self.working_dir.as_ref().map(|path| path.get_ref().clone()),
            environment,
            port: self.port.as_ref().map(|port| port.get_ref().published.container),
            published,
            healthcheck: healthcheck?,
            volumes: self
                .volumes
                .iter()
                .flatten()
                .map(|mount| mount.get_ref().clone())
                .collect(),
            depends_on: Vec::new(),
            databases,
            secrets,
            user: self.user.as_ref().map_or(User::DEFAULT, |user| *user.get_ref()),
            read_only: flag(&self.read_only, true),
            tmpfs,
            cap_add: self
                .cap_add
                .iter()
                .flatten()
                .map(|name| name.get_ref().clone())
                .collect(),
            init: flag(&self.init, true),
            one_shot,
            restart: self.restart.as_ref().map_or(
                if one_shot {
                    Restart::No
                } else {
                    Restart::UnlessStopped
                },
                |restart| *restart.get_ref(),
            ),
            stop_grace_period: self
                .stop_grace_period
                .as_ref()
                .map_or(STOP_GRACE_PERIOD, |time| *time.get_ref()),
            stop_signal: self.stop_signal.as_ref().map(|signal| signal.get_ref().clone()),
            limits: self.limits(),
            logging: self.logging(),
            compose: self.compose.clone().unwrap_or_default().0,
        })
    }

    fn source(
        &self,
        header: Span,
        mentions: &mut Vec<Mention>,
        problems: &mut Problems,
    ) -> Option<ServiceSource> {
        let python_span = self
            .python
            .as_ref()
            .and_then(|python| python.0.version.as_ref())
            .map_or(header.clone(), Spanned::span);
        let written: Vec<(&str, Span)> = [
            self.image.as_ref().map(|image| ("image", image.span())),
            self.python.as_ref().map(|_| ("python", python_span)),
            self.dockerfile.as_ref().map(|path| ("dockerfile", path.span())),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let [(first, first_span), (second, second_span), ..] = &written[..] {
            problems.push(
                Diagnostic::error(
                    Code::ConflictingKeys,
                    second_span.clone(),
                    format!("`{second}` and `{first}` both say what runs in the container"),
                )
                .and(first_span.clone(), format!("`{first}` here")),
            );
            return None;
        }
        if let (Some(context), None) = (&self.context, &self.dockerfile) {
            problems.push(
                Diagnostic::error(
                    Code::ConflictingKeys,
                    context.span(),
                    "`context` goes with `dockerfile`",
                )
                .help("with `python`, `source` says what is copied"),
            );
        }
        if let Some(image) = &self.image {
            if !image.get_ref().is_pinned() {
                problems.push(
                    Diagnostic::warning(
                        Code::UnpinnedImage,
                        image.span(),
                        format!("`{}` does not say which release", image.get_ref()),
                    )
                    .help("add a tag, such as `:7.4`"),
                );
            }
            return Some(ServiceSource::Image(image.get_ref().clone()));
        }
        if let Some(python) = &self.python {
            return self
                .python_source(&python.0, header, mentions, problems)
                .map(ServiceSource::Python);
        }
        if let Some(path) = &self.dockerfile {
            mentions.push(Mention::file("dockerfile", path));
            let context = self
                .context
                .as_ref()
                .map_or_else(|| ".".to_owned(), |context| context.get_ref().clone());
            return Some(ServiceSource::Dockerfile {
                path: path.get_ref().clone(),
                context,
            });
        }
        // A value that could not be read was told already; only a service without any is told here.
        problems.missing(
            header,
            "image",
            "write `image = \"name:tag\"`, `python = \"3.11\"` or `dockerfile = \"Dockerfile\"`",
        );
        None
    }

    fn python_source(
        &self,
        table: &super::python::PythonTable,
        header: Span,
        mentions: &mut Vec<Mention>,
        problems: &mut Problems,
    ) -> Option<Python> {
        let requirements = table.requirements.iter().flat_map(|files| &files.0);
        mentions.extend(
            requirements
                .clone()
                .map(|file| Mention::file("python.requirements", file)),
        );
        let sources = table.source.iter().flat_map(|paths| &paths.0);
        mentions.extend(sources.clone().map(|path| Mention::file("python.source", path)));
        for path in requirements.clone().chain(sources.clone()) {
            check_project_path(path, problems);
        }
        for package in table
            .packages
            .iter()
            .flatten()
            .chain(table.build_packages.iter().flatten())
        {
            check_package(package, problems);
        }
        if table.version.is_none() {
            problems.missing(
                header,
                "python.version",
                "write the minor version, such as `version = \"3.11\"`",
            );
        }
        let mut source: Vec<String> = sources.map(|path| path.get_ref().clone()).collect();
        if source.is_empty() {
            source.push(".".to_owned());
        }
        Some(Python {
            version: *table.version.as_ref()?.get_ref(),
            requirements: requirements.map(|file| file.get_ref().clone()).collect(),
            source,
            packages: table.packages.as_deref().map(texts).unwrap_or_default(),
            build_packages: table.build_packages.as_deref().map(texts).unwrap_or_default(),
            tools: table.tools.as_deref().map(texts).unwrap_or_default(),
        })
    }

    fn healthcheck(&self, header: Span, problems: &mut Problems) -> Option<HealthcheckModel> {
        let table = self.healthcheck.clone().unwrap_or_default();
        let one_shot = self.one_shot.as_ref().is_some_and(|flag| *flag.get_ref());
        let explicit = table.probe();
        if let (Some(health), Some(_)) = (&self.health, &explicit) {
            problems.push(
                Diagnostic::error(Code::ConflictingKeys, health.span(), "`health` and `healthcheck` both say what is checked")
                    .help("keep one; `healthcheck` may still hold `interval`, `timeout`, `retries` and `start_period`"),
            );
            return None;
        }
        let port = self.port.as_ref().map(|port| port.get_ref().published.container);
        let implied = match (&self.health, port, &self.python) {
            (Some(health), _, _) => return self.http_probe(health, port, &table, problems),
            (None, Some(port), Some(_)) => Some(Probe::Tcp { port }),
            _ if one_shot => Some(Probe::Disabled),
            _ => None,
        };
        let Some(probe) = explicit.or(implied) else {
            problems.push(
                Diagnostic::error(Code::MissingHealthcheck, header, "nothing tells whether this service works")
                    .help("write `healthcheck = { test = [\"CMD\", \"…\"] }`, or `{ image = true }` for the image's own, or `{ disable = true }`"),
            );
            return None;
        };
        Some(table.timed(probe))
    }

    fn http_probe(
        &self,
        health: &Spanned<String>,
        port: Option<crate::model::Port>,
        table: &Healthcheck,
        problems: &mut Problems,
    ) -> Option<HealthcheckModel> {
        let fault = if !health.get_ref().starts_with('/') {
            Some("a path starts with `/`, such as `/health`")
        } else if port.is_none() {
            Some("add `port`, the port that is asked")
        } else if self.python.is_none() {
            Some(
                "it is asked by the image's own Python; for other images write `healthcheck = { test = [\"CMD\", \"…\"] }` with a program that the image has",
            )
        } else {
            None
        };
        if let Some(help) = fault {
            problems.push(
                Diagnostic::error(Code::InvalidValue, health.span(), "`health` can't be asked").help(help),
            );
            return None;
        }
        Some(table.timed(Probe::Http {
            port: port?,
            path: health.get_ref().clone(),
        }))
    }

    fn environment(
        &self,
        source: Option<&ServiceSource>,
        problems: &mut Problems,
    ) -> BTreeMap<VariableName, EnvironmentValue> {
        let mut environment = BTreeMap::new();
        for (key, variable) in self.environment.iter().flat_map(|entries| &entries.0) {
            problems.within("environment", |problems| {
                if let (EnvironmentValue::Literal(text), false) = (&variable.value, variable.cleared) {
                    if let Some(Suspicion { reason }) = secret_in_clear::suspect(key.get_ref(), text) {
                        problems.push(
                            Diagnostic::error(Code::SecretInClear, variable.span.clone(), format!("`{}` holds a secret in clear", key.get_ref()))
                                .labelled(reason)
                                .help("name it under `[secrets]` and write `{ secret = \"name\" }`; `stackctl explain secret-in-clear` shows how"),
                        );
                    }
                }
                if let (EnvironmentValue::Secret(_), Some(ServiceSource::Image(_) | ServiceSource::Dockerfile { .. })) = (&variable.value, source) {
                    problems.push(
                        Diagnostic::error(Code::SecretNeedsBuild, variable.span.clone(), "only services built from `python` can have a secret's value in a variable")
                            .help(format!("write `{}_FILE = {{ secret_file = \"…\" }}` if the program reads it from a file", key.get_ref())),
                    );
                }
                if let Some(name) = scalar::name(key, problems) {
                    environment.insert(name, variable.value.clone());
                }
            });
        }
        environment
    }

    fn secrets(
        &self,
        environment: &BTreeMap<VariableName, EnvironmentValue>,
        problems: &mut Problems,
    ) -> Vec<SecretName> {
        let listed = self
            .secrets
            .iter()
            .flatten()
            .filter_map(|name| problems.within("secrets", |problems| scalar::name(name, problems)));
        let mut names: Vec<SecretName> = listed.collect();
        names.extend(environment.values().filter_map(|value| match value {
            EnvironmentValue::Secret(name) | EnvironmentValue::SecretFile(name) => Some(name.clone()),
            EnvironmentValue::Literal(_) | EnvironmentValue::Env { .. } => None,
        }));
        names.sort();
        names.dedup();
        names
    }

    fn databases(&self, problems: &mut Problems) -> Vec<(Identifier, Access)> {
        let written = self.databases.iter().flat_map(|databases| &databases.0);
        let mut databases: Vec<(Identifier, Access)> = Vec::new();
        for (name, access) in written {
            let Some(schema) = problems.within("databases", |problems| {
                super::postgres::schema_name(name, problems)
            }) else {
                continue;
            };
            if databases.iter().any(|(other, _)| *other == schema) {
                problems.push(Diagnostic::error(
                    Code::DuplicateName,
                    name.span(),
                    format!("the schema `{schema}` is listed twice"),
                ));
            } else {
                databases.push((schema, access.unwrap_or(Access::Write)));
            }
        }
        databases
    }

    fn check_paths(&self, problems: &mut Problems) {
        let paths = self
            .tmpfs
            .iter()
            .flat_map(|paths| &paths.0)
            .chain(&self.working_dir);
        for path in paths.filter(|path| !is_container_path(path.get_ref())) {
            problems.push(
                Diagnostic::error(
                    Code::InvalidValue,
                    path.span(),
                    format!("`{}` is not an absolute path in the container", path.get_ref()),
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
                        format!("`{name}` is not a capability's name"),
                    )
                    .help("names are upper case, such as `NET_BIND_SERVICE`"),
                );
            }
        }
        let mut targets = BTreeMap::new();
        for mount in self.volumes.iter().flatten() {
            if let Some(first) = targets.insert(mount.get_ref().target.as_str(), mount.span()) {
                problems.push(
                    Diagnostic::error(
                        Code::DuplicateName,
                        mount.span(),
                        format!("two volumes are mounted at `{}`", mount.get_ref().target),
                    )
                    .and(first, "first here"),
                );
            }
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            memory: self
                .memory
                .as_ref()
                .map_or(Limits::DEFAULT.memory, |size| *size.get_ref()),
            cpus: self
                .cpus
                .as_ref()
                .map_or(Limits::DEFAULT.cpus, |cpus: &Spanned<Cpus>| *cpus.get_ref()),
            pids: self
                .pids_limit
                .as_ref()
                .map_or(Limits::DEFAULT.pids, |count| count.get_ref().get()),
        }
    }

    fn logging(&self) -> Logging {
        let Some(table) = &self.logging else {
            return Logging::DEFAULT;
        };
        Logging {
            max_size: table
                .max_size
                .as_ref()
                .map_or(Logging::DEFAULT.max_size, |size: &Spanned<Size>| *size.get_ref()),
            max_file: table
                .max_file
                .as_ref()
                .map_or(Logging::DEFAULT.max_file, |count| count.get_ref().get()),
        }
    }
}

fn texts(values: &[Spanned<String>]) -> Vec<String> {
    values.iter().map(|value| value.get_ref().clone()).collect()
}

/// The builder sees only what is below the folder of stack.toml.
fn check_project_path(path: &Spanned<String>, problems: &mut Problems) {
    let text = path.get_ref();
    if text.is_empty() || text.starts_with('/') || text.split('/').any(|part| part == "..") {
        problems.push(
            Diagnostic::error(
                Code::InvalidValue,
                path.span(),
                format!("`{text}` is not below the folder of stack.toml"),
            )
            .help("an image is built from that folder; write a path inside it"),
        );
    }
}

/// The rule of Debian's policy, 5.6.1 (<https://www.debian.org/doc/debian-policy/ch-controlfields.html#source>).
fn check_package(package: &Spanned<String>, problems: &mut Problems) {
    let name = package.get_ref();
    let valid = |b: u8| {
        b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b':' | b'=' | b'~')
    };
    if name.len() < 2 || !name.as_bytes()[0].is_ascii_alphanumeric() || !name.bytes().all(valid) {
        problems.push(
            Diagnostic::error(
                Code::InvalidName,
                package.span(),
                format!("`{name}` is not a Debian package's name"),
            )
            .help("one name each, such as `libpq5`"),
        );
    }
}
