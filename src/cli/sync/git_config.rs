//! Settings of git in one text: `section.name:value,"section.a:b.name":"value"`.

use std::iter::Peekable;
use std::str::Chars;

/// Reads names and values.
pub fn read(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut settings = Vec::new();
    let mut rest = text.chars().peekable();
    while rest.peek().is_some() {
        let name = name(&mut rest)?;
        let value = value(&mut rest, &name)?;
        settings.push((name, value));
    }
    Ok(settings)
}

/// The names in the text, as they may be seen.
pub fn names(text: &str) -> String {
    match read(text) {
        Ok(settings) => settings
            .iter()
            .map(|(name, _)| format!("{name}:***"))
            .collect::<Vec<_>>()
            .join(","),
        Err(_) => "***".to_owned(),
    }
}

fn name(rest: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    if rest.next_if_eq(&'"').is_some() {
        let name = quoted(rest)?;
        return match rest.next() {
            Some(':') => Ok(name),
            _ => Err(format!("a colon must follow `\"{name}\"`")),
        };
    }
    let mut name = String::new();
    for c in rest.by_ref() {
        if c == ':' {
            return Ok(name);
        }
        name.push(c);
    }
    Err(format!("`{name}` has no value: write `name:value`"))
}

fn value(rest: &mut Peekable<Chars<'_>>, name: &str) -> Result<String, String> {
    if rest.peek().is_none() {
        return Err(format!("`{name}` has no value: write `name:value`"));
    }
    if rest.next_if_eq(&'"').is_some() {
        let value = quoted(rest)?;
        return match rest.next() {
            None | Some(',') => Ok(value),
            Some(_) => Err(format!("a comma must follow the value of `{name}`")),
        };
    }
    let mut value = String::new();
    while let Some(c) = rest.next() {
        match c {
            '\\' => value.push(escaped(rest)?),
            ',' => break,
            _ => value.push(c),
        }
    }
    Ok(value)
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        match c {
            '\\' => text.push(escaped(rest)?),
            '"' => return Ok(text),
            _ => text.push(c),
        }
    }
    Err("a closing quote is missing".to_owned())
}

fn escaped(rest: &mut Peekable<Chars<'_>>) -> Result<char, String> {
    match rest.next() {
        Some('n') => Ok('\n'),
        Some('t') => Ok('\t'),
        Some(c @ ('"' | ',' | '\\')) => Ok(c),
        Some(c) => Err(format!(
            "`\\{c}` is not understood; write \\n, \\t, \\\", \\, or \\\\"
        )),
        None => Err("nothing follows the last backslash".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read() {
        for (text, expected) in [
            ("", &[][..]),
            ("a.b:c", &[("a.b", "c")]),
            ("a.b:c,d.e:f", &[("a.b", "c"), ("d.e", "f")]),
            ("a.b:c,", &[("a.b", "c")]),
            ("a.b:c:d", &[("a.b", "c:d")]),
            (
                r#""http.https://x/.proxy":"p:1,2",a.b:x\,y\n\t\\\""#,
                &[("http.https://x/.proxy", "p:1,2"), ("a.b", "x,y\n\t\\\"")],
            ),
            (r#"a.b:"""#, &[("a.b", "")]),
            ("safe.directory:*", &[("safe.directory", "*")]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect();
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_refused() {
        for text in [
            "a.b",
            "a.b:",
            r#""a.b":"#,
            r#""a.b"x:c"#,
            r#""a.b"#,
            r#"a.b:"c"d"#,
            r"a.b:\x",
            "a.b:\\",
            r#"a.b:"c"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_hidden() {
        assert_eq!(
            names("http.extraHeader:Authorization: x,a.b:c"),
            "http.extraHeader:***,a.b:***"
        );
        assert_eq!(names("broken"), "***");
    }
}
