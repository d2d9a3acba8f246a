//! One definition of a table gives its fields, its reader and its JSON Schema.

/// Defines a table of stack.toml.
///
/// Each field is a key of that name; its documentation is the description in the JSON Schema, so that editors
/// show it. Fields are always optional here; the step to `model` decides what must be
/// there.
macro_rules! table {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $key_doc:literal])* $key:ident: $type:ty,)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Default)]
        pub struct $name {
            $($(#[doc = $key_doc])* pub $key: Option<$type>,)*
            /// Keys that are there, or misspelt, and could not be read; each was told.
            pub(in crate::config) unreadable: Vec<&'static str>,
        }

        impl $name {
            /// The keys of the table.
            pub const KEYS: &'static [&'static str] = &[$(crate::config::table::key_name(stringify!($key)),)*];
        }

        impl crate::config::read::Read for $name {
            fn read(
                node: &crate::config::problems::Node<'_>,
                problems: &mut crate::config::problems::Problems,
            ) -> Option<Self> {
                let table = problems.table(node)?;
                let mut unreadable = problems.unknown_keys(table, Self::KEYS);
                Some(Self {
                    $($key: crate::config::read::key(
                        table,
                        crate::config::table::key_name(stringify!($key)),
                        &mut unreadable,
                        problems,
                    ),)*
                    unreadable,
                })
            }

            fn schema() -> serde_json::Value {
                let properties = [$((
                    crate::config::table::key_name(stringify!($key)),
                    crate::config::schema::described(
                        <$type as crate::config::read::Read>::schema(),
                        &[$($key_doc),*],
                    ),
                ),)*];
                crate::config::schema::object(stringify!($name), &[$($doc),*], properties)
            }
        }

        impl crate::config::table::Table for $name {
            fn unreadable(&self) -> &[&'static str] {
                &self.unreadable
            }
        }
    };
}

pub(crate) use table;

/// The key that a field stands for: one whose name is a word of Rust is written with `r#`.
pub const fn key_name(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

/// What every table of stack.toml can tell about itself.
pub trait Table {
    /// Keys that are there and could not be read, which was told.
    fn unreadable(&self) -> &[&'static str];
}
