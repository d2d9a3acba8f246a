//! Every value survives: what stack.toml says is what `docker compose config` hands to the engine. It needs the
//! compose plugin, and no engine.

use std::fs;
use std::process::Command;

use proptest::prelude::*;
use serde_json::{Value, json};
use stackctl::artifact::{self, Inputs};
use stackctl::config;

/// What YAML readers, Compose and shells have taken for something else.
const AWKWARD: [&str; 72] = [
    "",
    " ",
    "  two",
    "trailing ",
    "trailing  ",
    "\ttab",
    "tab\t",
    "a\tb",
    "\n",
    "\n\n",
    "a\n",
    "a\nb",
    "a\n\n",
    "\na",
    " \n ",
    "a \nb",
    "a\n  b\n",
    "yes",
    "no",
    "on",
    "off",
    "y",
    "N",
    "true",
    "False",
    "null",
    "Null",
    "~",
    "=",
    "<<",
    "1_000",
    "0777",
    "0o17",
    "0x1F",
    "1e3",
    "1.0",
    ".5",
    "-.inf",
    ".nan",
    "+1",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "22:30",
    "1:2:3",
    "$",
    "$$",
    "${X}",
    "$X",
    "$${X}",
    "#",
    " # no comment",
    "a #b",
    "a: b",
    ":",
    "- item",
    "-",
    "? key",
    "[a]",
    "{a: b}",
    "!tag",
    "&a",
    "*a",
    "%dir",
    "@at",
    "`tick`",
    "'single'",
    "\"double\"",
    "back\\slash\\n",
    "😀",
    "\u{2028}",
    "\u{feff}bom",
    "---",
];

/// Any text that stack.toml takes: control characters but tab and newline are refused there.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        3 => prop::sample::select("$${}:#-'\"\\ \n\t,[]&*!|>%@`=~?0123456789_.eyn".chars().collect::<Vec<_>>()),
        1 => any::<char>().prop_filter("refused in stack.toml", |&c| {
            !(c.is_control() && c != '\n' && c != '\t') && c != '\u{fffe}' && c != '\u{ffff}'
        }),
    ];
    prop::collection::vec(character, 0..24).prop_map(|characters| characters.into_iter().collect())
}

#[test]
fn awkward_strings_reach_the_container() {
    survive(&AWKWARD.map(str::to_owned));
}

proptest! {
    // Each case asks Compose once for all of its strings.
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_string_reaches_the_container(texts in prop::collection::vec(text(), 150)) {
        survive(&texts);
    }
}

/// Renders a service that holds the texts wherever it can, and compares with what Compose reads.
fn survive(texts: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), compose_file(texts)).unwrap();
    let output = Command::new("docker")
        .args(["compose", "-f", "compose.yaml", "config", "--format", "json"])
        .current_dir(folder.path())
        .env("STACKCTL_TEST_SET", "from outside")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let config: Value = serde_json::from_slice(&output.stdout).unwrap();
    let service = &config["services"]["app"];

    let environment = &service["environment"];
    for (index, text) in texts.iter().enumerate() {
        let found = |name: &str| plain(&environment[format!("{name}{index}")]);
        assert_eq!(&found("LITERAL_"), text);
        if fits_default(text) {
            assert_eq!(&found("UNSET_"), text);
            assert_eq!(found("SET_"), "from outside", "{text:?}");
        }
    }
    assert_eq!(plain_list(&service["command"]), texts);
    assert_eq!(plain_list(&service["entrypoint"]), texts);
    assert_eq!(plain_list(&service["healthcheck"]["test"])[1..], *texts);
    for (index, text) in texts.iter().enumerate() {
        if !text.contains('$') {
            assert_eq!(&plain(&service["labels"][format!("passed{index}")]), text);
        }
    }
}

fn compose_file(texts: &[String]) -> Vec<u8> {
    let mut environment = serde_json::Map::new();
    for (index, text) in texts.iter().enumerate() {
        environment.insert(format!("LITERAL_{index}"), json!({ "literal": text }));
        if fits_default(text) {
            for name in ["UNSET", "SET"] {
                let origin = json!({ "env": format!("STACKCTL_TEST_{name}"), "default": text });
                environment.insert(format!("{name}_{index}"), origin);
            }
        }
    }
    let test: Vec<&str> = std::iter::once("CMD")
        .chain(texts.iter().map(String::as_str))
        .collect();
    // In a passthrough `$` is Compose's own.
    let passed = texts.iter().enumerate().filter(|(_, text)| !text.contains('$'));
    let labels = passed.map(|(index, text)| (format!("passed{index}"), json!(text)));
    let labels = Value::Object(labels.collect());
    let stack = format!(
        "[stack]\nname = \"survival\"\n[services.app]\nimage = \"app:1\"\ncommand = {list}\nentrypoint = {list}\nhealthcheck = {{ test = {test} }}\nenvironment = {environment}\ncompose = {{ labels = {labels} }}\n",
        list = toml(&json!(texts)),
        test = toml(&json!(test)),
        environment = toml(&Value::Object(environment)),
        labels = toml(&labels),
    );
    let loaded = config::load(&stack, None).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let files = artifact::files(&loaded.stack, &Inputs::default()).unwrap();
    let compose = files
        .into_iter()
        .find(|file| file.path == "compose.yaml")
        .unwrap();
    compose.bytes
}

/// As TOML on one line, whose strings have JSON's escapes but for `\/`.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{key} = {}", toml(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        _ => value.to_string(),
    }
}

/// Whether stack.toml takes it as a default; the rest is refused there, which is the rule that is tried here.
fn fits_default(text: &str) -> bool {
    let stack = format!(
        "[stack]\nname = \"x\"\n[services.app]\nimage = \"a:1\"\nhealthcheck.disable = true\n\
         environment.X = {{ env = \"X\", default = {} }}\n",
        toml(&Value::from(text))
    );
    config::load(&stack, None).is_ok()
}

/// `config` doubles each `$`, so that its output can be read again.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no string"))
        .replace("$$", "$")
}

fn plain_list(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(plain).collect()
}
