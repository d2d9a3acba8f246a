//! What stands in a schema already: whether a file may go there, and how it makes room.

pub mod rights;

use postgres::GenericClient;

use super::Existing;
use super::file::STAGING;
use super::ledger::{self, failed};
use crate::migrate::MigrateError;
use crate::migrate::identifier::LONGEST;
use crate::migrate::postgres::Target;

/// How many things are named in a message.
const NAMED: usize = 8;

/// Refuses a standby: it can be read, so that everything else is well until something is to be written.
pub fn check_primary(client: &mut impl GenericClient, target: &Target) -> Result<(), MigrateError> {
    let row = client
        .query_one("select pg_is_in_recovery()", &[])
        .map_err(failed("tell whether it is a standby"))?;
    if row.get(0) {
        return Err(MigrateError::Refused {
            message: format!("{} is a standby, which takes no writes", target.shown()),
            hint: Some(
                "name the primary server; `migrate verify` and `migrate status` can read a standby"
                    .to_owned(),
            ),
        });
    }
    Ok(())
}

/// What people and programs have made in the schema `$1`: kind, name, and how it is dropped. What belongs to an extension
/// is left alone; so is what goes with its table.
const CONTENTS: &str = r"
    with schema as (select oid from pg_namespace where nspname = $1),
    found (classid, objid, place, kind, name, statement) as (
        select 'pg_class'::regclass, c.oid,
               case c.relkind when 'v' then 1 when 'm' then 1 when 'S' then 4 else 2 end,
               case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
                   when 'f' then 'foreign table' else 'table' end,
               c.relname::text,
               case c.relkind when 'v' then 'drop view' when 'm' then 'drop materialized view'
                   when 'S' then 'drop sequence' when 'f' then 'drop foreign table' else 'drop table' end
                   || format(' if exists %I.%I cascade', $1::text, c.relname)
        from pg_class as c
        where c.relnamespace in (select oid from schema) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
            and not exists (select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass and c.relkind = 'S')
        union all
        select 'pg_proc'::regclass, p.oid, 3, 'function', p.proname::text,
               format('drop routine if exists %s cascade', p.oid::regprocedure)
        from pg_proc as p where p.pronamespace in (select oid from schema)
        union all
        select 'pg_type'::regclass, t.oid, 5, 'type', t.typname::text,
               format('drop type if exists %I.%I cascade', $1::text, t.typname)
        from pg_type as t left join pg_class as c on c.oid = t.typrelid
        where t.typnamespace in (select oid from schema)
            and (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c'))
    )
    select kind, name, statement from found
    where not exists (select from pg_depend as d where d.classid = found.classid and d.objid = found.objid
        and d.deptype = 'e')
    order by place, name";

/// What stands outside the schema `$1` and depends on what is in it.
const DEPENDENTS: &str = r"
    with schema as (select oid from pg_namespace where nspname = $1),
    inside (classid, objid) as (
        select 'pg_class'::regclass::oid, oid from pg_class where relnamespace in (select oid from schema)
        union all select 'pg_type'::regclass, oid from pg_type where typnamespace in (select oid from schema)
        union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace in (select oid from schema)
        union all select 'pg_constraint'::regclass, oid from pg_constraint
            where connamespace in (select oid from schema)
    ),
    found as (
        select distinct d.classid, d.objid, d.objsubid,
            case d.classid
                when 'pg_class'::regclass then (select relnamespace from pg_class where oid = d.objid)
                when 'pg_rewrite'::regclass then (select c.relnamespace from pg_rewrite as r
                    join pg_class as c on c.oid = r.ev_class where r.oid = d.objid)
                when 'pg_constraint'::regclass then (select connamespace from pg_constraint where oid = d.objid)
                when 'pg_attrdef'::regclass then (select c.relnamespace from pg_attrdef as a
                    join pg_class as c on c.oid = a.adrelid where a.oid = d.objid)
                when 'pg_trigger'::regclass then (select c.relnamespace from pg_trigger as t
                    join pg_class as c on c.oid = t.tgrelid where t.oid = d.objid)
                when 'pg_policy'::regclass then (select c.relnamespace from pg_policy as p
                    join pg_class as c on c.oid = p.polrelid where p.oid = d.objid)
                when 'pg_proc'::regclass then (select pronamespace from pg_proc where oid = d.objid)
                when 'pg_type'::regclass then (select typnamespace from pg_type where oid = d.objid)
                when 'pg_statistic_ext'::regclass then (select stxnamespace from pg_statistic_ext where oid = d.objid)
            end as namespace
        from pg_depend as d join inside as i on i.classid = d.refclassid and i.objid = d.refobjid
        where d.deptype in ('n', 'a')
    )
    select distinct case classid
            when 'pg_rewrite'::regclass then
                'view ' || (select ev_class::regclass::text from pg_rewrite where oid = objid)
            else pg_describe_object(classid, objid, objsubid)
        end
    from found
    where namespace is distinct from (select oid from schema)
        and (namespace is not null or classid = 'pg_publication_rel'::regclass)
    order by 1";

/// Refuses schemas that are not a file's to fill.
pub fn check_name(schema: &str) -> Result<(), MigrateError> {
    let why = if schema == ledger::SCHEMA {
        "stackctl keeps its own tables there"
    } else if schema.starts_with(STAGING) {
        "schemas of such names are those of unfinished runs"
    } else if schema.starts_with("pg_") || schema == "information_schema" {
        "it belongs to PostgreSQL"
    } else if schema.is_empty() || schema.len() > LONGEST || schema.contains('\0') {
        "the name of a schema has 1 to 63 bytes"
    } else {
        return Ok(());
    };
    Err(MigrateError::Refused {
        message: format!("a file can't go to the schema `{schema}`: {why}"),
        hint: Some("name another: `--sqlite FILE=SCHEMA`, or `schema = \"…\"` in stack.toml".to_owned()),
    })
}

/// Refuses a schema that holds something, unless it was told what to do with that.
pub fn check(client: &mut impl GenericClient, schema: &str, existing: Existing) -> Result<(), MigrateError> {
    match existing {
        Existing::Refuse => {
            let contents = contents(client, schema)?;
            if contents.is_empty() {
                return Ok(());
            }
            let named: Vec<String> = contents
                .iter()
                .map(|(kind, name, _)| format!("{kind} `{name}`"))
                .collect();
            let hint = "`--replace` drops these and puts the file's tables in their place; `--into-existing` fills tables \
                        that an application's own migrations have made";
            Err(MigrateError::Refused {
                message: format!("the schema `{schema}` is not empty: {}", listed(&named)),
                hint: Some(match ledger::carried(client, schema)? {
                    Some(began) => format!(
                        "the run of {began} has carried a file there, and is done: `stackctl migrate verify` compares both \
                         sides; {hint}"
                    ),
                    None => hint.to_owned(),
                }),
            })
        }
        Existing::Replace => {
            let dependents = dependents(client, schema)?;
            if dependents.is_empty() {
                return Ok(());
            }
            Err(MigrateError::Refused {
                message: format!(
                    "the schema `{schema}` can't be replaced: outside of it, these depend on it: {}",
                    listed(&dependents)
                ),
                hint: Some("drop them first, and make them again afterwards".to_owned()),
            })
        }
        Existing::Into | Existing::IntoEmptied => Ok(()),
    }
}

/// Drops what is in a schema; the schema itself stays with its owner and its grants.
pub fn empty(client: &mut impl GenericClient, schema: &str) -> Result<(), MigrateError> {
    for (kind, name, statement) in contents(client, schema)? {
        client
            .batch_execute(&statement)
            .map_err(failed(format!("drop the {kind} `{schema}.{name}`")))?;
    }
    Ok(())
}

/// Kind, name and how it is dropped.
fn contents(
    client: &mut impl GenericClient,
    schema: &str,
) -> Result<Vec<(String, String, String)>, MigrateError> {
    let rows = client
        .query(CONTENTS, &[&schema])
        .map_err(failed(format!("see what is in the schema `{schema}`")))?;
    Ok(rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect())
}

fn dependents(client: &mut impl GenericClient, schema: &str) -> Result<Vec<String>, MigrateError> {
    let rows = client
        .query(DEPENDENTS, &[&schema])
        .map_err(failed(format!("see what depends on the schema `{schema}`")))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMED)].join(", ");
    match names.len().checked_sub(NAMED) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}
