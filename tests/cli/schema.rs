//! `stackctl schema`, and stack.toml.example against it and the parser.

use std::collections::BTreeSet;
use std::fs;

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use crate::harness::{TestStack, repository};

fn schema() -> Value {
    TestStack::empty().run(&["schema"]).success().json()
}

/// A stack.toml as the JSON that an editor checks.
fn json(text: &str) -> Value {
    let (table, errors) = DeTable::parse_recoverable(text);
    assert!(errors.is_empty(), "{errors:?}");
    value(&DeValue::Table(table.into_inner()))
}

fn value(node: &DeValue<'_>) -> Value {
    match node {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => json!(number.as_str().parse::<f64>().unwrap()),
        DeValue::Boolean(value) => Value::from(*value),
        DeValue::Datetime(value) => Value::from(value.to_string()),
        DeValue::Array(items) => items.iter().map(|item| value(item.get_ref())).collect(),
        DeValue::Table(table) => Value::Object(
            table
                .iter()
                .map(|(key, node)| (key.get_ref().to_string(), value(node.get_ref())))
                .collect(),
        ),
    }
}

/// The keywords of JSON Schema that stackctl uses; `check` knows each, so a new one must be taught to it.
const KEYWORDS: [&str; 20] = [
    "$schema",
    "$ref",
    "title",
    "description",
    "default",
    "definitions",
    "type",
    "properties",
    "additionalProperties",
    "required",
    "items",
    "anyOf",
    "allOf",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
];

/// What is wrong with a value. Patterns are held against the parser in `patterns_describe_what_is_read`.
fn check(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let rules = schema
        .as_object()
        .unwrap_or_else(|| panic!("no schema at {path}"));
    let fault = |what: &str| vec![format!("{path}: {what}")];
    for (keyword, rule) in rules {
        assert!(KEYWORDS.contains(&keyword.as_str()), "unknown keyword {keyword}");
        let length = value.as_str().map_or(0, |text| text.chars().count() as u64);
        faults.extend(match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                check(root, root.pointer(pointer).unwrap(), value, path)
            }
            "type" => {
                let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                let fits = types.iter().any(|kind| match kind.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64(),
                    "number" => value.is_number(),
                    other => panic!("unknown type {other}"),
                });
                if fits {
                    Vec::new()
                } else {
                    fault(&format!("not of type {rule}"))
                }
            }
            "enum" if !rule.as_array().unwrap().contains(value) => fault("not among the values"),
            "minLength" if value.is_string() && length < rule.as_u64().unwrap() => fault("too short"),
            "maxLength" if length > rule.as_u64().unwrap() => fault("too long"),
            "minimum" if value.as_f64() < rule.as_f64() && value.is_number() => fault("too small"),
            "maximum" if value.as_f64() > rule.as_f64() => fault("too large"),
            "exclusiveMinimum" if value.as_f64() <= rule.as_f64() && value.is_number() => fault("too small"),
            "required" => {
                let missing = rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|key| value.get(key.as_str().unwrap()).is_none());
                missing.map(|key| format!("{path}: {key} is missing")).collect()
            }
            "allOf" => rule
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|part| check(root, part, value, path))
                .collect(),
            "anyOf" => {
                let fits = rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|part| check(root, part, value, path).is_empty());
                if fits {
                    Vec::new()
                } else {
                    fault("none of the forms")
                }
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                items
                    .flat_map(|(index, item)| check(root, rule, item, &format!("{path}[{index}]")))
                    .collect()
            }
            "properties" => check_properties(root, rules, value, path),
            "additionalProperties" if !rules.contains_key("properties") => {
                let entries = value.as_object().into_iter().flatten();
                entries
                    .flat_map(|(key, value)| check(root, rule, value, &format!("{path}.{key}")))
                    .collect()
            }
            _ => Vec::new(),
        });
    }
    faults
}

fn check_properties(root: &Value, rules: &Map<String, Value>, value: &Value, path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        match rules["properties"].get(key) {
            Some(rule) => faults.extend(check(root, rule, value, &format!("{path}.{key}"))),
            None => faults.push(format!("{path}: unknown key {key}")),
        }
    }
    faults
}

fn faults(text: &str) -> Vec<String> {
    let schema = schema();
    check(&schema, &schema, &json(text), "")
}

fn example() -> String {
    fs::read_to_string(repository().join("stack.toml.example")).unwrap()
}

