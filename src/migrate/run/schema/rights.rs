//! Whether the role may do what the last step does, asked before hours of copying rather than after them.

use postgres::GenericClient;

use crate::migrate::MigrateError;
use crate::migrate::ddl::quoted;
use crate::migrate::run::Existing;
use crate::migrate::run::ledger::failed;

/// Database, role, whether schemas may be made; of the schema `$1`, where it is there, whether it is used and filled, and
/// what in it is not the role's to drop.
const RIGHTS: &str = r"
    select current_database()::text, current_user::text,
           has_database_privilege(current_database(), 'create'),
           n.oid is null or (has_schema_privilege(n.oid, 'usage') and has_schema_privilege(n.oid, 'create')),
           (select c.relname::text from pg_class as c
            where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
                and not pg_has_role(c.relowner, 'usage') and not pg_has_role(n.nspowner, 'usage')
            order by 1 limit 1)
    from (select 1) as one left join pg_namespace as n on n.nspname = $1";

/// Refuses a schema that the role can't fill, or not clear.
pub fn check(client: &mut impl GenericClient, schema: &str, existing: Existing) -> Result<(), MigrateError> {
    if matches!(existing, Existing::Into | Existing::IntoEmptied) {
        // These tables are filled by the first statements, which ask for their rights.
        return Ok(());
    }
    let row = client
        .query_one(RIGHTS, &[&schema])
        .map_err(failed("tell what the role may do"))?;
    let (database, role): (&str, &str) = (row.get(0), row.get(1));
    let refused = |message: String, grant: String| {
        Err(MigrateError::Refused {
            message,
            hint: Some(grant),
        })
    };
    if !row.get::<_, bool>(2) {
        return refused(
            format!("`{role}` may not make schemas in the database `{database}`"),
            format!(
                "let its owner grant that: `grant create on database {} to {}`",
                quoted(database),
                quoted(role)
            ),
        );
    }
    if !row.get::<_, bool>(3) {
        return refused(
            format!("`{role}` may not make tables in the schema `{schema}`"),
            format!(
                "let its owner grant that: `grant usage, create on schema {} to {}`",
                quoted(schema),
                quoted(role)
            ),
        );
    }
    match row.get::<_, Option<&str>>(4) {
        Some(table) if existing == Existing::Replace => refused(
            format!("`{schema}.{table}` is not `{role}`'s to drop"),
            "connect as its owner, or as the owner of the schema".to_owned(),
        ),
        _ => Ok(()),
    }
}
