//! A requirements file with everything that it pulls in, as far as that decides which packages are installed.
//!
//! Lines are read as pip reads them: `\` continues a line, ` #` begins a comment, `${NAME}` is a variable. Paths behind
//! `-r`, `-c` and `--find-links` are relative to the file with the line, those of packages (`./name`, `-e .`) to the
//! folder that the installer runs in, which is the commit's. What a URL leads to is not read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::EnvironmentError;
use super::variables::Variables;
use super::{Request, credentials, tree};
use crate::jobs::tree_file;

/// What was read.
#[derive(Debug, Default)]
pub struct Contents {
    /// The parts of the key, without users and passwords of variables.
    pub hashed: Vec<Vec<u8>>,
    /// Whether files of the commit are installed as packages.
    pub names_own_files: bool,
}

/// Reads a request's requirements; none where it has no such file.
pub fn read(request: &Request) -> Result<Option<Contents>, EnvironmentError> {
    let Some(requirements) = &request.requirements else {
        return Ok(None);
    };
    let path = request.worktree.join(requirements);
    if !path.exists() {
        return Ok(None);
    }
    let mut reading = Reading {
        worktree: &request.worktree,
        variables: &request.variables,
        contents: Contents::default(),
        including: Vec::new(),
    };
    reading.file(&path)?;
    Ok(Some(reading.contents))
}

struct Reading<'a> {
    worktree: &'a Path,
    variables: &'a Variables,
    contents: Contents,
    /// The files that are being read, each included by the one before.
    including: Vec<PathBuf>,
}

/// A line as the installer sees it, and where it begins.
struct Line {
    number: usize,
    text: String,
}

impl Reading<'_> {
    fn file(&mut self, path: &Path) -> Result<(), EnvironmentError> {
        let read = EnvironmentError::read(path);
        let canonical = fs::canonicalize(path).map_err(&read)?;
        let bytes = tree_file::read(path)
            .and_then(|bytes| bytes.ok_or_else(|| io::ErrorKind::NotFound.into()))
            .map_err(&read)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let expanded = expand(&text, self.variables);
        if expanded != text {
            self.push(b"variables", credentials::without(&expanded).as_bytes());
        }
        self.push(b"file", &bytes);
        self.including.push(canonical);
        for line in lines(&expanded) {
            self.line(path, &line)?;
        }
        self.including.pop();
        Ok(())
    }

    fn line(&mut self, file: &Path, line: &Line) -> Result<(), EnvironmentError> {
        if !line.text.starts_with('-') {
            return self.package(requirement(&line.text));
        }
        let words = shlex::split(&line.text)
            .unwrap_or_else(|| line.text.split_whitespace().map(str::to_owned).collect());
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let Some((option, value)) = option(&word) else {
                continue;
            };
            let Some(value) = value.or_else(|| words.next()) else {
                break;
            };
            match option {
                Pulls::Include => self.include(file, line.number, &value)?,
                Pulls::Package => self.package(&value)?,
                Pulls::FindLinks => {
                    let folder = file.parent().unwrap_or(self.worktree).join(&value);
                    if self.is_own(&folder) {
                        let hash = tree::hash(&folder)?;
                        self.push(b"links", &hash);
                    }
                }
            }
        }
        Ok(())
    }

    fn include(&mut self, file: &Path, line: usize, named: &str) -> Result<(), EnvironmentError> {
        if named.contains("://") && !named.starts_with("file://") {
            return Ok(());
        }
        let named = named.strip_prefix("file://").unwrap_or(named);
        let path = file.parent().unwrap_or(self.worktree).join(named);
        let shown = || file.strip_prefix(self.worktree).unwrap_or(file).to_owned();
        let Ok(canonical) = fs::canonicalize(&path) else {
            return Err(EnvironmentError::MissingInclude {
                file: shown(),
                line,
                named: named.to_owned(),
            });
        };
        if self.including.contains(&canonical) {
            return Err(EnvironmentError::Cycle {
                file: shown(),
                line,
                named: named.to_owned(),
            });
        }
        self.file(&path)
    }

    /// Adds a package that is a file or a folder; any other is named by its line alone.
    fn package(&mut self, named: &str) -> Result<(), EnvironmentError> {
        let named = named.rsplit_once(" @ ").map_or(named, |(_, url)| url).trim();
        let named = named.strip_prefix("file:").map_or(named, |path| {
            path.strip_prefix("//localhost")
                .or_else(|| path.strip_prefix("//"))
                .unwrap_or(path)
        });
        let path = match named.split_once('[') {
            Some((path, _extras)) => path,
            None => named,
        };
        let looks_like_path = path.contains('/') || path.starts_with('.') || is_archive(path);
        let path = self.worktree.join(path);
        if looks_like_path && path.exists() {
            self.contents.names_own_files |= self.is_own(&path);
            let hash = tree::hash(&path)?;
            self.push(b"package", &hash);
        }
        Ok(())
    }

    fn is_own(&self, path: &Path) -> bool {
        match (fs::canonicalize(path), fs::canonicalize(self.worktree)) {
            (Ok(path), Ok(worktree)) => path.starts_with(worktree),
            _ => false,
        }
    }

    fn push(&mut self, kind: &[u8], bytes: &[u8]) {
        self.contents.hashed.push(kind.to_vec());
        self.contents.hashed.push(bytes.to_vec());
    }
}

