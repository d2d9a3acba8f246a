//! The templates that are part of stackctl.

macro_rules! builtin {
    ($($path:literal,)*) => {
        /// Path below `templates/` and text of every built-in template.
        pub const ALL: [(&str, &str); [$($path),*].len()] = [
            $(($path, include_str!(concat!("../../../templates/", $path)))),*
        ];
    };
}

builtin! {
    ".env.example.j2",
    "build/download.py.j2",
    "jobs/crontab.j2",
    "postgres/guard.sh.j2",
    "postgres/initdb.d/10-access.sql.j2",
    "postgres/initdb.d/99-finish.sh.j2",
    "postgres/pg_hba.conf.j2",
    "postgres/postgresql.conf.j2",
    "postgres/start.sh.j2",
    "services/Dockerfile.dockerignore.j2",
    "services/Dockerfile.j2",
    "services/entrypoint.sh.j2",
    "sync/Dockerfile.j2",
    "sync/sparse-checkout.j2",
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn collect(directory: &Path, prefix: &str, paths: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                collect(&entry.path(), &format!("{path}/"), paths);
            } else {
                paths.push(path);
            }
        }
    }

    #[test]
    fn every_template_is_listed() {
        let mut found = Vec::new();
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"),
            "",
            &mut found,
        );
        found.sort();
        assert_eq!(found, ALL.map(|(path, _)| path.to_owned()));
    }

    #[test]
    fn every_template_names_its_view_first() {
        for (path, text) in ALL {
            let view = text
                .strip_prefix("{#- view: ")
                .and_then(|rest| rest.split_once(" -#}"))
                .map(|(view, _)| view);
            let view = view.unwrap_or_else(|| panic!("{path} does not start with its view"));
            let (file, name) = view.split_once("::").unwrap();
            let source = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("src/artifact")
                .join(file);
            let source = std::fs::read_to_string(&source).unwrap_or_else(|_| panic!("{path}: {file}"));
            assert!(source.contains(&format!("struct {name}")), "{path}: {view}");
            assert!(
                source.contains(&format!("\"{path}\"")),
                "{path} is not used in {file}"
            );
        }
    }
}