#[test]
fn the_schema_takes_every_example() {
    let mut texts = vec![("stack.toml.example".into(), example())];
    for entry in fs::read_dir(repository().join("examples")).into_iter().flatten() {
        let path = entry.unwrap().path().join("stack.toml");
        if path.exists() {
            texts.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    for (name, text) in texts {
        assert_eq!(faults(&text), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_schema_refuses_what_a_schema_can() {
    for name in [
        "identifier-too-long",
        "invalid-port",
        "invalid-value",
        "missing-key",
        "missing-key_name",
        "unknown-key",
        "unknown-key_compose",
        "unknown-key_environment",
        "unknown-key_familiar",
        "unknown-key_table",
        "wrong-type",
        "wrong-type_duration",
        "wrong-type_table",
    ] {
        let path = repository().join(format!("tests/invalid/{name}.toml"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(!faults(&text).is_empty(), "{name} passes the schema");
    }
}

#[test]
fn the_default_of_every_key_is_valid_for_it() {
    fn visit(root: &Value, node: &Value, count: &mut usize) {
        // A table that has a key of the name `default` holds a schema there.
        if let Some(default) = node.get("default").filter(|default| !default.is_object()) {
            *count += 1;
            assert_eq!(check(root, node, default, ""), Vec::<String>::new(), "{node}");
        }
        match node {
            Value::Object(object) => object.values().for_each(|value| visit(root, value, count)),
            Value::Array(items) => items.iter().for_each(|value| visit(root, value, count)),
            _ => {}
        }
    }
    let schema = schema();
    let mut count = 0;
    visit(&schema, &schema, &mut count);
    assert!(count > 20, "only {count} defaults");
}

/// Every text that a pattern of the schema allows is one that the parser takes.
#[test]
fn patterns_describe_what_is_read() {
    use stackctl::model::{
        Duration, EnvironmentName, Identifier, Mount, SecretName, ServiceName, Size, StackName,
    };
    use stackctl::model::{VariableName, VolumeName};
    fn hold<T: std::str::FromStr>(pattern: &str, limit: usize) {
        let pattern = pattern.replace('+', "{1,5}").replace('*', "{0,5}");
        let mut runner = TestRunner::deterministic();
        let texts = string_regex(pattern.trim_matches(['^', '$'])).unwrap();
        for _ in 0..200 {
            let text = texts.new_tree(&mut runner).unwrap().current();
            assert!(
                text.len() < 2 || text.len() > limit || text.parse::<T>().is_ok(),
                "{pattern} allows `{text}`"
            );
        }
    }
    hold::<StackName>(StackName::PATTERN, StackName::LIMIT);
    hold::<ServiceName>(ServiceName::PATTERN, ServiceName::LIMIT);
    hold::<VolumeName>(VolumeName::PATTERN, VolumeName::LIMIT);
    hold::<SecretName>(SecretName::PATTERN, SecretName::LIMIT);
    hold::<EnvironmentName>(EnvironmentName::PATTERN, EnvironmentName::LIMIT);
    hold::<Identifier>(Identifier::PATTERN, Identifier::LIMIT);
    hold::<VariableName>(VariableName::PATTERN, VariableName::LIMIT);
    let schema = schema();
    let pattern = |pointer: &str| {
        schema
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    hold::<Duration>(
        &pattern("/definitions/Healthcheck/properties/interval/pattern"),
        100,
    );
    hold::<Size>(&pattern("/definitions/Service/properties/memory/pattern"), 100);
    let mount = pattern("/definitions/Service/properties/volumes/items/pattern");
    hold::<Mount>(&mount.replace("[^:]", "[a-z]"), 100);
}

#[test]
fn the_example_is_valid_in_each_of_its_environments() {
    let stack = TestStack::new(&example());
    for arguments in [&["check"][..], &["check", "--env", "staging"]] {
        let output = stack.run(arguments);
        assert!(
            output.code == 0 || output.stderr.contains("[file-not-found]"),
            "{}",
            output.stderr
        );
        assert!(!output.stderr.contains("warning["), "{}", output.stderr);
    }
}

#[test]
fn the_example_holds_every_key() {
    let schema = schema();
    let example = json(&example());
    let mut wanted = BTreeSet::new();
    let tables = schema["definitions"].as_object().unwrap();
    for (table, definition) in tables.iter().filter(|(table, _)| *table != "Overlay") {
        let keys = definition["properties"].as_object().unwrap().keys();
        wanted.extend(keys.map(|key| (table.as_str(), key.clone())));
    }
    wanted.extend(
        schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(|key| ("StackFile", key.clone())),
    );
    let mut found = BTreeSet::new();
    find_keys(&schema, "StackFile", &schema, &example, &mut found);
    let missing: Vec<_> = wanted
        .iter()
        .filter(|(table, key)| !found.contains(&((*table).to_owned(), key.clone())))
        .collect();
    assert!(missing.is_empty(), "stack.toml.example lacks {missing:?}");
}

/// Walks schema and value together and notes each key by the table that defines it.
fn find_keys(
    root: &Value,
    table: &str,
    schema: &Value,
    value: &Value,
    found: &mut BTreeSet<(String, String)>,
) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap();
        return find_keys(root, name, &root["definitions"][name], value, found);
    }
    for keyword in ["allOf", "anyOf"] {
        for part in schema
            .get(keyword)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            find_keys(root, table, part, value, found);
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for value in values {
            find_keys(root, table, items, value, found);
        }
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        if let Some(property) = schema
            .get("properties")
            .and_then(|properties| properties.get(key))
        {
            found.insert((table.to_owned(), key.clone()));
            find_keys(root, table, property, value, found);
        } else if let Some(other) = schema
            .get("additionalProperties")
            .filter(|other| other.is_object())
        {
            find_keys(root, table, other, value, found);
        }
    }
}
