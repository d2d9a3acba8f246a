//! What git changes in a file between repository and worktree: line ends and `$Id$`. Pure.

/// How the lines of a file end in the worktree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnds {
    /// As in the repository.
    Kept,
    /// CR and LF.
    Crlf,
    /// CR and LF, where the file is text with LF only.
    CrlfIfText,
}

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    /// Its line ends.
    pub line_ends: LineEnds,
    /// Whether `$Id$` becomes the blob's name.
    pub expands_id: bool,
}

impl Conversion {
    /// Nothing.
    pub const NONE: Self = Self {
        line_ends: LineEnds::Kept,
        expands_id: false,
    };

    /// The file as it stands in the worktree; none where that is the blob as it is.
    pub fn apply(self, blob: &[u8], name: &str) -> Option<Vec<u8>> {
        let expanded = self.expands_id.then(|| expand_id(blob, name)).flatten();
        let text = expanded.as_deref().unwrap_or(blob);
        let adds_cr = match self.line_ends {
            LineEnds::Kept => false,
            LineEnds::Crlf => has_lone_lf(text),
            LineEnds::CrlfIfText => has_lone_lf(text) && !text.contains(&b'\r') && !is_binary(text),
        };
        if adds_cr { Some(add_cr(text)) } else { expanded }
    }
}

fn has_lone_lf(text: &[u8]) -> bool {
    text.iter()
        .enumerate()
        .any(|(index, byte)| *byte == b'\n' && (index == 0 || text[index - 1] != b'\r'))
}

fn add_cr(text: &[u8]) -> Vec<u8> {
    let mut converted = Vec::with_capacity(text.len() + text.len() / 16);
    let mut before = 0;
    for byte in text {
        if *byte == b'\n' && before != b'\r' {
            converted.push(b'\r');
        }
        converted.push(*byte);
        before = *byte;
    }
    converted
}

/// git's guess: a NUL, or more than one character in 128 that is not printed.
fn is_binary(text: &[u8]) -> bool {
    const END_OF_FILE: u8 = 26;
    // Old editors end their files with it.
    let text = text.strip_suffix(&[END_OF_FILE]).unwrap_or(text);
    let is_odd = |byte: &&u8| match **byte {
        b'\r' | b'\n' | 8 | b'\t' | 27 | 12 => false,
        byte => byte < 32 || byte == 127,
    };
    let line_ends = text.iter().filter(|byte| b"\r\n".contains(byte)).count();
    let odd = text.iter().filter(is_odd).count();
    text.contains(&0) || (text.len() - line_ends - odd) / 128 < odd
}

/// `$Id$` and `$Id: …$` within a line get the blob's name; none where there is neither.
fn expand_id(text: &[u8], name: &str) -> Option<Vec<u8>> {
    const START: &[u8] = b"$Id";
    let mut expanded = Vec::new();
    let mut rest = text;
    let mut found = false;
    while let Some(index) = rest.windows(START.len()).position(|window| window == START) {
        let behind = &rest[index + START.len()..];
        let length = match behind.first() {
            Some(b'$') => Some(1),
            Some(b':') => behind
                .iter()
                .position(|byte| b"$\n".contains(byte))
                .filter(|end| behind[*end] == b'$')
                .map(|end| end + 1),
            _ => None,
        };
        expanded.extend_from_slice(&rest[..index + START.len()]);
        rest = behind;
        if let Some(length) = length {
            found = true;
            expanded.extend_from_slice(format!(": {name} $").as_bytes());
            rest = &behind[length..];
        }
    }
    expanded.extend_from_slice(rest);
    found.then_some(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(line_ends: LineEnds, text: &str) -> Option<String> {
        let conversion = Conversion {
            line_ends,
            expands_id: true,
        };
        let converted = conversion.apply(text.as_bytes(), "ab12")?;
        Some(String::from_utf8(converted).unwrap())
    }

    #[test]
    fn line_ends_are_those_that_git_writes() {
        let crlf = |text| convert(LineEnds::Crlf, text);
        let auto = |text| convert(LineEnds::CrlfIfText, text);
        assert_eq!(crlf("a\nb\r\n"), Some("a\r\nb\r\n".to_owned()));
        assert_eq!(crlf("a\r\n"), None);
        assert_eq!(crlf("a\0\n"), Some("a\0\r\n".to_owned()));
        assert_eq!(auto("a\nb\n"), Some("a\r\nb\r\n".to_owned()));
        assert_eq!(auto("a\nb\r\n"), None);
        assert_eq!(auto("a\0\n"), None);
        assert_eq!(convert(LineEnds::Kept, "a\n"), None);
    }

    #[test]
    fn an_id_is_the_blobs_name() {
        assert_eq!(
            convert(LineEnds::Kept, "$Id$ $Id: old $ $Idea$ $Id: open\n$ $Id"),
            Some("$Id: ab12 $ $Id: ab12 $ $Idea$ $Id: open\n$ $Id".to_owned())
        );
    }
}
