//! What changes in a file, as `diff -u` writes it.

use std::time::Duration;

use similar::{Algorithm, TextDiff};

use super::plan::{Change, Kind};

/// Two very different texts are told less finely after this, rather than late.
const PATIENCE: Duration = Duration::from_millis(500);

/// A unified diff of one change, ready for `patch -p0` beside the rendered folder; empty where only permissions
/// change.
#[must_use]
pub fn unified(folder: &str, change: &Change) -> String {
    if change.kind == Kind::Mode {
        return String::new();
    }
    let name = format!("{folder}/{}", change.path);
    let side = |content: &Option<Vec<u8>>| match content {
        Some(_) => name.clone(),
        None => "/dev/null".to_owned(),
    };
    let (old_name, new_name) = (side(&change.old), side(&change.new));
    let old = change.old.as_deref().unwrap_or_default();
    let new = change.new.as_deref().unwrap_or_default();
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else {
        return format!("Binary files {old_name} and {new_name} differ\n");
    };
    TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .timeout(PATIENCE)
        .diff_lines(old, new)
        .unified_diff()
        .header(&old_name, &new_name)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(old: Option<&[u8]>, new: Option<&[u8]>) -> Change {
        Change {
            path: "a.conf".to_owned(),
            kind: Kind::Changed,
            old: old.map(<[u8]>::to_vec),
            new: new.map(<[u8]>::to_vec),
            conflict: None,
        }
    }

    #[test]
    fn changes_read_as_diff_writes_them() {
        assert_eq!(
            unified("rendered", &change(Some(b"a\nb\n"), Some(b"a\nc\n"))),
            "--- rendered/a.conf\n+++ rendered/a.conf\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
        );
        assert_eq!(
            unified("rendered", &change(None, Some(b"a\n"))),
            "--- /dev/null\n+++ rendered/a.conf\n@@ -0,0 +1 @@\n+a\n"
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_only_told_to_differ() {
        assert_eq!(
            unified("rendered", &change(Some(b"\xff"), Some(b"a"))),
            "Binary files rendered/a.conf and rendered/a.conf differ\n"
        );
    }
}
