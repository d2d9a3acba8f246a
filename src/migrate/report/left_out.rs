//! What is not carried, as lines for people: objects that one reason leaves out stand in one line.

use super::amount::legible;
use crate::migrate::plan::NotCarried;

/// A line for each kind and reason, in the order of the first that each is told of.
#[must_use]
pub fn lines(not_carried: &[NotCarried]) -> Vec<String> {
    let mut groups: Vec<(&NotCarried, Vec<String>)> = Vec::new();
    for one in not_carried {
        let name = format!("`{}`", legible(&one.name));
        let known = |(first, _): &&mut (&NotCarried, Vec<String>)| {
            first.kind == one.kind && first.reason == one.reason
        };
        match groups.iter_mut().find(known) {
            Some((_, names)) => names.push(name),
            None => groups.push((one, vec![name])),
        }
    }
    let line = |(first, names): (&NotCarried, Vec<String>)| {
        format!(
            "{} {}: {}",
            legible(&first.kind),
            names.join(", "),
            legible(&first.reason)
        )
    };
    groups.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reason_is_told_once() {
        let one = |kind: &str, name: &str, reason: &str| NotCarried {
            kind: kind.to_owned(),
            name: name.to_owned(),
            reason: reason.to_owned(),
        };
        let all = [
            one("view", "a", "no `f()`"),
            one("view", "b", "no `g()`"),
            one("view", "c", "no `f()`"),
            one("trigger", "d", "no `f()`"),
        ];
        assert_eq!(
            lines(&all),
            [
                "view `a`, `c`: no `f()`",
                "view `b`: no `g()`",
                "trigger `d`: no `f()`"
            ]
        );
    }
}
