//! The plan as a script that `psql` runs: everything but the data.

use super::{FilePlan, Step, TablePlan};
use crate::migrate::ddl::{literal, quoted};

/// All statements of a plan, in the order in which they are run. `schema` is where they make things, and need not be the
/// plan's own.
#[must_use]
pub fn sql(plan: &FilePlan, schema: &str) -> String {
    let quoted_schema = quoted(schema);
    let mut script = Script {
        schema: &quoted_schema,
        text: String::new(),
    };
    script.comment(&format!("{} as the schema {schema}", plan.path));
    script.statement("create schema if not exists {schema}");
    script.section("tables", plan.tables.iter().map(|table| table.create.as_str()));
    let steps = |steps: fn(&TablePlan) -> &Vec<Step>| plan.tables.iter().flat_map(steps);
    let indexes = steps(|table| &table.indexes);
    script.section(
        "keys and indexes, after the data",
        indexes.map(|step| step.sql.as_str()),
    );
    let keys = steps(|table| &table.foreign_keys);
    script.section("foreign keys", keys.map(|step| step.sql.as_str()));
    let sequences = sequences(plan, schema);
    script.section(
        "the next number of each identity column",
        sequences.iter().map(String::as_str),
    );
    script.objects(plan);
    script.left(plan);
    script.text
}

struct Script<'s> {
    schema: &'s str,
    text: String,
}

impl Script<'_> {
    fn comment(&mut self, text: &str) {
        // A line break would end the comment.
        for line in text.split(['\n', '\r']) {
            self.text.push_str("-- ");
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    fn statement(&mut self, sql: &str) {
        self.text.push_str(&sql.replace("{schema}", self.schema));
        self.text.push_str(";\n");
    }

    fn section<'t>(&mut self, title: &str, statements: impl Iterator<Item = &'t str>) {
        let mut statements = statements.peekable();
        if statements.peek().is_some() {
            self.text.push('\n');
            self.comment(title);
        }
        statements.for_each(|sql| self.statement(sql));
    }

    fn objects(&mut self, plan: &FilePlan) {
        for object in &plan.objects {
            self.text.push('\n');
            self.comment(&format!("{} {}", object.kind, object.source));
            for sql in &object.statements {
                self.text.push_str(sql);
                self.text.push_str(";\n");
            }
        }
    }

    fn left(&mut self, plan: &FilePlan) {
        if !plan.not_carried.is_empty() {
            self.text.push('\n');
            self.comment("not carried:");
        }
        for left in &plan.not_carried {
            self.comment(&format!("{} {}: {}", left.kind, left.name, left.reason));
        }
    }
}

fn sequences(plan: &FilePlan, schema: &str) -> Vec<String> {
    let tables = plan.tables.iter();
    let sequences = tables.flat_map(|table| table.sequences.iter().map(move |sequence| (table, sequence)));
    sequences
        .map(|(table, sequence)| {
            let name = format!("{}.{}", quoted(schema), quoted(&table.name));
            let column = quoted(&sequence.column);
            format!(
                "select setval(pg_get_serial_sequence({}, {}), greatest({}, (select max({column}) + 1 from {name})), false)",
                literal(&name),
                literal(&sequence.column),
                sequence.next
            )
        })
        .collect()
}
