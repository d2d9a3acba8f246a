//! The engine, its plugins and what it can't give.

use super::{Rule, Translation, behind, between, told};

pub(super) const RULES: &[Rule] = &[
    ("permission denied while trying to connect", |_| not_allowed()),
    ("connect: permission denied", |_| not_allowed()),
    ("Cannot connect to the Docker daemon", not_running),
    ("failed to connect to the docker API", not_running),
    ("error during connect", not_running),
    ("unable to resolve docker endpoint", |line| {
        told(
            format!("the docker context can't be used: {line}"),
            "`docker context ls` lists them; `docker context use default` takes the engine of this host",
        )
    }),
    ("is not a docker command", no_compose),
    ("unknown command: docker compose", no_compose),
    ("unknown shorthand flag: 'p' in -p", no_compose),
    ("unknown flag: --short", no_compose),
    ("client version", too_old),
    ("port is already allocated", |line| {
        let address = between(line, "Bind for ", " failed").unwrap_or("a port");
        taken(address)
    }),
    ("address already in use", |line| {
        let address = between(line, "listen tcp4 ", ": bind")
            .or_else(|| between(line, "listen tcp6 ", ": bind"))
            .or_else(|| between(line, "listen tcp ", ": bind"))
            .or_else(|| between(line, "listen udp4 ", ": bind"))
            .or_else(|| between(line, "listen udp ", ": bind"))
            .unwrap_or("a port");
        taken(address)
    }),
    ("ports are not available", |line| {
        taken(between(line, "exposing port TCP ", " ->").unwrap_or("a port"))
    }),
    ("no space left on device", |_| disk_full()),
    ("disk quota exceeded", |_| disk_full()),
    ("is already in use by container", |line| {
        let name = between(line, "container name \"/", "\"").unwrap_or("of the service");
        told(
            format!("another container has the name `{name}`"),
            format!("`docker inspect {name}` shows whose it is; `docker rm -f {name}` removes it"),
        )
    }),
    ("non-overlapping IPv4 address pool", |_| no_networks()),
    ("predefined address pools have been fully subnetted", |_| {
        no_networks()
    }),
    ("Pool overlaps with other one", |_| {
        told(
            "the subnet that a network asks for is in use by another network",
            "`docker network ls` and `docker network inspect NAME` show which; choose another subnet",
        )
    }),
    ("bind source path does not exist", |line| {
        let path = behind(line, "does not exist: ").unwrap_or("a path");
        told(
            format!("`{path}` is to be mounted and does not exist"),
            format!("make it (`mkdir -p {path}`), or change `volumes` in stack.toml"),
        )
    }),
    (
        "not a directory: unknown: Are you trying to mount a directory onto a file",
        mounted_file,
    ),
    ("Are you trying to mount a directory onto a file", mounted_file),
    ("executable file not found in $PATH", |line| {
        let program = between(line, "exec: \"", "\"").unwrap_or("its command");
        told(
            format!("the image has no program `{program}`"),
            "change `command` or `entrypoint` in stack.toml, or use an image that has it",
        )
    }),
    ("exec format error", |_| {
        told(
            "the image is for another kind of processor",
            "`docker image inspect IMAGE --format '{{.Architecture}}'` shows for which; pull or build it for this host",
        )
    }),
    ("declared as external, but could not be found", |line| {
        let what = line.trim_start_matches("Error response from daemon: ").trim();
        told(
            what.to_owned(),
            "create it with `docker network create` or `docker volume create`",
        )
    }),
    ("is missing a value", |line| {
        let name = between(line, "required variable ", " is missing").unwrap_or("a variable");
        told(
            format!("the variable `{name}` is not set, or empty"),
            format!("write `{name}=…` into the `.env` beside stack.toml, or export it"),
        )
    }),
    ("Additional property", invalid),
    ("additional properties", invalid),
    ("validating ", invalid),
];

fn not_allowed() -> Option<Translation> {
    told(
        "this user may not talk to the Docker engine",
        "`sudo usermod -aG docker $USER`, then log in again; or run stackctl with `sudo`",
    )
}

fn not_running(line: &str) -> Option<Translation> {
    let address = between(line, "daemon at ", ". Is")
        .or_else(|| between(line, "docker API at ", ";"))
        .or_else(|| between(line, "error during connect: ", ": "))
        .unwrap_or_default();
    if address.is_empty() || address.ends_with("/run/docker.sock") {
        told(
            "the Docker engine is not running",
            "`sudo systemctl start docker`; `sudo journalctl -u docker -n 50` says why it stopped",
        )
    } else {
        told(
            format!("no Docker engine answers at `{address}`"),
            "`DOCKER_HOST` or `docker context` names that address; `unset DOCKER_HOST` and `docker context use default` \
             take the engine of this host",
        )
    }
}

fn no_compose(line: &str) -> Option<Translation> {
    let is_other_plugin = line.contains("is not a docker command") && !line.contains("compose");
    if is_other_plugin {
        return None;
    }
    told(
        "the compose plugin of Docker is not installed",
        "`sudo apt-get install docker-compose-plugin` (Docker's packages) or `docker-compose-v2` (Ubuntu's); \
         the old `docker-compose` with a hyphen will not do",
    )
}

fn too_old(line: &str) -> Option<Translation> {
    line.contains("is too").then_some(())?;
    told(
        format!(
            "the docker command and the engine are too far apart: {}",
            line.trim()
        ),
        "update the older of the two; `docker version` shows both",
    )
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it ends rules, which may also find nothing"
)]
fn taken(address: &str) -> Option<Translation> {
    let port = address.rsplit(':').next().and_then(|port| port.parse().ok());
    Some(Translation {
        problem: format!("the port `{address}` is taken"),
        hint: port.map_or_else(
            || "`sudo ss -ltnp` shows who listens where".to_owned(),
            |port: u16| format!("`sudo ss -ltnp 'sport = :{port}'` shows who has it; stop that, or change `ports` in stack.toml"),
        ),
        port,
    })
}

fn disk_full() -> Option<Translation> {
    told(
        "the disk is full",
        "`docker system df` shows what Docker holds; `docker image prune` and `docker builder prune` free what \
         nothing uses; `df -h` shows the rest",
    )
}

fn no_networks() -> Option<Translation> {
    told(
        "Docker has no free address range for another network",
        "`docker network prune` removes networks that nothing uses; `default-address-pools` in \
         /etc/docker/daemon.json gives more",
    )
}

fn mounted_file(_: &str) -> Option<Translation> {
    told(
        "a mount has a folder on one side and a file on the other",
        "check `volumes` in stack.toml; Docker makes an empty folder where a file to mount was missing",
    )
}

fn invalid(line: &str) -> Option<Translation> {
    told(
        format!("Compose refuses compose.yaml: {}", line.trim()),
        "if the key comes from a `[services.NAME.compose]` table, mend it there; this Compose may also be too old for it \
         (`stackctl doctor`)",
    )
}
