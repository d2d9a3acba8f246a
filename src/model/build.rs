//! How images and dependencies are built on networks of every kind.

use super::image::ImageRef;

/// Settings for image builds and dependency installs. None of them ends in an image layer.
///
/// Where one is not set, the variable of the same purpose in the shell that runs `up` is used instead
/// (`PIP_INDEX_URL`, `PIP_CERT`, `HTTPS_PROXY`, `NO_PROXY`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// The Python package index, in place of pip's default.
    pub index_url: Option<String>,
    /// Further indexes.
    pub extra_index_urls: Vec<String>,
    /// A file that holds `user:password` for the index, relative to stack.toml or absolute.
    pub index_credentials: Option<String>,
    /// The proxy for downloads.
    pub proxy: Option<String>,
    /// Hosts reached without the proxy.
    pub no_proxy: Vec<String>,
    /// A PEM file of authorities to trust besides the system's, relative to stack.toml or absolute.
    pub ca_file: Option<String>,
    /// A registry that stands before image names without a registry of their own.
    pub registry: Option<String>,
    /// An image that holds `/stackctl`, in place of the one that `up` builds from its own executable.
    pub stackctl_image: Option<ImageRef>,
    /// Tools that images download, each pinned.
    pub downloads: Vec<Download>,
}

/// A tool that images download: pinned by version and by a checksum for each architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The tool.
    pub name: String,
    /// Its release.
    pub version: String,
    /// An address, or a path relative to stack.toml; `{version}` and `{arch}` are replaced.
    pub source: String,
    /// SHA-256 in hexadecimal digits, by Docker's name of the architecture (`amd64`, `arm64`).
    pub sha256: Vec<(String, String)>,
}
