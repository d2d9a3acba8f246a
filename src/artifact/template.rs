//! Text files from templates: the built-in ones, or the project's own of the same path.
//!
//! In: a template's path and its view. Out: text. A name the view does not have is an error, and so is a value
//! that is printed without the escaping filter of its kind of file.

pub mod builtin;
mod escape;

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::error::ArtifactError;
use crate::diagnostic::nearest;

/// The templates of one render.
pub struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    /// The built-in templates with the project's own laid over them.
    pub fn new(overrides: &BTreeMap<String, String>) -> Result<Self, ArtifactError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()
                .expect("the default delimiters are valid"),
        );
        environment.set_auto_escape_callback(|_| AutoEscape::Custom("filter".into()));
        environment.set_formatter(escape::write_escaped);
        escape::add_filters(&mut environment);
        for (path, source) in builtin::ALL {
            if !overrides.contains_key(path) {
                environment
                    .add_template(path, source)
                    .map_err(|error| ArtifactError::template(path, &error))?;
            }
        }
        for (path, source) in overrides {
            let known = || builtin::ALL.map(|(path, _)| path);
            if !known().contains(&path.as_str()) {
                return Err(ArtifactError::UnknownTemplate {
                    path: path.clone(),
                    nearest: nearest(path, known()).and_then(|near| known().into_iter().find(|k| *k == near)),
                });
            }
            environment
                .add_template_owned(path.clone(), source.clone())
                .map_err(|error| ArtifactError::template(path, &error))?;
        }
        Ok(Self { environment })
    }

    /// The text of one template.
    pub fn render(&self, path: &str, view: &impl Serialize) -> Result<String, ArtifactError> {
        let fault = |error: &minijinja::Error| ArtifactError::template(path, error);
        let template = self
            .environment
            .get_template(path)
            .map_err(|error| fault(&error))?;
        template
            .render(Value::from(Serde(view)))
            .map_err(|error| fault(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct View {
        name: &'static str,
    }

    fn render(source: &str) -> Result<String, String> {
        let overrides = [("postgres/pg_hba.conf.j2".to_owned(), source.to_owned())].into();
        let text = |error: ArtifactError| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", cause.unwrap_or_default())
        };
        Templates::new(&overrides)
            .and_then(|templates| templates.render("postgres/pg_hba.conf.j2", &View { name: "a b" }))
            .map_err(text)
    }

    #[test]
    fn a_value_without_a_filter_is_an_error() {
        assert_eq!(render("{{ name | sh }}"), Ok("'a b'".to_owned()));
        let message = render("\n{{ name }}").unwrap_err();
        assert!(
            message.starts_with("`templates/postgres/pg_hba.conf.j2` can't be rendered; see its line 2: "),
            "{message}"
        );
        assert!(message.contains("escaping filter"), "{message}");
        assert!(!message.contains("a b"), "{message}");
    }

    #[test]
    fn a_name_that_the_view_lacks_is_an_error() {
        assert!(render("{{ nam | sh }}").unwrap_err().contains("undefined"));
        assert!(
            render("{% if nam %}x{% endif %}")
                .unwrap_err()
                .contains("undefined")
        );
        assert!(render("{{ name | sh").unwrap_err().contains("line 1"));
    }

    #[test]
    fn a_template_that_replaces_nothing_names_the_nearest() {
        let overrides = [("postgres/pg_hb.conf.j2".to_owned(), String::new())].into();
        let error = Templates::new(&overrides).map(|_| ()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`templates/postgres/pg_hb.conf.j2` replaces no template of stackctl; did you mean `templates/postgres/pg_hba.conf.j2`?"
        );
    }
}