/// Options that pull something in.
#[derive(Clone, Copy)]
enum Pulls {
    Include,
    Package,
    FindLinks,
}

/// An option, and its value where that stands in the same word.
fn option(word: &str) -> Option<(Pulls, Option<String>)> {
    const LONG: [(&str, Pulls); 4] = [
        ("--requirement", Pulls::Include),
        ("--constraint", Pulls::Include),
        ("--editable", Pulls::Package),
        ("--find-links", Pulls::FindLinks),
    ];
    const SHORT: [(&str, Pulls); 4] = [
        ("-r", Pulls::Include),
        ("-c", Pulls::Include),
        ("-e", Pulls::Package),
        ("-f", Pulls::FindLinks),
    ];
    if word.starts_with("--") {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        let (_, option) = LONG.into_iter().find(|(long, _)| *long == name)?;
        return Some((option, value));
    }
    let (short, option) = SHORT.into_iter().find(|(short, _)| word.starts_with(short))?;
    let value = &word[short.len()..];
    let value = value.strip_prefix('=').unwrap_or(value);
    Some((option, (!value.is_empty()).then(|| value.to_owned())))
}

/// The requirement of a line, without its markers and options.
fn requirement(line: &str) -> &str {
    let end = [" ;", ";", " --"].iter().filter_map(|mark| line.find(mark)).min();
    line[..end.unwrap_or(line.len())].trim()
}

fn is_archive(path: &str) -> bool {
    [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

/// The lines that say something: continued ones joined, comments left out.
fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut begun: Option<Line> = None;
    for (index, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let mut line = begun.take().unwrap_or(Line {
            number: index + 1,
            text: String::new(),
        });
        let is_comment = raw.trim_start().starts_with('#');
        match raw.strip_suffix('\\') {
            Some(continued) if !is_comment => {
                line.text.push_str(continued);
                begun = Some(line);
            }
            _ => {
                // A comment behind a continued line must not become part of its last word.
                line.text.push_str(if is_comment { "" } else { raw });
                lines.push(line);
            }
        }
    }
    lines.extend(begun);
    for line in &mut lines {
        line.text = without_comment(&line.text).trim().to_owned();
    }
    lines.retain(|line| !line.text.is_empty());
    lines
}

fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (index, character) in line.char_indices() {
        if character == '#' && before.is_whitespace() {
            return &line[..index];
        }
        before = character;
    }
    line
}

