//! Cells that are read in pieces because they are too long to be held: checked first, then hashed while they are sent.

use super::json_pieces::JsonPieces;
use super::limit::MAX_FIELD;
use super::text::TextPieces;
use crate::migrate::cell::StorageClass;
use crate::migrate::encoding::Encoding;
use crate::migrate::misfit::Misfit;
use crate::migrate::target_type::TargetType;

pub use super::hash_bytes::HashPieces;

/// Whether long cells of this type can go in pieces: their binary form is the very bytes of the cell. Others must be held
/// whole.
#[must_use]
pub fn streams(target: &TargetType) -> bool {
    matches!(
        target,
        TargetType::Text
            | TargetType::VarChar(_)
            | TargetType::TextLike(_)
            | TargetType::Json
            | TargetType::Bytea
    )
}

/// Checks a long cell piece by piece. Where `finish` agrees, the field is its length in four bytes and then its bytes.
#[derive(Debug, Clone)]
pub struct LongCheck {
    text: Option<TextPieces>,
    json: Option<JsonPieces>,
}

impl LongCheck {
    /// For a cell of this class with so many bytes, in a column whose type `streams`.
    pub fn new(class: StorageClass, encoding: &Encoding, length: u64) -> Result<Self, Misfit> {
        if length > MAX_FIELD {
            return Err(Misfit::TooLarge);
        }
        let longest = match &encoding.target {
            TargetType::VarChar(longest) => Some(*longest),
            _ => None,
        };
        let into_bytes = encoding.target == TargetType::Bytea;
        match class {
            StorageClass::Text if !into_bytes => {}
            StorageClass::Blob if into_bytes => {}
            StorageClass::Text | StorageClass::Blob if encoding.takes_other_class => {}
            _ => return Err(Misfit::WrongClass),
        }
        Ok(Self {
            text: (!into_bytes).then(|| TextPieces::new(longest)),
            json: (encoding.target == TargetType::Json).then(JsonPieces::default),
        })
    }

    /// Takes the next bytes.
    pub fn piece(&mut self, bytes: &[u8]) -> Result<(), Misfit> {
        self.text.as_mut().map_or(Ok(()), |text| text.piece(bytes))?;
        self.json.as_mut().map_or(Ok(()), |json| json.piece(bytes))
    }

    /// Whether it fits.
    pub fn finish(self) -> Result<(), Misfit> {
        self.text.map_or(Ok(()), TextPieces::finish)?;
        self.json.map_or(Ok(()), JsonPieces::finish)
    }
}
