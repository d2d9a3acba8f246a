//! Bounds of a container's log.

use serde::Serialize;

use crate::model::Logging as Model;

/// `logging` of a service.
#[derive(Debug, Serialize)]
pub struct Logging {
    driver: &'static str,
    options: Options,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Options {
    max_size: String,
    /// Text, because the engine takes nothing else.
    max_file: String,
}

impl From<Model> for Logging {
    fn from(logging: Model) -> Self {
        Self {
            driver: "local",
            options: Options {
                max_size: logging.max_size.to_compose(),
                max_file: logging.max_file.to_string(),
            },
        }
    }
}
