//! Help for mistakes that are common enough to be known by name.

use toml::de::DeValue;

use super::problems::Node;

/// Words that people bring from elsewhere, by the table they are written in, and what to write here.
const FAMILIAR: [(&str, &str, &str); 36] = [
    ("", "version", "stack.toml has no version; remove the line"),
    (
        "",
        "name",
        "the name stands in a table: `[stack]`, and `name = \"…\"` below it",
    ),
    (
        "",
        "networks",
        "stackctl makes the networks; services reach each other by name",
    ),
    (
        "",
        "service",
        "did you mean `services`? A service is a table `[services.NAME]`",
    ),
    ("", "database", "the database is the table `[postgres]`"),
    (
        "postgres",
        "password",
        "stackctl makes the password up and keeps it in a file; leave it out",
    ),
    (
        "postgres",
        "user",
        "each service gets a role of its own name; leave it out",
    ),
    (
        "postgres",
        "port",
        "did you mean `ports`? Services reach the database without one; it publishes it on the host",
    ),
    ("postgres", "config", "did you mean `settings`?"),
    ("service", "cmd", "did you mean `command`?"),
    ("service", "env", "did you mean `environment`?"),
    (
        "service",
        "env_file",
        "write the variables under `environment`; `{ env = \"NAME\" }` takes one from `.env`",
    ),
    (
        "service",
        "build",
        "write `python = \"3.11\"` or `dockerfile = \"Dockerfile\"`; settings of all builds stand in `[build]`",
    ),
    (
        "service",
        "container_name",
        "leave it out; Compose names the container `PROJECT-SERVICE-1`",
    ),
    ("service", "mem_limit", "did you mean `memory`?"),
    ("service", "cpu", "did you mean `cpus`?"),
    (
        "service",
        "networks",
        "stackctl makes the networks; services reach each other by name",
    ),
    (
        "service",
        "requirements",
        "it belongs to `python`: `python = { version = \"3.11\", requirements = \"requirements.txt\" }`",
    ),
    (
        "service",
        "source",
        "it belongs to `python`: `python = { version = \"3.11\", source = \"src\" }`",
    ),
    ("service", "database", "did you mean `databases`?"),
    (
        "service",
        "schedule",
        "cron jobs are a table of their own: `[jobs.NAME]`, with `[[jobs.NAME.cron]]` for each that stands here",
    ),
    ("healthcheck", "command", "did you mean `test`?"),
    ("", "cron", "cron jobs are a table `[jobs.NAME]`"),
    ("", "job", "did you mean `jobs`? Jobs are a table `[jobs.NAME]`"),
    (
        "",
        "git",
        "did you mean `sync`? A repository is a table `[sync.NAME]`",
    ),
    (
        "",
        "migrate",
        "SQLite files are a table each: `[sqlite.NAME]`, and `path = \"…\"` below it",
    ),
    ("sqlite", "file", "did you mean `path`?"),
    ("sqlite", "timezone", "did you mean `zone`?"),
    ("sqlite", "profile", "did you mean `types`?"),
    ("sync", "url", "did you mean `repo`?"),
    ("sync", "period", "did you mean `every`?"),
    ("sync", "interval", "did you mean `every`?"),
    ("sync", "token", "did you mean `password`? It names a secret"),
    ("sync", "root", "the volume `sync_NAME` is the root; leave it out"),
    (
        "jobs",
        "schedule",
        "a schedule belongs to a job: `[[jobs.NAME.cron]]` with `name`, `schedule` and `command`, or a line of the repository's crontab",
    ),
    (
        "jobs",
        "source",
        "the code comes from the repository: `sync = \"NAME\"`",
    ),
];

/// Keys of a Compose service which stackctl leaves to the passthrough table
/// (<https://github.com/compose-spec/compose-spec/blob/main/05-services.md>).
const COMPOSE_KEYS: [&str; 41] = [
    "annotations",
    "attach",
    "blkio_config",
    "cap_drop",
    "cgroup",
    "cgroup_parent",
    "configs",
    "cpu_count",
    "cpu_percent",
    "cpu_shares",
    "cpuset",
    "deploy",
    "device_cgroup_rules",
    "devices",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "expose",
    "external_links",
    "extra_hosts",
    "gpus",
    "group_add",
    "hostname",
    "ipc",
    "isolation",
    "labels",
    "links",
    "mac_address",
    "mem_reservation",
    "memswap_limit",
    "oom_kill_disable",
    "oom_score_adj",
    "pid",
    "platform",
    "privileged",
    "profiles",
    "pull_policy",
    "security_opt",
    "sysctls",
    "ulimits",
];

/// Help for a key that stackctl does not know, in the table at this path.
pub fn for_key(path: &[String], key: &str) -> Option<String> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let path = match &path[..] {
        ["environments", _, rest @ ..] => rest,
        all => all,
    };
    let table = match path {
        [] => "",
        ["postgres"] => "postgres",
        ["services", _] => "service",
        ["services", _, "healthcheck"] => "healthcheck",
        ["sync", _] => "sync",
        ["jobs", _] => "jobs",
        ["sqlite", _] => "sqlite",
        _ => return None,
    };
    let familiar = FAMILIAR
        .iter()
        .find(|(of, word, _)| *of == table && *word == key)
        .map(|(_, _, help)| (*help).to_owned());
    familiar.or_else(|| {
        (matches!(table, "service" | "postgres" | "sync" | "jobs") && COMPOSE_KEYS.contains(&key))
            .then(|| format!("a key of Compose goes under `[{}.compose]`", path.join(".")))
    })
}

/// Help for a value of another type than its key takes.
pub fn for_type(node: &Node<'_>, expected: &str) -> Option<String> {
    match node.get_ref() {
        DeValue::Integer(number) if expected.contains("a duration") => {
            Some(format!("which unit? write `\"{}s\"`", number.as_str()))
        }
        DeValue::Integer(number) if expected.contains("a size") => {
            Some(format!("which unit? write `\"{}MB\"`", number.as_str()))
        }
        DeValue::Integer(number) if expected == "a text" => {
            Some(format!("write it in quotes: `\"{}\"`", number.as_str()))
        }
        DeValue::Float(number) if expected.starts_with("a text") || expected.starts_with("a version") => {
            Some(format!("write it in quotes: `\"{}\"`", number.as_str()))
        }
        DeValue::String(text)
            if expected.starts_with("`true`") && matches!(text.as_ref(), "true" | "false") =>
        {
            Some(format!("write it without quotes: `{text}`"))
        }
        DeValue::Array(_) if expected == "a table" => {
            Some("a header has one pair of brackets, such as `[services.web]`".to_owned())
        }
        _ => None,
    }
}
