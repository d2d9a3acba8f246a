//! The digest of a table as SQL, by the rule of `digest`: the server computes its side with its own hash functions.
//!
//! One pass over the table, which the server may share among parallel workers: every function is parallel safe, and no
//! subquery keeps the sums from being taken by the workers. So the key's chain is written out for each column.

#[cfg(test)]
pub(super) mod tests;

use postgres::{GenericClient, SimpleQueryMessage};

use crate::migrate::ddl::quoted;
use crate::migrate::digest::{ColumnDigest, TableDigest};
use crate::migrate::plan::{ColumnPlan, TablePlan};
use crate::migrate::postgres::PostgresError;
use crate::migrate::target_type::TargetType;

/// The table is called so in what is made here.
const ALIAS: &str = "t";

/// As many columns are asked for at once: a row of the answer holds at most 1,664 figures.
const AT_ONCE: usize = 600;

/// Computes the server's side for a table in this schema.
pub fn digest(
    client: &mut impl GenericClient,
    schema: &str,
    table: &TablePlan,
) -> Result<TableDigest, PostgresError> {
    let columns: Vec<_> = typed(table).collect();
    let mut digest = TableDigest::default();
    for (turn, columns) in columns.chunks(AT_ONCE).enumerate() {
        let chained = turn == 0 && table.digest_key.is_empty();
        let figures = figures(
            client,
            schema,
            table,
            &digest_sql(schema, table, columns, chained),
        )?;
        let mut figures = figures.into_iter();
        let mut next = || figures.next().expect("the query gives what is read");
        digest.rows = count(next());
        for (column, _) in columns {
            let count = if column.not_null {
                digest.rows
            } else {
                count(next())
            };
            let sum = next();
            digest.columns.push(ColumnDigest { count, sum });
        }
        if chained {
            digest.chain = next();
        }
    }
    Ok(digest)
}

fn figures(
    client: &mut impl GenericClient,
    schema: &str,
    table: &TablePlan,
    sql: &str,
) -> Result<Vec<i128>, PostgresError> {
    let action = format!("compute the digest of `{schema}.{}`", table.name);
    let answers = client
        .simple_query(sql)
        .map_err(PostgresError::statement(action))?;
    let row = answers.iter().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let row = row.expect("an aggregate without groups gives a row");
    // A sum over no rows is NULL.
    let number = |place| row.get(place).unwrap_or("0").parse();
    Ok((0..row.len())
        .map(|place| number(place).expect("sums of 64-bit numbers have at most 128 bits"))
        .collect())
}

fn count(number: i128) -> u64 {
    u64::try_from(number).expect("a count is not negative")
}

/// The statement: rows; for each of the columns the count, where it may be NULL, and the sum; the chain.
fn digest_sql(
    schema: &str,
    table: &TablePlan,
    columns: &[(&ColumnPlan, &TargetType)],
    chained: bool,
) -> String {
    let seed = seed(table);
    let mut wanted = vec!["count(*)".to_owned()];
    for (column, target) in columns {
        let reference = reference(column);
        if !column.not_null {
            wanted.push(format!("count({reference})"));
        }
        wanted.push(format!("sum({})", hash(target, &reference, &seed)));
    }
    if chained {
        wanted.push(format!("sum({})", row_hash(table)));
    }
    format!("select {} from {}", wanted.join(", "), from(schema, table))
}

/// The table under its alias.
pub(super) fn from(schema: &str, table: &TablePlan) -> String {
    format!("{}.{} as {ALIAS}", quoted(schema), quoted(&table.name))
}

/// The columns whose cells are carried, in order.
pub(super) fn carried(table: &TablePlan) -> impl Iterator<Item = &ColumnPlan> {
    table.columns.iter().filter(|column| column.encoding.is_some())
}

/// The same with their types.
pub(super) fn typed(table: &TablePlan) -> impl Iterator<Item = (&ColumnPlan, &TargetType)> {
    table
        .columns
        .iter()
        .filter_map(|column| Some((column, &column.encoding.as_ref()?.target)))
}

/// A column of the table.
pub(super) fn reference(column: &ColumnPlan) -> String {
    format!("{ALIAS}.{}", quoted(&column.name))
}

