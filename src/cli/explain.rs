//! `stackctl explain CODE`.

use anyhow::anyhow;
use serde_json::json;

use super::Outcome;
use super::failure::Failure;
use crate::diagnostic::{Code, nearest};
use crate::error::ExitCode;
use crate::ui::{Format, Table, Ui};

/// Say more about a problem code, such as `port-clash`; without one, list them
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The code in brackets behind `error`
    code: Option<String>,
}

/// Prints one explanation, or every code.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    match &args.code {
        None => list(ui),
        Some(text) => {
            let code: Code = text.parse().map_err(|()| unknown(text))?;
            let result = json!({ "code": code, "explanation": code.explanation() });
            ui.result(&result, |_| format!("{code}\n\n{}", code.explanation()));
        }
    }
    Ok(ExitCode::Done)
}

fn list(ui: &Ui) {
    if ui.format() == Format::Json {
        ui.json(
            &Code::ALL
                .iter()
                .map(|code| json!({ "code": code, "summary": summary(*code) }))
                .collect::<Vec<_>>(),
        );
        return;
    }
    let mut table = Table::new(["code", "what it is"]);
    for code in Code::ALL {
        table.row([code.to_string(), summary(*code)]);
    }
    ui.data(&table.to_string());
}

/// The first sentence of the explanation.
fn summary(code: Code) -> String {
    let paragraph = code.explanation().split("\n\n").next().unwrap_or_default();
    let line = paragraph.replace('\n', " ");
    let sentence = line.split(". ").next().unwrap_or_default();
    sentence.trim_end_matches(['.', ':']).to_owned()
}

fn unknown(text: &str) -> Failure {
    let hint = match nearest(text, Code::ALL.iter().map(|code| code.as_str())) {
        Some(near) => format!("did you mean `{near}`? Type `stackctl explain {near}`"),
        None => "type `stackctl explain` for all codes".to_owned(),
    };
    Failure::usage(anyhow!("there is no problem code `{text}`")).hint(hint)
}
