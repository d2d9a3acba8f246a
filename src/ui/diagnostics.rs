//! Diagnostics as a person or a program reads them.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Severity, position};

/// One diagnostic with the line it is about, carets and help.
pub fn draw(path: &str, text: &str, diagnostic: &Diagnostic, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let (primary, context) = diagnostic
        .labels
        .split_first()
        .map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
    let annotations = primary
        .map(|label| (AnnotationKind::Primary, label))
        .into_iter()
        .chain(context.iter().map(|label| (AnnotationKind::Context, label)))
        .map(|(kind, label)| {
            let annotation = kind.span(within(text, &label.span));
            if label.text.is_empty() {
                annotation
            } else {
                annotation.label(label.text.as_str())
            }
        });
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.as_str());
    let mut groups: Vec<Group<'_>> =
        vec![title.element(Snippet::source(text).path(path).annotations(annotations))];
    if let Some(help) = &diagnostic.help {
        groups.push(Group::with_title(Level::HELP.secondary_title(help.as_str())));
    }
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.decor_style(DecorStyle::Ascii).render(&groups)
}

/// A span that ends inside the text: an end of file has no byte to point to.
fn within(text: &str, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    span.start.min(text.len())..span.end.min(text.len())
}

/// All of them for a program.
pub fn to_json(path: &str, text: &str, diagnostics: &[Diagnostic]) -> Value {
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
