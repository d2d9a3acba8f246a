//! The JSON Schema of stack.toml, made from the same definitions that read it.

use serde_json::{Map, Value, json};

use super::read::Read;
use super::stack_file::StackFile;

/// Marks the schema of a table with its name until it is moved to `definitions`.
const NAME: &str = "x-definition";

/// The whole schema, for `stackctl schema`.
#[must_use]
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    let mut file = StackFile::schema();
    if let Value::Object(file) = &mut file {
        file.remove(NAME);
    }
    name_tables(&mut file, &mut definitions);
    let mut overlay = file.clone();
    if let Value::Object(overlay) = &mut overlay {
        overlay.insert(
            "description".to_owned(),
            Value::from("The same tables, laid over the others key by key."),
        );
    }
    if let Some(properties) = overlay.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("environments");
    }
    definitions.insert("Overlay".to_owned(), overlay);
    if let Some(stack) = file
        .pointer_mut("/properties/stack")
        .and_then(Value::as_object_mut)
    {
        stack.insert("required".to_owned(), json!(["name"]));
    }
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "stack.toml",
        "required": ["stack"],
    });
    if let (Value::Object(target), Value::Object(file)) = (&mut schema, file) {
        target.extend(file);
        target.insert("definitions".to_owned(), Value::Object(definitions));
    }
    schema
}

/// Moves every named table into `definitions` and leaves a reference to it.
fn name_tables(schema: &mut Value, definitions: &mut Map<String, Value>) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| name_tables(item, definitions)),
        Value::Object(object) => {
            object
                .values_mut()
                .for_each(|value| name_tables(value, definitions));
            let Some(Value::String(name)) = object.remove(NAME) else {
                return;
            };
            // Beside `$ref` draft-07 ignores everything, so a key's own description needs `allOf`.
            let reference = json!({ "$ref": format!("#/definitions/{name}") });
            let own = object.remove(OWN_DESCRIPTION);
            let table = std::mem::take(object);
            definitions.entry(name).or_insert(Value::Object(table));
            *schema = match own {
                Some(description) => json!({ "description": description, "allOf": [reference] }),
                None => reference,
            };
        }
        _ => {}
    }
}

/// What a key says about the table it holds, kept apart until the table is moved.
const OWN_DESCRIPTION: &str = "x-description";

/// A key's schema with its documentation comment as description, and the default that the comment names.
pub fn described(mut schema: Value, documentation: &[&str]) -> Value {
    let text = joined(documentation);
    if let Value::Object(object) = &mut schema {
        if let Some(default) = default(&text) {
            object.insert("default".to_owned(), default);
        }
        let key = if object.contains_key(NAME) {
            OWN_DESCRIPTION
        } else {
            "description"
        };
        object.insert(key.to_owned(), Value::from(text));
    }
    schema
}

/// The schema of a table with these keys and no others.
pub fn object<const N: usize>(name: &str, documentation: &[&str], properties: [(&str, Value); N]) -> Value {
    let properties: Map<String, Value> = properties
        .into_iter()
        .map(|(key, schema)| (key.to_owned(), schema))
        .collect();
    json!({
        (NAME): name,
        "description": joined(documentation),
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn joined(documentation: &[&str]) -> String {
    let lines: Vec<&str> = documentation.iter().map(|line| line.trim()).collect();
    lines.join(" ")
}

/// The value behind "Default:" where it stands in backticks; a number or boolean as such.
fn default(documentation: &str) -> Option<Value> {
    let (_, rest) = documentation.split_once("Default: `")?;
    let (text, _) = rest.split_once('`')?;
    Some(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
}
