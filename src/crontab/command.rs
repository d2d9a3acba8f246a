//! The command of a line: what the shell gets, and what its standard input holds.

/// Splits at the first `%`, as cron does: behind it stands the standard input, in which a further `%` is a new line.
/// `\%` is the sign itself. Any other backslash stays.
pub(super) fn split(text: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut command = Vec::with_capacity(text.len());
    let mut is_escaped = false;
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'%' if is_escaped => {
                command.pop();
                command.push(b'%');
                is_escaped = false;
            }
            b'%' => return (command, Some(input(&text[index + 1..]))),
            _ => {
                command.push(*byte);
                is_escaped = *byte == b'\\' && !is_escaped;
            }
        }
    }
    (command, None)
}

/// The standard input, which ends with a new line unless it is empty. Here a backslash escapes only a `%`, so two of
/// them before one are a backslash and the sign.
fn input(text: &[u8]) -> Vec<u8> {
    let mut input = Vec::with_capacity(text.len() + 1);
    for byte in text {
        match byte {
            b'%' if input.last() == Some(&b'\\') => {
                input.pop();
                input.push(b'%');
            }
            b'%' => input.push(b'\n'),
            _ => input.push(*byte),
        }
    }
    if input.last().is_some_and(|last| *last != b'\n') {
        input.push(b'\n');
    }
    input
}
