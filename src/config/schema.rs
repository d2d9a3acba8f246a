//! The JSON Schema of stack.toml, made from the same definitions that read it.

use serde_json::{Value, json};

use super::read::Read;
use super::stack_file::StackFile;

/// The whole schema, for `stackctl schema`.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "stack.toml",
    });
    if let (Value::Object(target), Value::Object(file)) = (&mut schema, StackFile::schema()) {
        target.extend(file);
    }
    schema
}

/// A schema with the lines of a documentation comment as its description.
pub fn described(mut schema: Value, documentation: &[&str]) -> Value {
    if let Value::Object(object) = &mut schema {
        let text = documentation
            .iter()
            .map(|line| line.trim())
            .collect::<Vec<_>>()
            .join(" ");
        object.insert("description".to_owned(), Value::from(text.trim()));
    }
    schema
}

/// The schema of a table with these keys and no others.
pub fn object<const N: usize>(documentation: &[&str], properties: [(&str, Value); N]) -> Value {
    let properties: serde_json::Map<String, Value> = properties
        .into_iter()
        .map(|(key, schema)| (key.to_owned(), schema))
        .collect();
    described(
        json!({ "type": "object", "additionalProperties": false, "properties": properties }),
        documentation,
    )
}
