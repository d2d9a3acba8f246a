//! The examples that a project can begin with, as they stand in examples/.

/// One of the examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Its folder in examples/.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// Its files and what they hold, stack.toml first.
    pub files: &'static [(&'static str, &'static str)],
}

macro_rules! template {
    ($name:literal, $summary:literal, [$($path:literal),* $(,)?]) => {
        Template {
            name: $name,
            summary: $summary,
            files: &[$(($path, include_str!(concat!("../../examples/", $name, "/", $path))),)*],
        }
    };
}

impl Template {
    /// Every template, the default first.
    pub const ALL: [Self; 2] = [
        template!(
            "web",
            "PostgreSQL with its own SQL, an HTTP service in Python, and a page made from it",
            [
                "stack.toml",
                "api/main.py",
                "api/requirements.txt",
                "sql/010-books.sql",
                "web/main.py",
            ]
        ),
        template!("minimal", "one service from an image", ["stack.toml"]),
    ];

    /// The template of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.name == name)
    }
}
