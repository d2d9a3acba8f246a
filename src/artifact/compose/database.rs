//! The database's service.

use super::healthcheck::Healthcheck;
use super::mount::Mount;
use super::network;
use super::secret;
use super::service::Service;
use super::text::{Text, plain_list};
use crate::artifact::{File, postgres as rendered, sha256};
use crate::model::{Duration, Healthcheck as HealthcheckModel, Postgres, Probe, Stack};

/// The database of a stack; `files` are the rendered files, some of which are mounted into it.
pub fn service(stack: &Stack, postgres: &Postgres, files: &[File]) -> Service {
    let image = postgres.image.at_registry(stack.build.registry.as_deref());
    let owner = Postgres::USER;
    let mut service = Service {
        entrypoint: Some(plain_list(&["/bin/sh", rendered::START])),
        command: Some(plain_list(&[
            "postgres",
            "-c",
            &format!("config_file={}", rendered::SETTINGS),
        ])),
        user: Some(format!("{owner}:{owner}")),
        environment: environment(stack, postgres),
        ports: postgres.ports.iter().map(ToString::to_string).collect(),
        volumes: mounts(stack, postgres),
        networks: network::of_database(postgres),
        healthcheck: Healthcheck::of(&healthcheck(postgres)),
        stop_grace_period: postgres.stop_grace_period,
        tmpfs: plain_list(&[
            "/tmp:mode=1777,size=64m".to_owned(),
            format!("/var/run/postgresql:mode=0775,uid={owner},gid={owner},size=1m"),
        ]),
        shm_size: Some(postgres.shm_size.to_compose()),
        ..Service::hardened(stack, image, &postgres.limits, postgres.logging)
    };
    let mounted = rendered::MOUNTED.iter().filter_map(|(path, _)| {
        let file = files.iter().find(|file| file.path == *path)?;
        Some(file.bytes.as_slice())
    });
    service
        .labels
        .insert("io.stackctl.files", sha256::hexadecimal(mounted));
    service
}

fn environment(stack: &Stack, postgres: &Postgres) -> std::collections::BTreeMap<String, Text> {
    let variables = [
        ("PGDATA", data_directory(postgres)),
        ("POSTGRES_DB", postgres.database.to_string()),
        (
            "POSTGRES_INITDB_ARGS",
            "--data-checksums --encoding=UTF8 --auth-local=peer --auth-host=scram-sha-256".to_owned(),
        ),
        (
            "POSTGRES_PASSWORD_FILE",
            format!("/run/secrets/{}", Postgres::superuser_secret()),
        ),
        ("POSTGRES_USER", Postgres::SUPERUSER.to_owned()),
        ("TZ", stack.timezone.to_string()),
    ];
    variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Text::plain(value)))
        .collect()
}

/// A folder in the volume rather than its root, so that the mark of an unfinished start can lie beside it.
fn data_directory(postgres: &Postgres) -> String {
    let below = if postgres.version >= 18 {
        format!("{}/docker", postgres.version)
    } else {
        "pgdata".to_owned()
    };
    format!("{}/{below}", rendered::volume_path(postgres))
}

fn mounts(stack: &Stack, postgres: &Postgres) -> Vec<Mount> {
    let mut mounts = vec![Mount::volume(
        Postgres::VOLUME,
        rendered::volume_path(postgres),
        false,
    )];
    mounts.extend(
        rendered::MOUNTED
            .iter()
            .map(|(path, target)| Mount::bind(&format!("./{path}"), target, true)),
    );
    mounts.push(Mount::bind("./postgres/initdb.d", rendered::INIT, true));
    let passwords = secret::folder(stack, Postgres::SERVICE);
    mounts.push(Mount::bind(&passwords, "/run/secrets", true));
    mounts
}

/// `pg_isready` does not log in, and the name it gives is of no role: asking as the superuser, who is refused
/// over TCP, would write a line into the log each time. A server whose init files did not all run must not pass: it
/// lacks what they make, and its next start begins again.
fn healthcheck(postgres: &Postgres) -> HealthcheckModel {
    let database = &postgres.database;
    let mark = rendered::FIRST_START_MARK;
    let line = format!(
        "pg_isready -q -h 127.0.0.1 -U healthcheck -d {database} && test ! -e \"${{PGDATA%/}}.{mark}\""
    );
    HealthcheckModel {
        // Large init files and recovery after a crash take their time. It costs nothing: the first success counts
        // at once.
        start_period: Duration::from_secs(600),
        ..HealthcheckModel::with_defaults(Probe::Shell(line))
    }
}
