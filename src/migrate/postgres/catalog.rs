//! The tables of a schema as the server knows them, for filling tables that an application's own migrations have made.

use postgres::{GenericClient, Row};

use super::PostgresError;
use crate::migrate::ddl::quoted;
use crate::migrate::plan::{ExistingColumn, ExistingTable};
use crate::migrate::target_type::TargetType;

const TABLES: &str = "
    select c.oid, c.relname::text,
        array(select a.attname::text from pg_index as i
              cross join lateral unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
              join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.attnum
              where i.indrelid = c.oid and i.indisprimary order by k.place),
        array(select distinct p.relname::text from pg_constraint as f join pg_class as p on p.oid = f.confrelid
              where f.conrelid = c.oid and f.contype = 'f' and p.relnamespace = c.relnamespace)
    from pg_class as c
    where c.relnamespace = to_regnamespace(quote_ident($1::text)) and c.relkind in ('r', 'p') and not c.relispartition
        and not exists (select from pg_depend as d
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by c.relname";

/// Of a domain, the type below it; its own constraints hold for what is written all the same. A sequence may be a column's
/// own, or that of its default, or one that Hibernate and others ask for the next number of a key and know by its name.
const COLUMNS: &str = "
    with recursive base as (
        select a.attnum, a.atttypid as type, a.atttypmod as modifier
        from pg_attribute as a where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
        union all
        select base.attnum, t.typbasetype, case when t.typtypmod >= 0 then t.typtypmod else base.modifier end
        from base join pg_type as t on t.oid = base.type where t.typtype = 'd'
    )
    select a.attname::text, base.type, base.modifier,
        case when n.nspname = 'pg_catalog' then t.typname::text
             else format('%I.%I', n.nspname, t.typname) end,
        a.attnotnull or exists (select from pg_type as own where own.oid = a.atttypid and own.typnotnull),
        a.atthasdef or a.attidentity <> '' or coalesce((select own.typdefault is not null from pg_type as own
            where own.oid = a.atttypid), false),
        a.attgenerated <> '',
        a.attidentity <> '' or pg_get_serial_sequence($1::regclass::text, a.attname) is not null,
        coalesce(pg_get_serial_sequence($1::regclass::text, a.attname),
            (select format('%I.%I', sn.nspname, s.relname) from pg_attrdef as d
             join pg_depend as on_it on on_it.classid = 'pg_attrdef'::regclass and on_it.objid = d.oid
                 and on_it.refclassid = 'pg_class'::regclass
             join pg_class as s on s.oid = on_it.refobjid and s.relkind = 'S'
             join pg_namespace as sn on sn.oid = s.relnamespace
             where d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = '' limit 1),
            (select format('%I.%I', sn.nspname, s.relname) from pg_class as c
             join pg_index as key on key.indrelid = c.oid and key.indisprimary and key.indkey::text = a.attnum::text
             join pg_class as s on s.relkind = 'S' and s.relnamespace = c.relnamespace
                 and lower(s.relname) in (lower(c.relname || '_seq'), lower(c.relname || '_' || a.attname || '_seq'))
                 and not exists (select from pg_depend as own where own.classid = 'pg_class'::regclass
                     and own.objid = s.oid and own.refobjsubid > 0 and own.deptype in ('a', 'i'))
             join pg_namespace as sn on sn.oid = s.relnamespace
             where c.oid = a.attrelid and not a.atthasdef and base.type in (20, 21, 23) order by s.relname limit 1)),
        case when p.prosrc not in ('textsend', 'varcharsend', 'bpcharsend', 'namesend', 'charsend', 'enum_send', 'xml_send')
             then format_type(a.atttypid, a.atttypmod) end
    from pg_attribute as a
    join base on base.attnum = a.attnum
    join pg_type as t on t.oid = base.type and t.typtype <> 'd'
    join pg_namespace as n on n.oid = t.typnamespace
    join pg_proc as p on p.oid = t.typsend
    where a.attrelid = $1
    order by a.attnum";

/// Reads the tables of a schema. Partitions are left out: rows go to them through their table. A column of any other
/// type is `TextLike` with that type's name, and marked where its binary form is not its text, as an array's.
pub fn existing_tables(
    client: &mut impl GenericClient,
    schema: &str,
) -> Result<Vec<ExistingTable>, PostgresError> {
    let action = || format!("see what tables the schema `{schema}` has");
    let tables = client
        .query(TABLES, &[&schema])
        .map_err(PostgresError::statement(action()))?;
    let mut found = Vec::with_capacity(tables.len());
    for table in tables {
        let (oid, name): (u32, String) = (table.get(0), table.get(1));
        let columns = client
            .query(COLUMNS, &[&oid])
            .map_err(PostgresError::statement(action()))?;
        let asked = format!("select exists (select from {}.{})", quoted(schema), quoted(&name));
        let has_rows = client
            .query_one(&asked, &[])
            .map_err(PostgresError::statement(format!(
                "look into the table `{schema}.{name}`"
            )))?
            .get(0);
        found.push(ExistingTable {
            columns: columns.iter().map(column).collect(),
            primary_key: table.get(2),
            parents: table.get(3),
            has_rows,
            name,
        });
    }
    Ok(found)
}

fn column(row: &Row) -> ExistingColumn {
    let (modifier, name): (i32, String) = (row.get(2), row.get(3));
    let target = target(&name, modifier);
    let is_unknown = matches!(target, TargetType::TextLike(_));
    ExistingColumn {
        name: row.get(0),
        unfit: row.get::<_, Option<String>>(9).filter(|_| is_unknown),
        target,
        not_null: row.get(4),
        has_default: row.get(5),
        generated: row.get(6),
        identity: row.get(7),
        sequence: row.get(8),
    }
}

/// The type of this name in `pg_type`, which stands alone where it is in `pg_catalog`, and with this modifier.
fn target(name: &str, modifier: i32) -> TargetType {
    // Lengths are kept with the four bytes of a header; -1 is none.
    let bound = u32::try_from(modifier - 4).ok().filter(|_| modifier >= 4);
    match name {
        "bool" => TargetType::Boolean,
        "int2" => TargetType::SmallInt,
        "int4" => TargetType::Integer,
        "int8" => TargetType::BigInt,
        "float4" => TargetType::Real,
        "float8" => TargetType::DoublePrecision,
        "numeric" => TargetType::Numeric(bound.and_then(precision_and_scale)),
        "text" => TargetType::Text,
        "varchar" => bound.map_or(TargetType::Text, TargetType::VarChar),
        "bpchar" => bound.map_or(TargetType::TextLike("bpchar".to_owned()), TargetType::Char),
        "bytea" => TargetType::Bytea,
        "date" => TargetType::Date,
        "time" => TargetType::Time,
        "timestamp" => TargetType::Timestamp,
        "timestamptz" => TargetType::TimestampTz,
        "interval" => TargetType::Interval,
        "uuid" => TargetType::Uuid,
        "json" => TargetType::Json,
        "jsonb" => TargetType::JsonB,
        "inet" => TargetType::Inet,
        other => TargetType::TextLike(other.to_owned()),
    }
}

/// A scale may be negative from PostgreSQL 15 on; there, values are checked by the server alone.
fn precision_and_scale(bound: u32) -> Option<(u16, u16)> {
    let precision = u16::try_from(bound >> 16).ok()?;
    // Eleven bits with a sign.
    let scale = u16::try_from(bound & 0x7ff).ok().filter(|scale| *scale < 0x400)?;
    Some((precision, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_their_names_and_modifiers() {
        assert_eq!(target("varchar", 44), TargetType::VarChar(40));
        assert_eq!(target("varchar", -1), TargetType::Text);
        assert_eq!(target("bpchar", 5), TargetType::Char(1));
        assert_eq!(
            target("numeric", ((10 << 16) | 2) + 4),
            TargetType::Numeric(Some((10, 2)))
        );
        assert_eq!(target("numeric", -1), TargetType::Numeric(None));
        assert_eq!(
            target("numeric", ((3 << 16) | 0x7fd) + 4),
            TargetType::Numeric(None)
        );
        assert_eq!(target("s.mood", -1), TargetType::TextLike("s.mood".to_owned()));
    }
}
