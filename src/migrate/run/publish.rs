//! The last step: tables that stand ready beside their schemas are moved into them, of all files in one transaction.

use std::time::Instant;

use postgres::{Client, Transaction};

use super::Existing;
use super::file::File;
use super::ledger::{self, failed};
use super::schema;
use crate::migrate::MigrateError;
use crate::migrate::ddl::{literal, quoted};
use crate::migrate::plan::{NotCarried, ObjectPlan};
use crate::migrate::postgres::{PostgresError, Target};
use crate::migrate::report::{FileReport, PhaseTime};

/// How long a table of an application may stand in the way.
const PATIENCE: &str = "30s";

/// What the rights by default of a schema say of tables and sequences, for the roles `$2`. A table that is moved got those
/// of the schema that it was made in.
const GRANTS: &str = "
    select d.defaclobjtype::text, g.privilege_type, g.is_grantable,
           case when g.grantee = 0 then 'public' else quote_ident(r.rolname) end
    from pg_default_acl as d
    cross join lateral aclexplode(d.defaclacl) as g
    left join pg_roles as r on r.oid = g.grantee
    where d.defaclnamespace = (select oid from pg_namespace where nspname = $1)
        and d.defaclobjtype in ('r', 'S') and d.defaclrole in (select oid from pg_roles where rolname = any ($2))";

