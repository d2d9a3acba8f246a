//! The names that a person may use of files: settings that name anything else are refused, with the name that may be meant.

use super::settle::matches;
use crate::diagnostic::{nearest, quoted};
use crate::migrate::settings::Settings;
use crate::migrate::sqlite::catalog::Catalog;

/// So many names are listed where none is near.
const LISTED: usize = 12;

/// What is called somehow in one file or several.
#[derive(Debug, Clone, Default)]
pub struct Known {
    tables: Vec<String>,
    /// `TABLE.COLUMN`.
    columns: Vec<String>,
    /// What is never carried, and may be left out all the same.
    others: Vec<String>,
}

/// A setting that names what is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Which setting names what, such as "`skip` names the table `usrs`".
    pub what: String,
    /// What may be meant.
    pub hint: String,
}

impl Known {
    /// Adds the names of a file.
    pub fn add(&mut self, catalog: &Catalog) {
        for table in &catalog.tables {
            self.tables.push(table.name.clone());
            let columns = table.columns.iter();
            let named = columns.map(|column| format!("{}.{}", table.name, column.name));
            self.columns.extend(named);
        }
        self.others
            .extend(catalog.skipped.iter().map(|one| one.name.clone()));
    }

    /// Adds the names of other files.
    pub fn join(&mut self, other: &Self) {
        self.tables.extend_from_slice(&other.tables);
        self.columns.extend_from_slice(&other.columns);
        self.others.extend_from_slice(&other.others);
    }

    /// Whether a table is called so. A pattern with `*` may fit none: what it is for comes and goes.
    #[must_use]
    pub fn has_table(&self, pattern: &str) -> bool {
        let mut names = self.tables.iter().chain(&self.others);
        pattern.contains('*') || names.any(|name| matches(pattern, name))
    }

    /// Whether `TABLE.COLUMN` is there, or one that the pattern fits.
    #[must_use]
    pub fn has_column(&self, pattern: &str) -> bool {
        self.columns.iter().any(|known| matches(pattern, known))
    }

    /// The first setting that names what is not there.
    #[must_use]
    pub fn unknown(&self, settings: &Settings) -> Option<Unknown> {
        let mut skip = settings.skip.iter();
        let table = skip.find(|pattern| !self.has_table(pattern));
        let mut columns = settings.columns.keys();
        let column = columns.find(|name| !self.has_column(name));
        let table = table.map(|name| self.unknown_table(name));
        table.or_else(|| column.map(|name| self.unknown_column(name)))
    }

    /// Tells that no table is called so.
    #[must_use]
    pub fn unknown_table(&self, name: &str) -> Unknown {
        Unknown {
            what: format!("`skip` names the table {}", quoted(name)),
            hint: meant(name, "tables", &self.tables),
        }
    }

    /// Tells that no column is called so.
    #[must_use]
    pub fn unknown_column(&self, name: &str) -> Unknown {
        let hint = match name.split_once('.') {
            // Where the table is right, only its columns are meant.
            Some((table, _)) if self.tables.iter().any(|known| known.eq_ignore_ascii_case(table)) => {
                let start = format!("{}.", table.to_ascii_lowercase());
                let own = self.columns.iter();
                let own = own.filter(|known| known.to_ascii_lowercase().starts_with(&start));
                meant(name, "columns", &own.cloned().collect::<Vec<_>>())
            }
            Some((table, _)) => match nearest(name, self.columns.iter().map(String::as_str)) {
                Some(near) => format!("did you mean {}?", quoted(near)),
                None => meant(table, "tables", &self.tables),
            },
            None => "write it as `TABLE.COLUMN`".to_owned(),
        };
        Unknown {
            what: format!("`columns` names {}", quoted(name)),
            hint,
        }
    }
}

/// The name that is nearest, or all of them.
fn meant(word: &str, what: &str, names: &[String]) -> String {
    if let Some(near) = nearest(word, names.iter().map(String::as_str)) {
        return format!("did you mean {}?", quoted(near));
    }
    if names.is_empty() {
        return format!("there are no {what}");
    }
    let listed: Vec<String> = names.iter().take(LISTED).map(|name| quoted(name)).collect();
    let rest = names.len().saturating_sub(LISTED);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!("the {what} are {}{more}", listed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Known {
            tables: names(&["users", "Order Details"]),
            columns: names(&["users.id", "users.email", "Order Details.id"]),
            others: names(&["notes_fts"]),
        }
    }

    #[test]
    fn names_are_known_whatever_their_case_and_patterns_may_fit_none() {
        let known = known();
        for name in ["USERS", "order details", "notes_fts", "cache_*"] {
            assert!(known.has_table(name), "{name}");
        }
        assert!(!known.has_table("user"));
        assert!(known.has_column("Users.EMAIL"));
        assert!(known.has_column("*.EM*"));
        assert!(!known.has_column("email") && !known.has_column("*.emails"));
    }

    #[test]
    fn what_is_not_there_is_told_with_what_may_be_meant() {
        let known = known();
        let column = |name: &str| known.unknown_column(name).hint;
        assert_eq!(column("users.emial"), "did you mean `users.email`?");
        assert_eq!(column("usres.email"), "did you mean `users.email`?");
        assert_eq!(
            column("users.telephone_number"),
            "the columns are `users.id`, `users.email`"
        );
        assert_eq!(
            column("telephones.number"),
            "the tables are `users`, `Order Details`"
        );
        assert_eq!(known.unknown_table("user").hint, "did you mean `users`?");
        let settings = Settings {
            skip: vec!["users".to_owned(), "logs".to_owned()],
            ..Settings::default()
        };
        let told = known.unknown(&settings).unwrap();
        assert_eq!(told.what, "`skip` names the table `logs`");
        assert_eq!(Known::default().unknown(&Settings::default()), None);
    }
}
