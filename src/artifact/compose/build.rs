//! How Compose builds a service's image.

use std::collections::BTreeMap;

use serde::Serialize;

use super::path::from_rendered;
use super::secret;
use super::text::Text;
use crate::artifact::stackctl_image;
use crate::model::{Role, Service, ServiceSource, Stack};

/// `build` of a service.
#[derive(Debug, Serialize)]
pub struct Build {
    context: Text,
    /// Relative to the context.
    dockerfile: Text,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    args: BTreeMap<&'static str, Text>,
    secrets: Vec<&'static str>,
}

impl Build {
    /// How the service's image is built, for those that are.
    pub fn of(stack: &Stack, service: &Service) -> Option<Self> {
        let (context, dockerfile) = match &service.source {
            ServiceSource::Image(_) => return None,
            ServiceSource::Python(_) => {
                let folder = stack.rendered_directory();
                (
                    "..".to_owned(),
                    format!("{folder}/services/{}/Dockerfile", service.name),
                )
            }
            // Nothing of the project goes into it.
            ServiceSource::Sync(_) => (format!("./services/{}", service.name), "Dockerfile".to_owned()),
            ServiceSource::Dockerfile { path, context } => (from_rendered(context), relative(context, path)),
        };
        Some(Self {
            context: Text::plain(context),
            dockerfile: Text::plain(dockerfile),
            args: arguments(stack, service),
            secrets: secret::BUILD.map(|(name, _)| name).to_vec(),
        })
    }
}

/// `up` names the image that it built of itself, so that another release of stackctl gives other images.
fn arguments(stack: &Stack, service: &Service) -> BTreeMap<&'static str, Text> {
    if service.role == Role::Program {
        return BTreeMap::new();
    }
    let image = stackctl_image::of(stack);
    let value = match stack.build.stackctl_image {
        Some(_) => Text::plain(image),
        None => Text::variable(stackctl_image::VARIABLE, Some(&image)),
    };
    BTreeMap::from([(stackctl_image::VARIABLE, value)])
}

/// The way from one folder to a file, both relative to stack.toml.
fn relative(folder: &str, file: &str) -> String {
    if file.starts_with('/') {
        return file.to_owned();
    }
    let parts = |path: &str| -> Vec<String> {
        let named = path.split('/').filter(|part| !part.is_empty() && *part != ".");
        named.map(ToOwned::to_owned).collect()
    };
    let (folder, file) = (parts(folder), parts(file));
    let shared = folder.iter().zip(&file).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", folder.len() - shared);
    up.chain(file[shared..].iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerfile_is_found_from_its_context() {
        for (folder, file, way) in [
            (".", "Dockerfile", "Dockerfile"),
            ("api", "api/Dockerfile", "Dockerfile"),
            ("./api", "docker/api.Dockerfile", "../docker/api.Dockerfile"),
            ("a/b", "a/c/Dockerfile", "../c/Dockerfile"),
            (".", "/srv/Dockerfile", "/srv/Dockerfile"),
        ] {
            assert_eq!(relative(folder, file), way);
        }
    }
}
