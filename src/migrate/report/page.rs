//! A report of a run -> one HTML page that needs nothing else: no network, no other file.
//!
//! Every value is escaped by the template engine. Values stand only in text and in quoted attributes, never in a
//! script or a style.

mod plot;
mod view;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use super::run_report::RunReport;

/// The page's text. Not among the templates of rendered files, which a project may replace.
const TEMPLATE: &str = include_str!("page/page.html.j2");

/// The page.
#[must_use]
pub fn page(report: &RunReport) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .expect("the default delimiters are valid"),
    );
    environment
        .add_template("page", TEMPLATE)
        .and_then(|()| environment.get_template("page"))
        .and_then(|template| template.render(Value::from(Serde(&view::view(report)))))
        .expect("the template and its view are both built in and fit; a test renders every part")
}
