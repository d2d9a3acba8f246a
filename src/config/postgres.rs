//! `[postgres]`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::load::Mention;
use super::passthrough::Passthrough;
use super::problems::{Node, Problems};
use super::read::{Entries, OneOrMany, Read};
use super::scalar::{Fault, Scalar};
use super::secret_in_clear;
use super::service_model::{check_container_memory, check_size};
use super::table::table;
use crate::diagnostic::{Code, Diagnostic, Span, quoted};
use crate::model::{
    Cpus, Duration, Identifier, ImageRef, Limits, Logging, Postgres as Model, PublishedPort, Size, StackName,
};

table! {
    /// The database: one server, one database, a schema for each purpose.
    Postgres {
        /// The major version, 14 to 18. Default: `15`.
        version: Spanned<MajorVersion>,
        /// Another image with the official one's entrypoint. Default: the official one of that version.
        image: Spanned<ImageRef>,
        /// The database's name. Default: the stack's name.
        database: Spanned<Identifier>,
        /// Schemas that are made besides `public`.
        schemas: Vec<Spanned<Identifier>>,
        /// Extensions that are made in the database, such as `pg_trgm`.
        extensions: Vec<Spanned<String>>,
        /// Lines of postgresql.conf, such as `shared_buffers = "256MB"`.
        settings: Entries<Setting>,
        /// SQL files that run once, when the data volume is new; patterns such as `sql/*.sql` run in the order of their names.
        init: OneOrMany<Spanned<String>>,
        /// Ports on the host, `HOST:CONTAINER`; on 127.0.0.1 unless an address is given. Default: none.
        ports: OneOrMany<Spanned<PublishedPort>>,
        /// Memory the container may use. Default: `1GB`.
        memory: Spanned<Size>,
        /// Processors it may use. Default: `2`.
        cpus: Spanned<Cpus>,
        /// Processes and threads it may have. Default: `512`.
        pids_limit: Spanned<NonZeroU32>,
        /// The size of /dev/shm, which parallel queries allocate from. Default: `256MB`.
        shm_size: Spanned<Size>,
        /// How long a shutdown may take before the server is killed and must recover. Default: `2m`.
        stop_grace_period: Spanned<Duration>,
        /// Any key of a Compose service, merged last.
        compose: Passthrough,
    }
}

/// A value of postgresql.conf.
#[derive(Debug, Clone)]
pub struct Setting {
    /// As postgresql.conf writes it, without quotes.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl Read for Setting {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let text = match node.get_ref() {
            DeValue::Boolean(value) => if *value { "on" } else { "off" }.to_owned(),
            _ => Spanned::<SettingText>::read(node, problems)?.into_inner().0,
        };
        Some(Self {
            text,
            span: node.span(),
        })
    }

    fn schema() -> Value {
        json!({ "type": ["string", "number", "boolean"] })
    }
}

/// A major release of `PostgreSQL`.
#[derive(Debug, Clone, Copy)]
pub struct MajorVersion(u16);

impl Scalar for MajorVersion {
    const TAKES_INTEGER: bool = true;
    const TAKES_TEXT: bool = false;
    const EXPECTED: &'static str = "a major version such as `15`";

    fn parse(text: &str) -> Result<Self, Fault> {
        let version = text.parse().ok().filter(|version| VERSIONS.contains(version));
        version.map(Self).ok_or_else(|| {
            Fault::new(
                Code::InvalidValue,
                format!(
                    "{} is not a version of PostgreSQL that stackctl runs",
                    quoted(text)
                ),
                format!(
                    "write a major version from {} to {}",
                    VERSIONS.start(),
                    VERSIONS.end()
                ),
            )
        })
    }

    fn schema() -> Value {
        json!({ "enum": VERSIONS.collect::<Vec<_>>() })
    }
}

struct SettingText(String);

impl Scalar for SettingText {
    const TAKES_INTEGER: bool = true;
    const EXPECTED: &'static str = "a text, a number or a boolean";

    fn parse(text: &str) -> Result<Self, Fault> {
        Ok(Self(text.to_owned()))
    }
}

