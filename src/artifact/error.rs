//! Why a stack could not be rendered.

/// Why a stack could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// A file in the project's `templates/` has no counterpart, so it would be ignored silently.
    #[error("`templates/{path}` replaces no template of stackctl{}", .nearest.map(|near| format!("; did you mean `templates/{near}`?")).unwrap_or_default())]
    UnknownTemplate {
        /// Its path below `templates/`.
        path: String,
        /// The template with the most similar path.
        nearest: Option<&'static str>,
    },
    /// A template does not parse, names a value that its view does not have, or prints one unescaped.
    #[error("`templates/{path}` can't be rendered; see its line {line}")]
    Template {
        /// Its path below `templates/`.
        path: String,
        /// The line at fault, from 1; 0 where the engine does not know it.
        line: usize,
        /// The fault, without the values of the view.
        source: Box<TemplateFault>,
    },
    /// compose.yaml could not be written.
    #[error("compose.yaml can't be written")]
    Yaml(#[source] serde_saphyr::ser::Error),
}

/// What the template engine says, as plain text: its own error would dump the view's values when it is
/// printed with `{:#}` or `{:?}`.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TemplateFault(String);

impl ArtifactError {
    pub(super) fn template(path: &str, error: &minijinja::Error) -> Self {
        Self::Template {
            path: path.to_owned(),
            line: error.line().unwrap_or(0),
            source: Box::new(TemplateFault(format!("{error}"))),
        }
    }
}
