//! The names of images that are built from the project.

use super::super::sha256;
use crate::model::{ImageRef, ServiceName, Stack};

/// The name of a built service's image: the project's and the service's.
pub fn of(stack: &Stack, service: &ServiceName) -> String {
    name(&stack.project(), service.as_str())
}

fn name(project: &str, service: &str) -> String {
    let name = format!("{project}-{service}");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_a_valid_image_name_of_its_own() {
        assert_eq!(name("shop", "api"), "shop-api");
        assert_eq!(name("shop-staging", "order_api"), "shop-staging-order_api");
        let awkward = ["a-", "a_", "a-_b", "a_-b", "a___b", "a--b"].map(|service| name("shop", service));
        for (index, image) in awkward.iter().enumerate() {
            assert!(image.parse::<ImageRef>().is_ok(), "{image}");
            assert!(!has_mixed_separators(image), "{image}");
            assert!(!awkward[..index].contains(image), "{image}");
        }
    }
}
