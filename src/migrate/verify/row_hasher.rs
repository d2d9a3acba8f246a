//! A row of SQLite -> the hashes of what PostgreSQL should hold of it, by the rule of `digest`.

use std::path::Path;

use rusqlite::Connection;

use crate::migrate::MigrateError;
use crate::migrate::cell::{Cell, StorageClass};
use crate::migrate::encode::long::{HashPieces, LongCheck, streams};
use crate::migrate::encode::{self, hash_bytes};
use crate::migrate::encoding::Encoding;
use crate::migrate::misfit::Misfit;
use crate::migrate::plan::TablePlan;
use crate::migrate::sqlite::{KeyValue, LongCell, ScannedRow, read_long};

/// Hashes the rows of one table, one after the other.
#[derive(Debug)]
pub struct RowHasher<'p> {
    table: &'p TablePlan,
    path: &'p Path,
    connection: &'p Connection,
    columns: Vec<Carried<'p>>,
    /// Places of the key among the carried columns.
    key: Vec<usize>,
    key_columns: Vec<&'p str>,
    /// The values of the row that was taken, behind each other.
    held: Vec<u8>,
    row: Option<KeyValue>,
    /// How many of its cells do not fit.
    misfits: u64,
}

#[derive(Debug)]
struct Carried<'p> {
    name: &'p str,
    encoding: &'p Encoding,
    /// Whether a row without a value here is not kept.
    required: bool,
    value: Value,
}

/// What PostgreSQL should hold.
#[derive(Debug, Clone, Copy)]
enum Value {
    Null,
    /// Begin and end in `held`.
    Held(usize, usize),
    /// In the file only: its class and its length as UTF-8.
    Long(StorageClass, u64),
}

impl<'p> RowHasher<'p> {
    /// For a table of this file. Rows must hold the cells of the carried columns.
    pub fn new(table: &'p TablePlan, path: &'p Path, connection: &'p Connection) -> Self {
        let mut key = vec![0; table.digest_key.len()];
        let mut columns = Vec::new();
        for (place, column) in table.columns.iter().enumerate() {
            let Some(encoding) = &column.encoding else {
                continue;
            };
            let in_key = table.digest_key.iter().position(|part| *part == place);
            if let Some(part) = in_key {
                key[part] = columns.len();
            }
            columns.push(Carried {
                name: &column.source,
                encoding,
                required: column.not_null || in_key.is_some(),
                value: Value::Null,
            });
        }
        Self {
            key_columns: table.key_columns(),
            table,
            path,
            connection,
            columns,
            key,
            held: Vec::new(),
            row: None,
            misfits: 0,
        }
    }

    /// Takes a row. `false` where it should be in quarantine as a whole.
    pub fn take(&mut self, row: &ScannedRow<'_>) -> Result<bool, MigrateError> {
        self.held.clear();
        self.misfits = 0;
        self.row = (!row.long.is_empty()).then(|| row.key());
        let mut kept = true;
        for place in 0..self.columns.len() {
            let long = row.long.iter().find(|(long, ..)| *long == place);
            let value = match (long, row.cells[place]) {
                (Some(&(_, class, length)), _) => self.long(place, class, length)?,
                (None, Cell::Null) => Ok(Value::Null),
                (None, cell) => self.cell(place, cell),
            };
            let column = &mut self.columns[place];
            self.misfits += u64::from(value.is_err());
            column.value = value.unwrap_or(Value::Null);
            kept &= !(column.required && matches!(column.value, Value::Null));
        }
        Ok(kept)
    }

    /// How many cells of the row do not fit.
    pub fn misfits(&self) -> u64 {
        self.misfits
    }

    /// The seed of the row.
    pub fn seed(&self) -> Result<u64, MigrateError> {
        if let [one] = self.key.as_slice()
            && let Value::Held(begin, end) = self.columns[*one].value
            && let Some(number) =
                encode::whole_number(&self.columns[*one].encoding.target, &self.held[begin..end])
        {
            return Ok(number);
        }
        self.chain(&self.key, 0)
    }

    /// The hash of all of the row, as `query::row_hash` takes it.
    pub fn row_hash(&self, seed: u64) -> Result<u64, MigrateError> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        self.chain(&all, seed)
    }

    /// The hash of one carried column; `None` for NULL.
    pub fn hash(&self, place: usize, seed: u64) -> Result<Option<u64>, MigrateError> {
        let column = &self.columns[place];
        Ok(match column.value {
            Value::Null => None,
            Value::Held(begin, end) => Some(encode::hash(
                &column.encoding.target,
                &self.held[begin..end],
                seed,
            )),
            Value::Long(class, length) => {
                let mut pieces = HashPieces::new(length, seed);
                self.pieces(place, class, &mut |piece| pieces.update(piece))?;
                Some(pieces.finish())
            }
        })
    }

    /// How many columns are carried.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    fn chain(&self, places: &[usize], begin: u64) -> Result<u64, MigrateError> {
        places.iter().try_fold(begin, |seed, &place| {
            let hash = self.hash(place, seed)?;
            Ok(hash.unwrap_or_else(|| hash_bytes::int8(0, seed)))
        })
    }

    fn cell(&mut self, place: usize, cell: Cell<'_>) -> Result<Value, Misfit> {
        let begin = self.held.len();
        encode::field(cell, self.columns[place].encoding, &mut self.held)?;
        // A length stands before each value.
        Ok(Value::Held(begin + 4, self.held.len()))
    }

    fn long(
        &mut self,
        place: usize,
        class: StorageClass,
        stored: u64,
    ) -> Result<Result<Value, Misfit>, MigrateError> {
        let encoding = self.columns[place].encoding;
        if !streams(&encoding.target) || self.key.contains(&place) {
            let mut whole = Vec::new();
            self.pieces(place, class, &mut |piece| whole.extend_from_slice(piece))?;
            let cell = match class {
                StorageClass::Text => Cell::Text(&whole),
                _ => Cell::Blob(&whole),
            };
            return Ok(self.cell(place, cell));
        }
        let mut check = LongCheck::new(class, encoding, stored);
        let mut length = 0;
        self.pieces(place, class, &mut |piece| {
            length += piece.len() as u64;
            let result = check.as_mut().map(|check| check.piece(piece));
            if let Ok(Err(misfit)) = result {
                check = Err(misfit);
            }
        })?;
        Ok(check
            .and_then(LongCheck::finish)
            .map(|()| Value::Long(class, length)))
    }

    fn pieces(
        &self,
        place: usize,
        class: StorageClass,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), MigrateError> {
        let cell = LongCell {
            path: self.path,
            table: &self.table.source,
            column: self.columns[place].name,
            class,
            key: &self.table.key,
            key_columns: &self.key_columns,
            row: self.row.as_ref().expect("it is set for rows with long cells"),
        };
        read_long(self.connection, &cell, &mut |piece| {
            take(piece);
            Ok::<_, MigrateError>(())
        })
    }
}
