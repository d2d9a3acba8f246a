//! Which of a server's references a name means. Pure.

/// The forms that git tries, in its order: a tag before a branch.
const RULES: [(&str, &str); 6] = [
    ("", ""),
    ("refs/", ""),
    ("refs/tags/", ""),
    ("refs/heads/", ""),
    ("refs/remotes/", ""),
    ("refs/remotes/", "/HEAD"),
];

/// The full name of the first reference that `name` can mean.
pub fn resolve<'a>(name: &str, listed: &[&'a str]) -> Option<&'a str> {
    let name = if name.is_empty() { "HEAD" } else { name };
    RULES.iter().find_map(|(prefix, suffix)| {
        let full = format!("{prefix}{name}{suffix}");
        listed.iter().copied().find(|listed| *listed == full)
    })
}

/// Whether the name is that of an object itself.
pub fn is_object_name(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_they_mean_to_git() {
        let listed = [
            "HEAD",
            "refs/heads/main",
            "refs/heads/v1",
            "refs/tags/v1",
            "refs/pull/1/head",
            "refs/heads/heads/main",
        ];
        let cases = [
            ("HEAD", Some("HEAD")),
            ("", Some("HEAD")),
            ("main", Some("refs/heads/main")),
            ("v1", Some("refs/tags/v1")),
            ("heads/v1", Some("refs/heads/v1")),
            ("heads/main", Some("refs/heads/main")),
            ("tags/v1", Some("refs/tags/v1")),
            ("refs/pull/1/head", Some("refs/pull/1/head")),
            ("pull/1/head", Some("refs/pull/1/head")),
            ("none", None),
        ];
        for (name, full) in cases {
            assert_eq!(resolve(name, &listed), full, "{name}");
        }
    }
}
