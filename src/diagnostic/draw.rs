//! A diagnostic with its line and carets, for people.

use std::borrow::Cow;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Code, Diagnostic, Label, Severity, Span, position};

/// One diagnostic with the line it is about, carets and help.
#[must_use]
pub fn draw(path: &str, text: &str, diagnostic: &Diagnostic, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    // Only the lines that are shown are handed over: drawing would look through the whole file for each problem.
    let window = window(text, &diagnostic.labels);
    let (line, _) = position(text, window.start);
    let (primary, context) = diagnostic
        .labels
        .split_first()
        .map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
    let annotations = primary
        .map(|label| (AnnotationKind::Primary, label))
        .into_iter()
        .chain(context.iter().map(|label| (AnnotationKind::Context, label)))
        .map(|(kind, label)| {
            let annotation = kind.span(within(text, &label.span, window.start));
            if label.text.is_empty() {
                annotation
            } else {
                annotation.label(label.text.as_str())
            }
        });
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.as_str());
    let annotations: Vec<_> = annotations.collect();
    let mut groups: Vec<Group<'_>> = vec![if annotations.is_empty() {
        title.element(Origin::path(path))
    } else {
        let mut source = Cow::Borrowed(&text[window.clone()]);
        if let (Code::SecretInClear, Some(label)) = (diagnostic.code, primary) {
            source = Cow::Owned(masked(&source, &within(text, &label.span, window.start)));
        }
        let snippet = Snippet::source(source).path(path).line_start(line);
        title.element(snippet.annotations(annotations))
    }];
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

/// The whole lines that hold every label.
fn window(text: &str, labels: &[Label]) -> Span {
    let first = labels.iter().map(|label| label.span.start).min().unwrap_or(0);
    let last = labels.iter().map(|label| label.span.end).max().unwrap_or(0);
    let before = text.get(..first).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let end = text.get(last..).and_then(|rest| rest.find('\n'));
    start..end.map_or(text.len(), |newline| last + newline)
}

/// The lines with asterisks in place of a secret, because what is printed ends in logs. No byte moves.
fn masked(source: &str, secret: &Span) -> String {
    let hidden = |index: usize, c: char| secret.contains(&index) && !matches!(c, '"' | '\'' | '\n' | '\r');
    source
        .char_indices()
        .map(|(index, c)| {
            if hidden(index, c) {
                "*".repeat(c.len_utf8())
            } else {
                c.to_string()
            }
        })
        .collect()
}

/// A span inside the lines that begin at `start`; an end of file has no byte to point to.
fn within(text: &str, span: &Span, start: usize) -> Span {
    span.start.min(text.len()) - start..span.end.min(text.len()) - start
}
