//! Settings of git as the text of a configuration file.

use std::fmt::Write;

/// The text of settings, each a name such as `http.https://host/.sslVerify` and a value. A later setting of the same
/// name takes the place of the earlier one. An error is the name that git would not understand.
pub fn text(settings: &[(String, String)]) -> Result<String, String> {
    let mut text = String::new();
    for (index, (name, value)) in settings.iter().enumerate() {
        let is_replaced = settings[index + 1..].iter().any(|(later, _)| later == name);
        if !is_replaced {
            let (section, subsection, key) = split(name).ok_or_else(|| name.clone())?;
            let header = subsection.map_or_else(
                || format!("[{section}]"),
                |subsection| format!("[{section} \"{}\"]", escape(subsection)),
            );
            writeln!(text, "{header}\n\t{key} = \"{}\"", escape_value(value))
                .expect("writing to a string succeeds");
        }
    }
    Ok(text)
}

fn split(name: &str) -> Option<(&str, Option<&str>, &str)> {
    let (section, _) = name.split_once('.')?;
    let (front, key) = name.rsplit_once('.')?;
    let subsection = front.strip_prefix(section)?.strip_prefix('.');
    let is_word = |word: &str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_section = !section.is_empty() && is_word(section);
    let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic()) && is_word(key);
    let is_subsection = subsection.is_none_or(|text| !text.contains(['\n', '\0']));
    (is_section && is_key && is_subsection).then_some((section, subsection, key))
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn escape_value(text: &str) -> String {
    escape(text).replace('\n', "\\n").replace('\t', "\\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(settings: &[(&str, &str)]) -> Result<String, String> {
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        text(&settings)
    }

    #[test]
    fn settings_are_quoted_and_the_last_of_a_name_counts() {
        assert_eq!(
            of(&[
                ("gc.auto", "0"),
                ("http.https://a.b/c.sslVerify", "a \"b\" \\ \n;#"),
                ("gc.auto", "1"),
            ])
            .unwrap(),
            "[http \"https://a.b/c\"]\n\tsslVerify = \"a \\\"b\\\" \\\\ \\n;#\"\n[gc]\n\tauto = \"1\"\n"
        );
    }

    #[test]
    fn a_name_that_git_refuses_is_named() {
        for name in ["auto", ".auto", "gc.", "gc.1a", "g c.auto", "a.b\nc.d"] {
            assert_eq!(of(&[(name, "x")]), Err(name.to_owned()));
        }
    }
}
