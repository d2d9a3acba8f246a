//! Names of SQLite -> names that PostgreSQL takes as they are: never empty, at most 63 bytes, no two alike.

use std::collections::HashSet;

use crate::migrate::identifier::{marked, shortened};

/// Names that a table has from the start, whatever its columns are called.
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// The names of one name space, such as the relations of a schema or the columns of a table.
#[derive(Debug, Clone)]
pub(super) struct Names {
    folded: bool,
    taken: HashSet<String>,
}

impl Names {
    /// A space without names in it.
    pub fn new(folded: bool) -> Self {
        Self {
            folded,
            taken: HashSet::new(),
        }
    }

    /// The columns of a table.
    pub fn of_columns(folded: bool) -> Self {
        Self {
            folded,
            taken: SYSTEM_COLUMNS.map(str::to_owned).into(),
        }
    }

    /// A name for what SQLite calls `name`.
    pub fn take(&mut self, name: &str) -> String {
        let wanted = self.spelled(name);
        let first = shortened(&wanted, name);
        self.insert_first(
            std::iter::once(first).chain((0_u64..).map(|n| marked(&wanted, &format!("{name}\0{n}")))),
        )
    }

    /// A name for something that has none in SQLite, such as `users_pkey`; numbered where that is taken.
    pub fn derive(&mut self, name: &str) -> String {
        let numbered = (1_u64..).map(|n| format!("{name}{n}"));
        self.insert_first(
            std::iter::once(name.to_owned())
                .chain(numbered)
                .map(|wanted| shortened(&wanted, &wanted)),
        )
    }

    fn insert_first(&mut self, mut candidates: impl Iterator<Item = String>) -> String {
        let name = candidates
            .find(|name| !self.taken.contains(name))
            .expect("there are more candidates than names");
        self.taken.insert(name.clone());
        name
    }

    /// As PostgreSQL reads it when it is not quoted: only ASCII letters change. What can not stand in a name or in a
    /// statement with a place for the schema is left out.
    fn spelled(&self, name: &str) -> String {
        let name = name.replace('\0', "").replace("{schema}", "schema");
        match (name.is_empty(), self.folded) {
            (true, _) => "unnamed".to_owned(),
            (false, true) => name.to_ascii_lowercase(),
            (false, false) => name,
        }
    }
}

/// The names of one table: its keys are relations of the schema and constraints of the table at once.
#[derive(Debug)]
pub(super) struct TableNames<'r> {
    relations: &'r mut Names,
    constraints: Names,
}

impl<'r> TableNames<'r> {
    /// A table whose constraints have no names yet.
    pub fn new(relations: &'r mut Names) -> Self {
        let constraints = Names::new(relations.folded);
        Self {
            relations,
            constraints,
        }
    }

    /// A name for a key, index or sequence, such as `users_pkey`.
    pub fn relation(&mut self, name: &str) -> String {
        let name = self.relations.derive(name);
        self.constraints.taken.insert(name.clone());
        name
    }

    /// A name for a primary key or UNIQUE constraint: its own, by which migrations of the application name it, unless
    /// something else in the schema is called so; else one like `users_pkey`.
    pub fn key(&mut self, own: Option<&str>, usual: &str) -> String {
        let own = own.map(|own| shortened(&self.relations.spelled(own), own));
        match own.filter(|own| !self.relations.taken.contains(own)) {
            Some(own) => {
                self.relations.taken.insert(own.clone());
                self.constraints.taken.insert(own.clone());
                own
            }
            None => self.relation(usual),
        }
    }

    /// A name for a CHECK or foreign key: its own, or else one like `users_check`.
    pub fn constraint(&mut self, own: Option<&str>, usual: &str) -> String {
        match own {
            Some(own) => self.constraints.take(own),
            None => self.constraints.derive(usual),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::migrate::identifier::LONGEST;

    #[test]
    fn names_are_kept_exactly_or_folded_in_ascii_only() {
        assert_eq!(Names::new(false).take("User Names.ÄÖ"), "User Names.ÄÖ");
        assert_eq!(Names::new(true).take("User Names.ÄÖ"), "user names.ÄÖ");
        assert_eq!(Names::new(false).take("select"), "select");
    }

    #[test]
    fn a_long_name_is_cut_at_a_character_and_told_apart() {
        let mut names = Names::new(false);
        let (one, two) = ("ж".repeat(40), format!("{}з", "ж".repeat(39)));
        let (first, second) = (names.take(&one), names.take(&two));
        assert_eq!(first.len(), 63);
        assert!(first.starts_with(&"ж".repeat(27)) && second.starts_with(&"ж".repeat(27)));
        assert_ne!(first, second);
        assert_eq!(names.take(&"x".repeat(63)), "x".repeat(63));
    }

    #[test]
    fn what_folds_to_the_same_stays_apart() {
        let mut names = Names::new(true);
        assert_eq!(names.take("Order"), "order");
        let second = names.take("ORDER");
        assert!(second.starts_with("order_"), "{second}");
        assert_ne!(names.take("order"), second);
    }

    #[test]
    fn names_of_system_columns_and_empty_ones_are_changed() {
        let mut columns = Names::of_columns(false);
        assert!(columns.take("xmin").starts_with("xmin_"));
        assert_eq!(columns.take("XMIN"), "XMIN");
        assert_eq!(columns.take("oid"), "oid");
        assert_eq!(columns.take(""), "unnamed");
        assert_eq!(columns.take("a{schema}b"), "aschemab");
        assert_eq!(Names::new(false).take("xmin"), "xmin");
    }

    #[test]
    fn derived_names_are_numbered() {
        let mut names = Names::new(false);
        names.take("users_pkey");
        assert_eq!(names.derive("users_pkey"), "users_pkey1");
        assert_eq!(names.derive("users_pkey"), "users_pkey2");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn names_never_collide_and_always_fit(
            folded: bool,
            sources in proptest::collection::vec("[aAbB{}_ж\u{1F600}]{0,4}|[aAжЖ]{50,90}|xmin|[a-z]{0,2}\\{schema\\}", 0..60),
        ) {
            let mut names = Names::of_columns(folded);
            let mut seen = HashSet::new();
            for (place, source) in sources.iter().enumerate() {
                let name = if place % 3 == 0 { names.derive(&names.clone().take(source)) } else { names.take(source) };
                prop_assert!(!name.is_empty() && name.len() <= LONGEST, "{name}");
                prop_assert!(!name.contains("{schema}"), "{}", name);
                prop_assert!(!SYSTEM_COLUMNS.contains(&name.as_str()));
                prop_assert!(seen.insert(name.clone()), "{name} came twice");
            }
        }
    }
}
