//! Damage to indexes.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use rusqlite::Connection;

/// Changes rows while SQLite does not know of an index.
pub(super) fn in_the_dark(path: &Path, index: &str, sql: &str) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA synchronous = OFF; PRAGMA writable_schema = 1;
             CREATE TEMP TABLE kept AS SELECT * FROM main.sqlite_schema WHERE 0",
        )
        .unwrap();
    let kept = "INSERT INTO temp.kept SELECT * FROM main.sqlite_schema WHERE name = ?1";
    assert_eq!(connection.execute(kept, [index]).unwrap(), 1);
    connection
        .execute("DELETE FROM main.sqlite_schema WHERE name = ?1", [index])
        .unwrap();
    // Another connection reads the schema anew.
    let other = Connection::open(path).unwrap();
    other
        .execute_batch(&format!("PRAGMA synchronous = OFF; {sql}"))
        .unwrap();
    connection
        .execute("INSERT INTO main.sqlite_schema SELECT * FROM temp.kept", [])
        .unwrap();
}

/// Changes the statement of an index and nothing of what it holds.
pub(super) fn rewrite(path: &Path, index: &str, from: &str, to: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA writable_schema = 1").unwrap();
    let sql = "UPDATE sqlite_schema SET sql = replace(sql, ?2, ?3) WHERE name = ?1";
    assert_eq!(connection.execute(sql, [index, from, to]).unwrap(), 1);
}

/// Damage to a page of an index, by the number of the page in it. Cells and bytes are taken modulo what is there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tamper {
    /// Two cells change their places.
    Swap(usize, usize, usize),
    /// A cell comes in the place of another, too.
    Repeat(usize, usize, usize),
    /// The last cell is dropped.
    Drop(usize),
    /// A byte of a cell becomes another.
    Byte(usize, usize, usize, u8),
}

impl Arbitrary for Tamper {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let number = || any::<u8>().prop_map(usize::from);
        prop_oneof![
            (number(), number(), number()).prop_map(|(page, one, other)| Self::Swap(page, one, other)),
            (number(), number(), number()).prop_map(|(page, one, other)| Self::Repeat(page, one, other)),
            number().prop_map(Self::Drop),
            (number(), number(), 0..24_usize, any::<u8>())
                .prop_map(|(page, cell, at, byte)| Self::Byte(page, cell, at, byte)),
        ]
        .boxed()
    }
}

/// Damages a page; whether it had something to damage.
pub(super) fn tamper(path: &Path, index: &str, tamper: Tamper) -> bool {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT pgoffset, pgsize FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY pageno")
        .unwrap();
    let pages: Vec<(u32, u32)> = match statement
        .query_map([index], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
    {
        Ok(pages) => pages,
        // It is broken so far already that its pages are not found.
        Err(_) => return false,
    };
    drop(statement);
    drop(connection);
    let (Tamper::Swap(which, ..) | Tamper::Repeat(which, ..) | Tamper::Drop(which) | Tamper::Byte(which, ..)) =
        tamper;
    if pages.is_empty() {
        return false;
    }
    let (offset, size) = pages[which % pages.len()];
    let (offset, size) = (offset as usize, size as usize);
    let mut file = fs::read(path).unwrap();
    let page = &mut file[offset..offset + size];
    let count = usize::from(u16::from_be_bytes([page[3], page[4]]));
    if count == 0 {
        return false;
    }
    let pointer = |cell: usize| 8 + 2 * (cell % count);
    match tamper {
        Tamper::Swap(_, one, other) => {
            for byte in 0..2 {
                page.swap(pointer(one) + byte, pointer(other) + byte);
            }
        }
        Tamper::Repeat(_, one, other) => page.copy_within(pointer(one)..pointer(one) + 2, pointer(other)),
        Tamper::Drop(_) => page[4] -= 1,
        Tamper::Byte(_, cell, at, byte) => {
            let place = usize::from(u16::from_be_bytes([page[pointer(cell)], page[pointer(cell) + 1]])) + at;
            if let Some(place) = page.get_mut(place) {
                *place = byte;
            }
        }
    }
    fs::write(path, file).unwrap();
    true
}
