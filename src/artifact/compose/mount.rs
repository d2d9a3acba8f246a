//! What is mounted into a container.

use serde::Serialize;

use super::path::from_rendered;
use super::text::Text;
use crate::model::{Mount as Model, MountSource};

/// One entry of `volumes`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Mount {
    /// A named volume, `NAME:/path[:ro]`.
    Volume(Text),
    /// A file or folder of the host.
    Host(HostMount),
}

/// The long form, because the short one makes a missing folder, owned by root, instead of failing.
#[derive(Debug, Serialize)]
pub struct HostMount {
    r#type: &'static str,
    source: Text,
    target: Text,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    read_only: bool,
    bind: BindOptions,
}

#[derive(Debug, Serialize)]
struct BindOptions {
    create_host_path: bool,
}

impl Mount {
    /// A named volume.
    pub fn volume(name: &str, target: &str, read_only: bool) -> Self {
        let option = if read_only { ":ro" } else { "" };
        Self::Volume(Text::plain(format!("{name}:{target}{option}")))
    }

    /// A file or folder by its path as Compose must find it.
    pub fn bind(source: &str, target: &str, read_only: bool) -> Self {
        Self::Host(HostMount {
            r#type: "bind",
            source: Text::plain(source),
            target: Text::plain(target),
            read_only,
            bind: BindOptions {
                create_host_path: false,
            },
        })
    }
}

impl From<&Model> for Mount {
    fn from(mount: &Model) -> Self {
        match &mount.source {
            MountSource::Volume(name) => Self::volume(name.as_str(), &mount.target, mount.read_only),
            MountSource::Host(path) => Self::bind(&from_rendered(path), &mount.target, mount.read_only),
        }
    }
}
