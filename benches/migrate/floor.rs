//! The floor: psql, ready files, and the best order.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::postgres_server::PostgresServer;
use crate::seconds;

/// What is loaded and built. Keys and indexes come after the data, shared out so that both processors end together.
const TABLES: [&str; 2] = ["users", "events"];
const BUILD: [&str; 2] = [
    "alter table main.events add primary key (id);
     alter table main.users add primary key (id);
     alter table main.users add unique (email);",
    "create index events_user_time on main.events (user_id, happened_at);",
];
const LAST: &str = "alter table main.events add foreign key (user_id) references main.users (id);";

/// The settings of its sessions.
#[derive(Debug, Clone, Copy)]
pub enum Session {
    /// As an administrator would have them who knows the server's documentation.
    Usual,
    /// Those that stackctl has found to be faster: little memory for sorting, and a merge join for the foreign key.
    Stackctl,
}

impl Session {
    fn sql(self) -> &'static str {
        match self {
            Self::Usual => {
                "set maintenance_work_mem = '256MB'; set max_parallel_maintenance_workers = 0; set synchronous_commit = off;"
            }
            Self::Stackctl => {
                "set maintenance_work_mem = '16MB'; set max_parallel_maintenance_workers = 0; set synchronous_commit = off;
                 set enable_hashjoin = off;"
            }
        }
    }
}

/// How long it took, seconds.
#[derive(Debug, Clone, Copy)]
pub struct Floor {
    /// Both tables, loaded.
    pub copy: f64,
    /// Keys, indexes and the foreign key.
    pub build: f64,
}

impl Floor {
    /// All of it.
    pub fn whole(&self) -> f64 {
        self.copy + self.build
    }
}

/// Writes the files from what stackctl has loaded, with the statements that make the tables as it has made them.
pub fn dump(server: &PostgresServer, database: &str, scratch: &Path) {
    for table in TABLES {
        let to = format!(
            "\\copy main.{table} to '{}' with (format binary)",
            file(scratch, table)
        );
        end(psql(server, database, &to));
        let columns = server.sql(
            database,
            &format!(
                "select string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
                     || case when attnotnull then ' not null' else '' end, ', ' order by attnum)
                 from pg_attribute where attrelid = 'main.{table}'::regclass and attnum > 0"
            ),
        );
        std::fs::write(
            scratch.join(format!("{table}.sql")),
            format!("create table main.{table} ({columns});"),
        )
        .expect("the temporary folder can be written");
    }
    let made = server.sql(
        database,
        "select count(*) from pg_indexes where schemaname = 'main'",
    );
    assert_eq!(
        made, "4",
        "stackctl has not made the keys and indexes that the floor makes"
    );
}

/// Loads and builds in a fresh database.
pub fn load(server: &PostgresServer, scratch: &Path, database: &str, session: Session) -> Floor {
    let session = session.sql();
    server.database(database);
    server.sql(database, "create schema main");
    let begun = Instant::now();
    let loading = TABLES.map(|table| {
        let create = std::fs::read_to_string(scratch.join(format!("{table}.sql")));
        let script = format!(
            "{session}\nbegin;\n{}\n\\copy main.{table} from '{}' with (format binary, freeze)\ncommit;",
            create.expect("it was written"),
            file(scratch, table)
        );
        psql(server, database, &script)
    });
    loading.into_iter().for_each(end);
    let copy = seconds(begun.elapsed());
    let begun = Instant::now();
    let building = BUILD.map(|sql| psql(server, database, &format!("{session}\n{sql}")));
    building.into_iter().for_each(end);
    end(psql(server, database, &format!("{session}\n{LAST}")));
    Floor {
        copy,
        build: seconds(begun.elapsed()),
    }
}

fn file(scratch: &Path, table: &str) -> String {
    scratch.join(format!("{table}.bin")).display().to_string()
}

fn psql(server: &PostgresServer, database: &str, script: &str) -> Child {
    let mut child = Command::new(server.bin().join("psql"))
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--file",
            "-",
            "--dbname",
        ])
        .arg(server.url(database))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("psql is beside the server's programs");
    let mut input = child.stdin.take().expect("it is piped");
    std::io::Write::write_all(&mut input, script.as_bytes()).expect("psql reads its script");
    child
}

fn end(mut child: Child) {
    assert!(child.wait().expect("psql is there").success(), "psql failed");
}
