//! A row with cells that are too long to be held: they are checked piece by piece, and then sent piece by piece.

use std::borrow::Cow;

use super::row::{Carried, Key, LARGEST_ROW, Outcome, RowEncoder, link, signed};
use crate::migrate::cell::{Cell, StorageClass};
use crate::migrate::encode;
use crate::migrate::encode::long::{HashPieces, LongCheck, streams};
use crate::migrate::misfit::Misfit;
use crate::migrate::sqlite::ScannedRow;
use crate::migrate::target_type::TargetType;

/// Takes the pieces of a cell.
pub type Take<'a, E> = &'a mut dyn FnMut(&[u8]) -> Result<(), E>;

/// Reads the cell of a carried column, which is stored so, and gives its pieces.
pub type Read<'a, E> = &'a mut dyn FnMut(usize, StorageClass, Take<'_, E>) -> Result<(), E>;

/// A long cell that need not be held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streamed {
    pub(super) place: usize,
    class: StorageClass,
    /// The length of its field, where it fits.
    pub(super) length: Result<u64, Misfit>,
}

impl RowEncoder<'_> {
    /// Gives the row to `sink` piece by piece, or nothing where it is quarantined; as `encode` otherwise.
    ///
    /// Cells of types whose binary form is not the very bytes of the cell, such as JSON, are held as a whole.
    pub fn encode_long<E>(
        &mut self,
        row: &ScannedRow<'_>,
        read: Read<'_, E>,
        sink: Take<'_, E>,
    ) -> Result<Outcome, E> {
        let mut held = Vec::new();
        let mut streamed = Vec::new();
        for &(place, class, length) in row.long {
            let column = &self.columns[place];
            if streams(&column.encoding.target) {
                let length = check(column, place, class, length, read)?;
                streamed.push(Streamed { place, class, length });
            } else {
                // Text of another encoding may become longer.
                let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
                read(place, class, &mut |piece| {
                    bytes.extend_from_slice(piece);
                    Ok(())
                })?;
                held.push((place, class, bytes));
            }
        }
        let cells = with_held(row.cells, &held);
        let mut out = Vec::new();
        let mut outcome = self.fields(&cells, &streamed, &mut out);
        while too_large(&mut streamed, out.len()) {
            out.clear();
            outcome = self.fields(&cells, &streamed, &mut out);
        }
        drop(cells);
        // They are in the fields now, and need not be in memory twice.
        drop(held);
        if outcome == Outcome::Kept {
            self.send(&out, &streamed, read, sink)?;
        }
        Ok(outcome)
    }

    /// Sends the fields in their order, long ones from their cells, and adds the row to the digest.
    fn send<E>(
        &mut self,
        out: &[u8],
        streamed: &[Streamed],
        read: Read<'_, E>,
        sink: Take<'_, E>,
    ) -> Result<(), E> {
        let seed = self.seed(out);
        let chained = matches!(self.key, Key::None);
        let mut chain = 0;
        let mut sent = 0;
        for place in 0..self.columns.len() {
            let target = &self.columns[place].encoding.target;
            let field = self.fields[place];
            let long = streamed.iter().find(|long| long.place == place);
            let hash = match (field, long) {
                (
                    Some((begin, _)),
                    Some(Streamed {
                        class,
                        length: Ok(length),
                        ..
                    }),
                ) => {
                    sink(&out[sent..begin])?;
                    sent = begin;
                    let mut hash = HashPieces::new(*length, seed);
                    let mut next = HashPieces::new(*length, chain);
                    read(place, *class, &mut |piece| {
                        hash.update(piece);
                        if chained {
                            next.update(piece);
                        }
                        sink(piece)
                    })?;
                    chain = next.finish();
                    Some(hash.finish())
                }
                (Some((begin, end)), _) => {
                    let value = &out[begin..end];
                    if chained {
                        chain = link(target, Some(value), chain);
                    }
                    Some(encode::hash(target, value, seed))
                }
                (None, _) => {
                    if chained {
                        chain = link(target, None, chain);
                    }
                    None
                }
            };
            if let Some(hash) = hash {
                let column = &mut self.digest_mut().columns[place];
                column.count += 1;
                column.sum += signed(hash);
            }
        }
        sink(&out[sent..])?;
        let digest = self.digest_mut();
        digest.rows += 1;
        if chained {
            digest.chain += signed(chain);
        }
        Ok(())
    }
}

/// The length of the field, where the cell fits. Text may have another length than it takes in the file.
fn check<E>(
    column: &Carried<'_>,
    place: usize,
    class: StorageClass,
    length: u64,
    read: Read<'_, E>,
) -> Result<Result<u64, Misfit>, E> {
    let mut checked = match LongCheck::new(class, column.encoding, length) {
        Ok(check) => Ok((check, 0)),
        Err(reason) => return Ok(Err(reason)),
    };
    if column.encoding.target == TargetType::Bytea && class == StorageClass::Blob {
        return Ok(Ok(length));
    }
    read(place, class, &mut |piece| {
        if let Ok((check, length)) = &mut checked {
            *length += piece.len() as u64;
            if let Err(reason) = check.piece(piece) {
                checked = Err(reason);
            }
        }
        Ok(())
    })?;
    Ok(checked.and_then(|(check, length)| {
        check.finish()?;
        if length > LARGEST_ROW {
            Err(Misfit::TooLarge)
        } else {
            Ok(length)
        }
    }))
}

fn with_held<'a>(cells: &'a [Cell<'a>], held: &'a [(usize, StorageClass, Vec<u8>)]) -> Cow<'a, [Cell<'a>]> {
    if held.is_empty() {
        return Cow::Borrowed(cells);
    }
    let mut cells = cells.to_vec();
    for (place, class, bytes) in held {
        cells[*place] = match class {
            StorageClass::Text => Cell::Text(bytes),
            _ => Cell::Blob(bytes),
        };
    }
    Cow::Owned(cells)
}

/// Whether the row is larger than the server takes; its longest cell then does not fit.
fn too_large(streamed: &mut [Streamed], rest: usize) -> bool {
    let whole: u64 = streamed.iter().filter_map(|long| long.length.ok()).sum();
    if whole + rest as u64 <= LARGEST_ROW {
        return false;
    }
    let longest = streamed.iter_mut().max_by_key(|long| long.length.unwrap_or(0));
    longest.is_some_and(|long| std::mem::replace(&mut long.length, Err(Misfit::TooLarge)).is_ok())
}
