//! Diagnostics as a program reads them.

use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, position};

/// All of them for a program.
pub fn to_json(path: &str, text: &str, diagnostics: &[&Diagnostic]) -> Value {
    let list: Vec<Value> = diagnostics
        .iter()
        .map(|diagnostic| {
            let (line, column) = position(text, diagnostic.start());
            json!({
                "code": diagnostic.code,
                "severity": diagnostic.severity,
                "file": path,
                "line": line,
                "column": column,
                "key": diagnostic.key,
                "message": diagnostic.message,
                "labels": diagnostic.labels.iter().map(|label| json!({
                    "start": label.span.start, "end": label.span.end, "text": label.text,
                })).collect::<Vec<_>>(),
                "help": diagnostic.help,
            })
        })
        .collect();
    json!({ "diagnostics": list })
}
