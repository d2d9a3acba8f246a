//! Views and triggers.

use super::ObjectPlan;
use super::draft::{Draft, Remarks};
use super::names::Names;
use crate::migrate::ddl;

/// Views and triggers in the order in which they are made.
pub(super) fn objects(draft: &mut Draft<'_>, remarks: &mut Remarks) -> Vec<ObjectPlan> {
    let mut objects = views(draft, remarks);
    objects.extend(triggers(draft, remarks));
    objects
}

fn views(draft: &mut Draft<'_>, remarks: &mut Remarks) -> Vec<ObjectPlan> {
    let views = &draft.seen.catalog.views;
    let mut objects = Vec::new();
    for (place, translated) in ddl::views(views, &mut draft.shape) {
        let source = views[place].name.clone();
        match translated {
            Ok(statements) => objects.push(ObjectPlan {
                kind: "view".to_owned(),
                source,
                statements,
            }),
            Err(error) => remarks.left("view", source, error.to_string()),
        }
    }
    objects
}

fn triggers(draft: &Draft<'_>, remarks: &mut Remarks) -> Vec<ObjectPlan> {
    let mut names = Names::new(draft.shape.folded);
    let mut objects = Vec::new();
    for trigger in &draft.seen.catalog.triggers {
        let name = names.take(&trigger.name);
        match ddl::trigger(trigger, &name, &draft.shape) {
            Ok(statements) => objects.push(ObjectPlan {
                kind: "trigger".to_owned(),
                source: trigger.name.clone(),
                statements,
            }),
            Err(error) => remarks.left(
                "trigger",
                format!("{}: {}", trigger.table, trigger.name),
                error.to_string(),
            ),
        }
    }
    objects
}
