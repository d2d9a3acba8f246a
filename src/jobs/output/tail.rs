//! The last lines of a run, for its record and for what is recognised in them.

use std::collections::VecDeque;

const LINES: usize = 20;
const LONGEST: usize = 300;

/// A few lines, each shortened, whatever is printed.
#[derive(Debug, Default)]
pub struct Tail(VecDeque<Vec<u8>>);

impl Tail {
    /// Takes a line; empty ones say nothing.
    pub fn push(&mut self, line: &[u8]) {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            return;
        }
        let mut kept = if self.0.len() == LINES {
            self.0.pop_front().unwrap_or_default()
        } else {
            Vec::new()
        };
        kept.clear();
        kept.extend_from_slice(&line[..line.len().min(LONGEST)]);
        self.0.push_back(kept);
    }

    /// The lines, the last one last. Control characters are left out: these lines are drawn in terminals.
    pub fn lines(&self) -> Vec<String> {
        let printable = |line: &Vec<u8>| {
            let text = String::from_utf8_lossy(line);
            text.chars()
                .map(|c| if c == '\t' { ' ' } else { c })
                .filter(|c| !c.is_control())
                .collect()
        };
        self.0.iter().map(printable).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_kept_and_they_are_printable() {
        let mut tail = Tail::default();
        for number in 0..100 {
            tail.push(format!("line {number}").as_bytes());
        }
        tail.push(b"  \r");
        tail.push(b"\x1b[31mred\x07\tend\r");
        tail.push(&[b'x'; 1000]);
        let lines = tail.lines();
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines[LINES - 2], "[31mred end");
        assert_eq!(lines[LINES - 1].len(), LONGEST);
        assert_eq!(lines[0], "line 82");
    }
}
