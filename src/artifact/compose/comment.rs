//! Why a line of compose.yaml is there.

use serde_json::Value;

/// Keys from the top, `*` for any, and the comment above the first line of the file that fits.
const COMMENTS: [(&str, &str); 22] = [
    (
        "services.*.build.secrets",
        "Package index, proxy and authorities: mounted for one step, in no layer.",
    ),
    (
        "services.*.build.args",
        "The image that stackctl is copied from; `up` makes one of itself and names it here.",
    ),
    (
        "services.*.pull_policy",
        "Built here; no registry is asked for an image of this name.",
    ),
    (
        "services.*.user",
        "Numeric, so that the engine can prove that it is not root.",
    ),
    (
        "services.*.environment.STACKCTL_SECRET_ENV",
        "The entrypoint reads these files into variables; the values are in no file that Docker shows.",
    ),
    (
        "services.*.secrets",
        "A copy for each service that reads it, owned by the service's user.",
    ),
    (
        "services.*.ports",
        "Docker opens ports past the host's firewall, so each names the address it listens on.",
    ),
    (
        "services.postgres.volumes",
        "The folder of passwords is mounted whole: a new service's role needs no restart of the database.",
    ),
    (
        "services.postgres.healthcheck",
        "Over TCP: while the database is being made, the server listens on its socket only.",
    ),
    (
        "services.*.depends_on",
        "`restart: false`: programs reconnect by themselves when the other one starts again.",
    ),
    (
        "services.*.init",
        "Reaps orphaned processes and passes signals on.",
    ),
    (
        "services.*.stop_grace_period",
        "How long it may finish its work before it is killed.",
    ),
    (
        "services.*.read_only",
        "What must be written goes to tmpfs or to a volume.",
    ),
    (
        "services.*.shm_size",
        "Parallel queries allocate here; Docker's 64 MB make them fail.",
    ),
    (
        "services.*.cap_drop",
        "Powers of root that are taken away; `cap_add` in stack.toml gives one back.",
    ),
    (
        "services.*.security_opt",
        "A setuid program in the image can't raise them again.",
    ),
    (
        "services.*.memswap_limit",
        "The same as mem_limit, so no swap: a leak ends in a restart, not in a slow host.",
    ),
    (
        "services.*.pids_limit",
        "Processes and threads; runaway forks end here.",
    ),
    (
        "services.*.logging",
        "Docker's default log grows until the disk is full.",
    ),
    (
        "services.*.labels.io.stackctl.files",
        "The mounted settings: changing them replaces the container.",
    ),
    (
        "networks.data.internal",
        "Of the database and the services that use it: no way out, and no way in from outside.",
    ),
    (
        "volumes",
        "Kept by `stackctl down`; only `stackctl down --volumes` removes them.",
    ),
];

/// The comments that have not been written yet. Each is told once, so that the file stays readable.
pub struct Comments {
    told: [bool; COMMENTS.len()],
}

impl Default for Comments {
    fn default() -> Self {
        Self {
            told: [false; COMMENTS.len()],
        }
    }
}

impl Comments {
    /// The comment for this path, the first time it fits. What was switched off needs no reason here.
    pub fn take(&mut self, path: &[String], value: &Value) -> Option<&'static str> {
        if *value == Value::Bool(false) {
            return None;
        }
        let (at, (_, comment)) = COMMENTS
            .iter()
            .enumerate()
            .find(|(at, (pattern, _))| !self.told[*at] && fits(pattern, path))?;
        self.told[at] = true;
        Some(comment)
    }
}

/// Whether the pattern names this path. The last key may hold dots itself.
fn fits(pattern: &str, path: &[String]) -> bool {
    let keys = pattern.splitn(path.len(), '.');
    keys.clone().count() == path.len() && keys.zip(path).all(|(wanted, key)| wanted == "*" || wanted == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_told_once() {
        let mut comments = Comments::default();
        let mut take = |keys: &[&str], value: bool| {
            let path: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
            comments.take(&path, &Value::Bool(value))
        };
        assert!(take(&["services", "a", "read_only"], false).is_none());
        assert!(take(&["services", "a", "read_only"], true).is_some());
        assert!(take(&["services", "b", "read_only"], true).is_none());
        assert!(take(&["services", "b", "read"], true).is_none());
        assert!(take(&["services"], true).is_none());
        let label = ["services", "postgres", "labels", "io.stackctl.files"];
        assert!(take(&label, true).is_some());
    }
}
