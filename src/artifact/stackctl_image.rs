//! The image that holds stackctl itself, which images of syncs and jobs copy it from.

use crate::model::Stack;

/// The variable by which `up` tells Compose which image it built.
pub const VARIABLE: &str = "STACKCTL_IMAGE";
/// The name of the images that `up` builds; the tag is the version, with a part of the executable's hash behind it.
pub const NAME: &str = "stackctl";

/// The image where the variable is not set.
pub fn of(stack: &Stack) -> String {
    match &stack.build.stackctl_image {
        Some(image) => image.at_registry(stack.build.registry.as_deref()),
        None => format!("{NAME}:{}", env!("CARGO_PKG_VERSION")),
    }
}
