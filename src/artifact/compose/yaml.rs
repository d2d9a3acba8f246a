//! A tree -> YAML text with comments.
//!
//! Keys and values are written by serde-saphyr, which quotes what any YAML reader could take for something
//! else. The lines are put together here, because its own comments stand between a key and its value.

use serde::Serialize;
use serde_json::Value;
use serde_saphyr::ser::Error;

use super::comment::Comments;

const HEADER: &str = "\
# Rendered by stackctl from stack.toml. A change made here is refused by the next render:
# edit stack.toml, then type `stackctl render`. Keys that stackctl does not know go under
# `[services.NAME.compose]`.
";

/// Writes the whole file.
pub fn write(tree: &Value) -> Result<String, Error> {
    let mut writer = Writer {
        text: HEADER.to_owned(),
        path: Vec::new(),
        comments: Comments::default(),
    };
    writer.map(tree)?;
    Ok(writer.text)
}

struct Writer {
    text: String,
    /// The keys from the top to the one being written.
    path: Vec<String>,
    comments: Comments,
}

impl Writer {
    fn map(&mut self, tree: &Value) -> Result<(), Error> {
        for (key, value) in tree.as_object().into_iter().flatten() {
            self.path.push(key.clone());
            self.entry(key, value)?;
            self.path.pop();
        }
        Ok(())
    }

    fn entry(&mut self, key: &str, value: &Value) -> Result<(), Error> {
        let depth = self.path.len();
        // Sections, and the members of each, stand apart.
        let is_member = depth == 2 && self.path[0] == "services" && !self.text.ends_with("services:\n");
        if depth == 1 || is_member {
            self.text.push('\n');
        }
        if let Some(comment) = self.comments.take(&self.path, value) {
            for line in comment.lines() {
                self.line(&format!("# {line}"));
            }
        }
        match value {
            Value::Object(entries) if !entries.is_empty() => {
                let key = scalar(&Value::from(key))?;
                self.line(&format!("{key}:"));
                self.map(value)
            }
            _ => {
                for line in scalar(&one(key, value))?.lines() {
                    self.line(line);
                }
                Ok(())
            }
        }
    }

    fn line(&mut self, line: &str) {
        let indent = 2 * (self.path.len() - 1);
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(line);
        self.text.push('\n');
    }
}

fn one(key: &str, value: &Value) -> Value {
    Value::Object([(key.to_owned(), value.clone())].into_iter().collect())
}

/// Without block scalars every scalar is one line, so that lines can be indented.
fn scalar(value: &impl Serialize) -> Result<String, Error> {
    let options = serde_saphyr::ser_options! {
        prefer_block_scalars: false,
        compact_list_indent: false,
    };
    serde_saphyr::to_string_with_options(value, options).map(|text| text.trim_end_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_scalar_stays_on_its_line_and_keeps_its_type() {
        let tree = json!({
            "name": "yes",
            "list": ["- x", { "a": 1, "b": ["2024-01-01", "1_000"] }],
            "empty": {},
            "none": null,
            "1_0": { "deep": "two\nlines " },
        });
        assert_eq!(
            write(&tree).unwrap().strip_prefix(HEADER).unwrap(),
            "\nname: \"yes\"\n\nlist:\n  - \"- x\"\n  - a: 1\n    b:\n      - \"2024-01-01\"\n      - \"1_000\"\n\nempty: {}\n\nnone: null\n\n\"1_0\":\n  deep: \"two\\nlines \"\n"
        );
    }
}
