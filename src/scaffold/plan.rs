//! Which files a new project gets and what they hold. Pure.

use super::template::Template;
use crate::config;
use crate::model::{StackName, TimeZone};

/// What the user chose.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The stack's name.
    pub name: StackName,
    /// Its time zone.
    pub time_zone: TimeZone,
    /// What it begins with.
    pub template: Template,
    /// The name of stack.toml.
    pub file: String,
}

/// Files to be made, none of which may be there, and lines that .gitignore lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Path and content, stack.toml last, so that an interrupted run leaves no project that looks whole.
    pub files: Vec<(String, String)>,
    /// Lines to be added to .gitignore.
    pub ignored: Vec<&'static str>,
}

/// The JSON Schema beside stack.toml, which editors read.
const SCHEMA: &str = "stack.schema.json";
/// What is private to one host: secrets, locks, and the user's own variables.
const IGNORED: [&str; 2] = [".stackctl/", ".env"];
/// Where an example keeps the user's own secrets.
pub(super) const SECRETS: &str = "secrets/";

/// Plans a project; `gitignore` is the text of the one that is there.
#[must_use]
pub fn plan(choice: &Choice, gitignore: &str) -> Plan {
    let mut files = Vec::new();
    let mut stack_toml = None;
    for (path, text) in choice.template.files {
        if *path == "stack.toml" {
            stack_toml = Some((choice.file.clone(), adapted(text, choice)));
        } else {
            files.push(((*path).to_owned(), (*text).to_owned()));
        }
    }
    files.push((SCHEMA.to_owned(), schema()));
    files.extend(stack_toml);
    let holds_secrets = files.iter().any(|(path, _)| path.starts_with(SECRETS));
    let ignored = IGNORED
        .into_iter()
        .chain(holds_secrets.then_some(SECRETS))
        .filter(|line| {
            !gitignore
                .lines()
                .any(|there| there.trim().trim_matches('/') == line.trim_matches('/'))
        })
        .collect();
    Plan { files, ignored }
}

fn schema() -> String {
    format!("{:#}\n", config::json_schema())
}

/// The example's stack.toml with the user's name and time zone, and the line that editors find the schema by.
fn adapted(text: &str, choice: &Choice) -> String {
    let mut lines = vec![format!("#:schema ./{SCHEMA}")];
    for line in text.lines() {
        if line.starts_with("#:schema") || line.starts_with("timezone = ") {
            continue;
        }
        if line.starts_with("name = ") {
            lines.push(format!("name = \"{}\"", choice.name));
            lines.push(format!("timezone = \"{}\"", choice.time_zone));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(template: Template) -> Choice {
        Choice {
            name: "shop".parse().unwrap(),
            time_zone: "Europe/Amsterdam".parse().unwrap(),
            template,
            file: "stack.toml".to_owned(),
        }
    }

    #[test]
    fn every_template_becomes_a_valid_stack_of_the_chosen_name() {
        for template in Template::ALL {
            let plan = plan(&choice(template), "");
            let (_, text) = plan.files.last().unwrap();
            let stack = config::load(text, None).unwrap().stack;
            assert_eq!(
                (stack.name.as_str(), stack.timezone.to_string().as_str()),
                ("shop", "Europe/Amsterdam")
            );
            assert_eq!(text.matches("#:schema").count(), 1);
        }
    }

    #[test]
    fn lines_that_gitignore_has_are_not_added_again() {
        let plan = plan(&choice(Template::ALL[0]), "target\n/.stackctl\n");
        assert_eq!(plan.ignored, [".env"]);
    }
}
