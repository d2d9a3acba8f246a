//! Programs in containers, by their last lines or by what their health check printed.

use super::{Rule, Translation, behind, between, told};

pub(super) const RULES: &[Rule] = &[
    (
        "The data directory was initialized by PostgreSQL version",
        |line| {
            let old = between(line, "PostgreSQL version ", ",")?;
            let new = between(line, "this version ", ".").or_else(|| behind(line, "this version "));
            other_major(
                old,
                new.map_or("another", |new| new.split([' ', '.']).next().unwrap_or(new)),
            )
        },
    ),
    ("database files are incompatible with server", |_| {
        told(
            "the volume holds a database of another major version of PostgreSQL",
            "set `version` in `[postgres]` to the one it was made with",
        )
    }),
    ("password authentication failed for user", |line| {
        let user = between(line, "for user \"", "\"").unwrap_or("a role");
        told(
            format!("the database refuses the password of `{user}`"),
            "`stackctl up` sets the roles' passwords from the secrets again; the superuser's is fixed when the volume is made",
        )
    }),
    ("executable file not found in $PATH", |line| {
        let program = between(line, "exec: \"", "\"").unwrap_or("the program");
        told(
            format!("the image has no program `{program}`"),
            "use a health check or command with what the image has, or install it in the image",
        )
    }),
    ("Read-only file system", |line| {
        let path = quoted_path(line);
        told(
            path.map_or_else(
                || "the program writes to a file system that is read-only".to_owned(),
                |path| format!("the program writes to `{path}`, which is read-only"),
            ),
            "give the service a volume or `tmpfs = [\"/the/folder\"]` there, or set `read_only = false`",
        )
    }),
    ("Permission denied", |line| {
        let path = quoted_path(line)?;
        told(
            format!("the program may not use `{path}`"),
            "the container runs as the service's `user`; make the folder that user's, or change `user`",
        )
    }),
    ("No module named", |line| {
        let module = behind(line, "No module named ")?.trim_matches(['\'', '"']);
        told(
            format!("Python finds no module `{module}`"),
            "add it to the service's requirements, or set PYTHONPATH in its `environment`",
        )
    }),
    ("can't open file", |line| {
        let file = between(line, "can't open file '", "'")?;
        told(
            format!("`{file}` does not exist in the image"),
            "check `command` and `working_dir` in stack.toml, and that .dockerignore does not leave the file out",
        )
    }),
    ("Address already in use", |_| {
        told(
            "the port inside the container is taken",
            "two processes of the container listen on the same port",
        )
    }),
    ("No space left on device", |_| {
        told(
            "the disk, or a tmpfs of the container, is full",
            "`df -h` and `docker system df` show what is used",
        )
    }),
    ("exec format error", |_| {
        told(
            "the program is for another kind of processor",
            "build or pull the image for this host",
        )
    }),
    ("remaining connection slots are reserved", |_| {
        told(
            "the database takes no more connections",
            "raise `max_connections` in `[postgres] settings`, or use fewer connections",
        )
    }),
];

/// The database in a volume is of another major version than the server.
pub fn other_major(old: &str, new: &str) -> Option<Translation> {
    told(
        format!("the volume holds a database of PostgreSQL {old}, and version {new} can't read it"),
        format!(
            "set `version = {old}` in `[postgres]` and `stackctl up`: the data is untouched; to change over, dump \
             it there (`stackctl exec postgres pg_dumpall -U postgres > all.sql`), then begin with an empty volume"
        ),
    )
}

/// A path in quotes, as Python, Node and shells name the file of an error.
fn quoted_path(line: &str) -> Option<&str> {
    between(line, "'/", "'")
        .and_then(|path| {
            line.find(&format!("/{path}"))
                .map(|at| &line[at..=at + path.len()])
        })
        .or_else(|| {
            let start = line.find(" /")? + 1;
            line[start..].split([':', ' ', '\'', '"']).next()
        })
}
