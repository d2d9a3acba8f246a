//! Every example renders to exactly the files beside it.
//!
//! `STACKCTL_UPDATE_GOLDENS=1 cargo test golden` writes them again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use stackctl::artifact::{self, File};
use stackctl::config::{self, Loaded};
use stackctl::render;

use crate::harness::repository;

#[test]
fn golden_files_are_what_is_rendered() {
    let mut faults = Vec::new();
    for example in examples() {
        let text = fs::read_to_string(example.join("stack.toml")).unwrap();
        let environments = config::environments(&text);
        let names = std::iter::once(None).chain(environments.iter().map(|name| Some(name.as_str())));
        let mut expected_folders = BTreeSet::new();
        for environment in names {
            let loaded = load(&example, &text, environment);
            let missing = render::missing_files(&example, &loaded.mentions);
            assert!(missing.is_empty(), "{}: {missing:?}", example.display());
            let stack = &loaded.stack;
            expected_folders.insert(stack.rendered_directory());
            let inputs = render::inputs(&example, &loaded).unwrap();
            let files = artifact::files(stack, &inputs)
                .unwrap_or_else(|error| panic!("{}: {error}", example.display()));
            assert!(
                files.is_sorted_by(|a, b| a.path < b.path),
                "{}",
                example.display()
            );
            let folder = example.join(stack.rendered_directory());
            if std::env::var_os("STACKCTL_UPDATE_GOLDENS").is_some() {
                write(&folder, &files);
            }
            compare(&folder, &files, &mut faults);
        }
        let found: BTreeSet<String> = folder_names(&example)
            .into_iter()
            .filter(|name| name.starts_with("rendered"))
            .collect();
        assert_eq!(found, expected_folders, "{}", example.display());
    }
    assert!(
        faults.is_empty(),
        "{}\nIf that is meant, type `STACKCTL_UPDATE_GOLDENS=1 cargo test golden` and read the diff.",
        faults.join("\n")
    );
}

/// The folders of `examples/`.
pub fn examples() -> Vec<PathBuf> {
    let folder = repository().join("examples");
    folder_names(&folder)
        .into_iter()
        .map(|name| folder.join(name))
        .collect()
}

fn folder_names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn load(example: &Path, text: &str, environment: Option<&str>) -> Loaded {
    match config::load(text, environment) {
        Ok(loaded) if loaded.warnings.is_empty() => loaded,
        Ok(loaded) => panic!("{}: {:?}", example.display(), loaded.warnings),
        Err(problems) => panic!("{}: {problems:?}", example.display()),
    }
}

fn write(folder: &Path, files: &[File]) {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
    for file in files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &file.bytes).unwrap();
        let mode = if file.executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn compare(folder: &Path, files: &[File], faults: &mut Vec<String>) {
    let mut golden = if folder.is_dir() {
        tree(folder)
    } else {
        BTreeMap::new()
    };
    for file in files {
        let path = folder.join(&file.path);
        match golden.remove(&file.path) {
            None => faults.push(format!("{} is missing", path.display())),
            Some(bytes) => {
                if bytes != file.bytes {
                    faults.push(format!(
                        "{} differs:\n{}",
                        path.display(),
                        diff(&bytes, &file.bytes)
                    ));
                }
                let mode = fs::metadata(&path).unwrap().permissions().mode();
                if (mode & 0o100 != 0) != file.executable {
                    faults.push(format!("{} has the wrong mode", path.display()));
                }
            }
        }
    }
    let rest = golden
        .keys()
        .map(|name| format!("{} is not rendered any more", folder.join(name).display()));
    faults.extend(rest);
}

fn diff(golden: &[u8], rendered: &[u8]) -> String {
    let (golden, rendered) = (String::from_utf8_lossy(golden), String::from_utf8_lossy(rendered));
    similar::TextDiff::from_lines(golden.as_ref(), rendered.as_ref())
        .unified_diff()
        .to_string()
}

fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}
