//! Paths as the builder sees them, from the folder of stack.toml.

/// The path without `.` and doubled slashes; empty for the folder itself.
pub fn normal(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_in_one_form() {
        for (path, shown) in [
            (".", ""),
            ("./", ""),
            ("./api//src/", "api/src"),
            ("a.py", "a.py"),
        ] {
            assert_eq!(normal(path), shown);
        }
    }
}
