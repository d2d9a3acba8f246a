//! `[build]`.

use toml::Spanned;

use super::load::Mention;
use super::problems::Problems;
use super::read::Entries;
use super::secret_in_clear;
use super::table::table;
use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::model::{Build as Model, Download as DownloadModel, ImageRef};

table! {
    /// Settings for image builds and dependency installs; none of them ends in an image layer.
    Build {
        /// The Python package index, in place of the public one. Put credentials in `index_credentials`.
        index_url: Spanned<String>,
        /// Further package indexes.
        extra_index_urls: Vec<Spanned<String>>,
        /// A file that holds `user:password` for the package indexes.
        index_credentials: Spanned<String>,
        /// The proxy for downloads, such as `http://proxy.example.com:3128`.
        proxy: Spanned<String>,
        /// Hosts reached without the proxy.
        no_proxy: Vec<Spanned<String>>,
        /// A PEM file of authorities to trust, for networks that inspect TLS.
        ca_file: Spanned<String>,
        /// A registry that stands before image names without one of their own: a mirror of the public images.
        registry: Spanned<String>,
        /// An image that holds stackctl for syncs and jobs, such as one in your registry. Default: `up` builds one from its own executable.
        stackctl_image: Spanned<ImageRef>,
        /// Tools that images download, each pinned by version and checksum.
        downloads: Entries<Download>,
    }
}

table! {
    /// One tool that images download.
    Download {
        /// Its release.
        version: Spanned<String>,
        /// Its address, or a path relative to stack.toml; `{version}` and `{arch}` in it are replaced.
        source: Spanned<String>,
        /// SHA-256 by architecture, `amd64` and `arm64`.
        sha256: Entries<Spanned<String>>,
    }
}

impl Build {
    /// The valid settings.
    pub fn convert(&self, mentions: &mut Vec<Mention>, problems: &mut Problems) -> Model {
        let text = |value: &Option<Spanned<String>>| value.as_ref().map(|value| value.get_ref().clone());
        let list = |value: &Option<Vec<Spanned<String>>>| {
            value
                .iter()
                .flatten()
                .map(|value| value.get_ref().clone())
                .collect::<Vec<_>>()
        };
        let index = "put `user:password` into a file and name it: `index_credentials = \"secrets/index\"`";
        let proxy = "set HTTPS_PROXY with its credentials in the shell that runs `up`; where `proxy` is not set, that is used";
        let named = [
            ("index_url", &self.index_url, index),
            ("proxy", &self.proxy, proxy),
        ];
        for (key, url, help) in named {
            if let Some(url) = url {
                problems.within(key, |problems| check_url(url, help, problems));
            }
        }
        problems.within("extra_index_urls", |problems| {
            for url in self.extra_index_urls.iter().flatten() {
                check_url(url, index, problems);
            }
        });
        for (key, file) in [
            ("build.index_credentials", &self.index_credentials),
            ("build.ca_file", &self.ca_file),
        ] {
            mentions.extend(file.iter().map(|file| Mention::file(key, file)));
        }
        let downloads = self.downloads.iter().flat_map(|entries| &entries.read);
        Model {
            index_url: text(&self.index_url),
            extra_index_urls: list(&self.extra_index_urls),
            index_credentials: text(&self.index_credentials),
            proxy: text(&self.proxy),
            no_proxy: list(&self.no_proxy),
            ca_file: text(&self.ca_file),
            registry: text(&self.registry),
            stackctl_image: self.stackctl_image.as_ref().map(|image| image.get_ref().clone()),
            downloads: downloads
                .filter_map(|(name, download)| download.convert(name, problems))
                .collect(),
        }
    }
}

fn check_url(url: &Spanned<String>, credentials: &str, problems: &mut Problems) {
    let text = url.get_ref();
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match rest {
        None => problems.push(
            Diagnostic::error(
                Code::InvalidValue,
                url.span(),
                format!("{} is not an address", quoted(text)),
            )
            .help("it starts with `https://` or `http://`"),
        ),
        Some(rest) if rest.split('/').next().is_some_and(|host| host.contains('@')) => problems.push(
            Diagnostic::error(Code::SecretInClear, url.span(), "the address holds credentials")
                .help(credentials),
        ),
        Some(_) => {}
    }
}

impl Download {
    fn convert(&self, name: &Spanned<String>, problems: &mut Problems) -> Option<DownloadModel> {
        let header = format!("build.downloads.{}", name.get_ref());
        let sums = self.sha256.iter().flat_map(|sums| &sums.read);
        let sha256: Vec<(String, String)> = sums
            .map(|(arch, sum)| (arch.get_ref().clone(), sum.get_ref().clone()))
            .collect();
        if let Some((source, reason)) = self
            .source
            .as_ref()
            .and_then(|source| Some((source, secret_in_clear::suspect_text(source.get_ref())?)))
        {
            problems.push(
                Diagnostic::error(
                    Code::SecretInClear,
                    source.span(),
                    "the address holds credentials",
                )
                .at(&header)
                .labelled(reason)
                .help("fetch the file first and write its path here"),
            );
        }
        for (arch, sum) in self.sha256.iter().flat_map(|sums| &sums.read) {
            let is_sum = sum.get_ref().len() == 64 && sum.get_ref().bytes().all(|b| b.is_ascii_hexdigit());
            check_architecture(arch, &header, problems);
            if !is_sum {
                problems.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        sum.span(),
                        format!("this is not the SHA-256 for `{}`", arch.get_ref()),
                    )
                    .at(&header)
                    .help("it has 64 hexadecimal digits; `sha256sum FILE` prints it"),
                );
            }
        }
        let mut required = |key: &str, value: &Option<Spanned<String>>| {
            if value.is_none() {
                problems.push(
                    Diagnostic::error(
                        Code::MissingKey,
                        name.span(),
                        format!("missing key `{key}` in `[{header}]`"),
                    )
                    .at(&header)
                    .help("a download is pinned by `version` and `sha256`, and fetched from `source`"),
                );
            }
            value.as_ref().map(|value| value.get_ref().clone())
        };
        let (version, source) = (
            required("version", &self.version),
            required("source", &self.source),
        );
        if sha256.is_empty() {
            required("sha256", &None);
        }
        (!sha256.is_empty()).then_some(DownloadModel {
            name: name.get_ref().clone(),
            version: version?,
            source: source?,
            sha256,
        })
    }
}

/// Checksums stand by Docker's names of architectures.
fn check_architecture(arch: &Spanned<String>, header: &str, problems: &mut Problems) {
    let help = match arch.get_ref().as_str() {
        "amd64" | "arm64" => return,
        "x86_64" | "x64" => "did you mean `amd64`?",
        "aarch64" => "did you mean `arm64`?",
        _ => "write `amd64` or `arm64`",
    };
    problems.push(
        Diagnostic::error(
            Code::UnknownKey,
            arch.span(),
            format!("unknown architecture {}", quoted(arch.get_ref())),
        )
        .at(format!("{header}.sha256"))
        .help(help),
    );
}
