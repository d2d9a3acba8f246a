//! One run at a time in a database, and nothing left over of one that was killed.

use postgres::Client;
use postgres::error::SqlState;

use super::ledger::failed;
use crate::migrate::MigrateError;

/// Held by the run, exclusively: "stackctl" in ASCII.
pub const RUN: i64 = 0x7374_6163_6b63_746c;

/// Held by each connection that writes for it, shared.
const WRITERS: i64 = RUN + 1;

/// Takes the lock of the run, or tells who holds it; then ends what a killed run has left on the server, whose last
/// statements would otherwise write beside this run's. It holds as long as the connection.
pub fn begin(client: &mut Client) -> Result<(), MigrateError> {
    notice_end(client);
    if !take_soon(client)? {
        return Err(MigrateError::Refused {
            message: format!(
                "another `stackctl migrate` works in this database: {}",
                holder(client)?
            ),
            hint: Some(
                "wait until it has ended; `stackctl migrate status` tells how far it is. Where its machine is gone: \
                 `select pg_terminate_backend(PROCESS)` in the database"
                    .to_owned(),
            ),
        });
    }
    if take(client, WRITERS)? {
        return leave(client);
    }
    client
        .execute(
            "select pg_terminate_backend(pid) from pg_locks
             where locktype = 'advisory' and granted and objsubid = 1
                 and database = (select oid from pg_database where datname = current_database())
                 and ((classid::bigint << 32) | objid::bigint) = $1 and pid <> pg_backend_pid()",
            &[&WRITERS],
        )
        .map_err(failed("end what a killed run has left"))?;
    client
        .execute("select pg_advisory_lock($1)", &[&WRITERS])
        .map_err(failed("wait until what a killed run has left is gone"))?;
    leave(client)
}

/// Marks a connection as one that writes for the run.
pub fn join(client: &mut Client) -> Result<(), MigrateError> {
    notice_end(client);
    client
        .execute("select pg_advisory_lock_shared($1)", &[&WRITERS])
        .map_err(failed("take a lock"))?;
    Ok(())
}

/// Lets the server look whether this process is still there, also while a statement works: else what a killed run has
/// begun, such as an index, goes on to its end and holds the lock.
fn notice_end(client: &mut Client) {
    // Servers on some systems can't look.
    let _ = client.batch_execute("set client_connection_check_interval = '500ms'");
}

/// Takes the lock of the run; that of one that was killed just now is free as soon as the server has noticed.
fn take_soon(client: &mut Client) -> Result<bool, MigrateError> {
    client
        .batch_execute("set lock_timeout = '3s'")
        .map_err(failed("take a lock"))?;
    let answer = client.execute("select pg_advisory_lock($1)", &[&RUN]);
    client
        .batch_execute("set lock_timeout = 0")
        .map_err(failed("take a lock"))?;
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => Ok(false),
        Err(error) => Err(failed("take a lock")(error)),
    }
}

fn take(client: &mut Client, lock: i64) -> Result<bool, MigrateError> {
    Ok(client
        .query_one("select pg_try_advisory_lock($1)", &[&lock])
        .map_err(failed("take a lock"))?
        .get(0))
}

fn leave(client: &mut Client) -> Result<(), MigrateError> {
    client
        .execute("select pg_advisory_unlock($1)", &[&WRITERS])
        .map_err(failed("give a lock back"))?;
    Ok(())
}

/// Who holds the lock of the run.
fn holder(client: &mut Client) -> Result<String, MigrateError> {
    let row = client
        .query_opt(
            "select l.pid, a.usename::text, coalesce(host(a.client_addr), 'this machine'),
                    to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC')
             from pg_locks as l left join pg_stat_activity as a using (pid)
             where l.locktype = 'advisory' and l.granted and l.objsubid = 1
                 and l.database = (select oid from pg_database where datname = current_database())
                 and ((l.classid::bigint << 32) | l.objid::bigint) = $1",
            &[&RUN],
        )
        .map_err(failed("ask who holds the lock"))?;
    Ok(row.map_or_else(
        || "it has just ended".to_owned(),
        |row| {
            let or = |place: usize| {
                row.get::<_, Option<String>>(place)
                    .unwrap_or_else(|| "an unknown time".to_owned())
            };
            let user = row
                .get::<_, Option<String>>(1)
                .unwrap_or_else(|| "someone".to_owned());
            format!(
                "`{user}` from {}, since {} (process {})",
                or(2),
                or(3),
                row.get::<_, i32>(0)
            )
        },
    ))
}
