//! What the reading half sends, message by message, without a server.

use std::path::Path;

use super::*;
use crate::event::Silent;
use crate::migrate::plan::{ColumnPlan, fixture};
use crate::migrate::run::channel::{BUFFER, pipe};
use crate::migrate::target_type::TargetType;

fn column(name: &str, target: TargetType, not_null: bool) -> ColumnPlan {
    ColumnPlan {
        not_null,
        ..fixture::column(name, Some(target))
    }
}

fn plan(columns: Vec<ColumnPlan>) -> TablePlan {
    fixture::table("t", columns, &[0])
}

/// What one reading sent: runs of bytes of one kind, whether for the quarantine, and the last progress.
fn sent(sql: &str, table: &TablePlan, from: Progress, stop: bool) -> (Vec<(bool, Vec<u8>)>, Progress, bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let connection = sqlite::open(&path).unwrap();
    let (sending, receiving) = pipe();
    let mut runs: Vec<(bool, Vec<u8>)> = Vec::new();
    let mut last = None;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let reading = Feed {
                path: Path::new("a.db"),
                is_copy: false,
                source: "main",
                subject: "main.t",
                migration: 1,
                table,
                from,
                stop: &|| stop,
                chunk: Some(Chunk::default()),
                observer: &Silent,
            };
            feed(&reading, &connection, &sending).unwrap();
        });
        while let Some(message) = receiving.next() {
            let (kept, bytes) = match message {
                Message::Rows(bytes) => {
                    assert!(bytes.len() <= 2 * BUFFER, "a buffer grows with a cell");
                    (false, bytes)
                }
                Message::Quarantine(bytes) => (true, bytes),
                Message::Chunk { progress, finished } => {
                    last = Some((*progress, finished));
                    continue;
                }
            };
            match runs.last_mut() {
                Some((kind, run)) if *kind == kept => run.extend_from_slice(&bytes),
                _ => runs.push((kept, bytes.clone())),
            }
            receiving.give_back(bytes);
        }
    });
    let (progress, finished) = last.unwrap();
    (runs, progress, finished)
}

/// How many whole rows of so many fields a run is; a torn one is an error.
fn rows(mut run: &[u8], fields: u16) -> usize {
    let mut count = 0;
    while !run.is_empty() {
        assert_eq!(run[..2], fields.to_be_bytes());
        run = &run[2..];
        for _ in 0..fields {
            let length = i32::from_be_bytes(run[..4].try_into().unwrap());
            run = &run[4 + usize::try_from(length).unwrap_or(0)..];
        }
        count += 1;
    }
    count
}

/// Long cells, some of which do not fit, between rows that do.
const LONG: &str = "create table t (id integer primary key, a text, b blob);
    insert into t values (1, 'x', zeroblob(3000000)), (2, cast(zeroblob(2500000) as text), zeroblob(2000000)),
        (3, cast(x'ff' as text), null), (4, printf('%.*c', 4000000, 'y'), x'00'), (5, null, 'text');";

fn long() -> TablePlan {
    plan(vec![
        column("id", TargetType::BigInt, true),
        column("a", TargetType::Text, false),
        column("b", TargetType::Bytea, false),
    ])
}

#[test]
fn rows_and_entries_are_never_torn() {
    let table = long();
    let (runs, progress, finished) = sent(LONG, &table, Progress::new(3), false);
    let of = |kept, fields| {
        runs.iter()
            .filter(|run| run.0 == kept)
            .map(|run| rows(&run.1, fields))
            .sum::<usize>()
    };
    assert_eq!((of(false, 3), of(true, 9)), (5, 3));
    assert!(finished);
    assert_eq!((progress.rows_read, progress.cells_quarantined), (5, 3));
    assert_eq!(
        progress
            .digest
            .columns
            .iter()
            .map(|column| column.count)
            .collect::<Vec<_>>(),
        [5, 2, 3]
    );
    assert_eq!(
        progress.bytes,
        runs.iter().map(|run| run.1.len() as u64).sum::<u64>()
    );
}

