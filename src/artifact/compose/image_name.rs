//! The names of images that are built from the project.

use super::super::sha256;
use crate::model::{ImageRef, ServiceName, Stack};

/// The name of a built service's image: the project's and the service's.
pub fn of(stack: &Stack, service: &ServiceName) -> String {
    let name = format!("{}-{service}", stack.project());
    if name.parse::<ImageRef>().is_ok() && !has_mixed_separators(&name) {
        return name;
    }
    // An image's name allows fewer orders of `-` and `_` than a service's; the hash keeps two apart.
    let words: Vec<&str> = name.split(['-', '_']).filter(|word| !word.is_empty()).collect();
    let hash = sha256::hexadecimal([name.as_bytes()]);
    format!("{}-{}", words.join("-"), &hash[..8])
}

/// Separators of a path component are one dot, one or two underscores, or dashes
/// (<https://pkg.go.dev/github.com/distribution/reference>).
fn has_mixed_separators(name: &str) -> bool {
    ["-_", "_-", "___"].iter().any(|run| name.contains(run))
}
