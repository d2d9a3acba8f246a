//! The examples that a project can begin with, as they stand in examples/.

/// One of the examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Its folder in examples/.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// What has to be filled in, and how to do without; empty where it runs as it is.
    pub fill_in: &'static str,
    /// Its files and what they hold, stack.toml first.
    pub files: &'static [(&'static str, &'static str)],
}

macro_rules! template {
    ($name:literal, $summary:literal, $fill_in:literal, [$($path:literal),* $(,)?]) => {
        Template {
            name: $name,
            summary: $summary,
            fill_in: $fill_in,
            files: &[$(($path, include_str!(concat!("../../examples/", $name, "/", $path))),)*],
        }
    };
}

impl Template {
    /// Every template, the default first.
    pub const ALL: [Self; 3] = [
        template!(
            "web",
            "PostgreSQL with its own SQL, an HTTP service in Python, and a page made from it",
            "",
            [
                "stack.toml",
                "api/main.py",
                "api/requirements.txt",
                "sql/010-books.sql",
                "web/main.py",
            ]
        ),
        template!(
            "cron",
            "PostgreSQL, and Python jobs whose code, packages and schedule follow a git repository",
            "write your repository into `[sync.scripts]` of stack.toml, and its token into secrets/git_token;\n\
             or try it as it is, with a git server beside it: stackctl --env demo up",
            [
                "stack.toml",
                "git/server.py",
                "repository/app/crontab.txt",
                "repository/app/scripts/hello.py",
                "repository/app/scripts/populate_test_data.py",
                "repository/requirements.txt",
                "secrets/git_token",
                "sql/010-test-data.sql",
            ]
        ),
        template!("minimal", "one service from an image", "", ["stack.toml"]),
    ];

    /// The template of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.name == name)
    }
}
