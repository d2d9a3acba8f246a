//! Hashes as text.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// SHA-256 of several texts, each with its length before it, in hexadecimal digits.
pub fn hexadecimal<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // Without the length, `ab` + `c` and `a` + `bc` would be the same.
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let one: [&[u8]; 2] = [b"ab", b"c"];
        let other: [&[u8]; 2] = [b"a", b"bc"];
        assert_ne!(hexadecimal(one), hexadecimal(other));
        assert_eq!(hexadecimal(one).len(), 64);
    }
}
