//! SQLite files to migrate, made quickly.

use std::path::Path;

use rusqlite::Connection;

/// Users and events: unique text, a composite index, a foreign key, blobs. One row in ten is a user.
const ROWS: &str = "
    create table users (
        id integer primary key,
        email text not null unique,
        name text,
        active boolean not null default 1,
        balance real,
        created_at datetime not null
    );
    create table events (
        id integer primary key,
        user_id integer not null references users (id),
        kind varchar(20) not null,
        happened_at datetime not null,
        amount real,
        payload blob
    );
    with recursive n (i) as (select 1 union all select i + 1 from n where i < :users)
    insert into users
    select i, 'user' || i || '@example.org', case when i % 7 then 'Name ' || (i * 7919 % 100003) end, i % 3 > 0,
        i * 0.37, datetime(1500000000 + i * 60, 'unixepoch')
    from n;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < :events)
    insert into events
    select i, 1 + i * 48271 % :users, case i % 4 when 0 then 'view' when 1 then 'click' when 2 then 'order' else 'login' end,
        datetime(1600000000 + i * 3, 'unixepoch'), case when i % 5 then i * 1.25 end,
        case when i % 10 = 0 then randomblob(48) end
    from n;
    create index events_user_time on events (user_id, happened_at);";

/// So many rows in both tables together.
pub fn rows(file: &Path, rows: u64) {
    let users = (rows / 10).max(1);
    let sql = ROWS
        .replace(":users", &users.to_string())
        .replace(":events", &(rows - users).max(1).to_string());
    fill(file, &sql);
}

/// So many bytes, in blobs of 1 to 64 MiB.
pub fn blobs(file: &Path, bytes: u64) {
    let mut sql =
        String::from("create table files (id integer primary key, name text not null, body blob);\n");
    let mut left = bytes;
    for (number, mebibytes) in [1, 64, 4, 16, 2, 32].iter().cycle().enumerate() {
        if left == 0 {
            break;
        }
        let size = left.min(mebibytes << 20);
        left -= size;
        let row = format!("insert into files values ({number}, 'file {number}', randomblob({size}));\n");
        sql.push_str(&row);
    }
    fill(file, &sql);
}

fn fill(file: &Path, sql: &str) {
    let connection = Connection::open(file).expect("a database can be made");
    connection
        .execute_batch(&format!(
            "pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -200000; begin; {sql} commit;"
        ))
        .expect("the database can be filled");
}
