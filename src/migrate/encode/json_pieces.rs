//! JSON that comes in pieces: whether PostgreSQL takes it as `json`, without holding it.

use super::json::MAX_DEPTH;
use crate::migrate::misfit::Misfit;

/// Checks JSON that comes in pieces; its bytes are UTF-8 without NUL, which is checked elsewhere.
#[derive(Debug, Clone)]
pub struct JsonPieces {
    state: State,
    /// What is open, outermost first: whether it is an object.
    open: Vec<bool>,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A value.
    Value,
    /// A value, or the end of the array that was just opened.
    FirstItem,
    /// A name, or the end of the object that was just opened.
    FirstName,
    /// A name.
    Name,
    /// The colon behind a name.
    Colon,
    /// A comma or the end of what is open; nothing where nothing is.
    Behind,
    /// The rest of a string, which may be a name.
    String(bool),
    /// What stands behind a backslash.
    Escape(bool),
    /// So many more digits of an escape.
    Hex(u8, bool),
    /// The rest of a word.
    Word(&'static [u8]),
    /// The rest of a number.
    Number(Number),
}

/// What of a number was read last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    E,
    Sign,
    Exponent,
}

impl Number {
    /// What a further byte makes of it; `None` where it does not belong to the number.
    fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Whole, b'0'..=b'9') => Self::Whole,
            (Self::Zero | Self::Whole, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Whole | Self::Fraction, b'e' | b'E') => Self::E,
            (Self::E, b'+' | b'-') => Self::Sign,
            (Self::E | Self::Sign | Self::Exponent, b'0'..=b'9') => Self::Exponent,
            _ => return None,
        })
    }

    /// Whether it may end here.
    fn is_whole(self) -> bool {
        matches!(self, Self::Zero | Self::Whole | Self::Fraction | Self::Exponent)
    }
}

impl Default for JsonPieces {
    fn default() -> Self {
        Self {
            state: State::Value,
            open: Vec::new(),
        }
    }
}

impl JsonPieces {
    /// Takes the next bytes.
    pub fn piece(&mut self, bytes: &[u8]) -> Result<(), Misfit> {
        for &byte in bytes {
            // Most of a long document is in its strings.
            if !matches!(self.state, State::String(_)) || byte < 0x20 || byte == b'"' || byte == b'\\' {
                self.state = self.next(byte)?;
            }
        }
        Ok(())
    }

    /// Whether the document may end here.
    pub fn finish(self) -> Result<(), Misfit> {
        let ends = match self.state {
            State::Behind => true,
            State::Number(number) => number.is_whole(),
            _ => false,
        };
        if ends && self.open.is_empty() {
            Ok(())
        } else {
            Err(Misfit::NotAValue)
        }
    }

    fn next(&mut self, byte: u8) -> Result<State, Misfit> {
        let is_space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        Ok(match self.state {
            State::Number(number) => match number.next(byte) {
                Some(number) => State::Number(number),
                None if number.is_whole() => {
                    self.state = State::Behind;
                    return self.next(byte);
                }
                None => return Err(Misfit::NotAValue),
            },
            State::String(name) => match byte {
                b'"' if name => State::Colon,
                b'"' => State::Behind,
                b'\\' => State::Escape(name),
                0..0x20 => return Err(Misfit::NotAValue),
                _ => self.state,
            },
            State::Escape(name) => match byte {
                b'u' => State::Hex(4, name),
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => State::String(name),
                _ => return Err(Misfit::NotAValue),
            },
            State::Hex(left, name) if byte.is_ascii_hexdigit() => match left {
                1 => State::String(name),
                _ => State::Hex(left - 1, name),
            },
            State::Word([first, rest @ ..]) if byte == *first => match rest {
                [] => State::Behind,
                _ => State::Word(rest),
            },
            State::Hex(..) | State::Word(_) => return Err(Misfit::NotAValue),
            state if is_space => state,
            State::FirstItem if byte == b']' => self.close(false)?,
            State::Value | State::FirstItem => self.value(byte)?,
            State::FirstName if byte == b'}' => self.close(true)?,
            State::Name | State::FirstName if byte == b'"' => State::String(true),
            State::Colon if byte == b':' => State::Value,
            State::Behind => match (byte, self.open.last()) {
                (b',', Some(true)) => State::Name,
                (b',', Some(false)) => State::Value,
                (b'}', _) => self.close(true)?,
                (b']', _) => self.close(false)?,
                _ => return Err(Misfit::NotAValue),
            },
            State::Name | State::FirstName | State::Colon => return Err(Misfit::NotAValue),
        })
    }

    fn value(&mut self, byte: u8) -> Result<State, Misfit> {
        Ok(match byte {
            b'{' | b'[' => {
                if self.open.len() == MAX_DEPTH {
                    return Err(Misfit::TooLarge);
                }
                self.open.push(byte == b'{');
                if byte == b'{' {
                    State::FirstName
                } else {
                    State::FirstItem
                }
            }
            b'"' => State::String(false),
            b't' => State::Word(b"rue"),
            b'f' => State::Word(b"alse"),
            b'n' => State::Word(b"ull"),
            b'-' => State::Number(Number::Minus),
            b'0' => State::Number(Number::Zero),
            b'1'..=b'9' => State::Number(Number::Whole),
            _ => return Err(Misfit::NotAValue),
        })
    }

    fn close(&mut self, object: bool) -> Result<State, Misfit> {
        match self.open.pop() {
            Some(opened) if opened == object => Ok(State::Behind),
            _ => Err(Misfit::NotAValue),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::migrate::encode::json;

    fn in_pieces(text: &[u8], size: usize) -> Result<(), Misfit> {
        let mut pieces = JsonPieces::default();
        text.chunks(size).try_for_each(|piece| pieces.piece(piece))?;
        pieces.finish()
    }

    #[track_caller]
    fn agrees(text: &str) {
        let whole = json::check(text.as_bytes());
        for size in [1, 2, 3, 7, text.len().max(1)] {
            assert_eq!(in_pieces(text.as_bytes(), size), whole, "{text} by {size}");
        }
    }

    #[test]
    fn documents_are_judged_as_when_they_are_held() {
        const DOCUMENTS: &str = r#"~ ~{}~[]~ [ ] ~{ }~[1,]~[,1]~{"a":1,}~{"a" : [1, -0.5e+7, 0, 10E-2]}~1~-~01~1.~1.e1~-0~1e~1e+~"a\u00zz"~"a\u00e4\n\/"~"a
b"~"open~true~tru~nulll~false ~1 2~[1}~{1:2}~{"a"}~{"a":}~]~"\q"~ä~"ä"~[[[{"a":[]}]]]~"\ud800"~"\u0000"~+1~.5~[1 2]~{"a":1 "b":2}~{,}~nul~-a"#;
        for text in DOCUMENTS.split('~') {
            agrees(text);
        }
        for depth in [MAX_DEPTH, MAX_DEPTH + 1] {
            agrees(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        }
    }

    proptest! {
        #[test]
        fn any_text_of_its_characters_too(text in "[\\[\\]{},:\"\\\\0-1eE+.tn u-]{0,12}") {
            agrees(&text);
        }
    }
}
