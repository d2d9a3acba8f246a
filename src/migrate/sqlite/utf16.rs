//! Text of files in UTF-16 <-> UTF-8, without losing what is no valid text.
//!
//! SQLite itself makes some character of half a surrogate pair, so the bytes are taken as they are stored. Half a pair
//! becomes the three bytes that UTF-8 would have for it, which is not valid UTF-8; an odd byte at the end becomes `FF`
//! and that byte.

use rusqlite::Connection;

/// How a file stores text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    /// Asks the file.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let name: String = connection.query_row("PRAGMA main.encoding", [], |row| row.get(0))?;
        Ok(match name.as_str() {
            "UTF-16le" => Self::Utf16Le,
            "UTF-16be" => Self::Utf16Be,
            _ => Self::Utf8,
        })
    }

    /// The bytes that the file stores for this text.
    pub(super) fn encode(self, text: &[u8]) -> Vec<u8> {
        if self == Self::Utf8 {
            return text.to_vec();
        }
        let mut stored = Vec::with_capacity(text.len() * 2);
        let mut unit = |unit: u16| {
            stored.extend(match self {
                Self::Utf16Be => unit.to_be_bytes(),
                _ => unit.to_le_bytes(),
            });
        };
        let mut rest = text;
        while let [first, tail @ ..] = rest {
            let (length, bits) = match first {
                0x00..=0x7f => (0, u32::from(*first)),
                0xc0..=0xdf => (1, u32::from(first & 0x1f)),
                0xe0..=0xef => (2, u32::from(first & 0x0f)),
                0xf0..=0xf7 => (3, u32::from(first & 0x07)),
                _ => {
                    stored.extend(tail.first());
                    break;
                }
            };
            let length = length.min(tail.len());
            let point = tail[..length]
                .iter()
                .fold(bits, |point, byte| point << 6 | u32::from(byte & 0x3f));
            if let Ok(single) = u16::try_from(point) {
                unit(single);
            } else {
                let above = point - 0x1_0000;
                unit(0xd800 | low_bits(above >> 10));
                unit(0xdc00 | low_bits(above));
            }
            rest = &tail[length..];
        }
        stored
    }
}

/// The lower ten bits.
fn low_bits(number: u32) -> u16 {
    u16::try_from(number & 0x3ff).expect("ten bits fit")
}

/// Takes stored bytes in pieces and gives UTF-8.
pub(super) struct Decoder {
    big_endian: bool,
    /// The first byte of a unit whose second has not come yet.
    byte: Option<u8>,
    /// The first half of a pair.
    high: Option<u16>,
}

impl Decoder {
    /// For an encoding in UTF-16.
    pub(super) fn new(encoding: Encoding) -> Self {
        Self {
            big_endian: encoding == Encoding::Utf16Be,
            byte: None,
            high: None,
        }
    }

    /// Takes more bytes.
    pub(super) fn push(&mut self, stored: &[u8], text: &mut Vec<u8>) {
        for &byte in stored {
            let Some(first) = self.byte.take() else {
                self.byte = Some(byte);
                continue;
            };
            let pair = [first, byte];
            self.unit(
                if self.big_endian {
                    u16::from_be_bytes(pair)
                } else {
                    u16::from_le_bytes(pair)
                },
                text,
            );
        }
    }

    /// The end of the text has come; the next begins.
    pub(super) fn finish(&mut self, text: &mut Vec<u8>) {
        if let Some(high) = self.high.take() {
            three_bytes(high, text);
        }
        if let Some(byte) = self.byte.take() {
            text.extend([0xff, byte]);
        }
    }

    fn unit(&mut self, unit: u16, text: &mut Vec<u8>) {
        if unit < 0x80 && self.high.is_none() {
            text.push(unit.to_le_bytes()[0]);
            return;
        }
        let high = self.high.take();
        if let (Some(high), 0xdc00..=0xdfff) = (high, unit) {
            let point = 0x1_0000 + (u32::from(high & 0x3ff) << 10) + u32::from(unit & 0x3ff);
            let character = char::from_u32(point).expect("a pair of surrogates is a character");
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
        if let Some(high) = high {
            three_bytes(high, text);
        }
        match unit {
            0xd800..=0xdbff => self.high = Some(unit),
            _ => match char::from_u32(u32::from(unit)) {
                Some(character) => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
                None => three_bytes(unit, text),
            },
        }
    }
}

fn three_bytes(unit: u16, text: &mut Vec<u8>) {
    let [low, high] = unit.to_le_bytes();
    text.extend([
        0xe0 | high >> 4,
        0x80 | (high & 0x0f) << 2 | low >> 6,
        0x80 | low & 0x3f,
    ]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(encoding: Encoding, stored: &[u8], piece: usize) -> Vec<u8> {
        let mut text = Vec::new();
        let mut decoder = Decoder::new(encoding);
        for piece in stored.chunks(piece) {
            decoder.push(piece, &mut text);
        }
        decoder.finish(&mut text);
        text
    }

    #[test]
    fn half_a_pair_is_no_valid_text() {
        let text = decoded(Encoding::Utf16Le, &[0x41, 0, 0x3d, 0xd8, 0x42, 0], 2);
        assert_eq!(text, [0x41, 0xed, 0xa0, 0xbd, 0x42]);
        assert!(std::str::from_utf8(&text).is_err());
    }

    proptest! {
        #[test]
        fn all_bytes_come_back(stored in proptest::collection::vec(any::<u8>(), 0..40), piece in 1..5_usize, big in any::<bool>()) {
            let encoding = if big { Encoding::Utf16Be } else { Encoding::Utf16Le };
            prop_assert_eq!(encoding.encode(&decoded(encoding, &stored, piece)), stored);
        }

        #[test]
        fn text_is_what_the_standard_library_makes_of_it(text in ".{0,20}", piece in 1..5_usize) {
            let stored: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            prop_assert_eq!(decoded(Encoding::Utf16Le, &stored, piece), text.as_bytes());
            prop_assert_eq!(Encoding::Utf16Le.encode(text.as_bytes()), stored);
        }
    }
}