/// Replaces `${NAME}` as pip does: capitals, digits and underscores only, and unset ones stay as they are.
fn expand(text: &str, variables: &Variables) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, reference) = rest.split_at(at);
        expanded.push_str(before);
        let name = reference[2..].split('}').next().unwrap_or_default();
        let is_name = !name.is_empty()
            && reference[2 + name.len()..].starts_with('}')
            && name
                .bytes()
                .all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
        if let Some(value) = variables.text(name).filter(|_| is_name) {
            expanded.push_str(&value);
            rest = &reference[name.len() + 3..];
        } else {
            expanded.push_str("${");
            rest = &reference[2..];
        }
    }
    expanded.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::environment::Installer;

    /// A worktree in memory, put on disk to be read.
    struct Tree {
        folder: tempfile::TempDir,
        variables: Vec<(&'static str, &'static str)>,
    }

    impl Tree {
        fn new(files: &[(&str, &str)]) -> Self {
            let tree = Self {
                folder: tempfile::tempdir().unwrap(),
                variables: Vec::new(),
            };
            for (path, text) in files {
                tree.write(path, text);
            }
            tree
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn read(&self) -> Result<Contents, EnvironmentError> {
            let request = Request {
                worktree: self.folder.path().to_owned(),
                requirements: Some(PathBuf::from("requirements.txt")),
                python: PathBuf::from("python3"),
                installer: Installer::Pip,
                state_dir: PathBuf::from("/nowhere"),
                variables: self.variables.iter().copied().collect(),
            };
            read(&request).map(|contents| contents.expect("the tree has requirements"))
        }

        /// Whether the key's parts change with a file.
        fn counts(&self, path: &str, text: &str) -> bool {
            let before = self.read().unwrap().hashed;
            self.write(path, text);
            self.read().unwrap().hashed != before
        }
    }

    #[test]
    fn includes_count_wherever_they_stand() {
        let tree = Tree::new(&[
            (
                "requirements.txt",
                "-r base/all.txt\n--constraint=limits.txt\n-cmore.txt # why\n--requirement \\\n  last.txt\n",
            ),
            ("base/all.txt", "-r nested/deep.txt\n-r ../last.txt\n"),
            ("base/nested/deep.txt", "aaa\n"),
            ("limits.txt", "aaa<2\n"),
            ("more.txt", ""),
            ("last.txt", ""),
        ]);
        // The file with includes of its own comes last, because that text replaces them.
        for included in [
            "base/nested/deep.txt",
            "limits.txt",
            "more.txt",
            "last.txt",
            "base/all.txt",
        ] {
            assert!(tree.counts(included, "bbb\n"), "{included}");
        }
        assert!(!tree.counts("other.txt", "bbb\n"));
        assert!(!tree.read().unwrap().names_own_files);
    }

    #[test]
    fn a_file_that_includes_itself_is_told_with_its_line_and_one_that_is_included_twice_is_not() {
        let tree = Tree::new(&[
            ("requirements.txt", "\n-r a.txt\n-r b.txt\n"),
            ("a.txt", "-r b.txt\n"),
            ("b.txt", ""),
        ]);
        tree.read().unwrap();
        tree.write("b.txt", "# comment\n\n-r ./requirements.txt\n");
        assert_eq!(
            tree.read().unwrap_err().to_string(),
            "`b.txt:3` includes `./requirements.txt`, which is including it"
        );
    }

    #[test]
    fn what_is_missing_is_told_with_the_line_where_the_option_begins() {
        let tree = Tree::new(&[("requirements.txt", "aaa \\\n  >= 1\n-r \\\n gone.txt\n")]);
        assert_eq!(
            tree.read().unwrap_err().to_string(),
            "`requirements.txt:3` names `gone.txt`, which is not there"
        );
        let remote = Tree::new(&[("requirements.txt", "-r https://host/all.txt\n# -r gone.txt\n")]);
        remote.read().unwrap();
    }

    #[test]
    fn trees_that_are_installed_count_with_their_content() {
        for line in [
            "-e ./own\n",
            "--editable=own/\n",
            "./own\n",
            "./own[extra] ; python_version > '3'\n",
            "own @ file:own/.\n",
        ] {
            let tree = Tree::new(&[("requirements.txt", line), ("own/pyproject.toml", "")]);
            assert!(tree.read().unwrap().names_own_files, "{line}");
            assert!(tree.counts("own/code.py", "1"), "{line}");
            assert!(!tree.counts("jobs/code.py", "1"), "{line}");
        }
        let links = Tree::new(&[
            ("requirements.txt", "-r base/all.txt"),
            ("base/all.txt", "--find-links wheels\naaa"),
            ("base/wheels/aaa-1.0-py3-none-any.whl", ""),
        ]);
        assert!(links.counts("base/wheels/aaa-2.0-py3-none-any.whl", ""));
        let named = Tree::new(&[
            ("requirements.txt", "wheels/aaa-1.0-py3-none-any.whl\nplain\n"),
            ("wheels/aaa-1.0-py3-none-any.whl", "1"),
            ("plain/code.py", ""),
        ]);
        assert!(named.counts("wheels/aaa-1.0-py3-none-any.whl", "2"));
        assert!(
            !named.counts("plain/code.py", "2"),
            "a name alone is a package of the index"
        );
    }

    #[test]
    fn variables_count_where_they_are_named_but_tokens_do_not() {
        let parts = |value: &'static str, text: &str| {
            let mut tree = Tree::new(&[("requirements.txt", text)]);
            tree.variables.push(("VALUE", value));
            tree.read().unwrap().hashed
        };
        assert_ne!(parts("1", "aaa==${VALUE}\n"), parts("2", "aaa==${VALUE}\n"));
        assert_eq!(parts("1", "aaa==$VALUE\n"), parts("2", "aaa==$VALUE\n"));
        let url = "git+https://x:${VALUE}@host/repo\n";
        assert_eq!(parts("one", url), parts("two", url));
    }

    #[test]
    fn text_is_expanded_as_pip_does() {
        let variables: Variables = [("A_1", "x")].into_iter().collect();
        for (text, expanded) in [
            ("${A_1}${A_1}", "xx"),
            ("${A_2}", "${A_2}"),
            ("${a}", "${a}"),
            ("${", "${"),
            ("${}", "${}"),
            ("${${A_1}", "${x"),
            ("$A_1", "$A_1"),
            ("ä${A_1}ä", "äxä"),
        ] {
            assert_eq!(expand(text, &variables), expanded);
        }
    }

    #[test]
    fn lines_keep_their_first_number() {
        let lines = lines("\u{feff}a \\\r\n b\r\n\r\n# c \\\nd#e #f\n\\\n# g\nh\\");
        let found: Vec<(usize, &str)> = lines
            .iter()
            .map(|line| (line.number, line.text.as_str()))
            .collect();
        assert_eq!(found, [(1, "a  b"), (5, "d#e"), (8, "h")]);
    }
}
