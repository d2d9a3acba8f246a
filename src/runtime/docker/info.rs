//! The engine as `docker info` tells it.

use serde::Deserialize;

/// What is worth knowing of the engine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Info {
    /// Where it keeps images, containers and volumes.
    pub docker_root_dir: String,
    /// Bytes of memory.
    pub mem_total: u64,
    /// Processors.
    #[serde(rename = "NCPU")]
    pub cpus: u32,
    /// Such as `Docker Desktop`.
    pub operating_system: String,
    /// What the engine itself warns of.
    pub warnings: Option<Vec<String>>,
    /// Such as `name=rootless`.
    pub security_options: Option<Vec<String>>,
}
