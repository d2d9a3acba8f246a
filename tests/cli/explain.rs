//! `stackctl explain`.

use crate::harness::TestStack;

#[test]
fn a_misspelt_code_names_the_nearest() {
    let output = TestStack::empty().run(&["explain", "port-clsh"]).code(2);
    assert_eq!(
        output.stderr,
        "error: there is no problem code `port-clsh`\nhint: did you mean `port-clash`? Type `stackctl explain port-clash`\n"
    );
}

#[test]
fn every_code_is_listed() {
    let output = TestStack::empty().run(&["explain", "--format", "json"]).success();
    assert!(output.json().as_array().unwrap().len() > 20);
}

#[test]
fn a_list_begins_at_the_edge_and_has_one_line_for_each_code() {
    let output = TestStack::empty().run(&["explain"]).success();
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), stackctl::diagnostic::Code::ALL.len() + 1);
    assert!(
        lines.iter().all(|line| !line.starts_with(' ')),
        "{}",
        output.stdout
    );
    assert_eq!(
        lines[1],
        "syntax                  The text is not TOML, so nothing in it can be read for certain"
    );
}
