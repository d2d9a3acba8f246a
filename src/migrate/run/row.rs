//! A row of SQLite -> a row of PostgreSQL's binary COPY, with the table's digest and the cells that do not fit.

use super::long_row::Streamed;
use crate::migrate::cell::Cell;
use crate::migrate::digest::TableDigest;
use crate::migrate::encode;
use crate::migrate::encoding::Encoding;
use crate::migrate::misfit::Misfit;
use crate::migrate::plan::TablePlan;
use crate::migrate::sqlite::ScannedRow;
use crate::migrate::target_type::TargetType;

/// PostgreSQL takes rows below 1 GiB; this leaves room for what it adds to each.
pub const LARGEST_ROW: u64 = (1 << 30) - (1 << 20);

/// Encodes the rows of one table, one after the other.
#[derive(Debug)]
pub struct RowEncoder<'p> {
    pub(super) columns: Vec<Carried<'p>>,
    pub(super) key: Key,
    digest: TableDigest,
    pub(super) fields: Vec<Field>,
    pub(super) misfits: Vec<(usize, Misfit)>,
}

/// A column whose cells are carried.
#[derive(Debug)]
pub(super) struct Carried<'p> {
    pub(super) encoding: &'p Encoding,
    /// Whether a row without a value here can not be kept.
    pub(super) required: bool,
}

/// What the seed of a row is made from; places among the carried columns.
#[derive(Debug)]
pub(super) enum Key {
    None,
    Whole(usize),
    Chain(Vec<usize>),
}

/// Where the value of a field is in the output: begin and end. They are the same for an empty value.
pub(super) type Field = Option<(usize, usize)>;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the output; cells in `misfits` are NULL there.
    Kept,
    /// It is not in the output and not in the digest: a cell in `misfits` takes the whole row.
    Quarantined,
}

impl<'p> RowEncoder<'p> {
    /// For a table of the plan. Rows must hold the cells of `carried` in its order.
    #[must_use]
    pub fn new(table: &'p TablePlan) -> Self {
        let places = carried(table);
        let columns: Vec<_> = places
            .iter()
            .filter_map(|&place| {
                let column = &table.columns[place];
                Some(Carried {
                    encoding: column.encoding.as_ref()?,
                    required: column.not_null || table.digest_key.contains(&place),
                })
            })
            .collect();
        let key: Vec<usize> = table
            .digest_key
            .iter()
            .filter_map(|key| places.iter().position(|place| place == key))
            .collect();
        let key = match key.as_slice() {
            [] => Key::None,
            [one] if whole(&columns[*one].encoding.target) => Key::Whole(*one),
            _ => Key::Chain(key),
        };
        Self {
            digest: TableDigest::new(columns.len()),
            fields: Vec::with_capacity(columns.len()),
            misfits: Vec::new(),
            columns,
            key,
        }
    }

    /// Goes on from the digest of rows that were encoded before.
    #[must_use]
    pub fn after(mut self, digest: TableDigest) -> Self {
        self.digest = digest;
        self
    }

    /// The digest of the rows that were kept.
    #[must_use]
    pub fn digest(&self) -> &TableDigest {
        &self.digest
    }

    /// The cells of the last row that did not fit: places among the carried columns.
    #[must_use]
    pub fn misfits(&self) -> &[(usize, Misfit)] {
        &self.misfits
    }

    /// Whether a misfit in this carried column takes the whole row.
    #[must_use]
    pub fn takes_row(&self, column: usize) -> bool {
        self.columns[column].required
    }

    /// Appends the row to `out`, or nothing where it is quarantined. For rows with long cells there is `encode_long`.
    pub fn encode(&mut self, row: &ScannedRow<'_>, out: &mut Vec<u8>) -> Outcome {
        let begin = out.len();
        if self.fields(row.cells, &[], out) == Outcome::Quarantined {
            out.truncate(begin);
            return Outcome::Quarantined;
        }
        self.note(out);
        Outcome::Kept
    }

