//! The length of PostgreSQL's names.

use sha2::{Digest, Sha256};

use super::hexadecimal::hexadecimal;

/// Bytes that a name may have; the server would cut off the rest.
pub const LONGEST: usize = 63;

/// The name itself, or where it is too long its beginning with the mark of its source.
#[must_use]
pub fn shortened(wanted: &str, source: &str) -> String {
    if wanted.len() <= LONGEST {
        wanted.to_owned()
    } else {
        marked(wanted, source)
    }
}

/// The beginning of a name, cut at a character, with a mark that names of other sources do not have.
#[must_use]
pub fn marked(wanted: &str, source: &str) -> String {
    let mark = hexadecimal(&Sha256::digest(source.as_bytes())[..4]);
    let end = (0..=(LONGEST - 1 - mark.len()).min(wanted.len()))
        .rev()
        .find(|end| wanted.is_char_boundary(*end))
        .expect("0 is a boundary");
    format!("{}_{mark}", &wanted[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_long_name_is_cut_at_a_character_and_told_apart() {
        let fits = "x".repeat(LONGEST);
        assert_eq!(shortened(&fits, &fits), fits);
        let long = "ж".repeat(40);
        let short = shortened(&long, &long);
        assert!(short.len() <= LONGEST && short.starts_with("жж"), "{short}");
        assert_ne!(short, shortened(&long, "another"));
    }
}
