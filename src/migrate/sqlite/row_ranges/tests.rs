//! Ranges of generated tables.

use super::*;
use crate::migrate::sqlite::fixture::Fixture;
use crate::migrate::sqlite::open_copy;

/// How many rows each range has, and how many there are.
fn counted(rowid: &str, rows: i64, count: usize) -> (Vec<i64>, i64) {
    let fixture = Fixture::new(&format!(
        "PRAGMA page_size = 1024; CREATE TABLE other (x); CREATE TABLE t (a);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT OR IGNORE INTO t (rowid, a) SELECT {rowid}, 'some text of a row' FROM n;"
    ));
    let connection = open_copy(&fixture.path).unwrap();
    let ranges = row_ranges(&connection, &fixture.path, "T", count);
    assert_eq!((ranges[0].after, ranges[ranges.len() - 1].until), (None, None));
    assert!(
        ranges
            .windows(2)
            .all(|pair| pair[0].until == pair[1].after && pair[0].until.is_some())
    );
    let rows = |range: &RowRange| -> i64 {
        let sql = "SELECT count(*) FROM t WHERE (?1 IS NULL OR rowid > ?1) AND (?2 IS NULL OR rowid <= ?2)";
        connection
            .query_row(sql, (range.after, range.until), |row| row.get(0))
            .unwrap()
    };
    let all = connection
        .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
        .unwrap();
    (ranges.iter().map(rows).collect(), all)
}

#[test]
fn ranges_are_about_even_however_rowids_are_spread() {
    for rowid in [
        "i",
        "i * i * i",
        "i - 30000",
        "abs(random())",
        "CASE WHEN i < 29000 THEN i ELSE i * 1000000000 END",
    ] {
        for count in [2, 3, 8] {
            let (rows, all) = counted(rowid, 30_000, count);
            assert_eq!((rows.iter().sum::<i64>(), rows.len()), (all, count), "{rowid}");
            let fair = all / i64::try_from(count).unwrap();
            assert!(
                rows.iter().all(|&rows| rows > fair / 2 && rows < fair * 2),
                "{rowid}: {rows:?}"
            );
        }
    }
}

#[test]
fn small_tables_are_one_range() {
    assert_eq!(counted("i", 3, 4), (vec![3], 3));
    assert_eq!(counted("i", 0, 4).1, 1);
}

#[test]
fn numbers_of_all_lengths_are_read() {
    assert_eq!(varint(&[0x7f]), Some(127));
    assert_eq!(varint(&[0x81, 0x00]), Some(128));
    assert_eq!(varint(&[0xff; 9]), Some(-1));
    assert_eq!(varint(&[0xff, 0xff]), None);
}