/// The seed of a row, of type bigint.
pub(super) fn seed(table: &TablePlan) -> String {
    let key: Vec<(&ColumnPlan, &TargetType)> = table
        .digest_key
        .iter()
        .filter_map(|&place| {
            let column = &table.columns[place];
            Some((column, &column.encoding.as_ref()?.target))
        })
        .collect();
    match key.as_slice() {
        [(column, TargetType::SmallInt | TargetType::Integer | TargetType::BigInt)] => {
            format!("{}::bigint", reference(column))
        }
        key => chain(key.iter().copied(), "0"),
    }
}

/// A hash of all carried cells of a row, NULLs among them, that begins with the row's seed. For tables without a key it
/// is what `TableDigest::chain` sums.
pub(super) fn row_hash(table: &TablePlan) -> String {
    chain(typed(table), &seed(table))
}

fn chain<'a>(columns: impl Iterator<Item = (&'a ColumnPlan, &'a TargetType)>, begin: &str) -> String {
    columns.fold(begin.to_owned(), |seed, (column, target)| {
        let reference = reference(column);
        if column.not_null {
            hash(target, &reference, &seed)
        } else {
            hash_or_null(target, &reference, &seed)
        }
    })
}

/// The hash of a value; NULL for NULL.
pub(super) fn hash(target: &TargetType, value: &str, seed: &str) -> String {
    match target {
        TargetType::Boolean => format!("hashint4extended({value}::integer, {seed})"),
        TargetType::SmallInt | TargetType::Integer | TargetType::BigInt => {
            format!("hashint8extended({value}, {seed})")
        }
        TargetType::Real | TargetType::DoublePrecision => format!("hashfloat8extended({value}, {seed})"),
        TargetType::Text => format!("hashtextextended({value} collate \"C\", {seed})"),
        TargetType::Numeric(_)
        | TargetType::VarChar(_)
        | TargetType::Char(_)
        | TargetType::Json
        | TargetType::JsonB
        | TargetType::Inet
        | TargetType::TextLike(_) => format!("hashtextextended({value}::text collate \"C\", {seed})"),
        // Types whose own function takes no values that SQL can give it, or that has infinite values. A record of
        // one column hashes as the column, and is never NULL.
        TargetType::Bytea | TargetType::Date => {
            format!("case when {value} is not null then hash_record_extended(row({value}), {seed}) end")
        }
        TargetType::Time => format!("time_hash_extended({value}, {seed})"),
        TargetType::Timestamp => format!("timestamp_hash_extended({value}, {seed})"),
        TargetType::TimestampTz => format!("timestamp_hash_extended({value} at time zone 'UTC', {seed})"),
        TargetType::Interval => format!("interval_hash_extended({value}, {seed})"),
        TargetType::Uuid => format!("uuid_hash_extended({value}, {seed})"),
    }
}

/// The hash of a value, and that of the number 0 for NULL. The seed stands in it once: chains of `coalesce` over the hashes
/// would double with each column. So NULL is replaced by a value that hashes as the number 0 does, which is as four bytes
/// of zeros.
fn hash_or_null(target: &TargetType, value: &str, seed: &str) -> String {
    let replaced = |stand_in: &str| hash(target, &format!("coalesce({value}, {stand_in})"), seed);
    let bytes =
        |bytes: String| format!("hash_record_extended(row(coalesce({bytes}, '\\x00000000'::bytea)), {seed})");
    match target {
        TargetType::Boolean => replaced("false"),
        TargetType::SmallInt | TargetType::Integer | TargetType::BigInt => replaced("0"),
        TargetType::Time => replaced("time '00:00'"),
        TargetType::Timestamp => replaced("timestamp '2000-01-01'"),
        TargetType::TimestampTz => replaced("timestamptz '2000-01-01 00:00+00'"),
        TargetType::Interval => replaced("interval '0'"),
        TargetType::Date => {
            format!("hash_record_extended(row(coalesce({value}, date '2000-01-01')), {seed})")
        }
        TargetType::Bytea => bytes(value.to_owned()),
        TargetType::Uuid => bytes(format!("uuid_send({value})")),
        TargetType::Text
        | TargetType::Numeric(_)
        | TargetType::VarChar(_)
        | TargetType::Char(_)
        | TargetType::Json
        | TargetType::JsonB
        | TargetType::Inet
        | TargetType::TextLike(_) => bytes(format!("convert_to({value}::text, 'UTF8')")),
        // No number hashes as four bytes do.
        TargetType::Real | TargetType::DoublePrecision => format!(
            "(select coalesce(hashfloat8extended({value}, s), hashint8extended(0, s)) from (select {seed} as s offset 0) as s)"
        ),
    }
}
