//! JSON: whether PostgreSQL takes a text as `json` or `jsonb`, and the text that `jsonb` gives back.

use super::decimal::Decimal;
use super::numeric;
use crate::migrate::misfit::Misfit;

/// Deeper nesting is refused; SQLite's own functions end here too, and PostgreSQL's a good deal later.
pub(super) const MAX_DEPTH: usize = 1000;
/// The most bytes of a string, array or object within `jsonb`.
const MAX_PART: usize = 0x0fff_ffff;

/// Whether the text is a value of `json`.
pub fn check(text: &[u8]) -> Result<(), Misfit> {
    Reader::new(text, false).document()
}

/// Whether the text is a value of `jsonb`, which refuses `\u0000`, halves of surrogate pairs and numbers that `numeric`
/// can't hold.
pub fn check_binary(text: &[u8]) -> Result<(), Misfit> {
    if text.len() > MAX_PART {
        return Err(Misfit::TooLarge);
    }
    Reader::new(text, true).document()
}

/// The text that the server gives back for a `jsonb`; the text must have passed `check_binary`.
pub(super) fn canonical(text: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len() + text.len() / 8);
    let mut reader = Reader::new(text, true);
    reader.space();
    write_value(&mut reader, &mut written).expect("it was checked");
    written
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    binary: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8], binary: bool) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            binary,
        }
    }

    fn document(&mut self) -> Result<(), Misfit> {
        super::text::check(self.text)?;
        self.space();
        self.value()?;
        self.space();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(Misfit::NotAValue)
        }
    }

    fn value(&mut self) -> Result<(), Misfit> {
        match self.peek() {
            Some(b'{') => self.list(b'}', |reader| {
                reader.string(None)?;
                reader.colon()?;
                reader.value()
            }),
            Some(b'[') => self.list(b']', Self::value),
            Some(b'"') => self.string(None),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.number().map(drop),
        }
    }

    /// Reads what stands between brackets and commas.
    fn list(
        &mut self,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), Misfit>,
    ) -> Result<(), Misfit> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Misfit::TooLarge);
        }
        self.space();
        if !self.take(close) {
            loop {
                item(self)?;
                self.space();
                if self.take(close) {
                    break;
                }
                self.expect(b',')?;
                self.space();
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn colon(&mut self) -> Result<(), Misfit> {
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Misfit> {
        if !self.text[self.at..].starts_with(word) {
            return Err(Misfit::NotAValue);
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<Decimal<'a>, Misfit> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let written = &self.text[start..self.at];
        if !self.binary {
            return Ok(Decimal::parse(b"0").expect("a number"));
        }
        let decimal = Decimal::parse(written)?;
        numeric::check(&decimal)?;
        Ok(decimal)
    }

    fn digits(&mut self) -> Result<(), Misfit> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start {
            Ok(())
        } else {
            Err(Misfit::NotAValue)
        }
    }

    /// Reads a string; its content goes to `content`.
    fn string(&mut self, mut content: Option<&mut Vec<u8>>) -> Result<(), Misfit> {
        self.expect(b'"')?;
        loop {
            let start = self.at;
            while self
                .peek()
                .is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
            {
                self.at += 1;
            }
            if let Some(content) = content.as_deref_mut() {
                content.extend_from_slice(&self.text[start..self.at]);
            }
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => {
                    if let Some(character) = self.escape()?
                        && let Some(content) = content.as_deref_mut()
                    {
                        content.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
                _ => return Err(Misfit::NotAValue),
            }
        }
    }

    /// The character of an escape; `None` where `json` lets one pass that stands for none.
    fn escape(&mut self) -> Result<Option<char>, Misfit> {
        let character = match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(Misfit::NotAValue),
        };
        Ok(Some(character))
    }

    fn unicode(&mut self) -> Result<Option<char>, Misfit> {
        let first = self.hex()?;
        if !self.binary {
            return Ok(None);
        }
        let code = match first {
            0 => return Err(Misfit::NulCharacter),
            0xd800..0xdc00 => {
                self.word(b"\\u")?;
                match self.hex()? {
                    second @ 0xdc00..0xe000 => 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00),
                    _ => return Err(Misfit::NotAValue),
                }
            }
            code => code,
        };
        char::from_u32(code).map(Some).ok_or(Misfit::NotAValue)
    }

    fn hex(&mut self) -> Result<u32, Misfit> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or(Misfit::NotAValue)?;
            code = code << 4 | digit;
        }
        Ok(code)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, Misfit> {
        let byte = self.peek().ok_or(Misfit::NotAValue)?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Misfit> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(Misfit::NotAValue)
        }
    }
}

fn write_value(reader: &mut Reader<'_>, written: &mut Vec<u8>) -> Result<(), Misfit> {
    match reader.peek() {
        Some(b'{') => write_object(reader, written),
        Some(b'[') => {
            written.push(b'[');
            let mut first = true;
            reader.list(b']', |reader| {
                if !std::mem::take(&mut first) {
                    written.extend_from_slice(b", ");
                }
                write_value(reader, written)
            })?;
            written.push(b']');
            Ok(())
        }
        Some(b'"') => {
            let mut content = Vec::new();
            reader.string(Some(&mut content))?;
            write_string(&content, written);
            Ok(())
        }
        Some(b'-' | b'0'..=b'9') => {
            let mut field = Vec::new();
            numeric::put(&reader.number()?, None, &mut field)?;
            written.extend_from_slice(numeric::text(&field[4..]).as_bytes());
            Ok(())
        }
        _ => {
            let start = reader.at;
            reader.value()?;
            written.extend_from_slice(&reader.text[start..reader.at]);
            Ok(())
        }
    }
}

/// Keys go by length, then by bytes; of equal ones the last is kept.
fn write_object(reader: &mut Reader<'_>, written: &mut Vec<u8>) -> Result<(), Misfit> {
    let mut members: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    reader.list(b'}', |reader| {
        let (mut key, mut value) = (Vec::new(), Vec::new());
        reader.string(Some(&mut key))?;
        reader.colon()?;
        write_value(reader, &mut value)?;
        members.push((key, value));
        Ok(())
    })?;
    // The sort is stable, so that of equal keys the later one stays behind.
    members.sort_by(|(one, _), (other, _)| (one.len(), one).cmp(&(other.len(), other)));
    written.push(b'{');
    let mut first = true;
    for (at, (key, value)) in members.iter().enumerate() {
        if members.get(at + 1).is_some_and(|(next, _)| next == key) {
            continue;
        }
        if !std::mem::take(&mut first) {
            written.extend_from_slice(b", ");
        }
        write_string(key, written);
        written.extend_from_slice(b": ");
        written.extend_from_slice(value);
    }
    written.push(b'}');
    Ok(())
}

fn write_string(content: &[u8], written: &mut Vec<u8>) {
    written.push(b'"');
    for byte in content {
        match byte {
            b'"' => written.extend_from_slice(b"\\\""),
            b'\\' => written.extend_from_slice(b"\\\\"),
            8 => written.extend_from_slice(b"\\b"),
            12 => written.extend_from_slice(b"\\f"),
            b'\n' => written.extend_from_slice(b"\\n"),
            b'\r' => written.extend_from_slice(b"\\r"),
            b'\t' => written.extend_from_slice(b"\\t"),
            0..0x20 => written.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => written.push(*byte),
        }
    }
    written.push(b'"');
}