const VERSIONS: std::ops::RangeInclusive<u16> = 14..=18;
const DEFAULT_VERSION: u16 = 15;
/// Settings that stackctl renders itself, because the rest of the stack depends on them.
const OWN_SETTINGS: [&str; 5] = [
    "hba_file",
    "listen_addresses",
    "port",
    "data_directory",
    "unix_socket_directories",
];
/// Settings that name files, of which the container has none but the rendered ones.
const FILE_SETTINGS: [&str; 6] = [
    "config_file",
    "external_pid_file",
    "ident_file",
    "include",
    "include_dir",
    "include_if_exists",
];

impl Postgres {
    /// The valid database, or problems.
    pub fn convert(
        &self,
        stack: Option<&StackName>,
        mentions: &mut Vec<Mention>,
        problems: &mut Problems,
    ) -> Option<Model> {
        let version = self
            .version
            .as_ref()
            .map_or(DEFAULT_VERSION, |version| version.get_ref().0);
        let image = self.image.as_ref().map_or_else(
            || {
                format!("postgres:{version}-bookworm")
                    .parse()
                    .expect("the text is a valid image reference")
            },
            |image| image.get_ref().clone(),
        );
        self.check_database(problems);
        self.check_schemas(problems);
        check_container_memory(self.memory.as_ref(), problems);
        check_size("shm_size", self.shm_size.as_ref(), problems);
        let extensions = self.extensions(problems);
        let settings = self.settings(problems);
        let init: Vec<String> = self
            .init
            .iter()
            .flat_map(|files| &files.0)
            .map(|file| file.get_ref().clone())
            .collect();
        mentions.extend(
            self.init
                .iter()
                .flat_map(|files| &files.0)
                .map(|file| Mention::pattern("postgres.init", file)),
        );
        let count = |value: &Option<Spanned<NonZeroU32>>, default| {
            value.as_ref().map_or(default, |value| value.get_ref().get())
        };
        Some(Model {
            version,
            image,
            database: self.database(stack)?,
            schemas: self
                .schemas
                .iter()
                .flatten()
                .map(|schema| schema.get_ref().clone())
                .collect(),
            extensions,
            settings,
            init,
            ports: self
                .ports
                .iter()
                .flat_map(|ports| &ports.0)
                .map(|port| *port.get_ref())
                .collect(),
            limits: Limits {
                memory: self
                    .memory
                    .as_ref()
                    .map_or(Size::from_mebibytes(1024), |size| *size.get_ref()),
                cpus: self
                    .cpus
                    .as_ref()
                    .map_or(Cpus { millis: 2000 }, |cpus| *cpus.get_ref()),
                pids: count(&self.pids_limit, 512),
            },
            shm_size: self
                .shm_size
                .as_ref()
                .map_or(Size::from_mebibytes(256), |size| *size.get_ref()),
            stop_grace_period: self
                .stop_grace_period
                .as_ref()
                .map_or(Duration::from_secs(120), |time| *time.get_ref()),
            logging: Logging::DEFAULT,
            compose: self.compose.clone().unwrap_or_default().0,
        })
    }

    /// Databases that the server makes for itself.
    fn check_database(&self, problems: &mut Problems) {
        let own = |database: &&Spanned<Identifier>| {
            matches!(database.get_ref().as_str(), "template0" | "template1")
        };
        if let Some(database) = self.database.as_ref().filter(own) {
            problems.push(
                Diagnostic::error(
                    Code::ReservedName,
                    database.span(),
                    format!("the database `{}` is PostgreSQL's own", database.get_ref()),
                )
                .help("choose another name"),
            );
        }
    }

    fn database(&self, stack: Option<&StackName>) -> Option<Identifier> {
        if let Some(database) = &self.database {
            return Some(database.get_ref().clone());
        }
        // A stack's name may have a dash or a leading digit, which an unquoted identifier may not.
        let text = stack?.as_str().replace('-', "_");
        text.parse().or_else(|_| format!("db_{text}").parse()).ok()
    }

