//! Whether a cell that is too long to be held fits its type.

use rusqlite::Connection;

use super::shown::shown;
use crate::migrate::cell::{Cell, StorageClass};
use crate::migrate::encode::{
    self,
    long::{self, LongCheck},
};
use crate::migrate::encoding::Encoding;
use crate::migrate::misfit::Misfit;
use crate::migrate::sqlite::{self, LongCell, SqliteError};

/// The bytes that are enough to show it.
const START: usize = 1024;

/// Its beginning for people, and why it does not fit if it does not. Cells of types whose binary form is another than
/// SQLite's are held whole meanwhile.
pub(super) fn check(
    connection: &Connection,
    cell: &LongCell<'_>,
    encoding: &Encoding,
    bytes: u64,
) -> Result<(String, Option<Misfit>), SqliteError> {
    let streams = long::streams(&encoding.target);
    let mut start = Vec::new();
    let mut check = LongCheck::new(cell.class, encoding, bytes);
    sqlite::read_long(connection, cell, &mut |piece| {
        let room = if streams {
            START.saturating_sub(start.len())
        } else {
            piece.len()
        };
        start.extend_from_slice(&piece[..room.min(piece.len())]);
        if let (true, Ok(going)) = (streams, &mut check)
            && let Err(reason) = going.piece(piece)
        {
            check = Err(reason);
        }
        Ok::<_, SqliteError>(())
    })?;
    let whole = |bytes| match cell.class {
        StorageClass::Blob => Cell::Blob(bytes),
        _ => Cell::Text(bytes),
    };
    let fits = if streams {
        check.and_then(LongCheck::finish)
    } else {
        encode::field(whole(&start), encoding, &mut Vec::new())
    };
    Ok((shown(whole(&start)), fits.err()))
}