    /// Appends the row's fields and remembers where they are; the digest is left alone. Of cells that are streamed, only
    /// the length is appended.
    pub(super) fn fields(&mut self, cells: &[Cell<'_>], streamed: &[Streamed], out: &mut Vec<u8>) -> Outcome {
        self.misfits.clear();
        self.fields.clear();
        let mut outcome = Outcome::Kept;
        out.extend_from_slice(&field_count(self.columns.len()));
        for (place, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            let begin = out.len();
            let reason = if let Some(long) = streamed.iter().find(|long| long.place == place) {
                long.length
                    .map(|length| out.extend_from_slice(&long_length(length)))
                    .err()
            } else if matches!(cell, Cell::Null) {
                column.required.then_some(Misfit::NullInNotNull)
            } else {
                encode::field(*cell, column.encoding, out).err()
            };
            if let Some(reason) = reason {
                self.misfits.push((place, reason));
                if column.required {
                    outcome = Outcome::Quarantined;
                }
            }
            if out.len() == begin {
                out.extend_from_slice(&NULL);
                self.fields.push(None);
            } else {
                self.fields.push(Some((begin + 4, out.len())));
            }
        }
        outcome
    }

    /// Adds the row whose fields were just appended to the digest.
    fn note(&mut self, out: &[u8]) {
        let seed = self.seed(out);
        self.digest.rows += 1;
        let mut chain = 0;
        let chained = matches!(self.key, Key::None);
        for ((column, field), digest) in self
            .columns
            .iter()
            .zip(&self.fields)
            .zip(&mut self.digest.columns)
        {
            let value = field.map(|(begin, end)| &out[begin..end]);
            if let Some(value) = value {
                digest.count += 1;
                digest.sum += signed(encode::hash(&column.encoding.target, value, seed));
            }
            if chained {
                chain = link(&column.encoding.target, value, chain);
            }
        }
        if chained {
            self.digest.chain += signed(chain);
        }
    }

    /// The seed of the row whose fields were just appended.
    pub(super) fn seed(&self, out: &[u8]) -> u64 {
        let value = |place: usize| self.fields[place].map(|(begin, end)| &out[begin..end]);
        match &self.key {
            Key::None => 0,
            Key::Whole(place) => {
                let target = &self.columns[*place].encoding.target;
                let number = value(*place).and_then(|value| encode::whole_number(target, value));
                number.unwrap_or(0)
            }
            Key::Chain(places) => places.iter().fold(0, |seed, &place| {
                link(&self.columns[place].encoding.target, value(place), seed)
            }),
        }
    }

    pub(super) fn digest_mut(&mut self) -> &mut TableDigest {
        &mut self.digest
    }
}

/// The places of the columns whose cells are carried, in their order.
#[must_use]
pub fn carried(table: &TablePlan) -> Vec<usize> {
    (0..table.columns.len())
        .filter(|&place| table.columns[place].encoding.is_some())
        .collect()
}

pub(super) const NULL: [u8; 4] = (-1i32).to_be_bytes();

pub(super) fn field_count(columns: usize) -> [u8; 2] {
    u16::try_from(columns)
        .expect("PostgreSQL's tables have at most 1600 columns")
        .to_be_bytes()
}

fn long_length(length: u64) -> [u8; 4] {
    u32::try_from(length)
        .expect("it was checked to be below 1 GiB")
        .to_be_bytes()
}

fn whole(target: &TargetType) -> bool {
    matches!(
        target,
        TargetType::SmallInt | TargetType::Integer | TargetType::BigInt
    )
}

/// The next link of a chain of hashes.
pub(super) fn link(target: &TargetType, value: Option<&[u8]>, seed: u64) -> u64 {
    match value {
        Some(value) => encode::hash(target, value, seed),
        None => encode::hash(&TargetType::BigInt, &[0; 8], seed),
    }
}

/// Hashes are summed as the signed numbers that the server shows.
pub(super) fn signed(hash: u64) -> i128 {
    i128::from(hash.cast_signed())
}