#[test]
fn a_cell_in_pieces_has_the_digest_of_one_that_is_whole() {
    let table = long();
    let sql = "create table t (id integer primary key, a text, b blob);
        insert into t values (7, printf('%.*c', 1048577, 'y'), zeroblob(1048577));";
    let (runs, progress, _) = sent(sql, &table, Progress::new(3), false);
    let whole = "y".repeat(1_048_577);
    let mut encoder = RowEncoder::new(&table);
    let mut out = Vec::new();
    let row = ScannedRow {
        rowid: Some(7),
        cells: &[
            crate::migrate::cell::Cell::Integer(7),
            crate::migrate::cell::Cell::Text(whole.as_bytes()),
            crate::migrate::cell::Cell::Blob(&vec![0; 1_048_577]),
        ],
        long: &[],
        key_cells: &[],
    };
    assert_eq!(encoder.encode(&row, &mut out), Outcome::Kept);
    assert_eq!(encoder.digest(), &progress.digest);
    assert!(runs[0].1 == out, "the bytes differ");
}

#[test]
fn a_row_whose_required_cell_does_not_fit_goes_whole() {
    let mut table = long();
    table.columns[2].not_null = true;
    let (runs, progress, _) = sent(LONG, &table, Progress::new(3), false);
    // Rows 3 and 5 have no bytes; of row 2 only the text is kept.
    assert_eq!(
        (
            progress.rows_quarantined,
            progress.cells_quarantined,
            progress.digest.rows
        ),
        (2, 1, 3)
    );
    let entries: usize = runs.iter().filter(|run| run.0).map(|run| rows(&run.1, 9)).sum();
    assert_eq!(entries, 3);
}

#[test]
fn a_long_cell_of_a_quarantined_row_is_told_by_its_bytes() {
    let mut table = long();
    table.columns[2].not_null = true;
    let sql = "create table t (id integer primary key, a text, b blob);
        insert into t values (1, printf('%.*c', 4000000, 'y'), null);";
    let (runs, progress, _) = sent(sql, &table, Progress::new(3), false);
    assert_eq!(progress.rows_quarantined, 1);
    let entries = String::from_utf8_lossy(&runs[0].1).into_owned();
    assert!(
        entries.contains(r#""a":{"bytes":4000000}"#),
        "{}",
        &entries[..300]
    );
}

#[test]
fn a_long_document_that_is_held_is_sent_in_buffers() {
    let table = plan(vec![
        column("id", TargetType::BigInt, true),
        column("a", TargetType::JsonB, false),
        column("b", TargetType::Bytea, false),
    ]);
    let sql = "create table t (id integer primary key, a text, b blob);
        insert into t values (1, '[\"' || printf('%.*c', 3000000, 'y') || '\"]', null);";
    let (runs, progress, _) = sent(sql, &table, Progress::new(3), false);
    assert_eq!((progress.digest.rows, progress.cells_quarantined), (1, 0));
    assert_eq!(rows(&runs[0].1, 3), 1);
}

#[test]
fn what_is_stopped_goes_on_behind_its_last_row() {
    let table = long();
    let (first, progress, finished) = sent(LONG, &table, Progress::new(3), true);
    assert!(!finished);
    assert_eq!(
        (progress.rows_read, &progress.last),
        (1, &Some(sqlite::KeyValue::Rowid(1)))
    );
    let (second, progress, finished) = sent(LONG, &table, progress, false);
    assert!(finished);
    let (whole, at_once, _) = sent(LONG, &table, Progress::new(3), false);
    let all = |runs: &[(bool, Vec<u8>)]| -> Vec<u8> {
        runs.iter()
            .filter(|run| !run.0)
            .flat_map(|run| run.1.clone())
            .collect()
    };
    assert!(
        [all(&first), all(&second)].concat() == all(&whole),
        "the rows differ"
    );
    assert_eq!(progress.digest, at_once.digest);
    assert_eq!(progress.bytes, at_once.bytes);
}
