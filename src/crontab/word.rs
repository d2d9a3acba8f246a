//! A word of a line, and bytes as text that keeps its length.

/// A word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its text; a byte that is not UTF-8 stands as `?`.
    pub(super) text: String,
    /// Its first byte.
    pub(super) start: usize,
    /// The byte behind it.
    pub(super) end: usize,
}

/// The words of a text, which begins at byte 0.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word> {
    let mut next = 0;
    text.split(is_blank).filter_map(move |part| {
        let start = next;
        next += part.len() + 1;
        (!part.is_empty()).then(|| Word {
            text: part.to_owned(),
            start,
            end: start + part.len(),
        })
    })
}

/// What cron takes as the space between words.
pub(super) fn is_blank(character: char) -> bool {
    character == ' ' || character == '\t'
}

/// What to do about a space in a word, which looks like one between words and is none.
pub(super) fn strange_space(word: &str) -> Option<&'static str> {
    let is_strange =
        |character: char| character.is_whitespace() || matches!(character, '\u{200b}' | '\u{feff}');
    word.contains(is_strange)
        .then_some("it holds a space of another kind, as copying from a page brings; write a plain one")
}

/// Bytes as text of the same length, so that places in it stay true: a byte that is not UTF-8 becomes `?`.
pub(super) fn legible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}
