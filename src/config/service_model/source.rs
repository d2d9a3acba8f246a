//! What runs in a service's container: an image, a Python program or a Dockerfile.

use toml::Spanned;

use super::super::load::Mention;
use super::super::problems::Problems;
use super::super::python::PythonTable;
use super::super::service::Service;
use super::super::table::Table;
use super::texts;
use crate::diagnostic::{Code, Diagnostic, Span, quoted};
use crate::model::{Python, ServiceSource};

impl Service {
    /// The source, where exactly one is written and can be read.
    pub(in crate::config) fn source(
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
                    .help(format!(
                        "write the release behind it, `{}:RELEASE`",
                        image.get_ref().as_str().trim_end_matches(":latest")
                    )),
                );
            }
            return Some(ServiceSource::Image(image.get_ref().clone()));
        }
        if let Some(python) = &self.python {
            return Self::python_source(&python.0, header, mentions, problems).map(ServiceSource::Python);
        }
        if let Some(path) = &self.dockerfile {
            mentions.push(Mention::file("dockerfile", path));
            for path in std::iter::once(path).chain(&self.context) {
                check_not_empty(path, problems);
            }
            mentions.extend(
                self.context
                    .iter()
                    .map(|context| Mention::file("context", context)),
            );
            let context = self
                .context
                .as_ref()
                .map_or_else(|| ".".to_owned(), |context| context.get_ref().clone());
            return Some(ServiceSource::Dockerfile {
                path: path.get_ref().clone(),
                context,
            });
        }
        let told = ["image", "python", "dockerfile"]
            .iter()
            .any(|key| self.unreadable().contains(key));
        if !told {
            problems.push(
                Diagnostic::error(Code::MissingKey, header, "nothing says what runs in this service").help(
                    "write `image = \"name:tag\"`, `python = \"3.11\"` or `dockerfile = \"Dockerfile\"`",
                ),
            );
        }
        None
    }

    fn python_source(
        table: &PythonTable,
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
        if table.version.is_none() && !table.unreadable().contains(&"version") {
            problems.push(
                Diagnostic::error(Code::MissingKey, header, "missing key `version` in `python`")
                    .help("write the minor version, such as `version = \"3.11\"`"),
            );
        }
        let mut source: Vec<String> = sources.map(|path| path.get_ref().clone()).collect();
        if table.source.is_none() {
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
}

fn check_not_empty(path: &Spanned<String>, problems: &mut Problems) {
    if path.get_ref().is_empty() {
        problems.push(
            Diagnostic::error(Code::InvalidValue, path.span(), "the path is empty")
                .help("write it relative to stack.toml; `.` is its folder"),
        );
    }
}

/// The builder sees only what is below the folder of stack.toml.
fn check_project_path(path: &Spanned<String>, problems: &mut Problems) {
    let text = path.get_ref();
    if text.is_empty() || text.starts_with('/') || text.split('/').any(|part| part == "..") {
        problems.push(
            Diagnostic::error(
                Code::InvalidValue,
                path.span(),
                format!("{} is not below the folder of stack.toml", quoted(text)),
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
                format!("{} is not a Debian package's name", quoted(name)),
            )
            .help("one name each, such as `libpq5`"),
        );
    }
}
