//! Where two tables differ: rows are put in buckets by the hash of their keys on both sides, the buckets are compared, and
//! of those that differ the rows. So neither side holds more than some of a table, however large it is.
//!
//! A row's id is its seed; in tables without a key the hash of all of it, and rows that are the same are counted.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use postgres::GenericClient;
use postgres::fallible_iterator::FallibleIterator;

use super::query;
use super::row_hasher::RowHasher;
use super::source_table::SourceTable;
use crate::migrate::MigrateError;
use crate::migrate::encode::hash_bytes;
use crate::migrate::plan::TablePlan;
use crate::migrate::postgres::PostgresError;

/// How many buckets there are.
const BUCKETS: usize = 4096;

/// At most so many rows are compared one by one; more where a single bucket holds more.
const ROWS: u64 = 200_000;

/// Rows that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Different {
    /// Ids of rows that are in both and not the same.
    pub changed: Vec<i64>,
    /// Ids of rows that are in SQLite only.
    pub missing: Vec<i64>,
    /// Ids of rows that are in PostgreSQL only.
    pub extra: Vec<i64>,
    /// How many there are; `None` where not all buckets were looked into.
    pub count: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bucket {
    rows: u64,
    sum: i128,
}

/// A row's id and the hash of all of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowId {
    pub(super) id: i64,
    hash: i64,
}

impl RowId {
    /// Of a row of SQLite.
    pub(super) fn new(table: &TablePlan, row: &RowHasher<'_>) -> Result<Self, MigrateError> {
        let seed = row.seed()?;
        let hash = row.row_hash(seed)?.cast_signed();
        Ok(Self {
            id: if table.digest_key.is_empty() {
                hash
            } else {
                seed.cast_signed()
            },
            hash,
        })
    }

    /// Seeds may be numbers that follow each other, so they are hashed to be spread.
    fn bucket(self) -> usize {
        let hash = hash_bytes::int8(self.id, 0);
        usize::try_from(hash % BUCKETS as u64).expect("it is below the number of buckets")
    }
}

/// Finds rows that differ: at most `limit` of each kind are named.
pub fn different(
    source: &SourceTable<'_>,
    client: &mut impl GenericClient,
    schema: &str,
    limit: usize,
) -> Result<Different, MigrateError> {
    let here = source_buckets(source)?;
    let there = target_buckets(client, schema, source.table)?;
    let mut chosen = vec![false; BUCKETS];
    let (mut rows, mut all) = (0, true);
    for (bucket, (here, there)) in here.iter().zip(&there).enumerate() {
        if here == there {
            continue;
        }
        let more = here.rows.max(there.rows);
        if rows > 0 && rows + more > ROWS {
            all = false;
            break;
        }
        rows += more;
        chosen[bucket] = true;
    }
    let target = target_rows(client, schema, source.table, &chosen)?;
    let mut found = match_rows(source, target, &chosen, limit)?;
    if !all {
        found.count = None;
    }
    Ok(found)
}

fn source_buckets(source: &SourceTable<'_>) -> Result<Vec<Bucket>, MigrateError> {
    let mut buckets = vec![Bucket::default(); BUCKETS];
    source.each(&mut |_, row, kept| {
        if kept {
            let row = RowId::new(source.table, row)?;
            let bucket = &mut buckets[row.bucket()];
            bucket.rows += 1;
            bucket.sum += i128::from(row.hash);
        }
        Ok(())
    })?;
    Ok(buckets)
}

fn target_buckets(
    client: &mut impl GenericClient,
    schema: &str,
    table: &TablePlan,
) -> Result<Vec<Bucket>, MigrateError> {
    let sql = format!(
        "select {}, count(*), sum(hash)::text from ({}) as rows group by 1",
        bucket_sql(),
        rows_sql(schema, table)
    );
    let mut buckets = vec![Bucket::default(); BUCKETS];
    for row in client.query(&sql, &[]).map_err(failed(schema, table))? {
        let bucket: i32 = row.get(0);
        let rows: i64 = row.get(1);
        let sum: &str = row.get(2);
        buckets[usize::try_from(bucket).expect("a bucket's number is not negative")] = Bucket {
            rows: rows.cast_unsigned(),
            sum: sum.parse().expect("a sum of 64-bit numbers has at most 128 bits"),
        };
    }
    Ok(buckets)
}

/// Hashes of rows by their ids; each hash with how often it is there.
type Rows = HashMap<i64, (i64, u64)>;

fn target_rows(
    client: &mut impl GenericClient,
    schema: &str,
    table: &TablePlan,
    chosen: &[bool],
) -> Result<Rows, MigrateError> {
    let sql = format!(
        "select id, hash from ({}) as rows where {} = any($1)",
        rows_sql(schema, table),
        bucket_sql()
    );
    let numbers: Vec<i32> = (0..)
        .zip(chosen)
        .filter(|(_, chosen)| **chosen)
        .map(|(bucket, _)| bucket)
        .collect();
    let mut rows = Rows::new();
    let mut answers = client
        .query_raw(&sql, [&numbers])
        .map_err(failed(schema, table))?;
    while let Some(row) = answers.next().map_err(failed(schema, table))? {
        let (id, hash) = (row.get(0), row.get(1));
        rows.entry(id).or_insert((hash, 0)).1 += 1;
    }
    Ok(rows)
}

/// Takes from the target's rows those that are in the source as well.
fn match_rows(
    source: &SourceTable<'_>,
    mut target: Rows,
    chosen: &[bool],
    limit: usize,
) -> Result<Different, MigrateError> {
    let mut found = Different::default();
    let mut count = 0;
    source.each(&mut |_, row, kept| {
        if !kept {
            return Ok(());
        }
        let row = RowId::new(source.table, row)?;
        if !chosen[row.bucket()] {
            return Ok(());
        }
        let kind = match target.entry(row.id) {
            Entry::Vacant(_) => &mut found.missing,
            Entry::Occupied(mut there) => {
                let same = there.get().0 == row.hash;
                there.get_mut().1 -= 1;
                if there.get().1 == 0 {
                    there.remove();
                }
                if same {
                    return Ok(());
                }
                &mut found.changed
            }
        };
        count += 1;
        if kind.len() < limit {
            kind.push(row.id);
        }
        Ok(())
    })?;
    let mut extra: Vec<(i64, u64)> = target.into_iter().map(|(id, (_, count))| (id, count)).collect();
    extra.sort_unstable();
    count += extra.iter().map(|(_, count)| count).sum::<u64>();
    found.extra = extra.into_iter().map(|(id, _)| id).take(limit).collect();
    found.count = Some(count);
    Ok(found)
}

/// Ids and hashes of all rows. `offset` keeps the planner from writing the hash out twice.
fn rows_sql(schema: &str, table: &TablePlan) -> String {
    let hash = query::row_hash(table);
    let id = id_sql(table);
    let from = query::from(schema, table);
    format!("select {id} as id, {hash} as hash from {from} offset 0")
}

/// The id of a row.
pub(super) fn id_sql(table: &TablePlan) -> String {
    if table.digest_key.is_empty() {
        query::row_hash(table)
    } else {
        query::seed(table)
    }
}

fn bucket_sql() -> String {
    format!("(hashint8extended(id, 0) & {})::integer", BUCKETS - 1)
}

fn failed(schema: &str, table: &TablePlan) -> impl FnOnce(postgres::Error) -> PostgresError {
    PostgresError::statement(format!("hash the rows of `{schema}.{}`", table.name))
}