/// Moves the files into their schemas: all, or none when something fails. The reports get what the server refused.
pub fn publish(
    client: &mut Client,
    target: &Target,
    existing: Existing,
    files: &[File<'_>],
    reports: &mut [FileReport],
) -> Result<(), MigrateError> {
    let begun = Instant::now();
    let mut transaction = client.transaction().map_err(failed("begin a transaction"))?;
    transaction
        .batch_execute(&format!("set local lock_timeout = '{PATIENCE}'"))
        .map_err(failed("take the settings of the last step"))?;
    for (file, report) in files.iter().zip(reports.iter_mut()) {
        let refused = one(&mut transaction, target, existing, file)?;
        report.not_carried.extend(refused);
    }
    for (file, report) in files.iter().zip(reports.iter_mut()) {
        report.phases.push(PhaseTime {
            name: "publish".to_owned(),
            seconds: begun.elapsed().as_secs_f64(),
        });
        ledger::note_file(&mut transaction, file.migration, report)?;
    }
    transaction.commit().map_err(failed("commit the last step"))
}

fn one(
    transaction: &mut Transaction<'_>,
    target: &Target,
    existing: Existing,
    file: &File<'_>,
) -> Result<Vec<NotCarried>, MigrateError> {
    let name = file.plan.schema.as_str();
    let owner = target.owner.get(name).map(String::as_str);
    // What came there while the rows were copied is as good a reason as what was there before.
    schema::check(transaction, name, existing)?;
    make(transaction, name, owner)?;
    if existing == Existing::Replace {
        schema::empty(transaction, name)?;
    }
    for table in &file.plan.tables {
        let moved = format!("{}.{}", quoted(name), quoted(&table.name));
        let mut statements = vec![format!(
            "alter table {}.{} set schema {}",
            quoted(&file.staging),
            quoted(&table.name),
            quoted(name)
        )];
        statements.extend(owner.map(|owner| format!("alter table {moved} owner to {}", quoted(owner))));
        transaction
            .batch_execute(&statements.join("; "))
            .map_err(failed(format!(
                "move the table `{}` into the schema `{name}`",
                table.name
            )))?;
    }
    grant(transaction, file, owner)?;
    transaction
        .batch_execute(&format!("drop schema {}", quoted(&file.staging)))
        .map_err(failed(format!("drop the schema `{}`", file.staging)))?;
    let refused = objects(transaction, &file.plan.objects)?;
    if let Some(owner) = owner {
        own(transaction, name, owner)?;
    }
    Ok(refused)
}

/// Makes the schema where it is not there.
fn make(transaction: &mut Transaction<'_>, name: &str, owner: Option<&str>) -> Result<(), MigrateError> {
    let action = || failed(format!("make the schema `{name}`"));
    let there: bool = transaction
        .query_one(
            "select exists (select from pg_namespace where nspname = $1)",
            &[&name],
        )
        .map_err(action())?
        .get(0);
    if there {
        return Ok(());
    }
    let authorization = owner.map(|owner| format!(" authorization {}", quoted(owner)));
    transaction
        .batch_execute(&format!(
            "create schema {}{}",
            quoted(name),
            authorization.unwrap_or_default()
        ))
        .map_err(action())
}

/// Grants on tables and their sequences what the schema's defaults say.
fn grant(
    transaction: &mut Transaction<'_>,
    file: &File<'_>,
    owner: Option<&str>,
) -> Result<(), MigrateError> {
    let name = &file.plan.schema;
    let action = || failed(format!("grant what the schema `{name}` grants by default"));
    let me: String = transaction
        .query_one("select current_user::text", &[])
        .map_err(action())?
        .get(0);
    let roles: Vec<String> = std::iter::once(me).chain(owner.map(str::to_owned)).collect();
    let rows = transaction.query(GRANTS, &[name, &roles]).map_err(action())?;
    let mut statements = Vec::new();
    for row in &rows {
        let (of, right, grantable): (&str, &str, bool) = (row.get(0), row.get(1), row.get(2));
        let to: &str = row.get(3);
        let kind = if of == "S" { "sequences" } else { "tables" };
        statements.push(format!(
            "grant {right} on all {kind} in schema {} to {to}{}",
            quoted(name),
            if grantable { " with grant option" } else { "" }
        ));
    }
    transaction
        .batch_execute(&statements.join("; "))
        .map_err(action())
}

/// Makes functions, views and triggers, each as a whole or not at all.
fn objects(
    transaction: &mut Transaction<'_>,
    objects: &[ObjectPlan],
) -> Result<Vec<NotCarried>, MigrateError> {
    let mut refused = Vec::new();
    for object in objects {
        let action = || PostgresError::statement(format!("make the {} `{}`", object.kind, object.source));
        let mut inner = transaction.savepoint("object").map_err(action())?;
        match object
            .statements
            .iter()
            .try_for_each(|sql| inner.batch_execute(sql))
        {
            Ok(()) => inner.commit().map_err(action())?,
            Err(error) => {
                let error = action()(error);
                let Some(said) = refusal(&error) else {
                    return Err(error.into());
                };
                inner.rollback().map_err(action())?;
                refused.push(NotCarried {
                    kind: object.kind.clone(),
                    name: object.source.clone(),
                    reason: format!("the server refuses it: {said}"),
                });
            }
        }
    }
    Ok(refused)
}

/// What the server has against a statement, where it would say the same whenever it is asked: not that it was
/// cancelled, has no room, or that somebody holds a lock.
fn refusal(error: &PostgresError) -> Option<String> {
    const PASSING: [&str; 7] = ["40", "53", "55", "57", "58", "F0", "XX"];
    let said = error.database_error()?;
    let passes = PASSING.iter().any(|class| said.code().code().starts_with(class));
    (!passes).then(|| said.message().to_owned())
}

/// Gives views and functions, which were made by the role that connects, to the owner.
fn own(transaction: &mut Transaction<'_>, name: &str, owner: &str) -> Result<(), MigrateError> {
    let action = || failed(format!("give what is in the schema `{name}` to `{owner}`"));
    let rows = transaction
        .query(
            "select format('alter view %s owner to %I', c.oid::regclass, $2::text)
             from pg_class as c
             where c.relnamespace = (select oid from pg_namespace where nspname = $1) and c.relkind = 'v'
                 and c.relowner = (select oid from pg_roles where rolname = current_user)
             union all
             select format('alter routine %s owner to %I', p.oid::regprocedure, $2::text)
             from pg_proc as p
             where p.pronamespace = (select oid from pg_namespace where nspname = $1)
                 and p.proowner = (select oid from pg_roles where rolname = current_user)
                 and not exists (select from pg_depend as d where d.classid = 'pg_proc'::regclass
                     and d.objid = p.oid and d.deptype = 'e')",
            &[&name, &owner],
        )
        .map_err(action())?;
    for row in rows {
        transaction.batch_execute(row.get(0)).map_err(action())?;
    }
    Ok(())
}

/// What is written on a schema beside the final one, so that no other of that name is ever dropped.
const MARK: &str = "an unfinished run of stackctl migrate";

/// Makes the schema beside the final one.
pub fn make_staging(transaction: &mut Transaction<'_>, staging: &str) -> Result<(), postgres::Error> {
    let name = quoted(staging);
    transaction.batch_execute(&format!(
        "create schema {name}; comment on schema {name} is {}",
        literal(MARK)
    ))
}

/// Takes a schema beside the final one away, with what is in it; one that no run has made is refused.
pub fn discard(client: &mut Client, staging: &str) -> Result<(), MigrateError> {
    let action = || failed(format!("drop the unfinished schema `{staging}`"));
    let found = client
        .query_opt(
            "select obj_description(oid, 'pg_namespace') is not distinct from $2 from pg_namespace where nspname = $1",
            &[&staging, &MARK],
        )
        .map_err(action())?;
    let Some(found) = found else {
        return Ok(());
    };
    if !found.get::<_, bool>(0) {
        return Err(MigrateError::Refused {
            message: format!(
                "there is a schema `{staging}` which no run of stackctl has made; tables are made in one of that name first"
            ),
            hint: Some("rename it, or let the file go to another schema: `--sqlite FILE=SCHEMA`".to_owned()),
        });
    }
    client
        .batch_execute(&format!("drop schema {} cascade", quoted(staging)))
        .map_err(action())
}
