//! Files that requirements files include with `-r` and `-c`: an image is built from all of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::error::RenderError;
use crate::model::{Service, ServiceSource};

/// The included files of each Python service, relative to stack.toml, each once, in the order in which pip meets
/// them. The requirements files of stack.toml itself are not among them.
pub fn included(root: &Path, services: &[Service]) -> Result<BTreeMap<String, Vec<String>>, RenderError> {
    let mut all = BTreeMap::new();
    for service in services {
        let ServiceSource::Python(python) = &service.source else {
            continue;
        };
        let named: Vec<String> = python.requirements.iter().map(|path| normal(path)).collect();
        let mut seen = named.clone();
        for file in &named {
            follow(root, file, &mut seen)?;
        }
        let included = seen.split_off(named.len());
        if !included.is_empty() {
            all.insert(service.name.to_string(), included);
        }
    }
    Ok(all)
}

fn follow(root: &Path, file: &str, seen: &mut Vec<String>) -> Result<(), RenderError> {
    let path = root.join(file);
    let bytes = fs::read(&path).map_err(RenderError::read(&path))?;
    let text = String::from_utf8_lossy(&bytes);
    for (line, target) in targets(&text) {
        let fault = |fault| RenderError::Include {
            file: file.to_owned(),
            line,
            target: target.clone(),
            fault,
        };
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let Some(included) = inside(&folder.join(&target)) else {
            return Err(fault("is not below the folder of stack.toml"));
        };
        if seen.contains(&included) {
            continue;
        }
        if !root.join(&included).is_file() {
            return Err(fault("is not there"));
        }
        seen.push(included.clone());
        follow(root, &included, seen)?;
    }
    Ok(())
}

/// What a requirements file includes, with the line: addresses and `${…}` are pip's own business.
fn targets(text: &str) -> Vec<(usize, String)> {
    let text = text.trim_start_matches('\u{feff}');
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let target = option(without_comment(line))?;
            let target = target.trim().trim_matches(['"', '\'']);
            let is_file = !target.is_empty() && !target.contains("://") && !target.contains("${");
            is_file.then(|| (index + 1, target.to_owned()))
        })
        .collect()
}

fn option(line: &str) -> Option<&str> {
    let line = line.trim();
    for long in ["--requirement", "--constraint"] {
        if let Some(rest) = line.strip_prefix(long) {
            return rest.strip_prefix(['=', ' ', '\t']);
        }
    }
    // `-e` and others begin alike but for the letter; `-rfile` is as good as `-r file`.
    line.strip_prefix("-r").or_else(|| line.strip_prefix("-c"))
}

/// pip's rule: `#` begins a comment at the start of a line or behind a blank.
fn without_comment(line: &str) -> &str {
    let is_comment = |(at, _): &(usize, &str)| *at == 0 || line[..*at].ends_with([' ', '\t']);
    line.match_indices('#')
        .find(is_comment)
        .map_or(line, |(at, _)| &line[..at])
}

fn normal(path: &str) -> String {
    inside(Path::new(path)).unwrap_or_else(|| path.to_owned())
}

/// The path without `.` and `..`, if it stays below the folder of stack.toml.
fn inside(path: &Path) -> Option<String> {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => parts.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !parts.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    parts.to_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(files: &[(&str, &str)]) -> Result<Vec<String>, RenderError> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut seen = vec![files[0].0.to_owned()];
        follow(root.path(), files[0].0, &mut seen)?;
        Ok(seen.split_off(1))
    }

    #[test]
    fn every_form_of_include_is_followed_once() {
        let files = [
            (
                "api/requirements.txt",
                "\u{feff}-r base.txt\nflask # -r no.txt\n--constraint=../limits.txt\n-c\t../limits.txt\n-e ./lib\n",
            ),
            (
                "api/base.txt",
                "--requirement more/x.txt  # why\n-r requirements.txt\n",
            ),
            (
                "api/more/x.txt",
                "-rhttps://example.com/r.txt\n-r ${DIR}/y.txt\n-r ../base.txt\n",
            ),
            ("limits.txt", ""),
        ];
        assert_eq!(
            includes(&files).unwrap(),
            ["api/base.txt", "api/more/x.txt", "limits.txt"]
        );
    }

    #[test]
    fn an_include_that_the_builder_could_not_see_is_told() {
        let told = |text| includes(&[("r.txt", text)]).unwrap_err().to_string();
        assert_eq!(
            told("\n-r ../x.txt"),
            "`r.txt`, line 2, includes `../x.txt`, which is not below the folder of stack.toml"
        );
        assert_eq!(
            told("-c x.txt"),
            "`r.txt`, line 1, includes `x.txt`, which is not there"
        );
    }
}
