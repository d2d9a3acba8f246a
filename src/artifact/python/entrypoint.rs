//! services/entrypoint.sh, the same for every service: secrets from files into variables, then the program.

use serde::Serialize;

use super::super::File;
use super::super::error::ArtifactError;
use super::super::template::Templates;
use super::ENTRYPOINT_FILE;

/// The entrypoint takes nothing from the stack: what differs between services comes from compose.yaml.
#[derive(Serialize)]
struct Entrypoint {}

/// Renders the entrypoint.
pub fn file(templates: &Templates) -> Result<File, ArtifactError> {
    let text = templates.render("services/entrypoint.sh.j2", &Entrypoint {})?;
    Ok(File::executable(ENTRYPOINT_FILE, text))
}

#[cfg(test)]
mod tests {
    use super::super::super::compose::SECRET_ENV;
    use super::*;

    #[test]
    fn it_reads_the_variable_that_compose_sets() {
        let templates = Templates::new(&std::collections::BTreeMap::new()).unwrap();
        let text = templates
            .render("services/entrypoint.sh.j2", &Entrypoint {})
            .unwrap();
        assert!(text.contains(&format!("in ${{{SECRET_ENV}:-}}; do")));
    }
}
