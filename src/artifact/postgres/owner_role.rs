//! The role that owns what is in a schema.

use super::super::sha256;
use crate::model::Identifier;

/// Bytes an identifier of the server may have.
const LIMIT: usize = 63;

/// The role's name: no service is called so, because of the colon.
#[must_use]
pub fn name(schema: &Identifier) -> String {
    let name = format!("own:{schema}");
    if name.len() <= LIMIT {
        return name;
    }
    let hash = sha256::hexadecimal([schema.as_str().as_bytes()]);
    format!("{}~{}", &name[..LIMIT - 9], &hash[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        assert_eq!(name(&"main".parse().unwrap()), "own:main");
        let (a, b) = ("a".repeat(62) + "a", "a".repeat(62) + "b");
        let (a, b) = (name(&a.parse().unwrap()), name(&b.parse().unwrap()));
        assert_eq!((a.len(), b.len()), (LIMIT, LIMIT));
        assert_ne!(a, b);
    }
}
