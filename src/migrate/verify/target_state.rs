//! What a schema holds besides rows: its tables and columns, sequences, keys that are not valid.

use std::collections::{BTreeMap, BTreeSet};

use postgres::{GenericClient, Transaction};

use super::query::carried;
use crate::migrate::MigrateError;
use crate::migrate::ddl::{literal, quoted};
use crate::migrate::plan::{FilePlan, TablePlan};
use crate::migrate::postgres::PostgresError;

const COLUMNS: &str = "
    select c.relname::text, a.attname::text
    from pg_class as c left join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = to_regnamespace(quote_ident($1::text)) and c.relkind in ('r', 'p')";

const NOT_VALID: &str = "
    select format('the constraint `%s` of `%s.%s` is NOT VALID: it holds for new rows only',
                  o.conname, $1::text, c.relname)
    from pg_constraint as o join pg_class as c on c.oid = o.conrelid
    where o.connamespace = to_regnamespace(quote_ident($1::text)) and not o.convalidated
    union all
    select format('the index `%s.%s` is not usable: `reindex index` mends it', $1::text, c.relname)
    from pg_index as i join pg_class as c on c.oid = i.indexrelid
    where c.relnamespace = to_regnamespace(quote_ident($1::text)) and not (i.indisvalid and i.indisready)
    order by 1";

/// What a schema holds.
#[derive(Debug, Clone, Default)]
pub struct TargetState {
    schema: String,
    tables: BTreeMap<String, BTreeSet<String>>,
    not_valid: Vec<String>,
}

impl TargetState {
    /// Reads it.
    pub fn read(client: &mut impl GenericClient, schema: &str) -> Result<Self, MigrateError> {
        let action = || format!("see what is in the schema `{schema}`");
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in client
            .query(COLUMNS, &[&schema])
            .map_err(PostgresError::statement(action()))?
        {
            let columns = tables.entry(row.get(0)).or_default();
            columns.extend(row.get::<_, Option<String>>(1));
        }
        let rows = client
            .query(NOT_VALID, &[&schema])
            .map_err(PostgresError::statement(action()))?;
        Ok(Self {
            schema: schema.to_owned(),
            tables,
            not_valid: rows.iter().map(|row| row.get(0)).collect(),
        })
    }

    /// The schema's name.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The carried columns of a table that are not there; all of them where the table is not.
    pub fn missing_columns(&self, table: &TablePlan) -> Vec<String> {
        let there = self.tables.get(&table.name);
        carried(table)
            .filter(|column| there.is_none_or(|columns| !columns.contains(&column.name)))
            .map(|column| column.name.clone())
            .collect()
    }

    /// How many rows a table holds, of which nothing else can be told.
    pub fn rows(&self, snapshot: &mut Transaction<'_>, table: &TablePlan) -> Result<u64, MigrateError> {
        if !self.tables.contains_key(&table.name) {
            return Ok(0);
        }
        let name = format!("{}.{}", quoted(&self.schema), quoted(&table.name));
        let row = snapshot
            .query_one(&format!("select count(*) from {name}"), &[])
            .map_err(PostgresError::statement(format!("count the rows of {name}")))?;
        Ok(row.get::<_, i64>(0).cast_unsigned())
    }

    /// Tables and columns that are not there.
    pub fn remarks(&self, plan: &FilePlan) -> Vec<String> {
        let mut remarks = Vec::new();
        for table in &plan.tables {
            if !self.tables.contains_key(&table.name) {
                remarks.push(format!(
                    "the table `{}.{}` is not there any more",
                    self.schema, table.name
                ));
                continue;
            }
            for column in self.missing_columns(table) {
                remarks.push(format!(
                    "the column `{}.{}.{column}` is not there any more; the rows of its table were not compared",
                    self.schema, table.name
                ));
            }
        }
        remarks
    }

    /// What is no difference of what was carried: tables that came later, and keys that old rows break.
    pub fn notes(&self, plan: &FilePlan) -> Vec<String> {
        let mut notes = Vec::new();
        for name in self.tables.keys() {
            if !plan.tables.iter().any(|table| table.name == *name) {
                notes.push(format!(
                    "the table `{}.{name}` is in PostgreSQL only",
                    self.schema
                ));
            }
        }
        notes.extend(self.not_valid.iter().cloned());
        notes
    }

    /// Sequences that would give numbers which rows have already.
    pub fn sequences(
        &self,
        snapshot: &mut Transaction<'_>,
        table: &TablePlan,
    ) -> Result<Vec<String>, MigrateError> {
        let mut remarks = Vec::new();
        let name = format!("{}.{}", quoted(&self.schema), quoted(&table.name));
        for sequence in &table.sequences {
            let action = || format!("read the sequence of `{name}.{}`", sequence.column);
            let row = snapshot
                .query_one(
                    &format!(
                        "select pg_get_serial_sequence({}, {}), (select max({})::bigint from {name})",
                        literal(&name),
                        literal(&sequence.column),
                        quoted(&sequence.column)
                    ),
                    &[],
                )
                .map_err(PostgresError::statement(action()))?;
            let (found, most): (Option<String>, Option<i64>) = (row.get(0), row.get(1));
            let Some(found) = found else {
                remarks.push(format!(
                    "`{}.{}.{}` has no sequence: rows can't be inserted without it",
                    self.schema, table.name, sequence.column
                ));
                continue;
            };
            // The name comes quoted.
            let row = snapshot
                .query_one(&format!("select last_value, is_called from {found}"), &[])
                .map_err(PostgresError::statement(action()))?;
            let (last, called): (i64, bool) = (row.get(0), row.get(1));
            let next = i128::from(last) + i128::from(called);
            if let Some(most) = most.filter(|&most| i128::from(most) >= next) {
                remarks.push(format!(
                    "the sequence of `{}.{}.{}` gives {next} next, and rows up to {most} are there: inserts will fail",
                    self.schema, table.name, sequence.column
                ));
            }
        }
        Ok(remarks)
    }
}

/// Rows of a run that are in quarantine as a whole.
pub fn quarantined_rows(snapshot: &mut Transaction<'_>, migration: i64) -> Result<u64, MigrateError> {
    let row = snapshot
        .query_one(
            "select count(*) from stackctl.quarantine where migration = $1 and \"column\" is null",
            &[&migration],
        )
        .map_err(PostgresError::statement("read `stackctl.quarantine`"))?;
    Ok(row.get::<_, i64>(0).cast_unsigned())
}
