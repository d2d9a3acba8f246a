//! `compose` of a service: any keys of the Compose specification.

use serde_json::{Map, Number, Value, json};
use toml::de::DeValue;

use super::problems::{Node, Problems};
use super::read::Read;
use super::scalar::control_character;
use super::secret_in_clear;
use crate::diagnostic::{Code, Diagnostic};

/// Keys and values for Compose, as JSON.
#[derive(Debug, Clone, Default)]
pub struct Passthrough(pub Map<String, Value>);

impl Read for Passthrough {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        problems.table(node)?;
        match value("", node, problems)? {
            Value::Object(table) => Some(Self(table)),
            _ => None,
        }
    }

    fn schema() -> Value {
        json!({ "type": "object" })
    }
}

/// One value below the key of that name. Every problem in it is told before it is given up.
fn value(key: &str, node: &Node<'_>, problems: &mut Problems) -> Option<Value> {
    match node.get_ref() {
        DeValue::String(text) => self::text(key, text, node, problems),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix()).ok();
            if parsed.is_none() {
                problems.push(unfit(node, "the number is too large"));
            }
            parsed.map(Value::from)
        }
        DeValue::Float(number) => {
            let parsed = number.as_str().parse().ok().and_then(Number::from_f64);
            if parsed.is_none() {
                problems.push(unfit(node, "Compose knows no infinite numbers"));
            }
            parsed.map(Value::Number)
        }
        DeValue::Boolean(value) => Some(Value::from(*value)),
        DeValue::Datetime(value) => Some(Value::from(value.to_string())),
        DeValue::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| value(key, item, problems)).collect();
            items.into_iter().collect()
        }
        DeValue::Table(table) => {
            let entries: Vec<_> = table
                .iter()
                .map(|(key, node)| {
                    let name = key.get_ref().to_string();
                    if let Some(problem) = control_character(&name, key.span()) {
                        problems.push(problem);
                    }
                    let value = problems.within(&name, |problems| value(&name, node, problems))?;
                    Some((name, value))
                })
                .collect();
            entries
                .into_iter()
                .collect::<Option<Map<_, _>>>()
                .map(Value::Object)
        }
    }
}

fn text(key: &str, text: &str, node: &Node<'_>, problems: &mut Problems) -> Option<Value> {
    if let Some(problem) = control_character(text, node.span()) {
        problems.push(problem);
        return None;
    }
    if let Some(reason) = secret_in_clear::suspect_compose(key, text) {
        problems.push(
            Diagnostic::error(Code::SecretInClear, node.span(), "a secret stands here in clear")
                .labelled(reason)
                .help("Compose fills in `${NAME}` from `.env` beside stack.toml; better, name it under `[secrets]` and list it in the service's `secrets`"),
        );
        return None;
    }
    Some(Value::from(text))
}

fn unfit(node: &Node<'_>, message: &str) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, node.span(), message).help("write it as text, in quotes")
}
