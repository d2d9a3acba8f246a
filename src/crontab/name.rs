//! The name of a job: what a given one may be, and one made from a command.

/// The most characters of a name.
pub(super) const LONGEST: usize = 64;

/// What a given name may be, in words.
pub(super) const RULE: &str = "use letters, digits, `.`, `_` and `-`, a letter or digit first, 64 at most";

/// Endings of the files that interpreters run.
const SCRIPTS: [&str; 12] = [
    ".py", ".sh", ".bash", ".pl", ".rb", ".js", ".mjs", ".ts", ".php", ".lua", ".sql", ".r",
];

/// Words before the command that is meant.
const PREFIXES: [&str; 5] = ["exec", "env", "nice", "nohup", "time"];

/// Words that, with the one behind them, stand before the command that is meant.
const PREFIXES_OF_TWO: [&str; 4] = ["cd", "set", "export", "umask"];

/// Whether a given name is one.
pub(super) fn is_valid(name: &str) -> bool {
    name.chars().count() <= LONGEST && name.starts_with(char::is_alphanumeric) && name.chars().all(is_allowed)
}

fn is_allowed(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '_' | '-')
}

/// A name for a command: the script that it runs, else the module behind `-m`, else its program.
pub(super) fn derived(command: &str) -> String {
    let words: Vec<&str> = command
        .split(|c: char| {
            c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '"' | '\'' | '<' | '>')
        })
        .filter(|word| !word.is_empty())
        .collect();
    let script = words.iter().find(|word| {
        let lower = word.to_ascii_lowercase();
        !word.contains("://")
            && SCRIPTS
                .iter()
                .any(|ending| lower.len() > ending.len() && lower.ends_with(ending))
    });
    let module = words
        .windows(3)
        .find(|three| base(three[0]).starts_with("python") && three[1] == "-m")
        .map(|three| three[2]);
    let is_program = |index: usize, word: &str| {
        let is_taken = index > 0 && PREFIXES_OF_TWO.contains(&words[index - 1]);
        let is_prefix = PREFIXES.contains(&base(word)) || PREFIXES_OF_TWO.contains(&word);
        !is_taken && !is_prefix && !word.starts_with('-') && !word.contains(['=', '$'])
    };
    let program = words
        .iter()
        .enumerate()
        .find(|(index, word)| is_program(*index, word));
    let chosen = script
        .copied()
        .or(module)
        .or(program.map(|(_, word)| *word))
        .unwrap_or("job");
    let name: String = base(chosen)
        .chars()
        .filter(|character| is_allowed(*character))
        .skip_while(|character| !character.is_alphanumeric())
        .take(LONGEST)
        .collect();
    if name.is_empty() { "job".to_owned() } else { name }
}

fn base(word: &str) -> &str {
    word.trim_end_matches('/').rsplit('/').next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_named_after_what_it_runs() {
        for (command, name) in [
            ("/usr/local/bin/python -u /app/scripts/hello.py", "hello.py"),
            ("cd /app && python3 tools/report.py --all", "report.py"),
            ("flock -n /tmp/lock sh -c './run.sh; true'", "run.sh"),
            ("python3 -m package.module --flag", "package.module"),
            ("/usr/bin/pg_dump -Fc db", "pg_dump"),
            ("cd /app && A=$(git pull 2>&1) && echo $A", "git"),
            ("LANG=C exec nice backup", "backup"),
            ("curl https://example.com/a.py", "curl"),
            ("\"$HOME\"", "job"),
            ("---", "job"),
            ("./отчёт.py", "отчёт.py"),
            ("[ -f x ]", "job"),
        ] {
            assert_eq!(derived(command), name, "{command}");
            assert!(is_valid(&derived(command)), "{command}");
        }
    }

    #[test]
    fn a_name_is_short_and_harmless() {
        for name in ["a", "hello.py", "a-b_c.2", &"ä".repeat(LONGEST)] {
            assert!(is_valid(name), "{name}");
        }
        for name in [
            "",
            "-a",
            ".a",
            "a b",
            "a/b",
            "a\u{1b}",
            "a\"",
            &"a".repeat(LONGEST + 1),
        ] {
            assert!(!is_valid(name), "{name}");
        }
    }
}
