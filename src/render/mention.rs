//! Files that stack.toml names and that are not there.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::input;
use crate::config::Mention;
use crate::diagnostic::{Code, Diagnostic, nearest};

/// A problem for each path of stack.toml that is not there, and each pattern that no file matches.
#[must_use]
pub fn missing_files(root: &Path, mentions: &[Mention]) -> Vec<Diagnostic> {
    mentions
        .iter()
        .filter_map(|mention| fault(root, mention))
        .collect()
}

fn fault(root: &Path, mention: &Mention) -> Option<Diagnostic> {
    let written = &mention.path;
    let path = root.join(written);
    if mention.is_pattern {
        return match input::matches(root, written) {
            Ok(files) if !files.is_empty() => None,
            Ok(_) if input::is_plain(written) => Some(missing(root, mention)),
            Ok(_) => Some(
                problem(mention, format!("no file matches `{written}`"))
                    .help("`*` stands for part of a name, `**` for any folders"),
            ),
            Err(error) => {
                let cause =
                    std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
                Some(problem(mention, format!("`{written}` can't be looked up")).help(cause))
            }
        };
    }
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() && !may_be_a_folder(&mention.key) => {
            Some(problem(mention, format!("`{written}` is a folder, not a file")).help("name a file in it"))
        }
        Ok(_) => None,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Some(
            problem(mention, format!("`{written}` can't be read")).help("you may not look into its folder"),
        ),
        Err(_) => Some(missing(root, mention)),
    }
}

fn may_be_a_folder(key: &str) -> bool {
    [".source", ".context"].iter().any(|ending| key.ends_with(ending))
}

fn problem(mention: &Mention, message: String) -> Diagnostic {
    Diagnostic::error(Code::FileNotFound, mention.span.clone(), message).at(mention.key.as_str())
}

fn missing(root: &Path, mention: &Mention) -> Diagnostic {
    let problem = problem(mention, format!("`{}` is not there", mention.path));
    match meant(root, Path::new(&mention.path)) {
        Some(near) => problem.help(format!("did you mean `{}`?", near.display())),
        None => problem.help("the path is relative to the folder of stack.toml"),
    }
}

/// The path with the first part that is not there replaced by the nearest name that is.
fn meant(root: &Path, written: &Path) -> Option<PathBuf> {
    let mut walked = PathBuf::new();
    let mut parts = written.components().filter(|part| *part != Component::CurDir);
    for part in parts.by_ref() {
        if root.join(&walked).join(part).exists() {
            walked.push(part);
            continue;
        }
        let names: Vec<String> = fs::read_dir(root.join(&walked))
            .ok()?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        let near = nearest(part.as_os_str().to_str()?, names.iter().map(String::as_str))?;
        let whole = walked.join(near).join(parts.collect::<PathBuf>());
        let is_there = root.join(&whole).exists();
        return Some(if is_there { whole } else { walked.join(near) });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mention(path: &str, is_pattern: bool) -> Mention {
        Mention {
            key: "services.api.dockerfile".to_owned(),
            path: path.to_owned(),
            span: 3..7,
            is_pattern,
        }
    }

    fn told(root: &Path, path: &str, is_pattern: bool) -> Option<String> {
        let problems = missing_files(root, &[mention(path, is_pattern)]);
        let problem = problems.first()?;
        assert_eq!((problem.code, problem.start()), (Code::FileNotFound, 3));
        Some(format!("{}; {}", problem.message, problem.help.as_deref()?))
    }

    #[test]
    fn a_missing_file_names_the_nearest_one() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("api")).unwrap();
        fs::write(root.path().join("api/requirements.txt"), "").unwrap();
        let told = |path, is_pattern| told(root.path(), path, is_pattern);
        assert_eq!(told("api/requirements.txt", false), None);
        assert_eq!(told("./api/*.txt", true), None);
        assert_eq!(
            told("api/requirement.txt", false).unwrap(),
            "`api/requirement.txt` is not there; did you mean `api/requirements.txt`?"
        );
        assert_eq!(
            told("apy/requirements.txt", true).unwrap(),
            "`apy/requirements.txt` is not there; did you mean `api/requirements.txt`?"
        );
        assert_eq!(
            told("x.txt", false).unwrap(),
            "`x.txt` is not there; the path is relative to the folder of stack.toml"
        );
        assert_eq!(
            told("api", false).unwrap(),
            "`api` is a folder, not a file; name a file in it"
        );
        assert!(
            told("sql/*.sql", true)
                .unwrap()
                .starts_with("no file matches `sql/*.sql`")
        );
        assert!(
            told("a***", true)
                .unwrap()
                .starts_with("`a***` can't be looked up")
        );
    }
}
