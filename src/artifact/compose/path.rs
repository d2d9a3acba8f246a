//! Paths of compose.yaml, which are relative to the rendered folder.

/// A path relative to stack.toml, or an absolute one, as Compose must find it.
pub fn from_rendered(path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    std::iter::once("..").chain(parts).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_at_the_project() {
        for (path, shown) in [
            (".", ".."),
            ("./data/", "../data"),
            ("../photos", "../../photos"),
            ("/srv/data", "/srv/data"),
        ] {
            assert_eq!(from_rendered(path), shown);
        }
    }
}
