//! Which profile suits a file, and why.

use super::draft::Draft;
use super::framework_name;
use crate::migrate::settings::Profile;
use crate::migrate::target_type::TargetType;
use crate::migrate::typing::Framework;

/// Columns that are named as examples.
const EXAMPLES: usize = 3;

/// The advice, in a sentence or two.
pub(super) fn advice(draft: &Draft<'_>) -> String {
    if let Some(framework) = draft.framework {
        let also = match draft.source.settings.profile {
            Profile::Native => "",
            Profile::Affinity => "; you chose `affinity`",
        };
        return format!(
            "`types = \"native\"` suits: the tables are {}'s, which reads and writes PostgreSQL's own types{also}; to have its \
             own types to the letter, let it make the tables first{}, and fill them: `stackctl migrate run --into-existing \
             --emptied`",
            framework_name(framework),
            maker(framework)
        );
    }
    match draft.source.settings.profile {
        Profile::Native => native(draft),
        Profile::Affinity => {
            "`types = \"affinity\"` suits programs whose SQL was written for sqlite3 and runs on \
                              unchanged; new code has more from `types = \"native\"`"
                .to_owned()
        }
    }
}

/// How the application makes its tables in PostgreSQL.
fn maker(framework: Framework) -> &'static str {
    match framework {
        Framework::Django => " (`python manage.py migrate`)",
        Framework::Rails => " (`bin/rails db:schema:load`)",
        Framework::SqlAlchemy => {
            ", as only its models tell an Enum, an Interval and DateTime(timezone=True) (`alembic upgrade head`)"
        }
        Framework::Gorm => " (`AutoMigrate`)",
        // Its migrations are written for one database, and can't be run in another.
        Framework::Prisma => "",
    }
}

fn native(draft: &Draft<'_>) -> String {
    let mut changed = Vec::new();
    for table in &draft.tables {
        for (place, column) in table.table.columns.iter().enumerate() {
            if is_other_for_sql(table.target(place)) {
                changed.push(format!(
                    "`{}.{}` ({})",
                    table.table.name,
                    column.name,
                    table.target(place)
                ));
            }
        }
    }
    if changed.is_empty() {
        return "`types = \"native\"` suits: every column has a type that SQLite has too".to_owned();
    }
    let more = match changed.len().saturating_sub(EXAMPLES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    changed.truncate(EXAMPLES);
    format!(
        "`types = \"native\"` suits programs that can be changed and those with an ORM, best after that has made the tables \
         (`stackctl migrate run --into-existing`); for SQL that was written for sqlite3 and must run on unchanged, choose \
         `types = \"affinity\"`: it compares {}{more} as numbers or text",
        changed.join(", ")
    )
}

/// Whether SQL that compares a column of this type with numbers or text, as one does in SQLite, would fail or mean
/// something else.
fn is_other_for_sql(target: &TargetType) -> bool {
    use TargetType::{Boolean, Date, Json, JsonB, Time, Timestamp, TimestampTz, Uuid};
    matches!(
        target,
        Boolean | Date | Time | Timestamp | TimestampTz | Uuid | Json | JsonB
    )
}
