//! An image as `docker image inspect` tells it.

use serde::Deserialize;

/// An image.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Image {
    /// `sha256:` and digits.
    pub id: String,
    /// When it was built, in RFC 3339.
    #[serde(default)]
    pub created: String,
}
