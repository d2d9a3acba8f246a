//! A value that is never shown.

/// The bytes of a secret. `Debug` hides them, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Vec<u8>);

impl SecretText {
    /// Takes a value as it is.
    pub(super) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Takes the content of a file: the one line of it without its end, several lines as they are. Editors end a
    /// password's line, and programs would send that end along; keys need theirs.
    pub(super) fn of_file(mut bytes: Vec<u8>) -> Self {
        let without_end = bytes
            .strip_suffix(b"\n")
            .map(|rest| rest.strip_suffix(b"\r").unwrap_or(rest));
        if let Some(line) = without_end.filter(|line| !line.contains(&b'\n')) {
            bytes.truncate(line.len());
        }
        Self(bytes)
    }

    /// The value, for those who write it into a private file.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether there is nothing in it but blanks.
    pub(super) fn is_blank(&self) -> bool {
        self.0.iter().all(u8::is_ascii_whitespace)
    }

    /// The value with everything but letters, digits and `-._~` percent-encoded, to stand in an address
    /// (<https://www.rfc-editor.org/rfc/rfc3986#section-2.3>).
    pub(super) fn percent_encoded(&self) -> String {
        use std::fmt::Write;
        self.0.iter().fold(String::new(), |mut text, byte| {
            match byte {
                b'-' | b'.' | b'_' | b'~' => text.push(char::from(*byte)),
                byte if byte.is_ascii_alphanumeric() => text.push(char::from(*byte)),
                byte => write!(text, "%{byte:02X}").expect("a String takes every text"),
            }
            text
        })
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_its_end_and_a_key_keeps_its_own() {
        let value = |text: &str| SecretText::of_file(text.as_bytes().to_vec()).expose().to_vec();
        assert_eq!(value("abc\n"), b"abc");
        assert_eq!(value("abc\r\n"), b"abc");
        assert_eq!(value("abc"), b"abc");
        assert_eq!(value(" a b \n"), b" a b ");
        assert_eq!(value("a\nb\n"), b"a\nb\n");
        assert_eq!(value("abc\n\n"), b"abc\n\n");
    }

    #[test]
    fn values_are_hidden_and_encoded() {
        let text = SecretText::new("p@ss/w:ö");
        assert_eq!(format!("{text:?}"), "[hidden]");
        assert_eq!(text.percent_encoded(), "p%40ss%2Fw%3A%C3%B6");
    }
}
