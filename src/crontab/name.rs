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
const PREFIXES: [&str; 11] = [
    "cd", "exec", "env", "nice", "nohup", "time", "timeout", "flock", "sudo", "set", "export",
];

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
    let is_program = |word: &&&str| {
        !word.starts_with('-')
            && !word.contains('=')
            && !word.contains('$')
            && !PREFIXES.contains(&base(word))
    };
    let program = words.iter().find(is_program);
    let chosen = script.copied().or(module).or(program.copied()).unwrap_or("job");
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
