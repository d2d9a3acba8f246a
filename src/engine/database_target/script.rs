//! What the superuser runs to let a role in, and to close it again.

use std::fmt::Write;

use super::Purpose;
use crate::artifact::owner_role;
use crate::model::{Identifier, Postgres};

/// The role that writes. It stays, without a password, because it owns what an interrupted run has made.
pub const WRITER: &str = "stackctl:migrate";
/// What the server remembers about roles of this kind; 10-access.sql closes those that have it.
const COMMENT: &str = "stackctl: role of migrations";
/// How the error begins that tells of a schema without its owner.
pub const NOT_UP_TO_DATE: &str = "the database has no schema";
/// After which the server takes the password no more, for when nobody could close the role.
const LONGEST: &str = "7 days";

/// No statement with a password reaches the server's log or its statistics, and no name is looked for in a schema that
/// others can write.
const QUIET: &str = "\
set log_statement = 'none';
set log_duration = off;
set log_min_duration_statement = -1;
set log_min_duration_sample = -1;
set log_transaction_sample_rate = 0;
set log_min_error_statement = 'panic';
set pg_stat_statements.track = 'none';
set pgaudit.log = 'none';
set client_min_messages = warning;
set search_path = pg_catalog, pg_temp;
";

/// A role that only reads; several may read at once, so each has its own.
pub fn reader(distinct: &str) -> String {
    format!("stackctl:read-{distinct}")
}

/// Lets a role in. All names are such that they need no escape: hexadecimal digits, identifiers, and owners made from
/// them.
pub fn open(
    role: &str,
    password: &str,
    postgres: &Postgres,
    schemas: &[Identifier],
    purpose: Purpose,
) -> String {
    let mut text = format!(
        "{QUIET}begin;
do $$ begin perform pg_advisory_xact_lock(hashtext('stackctl access')); end $$;
do $$
begin
    if not exists (select from pg_roles where rolname = '{role}') then
        create role \"{role}\" nologin;
    end if;
end $$;
comment on role \"{role}\" is '{COMMENT}';
do $$
begin
    execute format('alter role \"{role}\" with login inherit nosuperuser nocreatedb nocreaterole noreplication '
        'nobypassrls password %L valid until %L', '{password}', now() + interval '{LONGEST}');
end $$;
grant connect on database \"{database}\" to \"{role}\";
",
        database = postgres.database
    );
    if purpose == Purpose::Read {
        text.push_str(&remove_old_readers());
        // Writing to a string can't fail.
        let _ok = write!(
            text,
            "alter role \"{role}\" set default_transaction_read_only = on;\ngrant pg_read_all_data to \"{role}\";\n"
        );
    } else {
        let _ok = writeln!(
            text,
            "grant create, temporary on database \"{}\" to \"{role}\";",
            postgres.database
        );
        for schema in schemas {
            text.push_str(&let_write(role, schema, purpose));
        }
    }
    text.push_str("commit;\n");
    text
}

/// What the writer may do in a schema: everything its owner may, and fill what others have made there.
fn let_write(role: &str, schema: &Identifier, purpose: Purpose) -> String {
    let owner = owner_role(schema);
    let mut text = format!(
        "do $$
begin
    if to_regnamespace('\"{schema}\"') is null or to_regrole('\"{owner}\"') is null then
        raise exception '{NOT_UP_TO_DATE} `{schema}` yet';
    end if;
end $$;
grant \"{owner}\" to \"{role}\";
grant usage, create on schema \"{schema}\" to \"{owner}\", \"{role}\";
grant select, insert, update, delete, truncate, references on all tables in schema \"{schema}\" to \"{role}\";
grant usage, select, update on all sequences in schema \"{schema}\" to \"{role}\";
"
    );
    if purpose == Purpose::Replace {
        // Only an owner may drop; what an init file has made belongs to the superuser.
        let _ok = write!(
            text,
            "do $$
declare
    step record;
begin
    for step in
        select format('alter %s %s owner to %I', kind, name, '{owner}') as command
        from (
            select 'table' as kind, oid::regclass::text as name, relowner as owner, oid, 'pg_class'::regclass as class
            from pg_class
            where relnamespace = '\"{schema}\"'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
            union all
            select 'routine', oid::regprocedure::text, proowner, oid, 'pg_proc'::regclass
            from pg_proc where pronamespace = '\"{schema}\"'::regnamespace
            union all
            select 'type', oid::regtype::text, typowner, oid, 'pg_type'::regclass
            from pg_type where typnamespace = '\"{schema}\"'::regnamespace and typtype in ('d', 'e')
        ) object
        where owner <> '\"{owner}\"'::regrole and not exists (
            select from pg_depend
            where classid = object.class and objid = object.oid and objsubid = 0 and deptype in ('e', 'a', 'i')
        )
    loop
        execute step.command;
    end loop;
end $$;
"
        );
    }
    text
}

/// Closes a role.
pub fn close(role: &str) -> String {
    if role == WRITER {
        return format!("{QUIET}alter role \"{role}\" nologin password null valid until 'infinity';\n");
    }
    format!("{QUIET}begin;\ndrop owned by \"{role}\";\ndrop role \"{role}\";\ncommit;\n")
}

/// Readers whose stackctl was killed, once their time is over.
fn remove_old_readers() -> String {
    format!(
        "do $$
declare
    old record;
begin
    for old in
        select rolname from pg_roles
        where rolname like 'stackctl:read-%' and rolvaliduntil < now()
            and shobj_description(oid, 'pg_authid') = '{COMMENT}'
    loop
        execute format('drop owned by %I', old.rolname);
        execute format('drop role %I', old.rolname);
    end loop;
end $$;
"
    )
}
