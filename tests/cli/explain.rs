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
