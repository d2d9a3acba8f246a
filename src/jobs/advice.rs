//! What people run into again and again, recognised in the last lines of a failed run.

/// What to do about lines that say one of these things.
struct Known {
    /// One of these stands in a line.
    said: &'static [&'static str],
    /// Then this helps.
    advice: &'static str,
}

const KNOWN: [Known; 7] = [
    Known {
        said: &["fe_sendauth: no password supplied", "no password supplied"],
        advice: "the database was asked without a password: pass `DATABASE_URL`, or `PGHOST`, `PGUSER`, `PGPASSWORD` and \
                 `PGDATABASE`, to this service (`databases = [\"…\"]` in stack.toml does it), and take them from the environment",
    },
    Known {
        said: &["password authentication failed for user"],
        advice: "the database refuses the password: the secret was changed after the database took it, or the variable \
                 holds another one; `stackctl up` brings both in line",
    },
    Known {
        said: &["Read-only file system", "Errno 30"],
        advice: "the code is mounted read-only: write to a volume or to `/tmp` instead of the worktree",
    },
    Known {
        said: &[
            "ModuleNotFoundError: No module named",
            "ImportError: No module named",
        ],
        advice: "a package is missing: name it in the requirements file and push; `stackctl jobs status` shows whether \
                 its installation failed. A command that names another Python than the image's does not see the packages",
    },
    Known {
        said: &[
            "connection refused",
            "Connection refused",
            "could not translate host name",
            "could not connect to server",
            "Temporary failure in name resolution",
        ],
        advice: "the database, or another host, is not reached: `stackctl status` shows whether it runs, and the host's \
                 name is that of its service, such as `db`, not `localhost`",
    },
    Known {
        said: &["No space left on device"],
        advice: "the disk is full: `df -h` shows which, and `docker system df` what Docker takes of it",
    },
    Known {
        said: &["Permission denied"],
        advice: "a file may not be used: a script needs `chmod +x` in the repository, or write `python3 script.py`; what \
                 is written must belong to the user of the container",
    },
];

/// What helps against what the lines say; each advice once.
#[must_use]
pub fn recognise<'a>(lines: impl IntoIterator<Item = &'a String>) -> Vec<&'static str> {
    let mut found = Vec::new();
    for line in lines {
        for known in &KNOWN {
            if known.said.iter().any(|said| line.contains(said)) && !found.contains(&known.advice) {
                found.push(known.advice);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_troubles_are_recognised() {
        for (line, word) in [
            (
                "psycopg2.OperationalError: connection to server at \"db\" failed: fe_sendauth: no password supplied",
                "DATABASE_URL",
            ),
            ("OSError: [Errno 30] Read-only file system: '/app/x'", "read-only"),
            ("ModuleNotFoundError: No module named 'psycopg2'", "requirements"),
            (
                "connection to server at \"db\" (10.0.0.2), port 5432 failed: Connection refused",
                "not reached",
            ),
            ("sh: 1: ./run.sh: Permission denied", "chmod"),
        ] {
            let found = recognise(&[line.to_owned()]);
            assert!(
                found.iter().any(|advice| advice.contains(word)),
                "{line}: {found:?}"
            );
        }
        assert!(recognise(&["all is well".to_owned()]).is_empty());
    }
}