    fn check_schemas(&self, problems: &mut Problems) {
        let mut seen = BTreeMap::new();
        for schema in self.schemas.iter().flatten() {
            let name = schema.get_ref().as_str();
            if name == "public" {
                problems.push(
                    Diagnostic::error(
                        Code::DuplicateName,
                        schema.span(),
                        "the schema `public` is there already",
                    )
                    .help("leave it out; services may list it under `databases`"),
                );
            }
            if name.starts_with("pg_") || name == "information_schema" {
                problems.push(
                    Diagnostic::error(
                        Code::ReservedName,
                        schema.span(),
                        format!("the schema name `{name}` is PostgreSQL's own"),
                    )
                    .help("choose a name that does not start with `pg_`"),
                );
            }
            if let Some(first) = seen.insert(name, schema.span()) {
                problems.push(
                    Diagnostic::error(
                        Code::DuplicateName,
                        schema.span(),
                        format!("the schema `{name}` is listed twice"),
                    )
                    .and(first, "first here"),
                );
            }
        }
    }

    fn extensions(&self, problems: &mut Problems) -> Vec<String> {
        let valid = |name: &str| {
            !name.is_empty()
                && name.len() <= Identifier::LIMIT
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
        };
        let mut seen = BTreeMap::new();
        for extension in self.extensions.iter().flatten() {
            if let Some(first) = seen.insert(extension.get_ref(), extension.span()) {
                problems.push(
                    Diagnostic::error(
                        Code::DuplicateName,
                        extension.span(),
                        format!("the extension {} is listed twice", quoted(extension.get_ref())),
                    )
                    .and(first, "first here"),
                );
            }
        }
        for extension in self
            .extensions
            .iter()
            .flatten()
            .filter(|extension| !valid(extension.get_ref()))
        {
            problems.push(
                Diagnostic::error(
                    Code::InvalidName,
                    extension.span(),
                    format!("{} is not an extension's name", quoted(extension.get_ref())),
                )
                .help("names are lower-case letters, digits, `_` and `-`, such as `pg_trgm` or `uuid-ossp`"),
            );
        }
        self.extensions
            .iter()
            .flatten()
            .map(|extension| extension.get_ref().clone())
            .collect()
    }

    fn settings(&self, problems: &mut Problems) -> BTreeMap<String, String> {
        let entries = self.settings.iter().flat_map(|entries| &entries.read);
        entries
            .filter_map(|(key, value)| {
                let name = key.get_ref();
                // A name with a dot belongs to an extension, such as `cron.database_name`.
                let is_word = |word: &str| {
                    word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
                        && word
                            .bytes()
                            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                };
                let valid = name.split('.').all(is_word);
                let problem = if !valid {
                    Diagnostic::error(
                        Code::InvalidName,
                        key.span(),
                        format!("{} is not a setting of PostgreSQL", quoted(name)),
                    )
                    .help("names are lower-case letters, digits and `_`, no digit first, and `.` for an extension's own")
                } else if OWN_SETTINGS.contains(&name.as_str()) {
                    Diagnostic::error(
                        Code::ReservedName,
                        key.span(),
                        format!("stackctl sets `{name}` itself"),
                    )
                    .help("leave it out; other services find the database by it")
                } else if FILE_SETTINGS.contains(&name.as_str()) {
                    Diagnostic::error(
                        Code::ReservedName,
                        key.span(),
                        format!("`{name}` names a file, and the container has only the rendered ones"),
                    )
                    .help("write the settings themselves here, or your own `templates/postgres/postgresql.conf.j2`")
                } else if value.text.contains('\n') {
                    Diagnostic::error(
                        Code::InvalidValue,
                        value.span.clone(),
                        format!("the setting `{name}` has several lines"),
                    )
                    .help("a value of postgresql.conf stands on one line")
                } else if let Some(reason) = secret_in_clear::suspect_word(&value.text) {
                    Diagnostic::error(
                        Code::SecretInClear,
                        value.span.clone(),
                        format!("the setting `{name}` holds a secret in clear"),
                    )
                    .labelled(reason)
                    .help("keep it in a file that the server reads, such as a `passfile`, and name that")
                } else {
                    return Some((name.clone(), value.text.clone()));
                };
                problems.within("settings", |problems| problems.push(problem));
                None
            })
            .collect()
    }

    /// The names that services may list under `databases`.
    pub fn schema_names(&self) -> Vec<String> {
        let own = self
            .schemas
            .iter()
            .flatten()
            .map(|schema| schema.get_ref().to_string());
        std::iter::once("public".to_owned()).chain(own).collect()
    }
}
