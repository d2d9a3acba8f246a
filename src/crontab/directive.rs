//! The comment directly above a job that holds its options: `# stackctl: name=hello overlap=skip timeout=10m`.

use super::fault::Fault;
use super::line::Line;
use super::name;
use super::policy::Policy;
use super::word::{Word, is_blank, words};
use crate::diagnostic::{Code, Span, nearest, quoted};
use crate::model::Duration;
use crate::model::Overlap;

const KEYS: [&str; 6] = ["name", "overlap", "timeout", "retries", "retry-delay", "catch-up"];

/// More tries than this are a job that never succeeds.
const MOST_RETRIES: u32 = 1000;

/// A time limit as it is given.
#[derive(Debug, Clone, Copy)]
enum Limit {
    Never,
    After(Duration),
}

/// What the comments above a job say.
#[derive(Debug, Default)]
pub(super) struct Directive {
    /// With its place in the file.
    pub(super) name: Option<(String, Span)>,
    overlap: Option<Overlap>,
    timeout: Option<Limit>,
    retries: Option<u32>,
    retry_delay: Option<Duration>,
    catch_up: Option<bool>,
}

/// The options of a comment, and where they begin in it; none if it is a comment for people.
pub(super) fn options(line: &str) -> Option<(&str, usize)> {
    let comment = line.trim_start().strip_prefix('#')?;
    let options = comment.trim_start().strip_prefix("stackctl:")?;
    Some((options, line.len() - options.len()))
}

/// What is meant as options and would pass as a comment for people, as its colon is missing.
pub(super) fn without_colon(line: &str) -> Option<Fault> {
    let comment = line.trim_start().strip_prefix('#')?.trim_start();
    let rest = comment.strip_prefix("stackctl")?;
    let first = rest.starts_with(is_blank).then(|| words(rest).next())??;
    let key = first.text.split('=').next()?;
    let start = line.len() - comment.len();
    KEYS.contains(&key).then(|| {
        Fault::line(
            start..start + "stackctl".len(),
            "the options of a job begin with `stackctl:`",
        )
        .help("add the colon, or write the comment in other words")
    })
}

impl Directive {
    /// Adds what one comment says; `at` is the byte of the line where its options begin.
    pub(super) fn read(&mut self, options: &str, at: usize, line: &Line<'_>, faults: &mut Vec<Fault>) {
        for word in words(options) {
            let word = Word {
                start: word.start + at,
                end: word.end + at,
                ..word
            };
            if let Err(fault) = self.option(&word, line) {
                faults.push(fault);
            }
        }
    }

    /// The options of a job, where the crontab's defaults are these.
    pub(super) fn policy(&self, defaults: &Policy) -> Policy {
        Policy {
            overlap: self.overlap.unwrap_or(defaults.overlap),
            timeout: match self.timeout {
                Some(Limit::Never) => None,
                Some(Limit::After(limit)) => Some(limit),
                None => defaults.timeout,
            },
            retries: self.retries.unwrap_or(defaults.retries),
            retry_delay: self.retry_delay.unwrap_or(defaults.retry_delay),
            catch_up: self.catch_up.unwrap_or(defaults.catch_up),
        }
    }

    fn option(&mut self, word: &Word, line: &Line<'_>) -> Result<(), Fault> {
        let (key, value) = match word.text.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (word.text.as_str(), None),
        };
        let whole = word.start..word.end;
        let is_new = match (key, value) {
            ("catch-up", None) => replace(&mut self.catch_up, true),
            (key, None) if KEYS.contains(&key) => {
                return Err(Fault::line(whole, format!("`{key}` needs a value"))
                    .help(format!("write `{key}=…` without spaces")));
            }
            (key, Some(text)) if KEYS.contains(&key) => {
                let span = word.end - text.len()..word.end;
                self.value(key, text, &span, line)?
            }
            _ => return Err(unknown(key, word.start..word.start + key.len().max(1))),
        };
        if is_new {
            Ok(())
        } else {
            Err(Fault::line(whole, format!("`{key}` is given twice for one job"))
                .help("keep the one that is meant"))
        }
    }

    /// Sets a key that takes a value; whether it was not set before.
    fn value(&mut self, key: &str, text: &str, span: &Span, line: &Line<'_>) -> Result<bool, Fault> {
        let wrong = |code: Code, help: String| {
            Fault::new(
                code,
                span.clone(),
                format!("{} is no value of `{key}`", quoted(text)),
            )
            .help(help)
        };
        let duration = |text: &str| {
            text.parse::<Duration>()
                .map_err(|error| wrong(Code::InvalidDuration, error.to_string()))
        };
        Ok(match key {
            "name" if name::is_valid(text) => {
                replace(&mut self.name, (text.to_owned(), line.span(span.clone())))
            }
            "name" => return Err(wrong(Code::InvalidName, name::RULE.to_owned())),
            "overlap" => {
                let overlap = text.parse().map_err(|error| {
                    let near = nearest(text, Overlap::NAMES.map(|(name, _)| name));
                    let help =
                        near.map_or_else(|| format!("{error}"), |near| format!("did you mean `{near}`?"));
                    wrong(Code::InvalidValue, help)
                });
                let overlap: Result<Overlap, Fault> = overlap;
                replace(&mut self.overlap, overlap?)
            }
            "timeout" if text == "none" => replace(&mut self.timeout, Limit::Never),
            "timeout" => {
                let limit = duration(text)?;
                if limit.get().is_zero() {
                    return Err(wrong(
                        Code::InvalidDuration,
                        "write `timeout=none` for no limit".to_owned(),
                    ));
                }
                replace(&mut self.timeout, Limit::After(limit))
            }
            "retries" => {
                let number = text.parse().ok().filter(|number| *number <= MOST_RETRIES);
                let number = number.ok_or_else(|| {
                    wrong(
                        Code::InvalidValue,
                        format!("write a number from 0 to {MOST_RETRIES}"),
                    )
                })?;
                replace(&mut self.retries, number)
            }
            "retry-delay" => replace(&mut self.retry_delay, duration(text)?),
            _ => {
                let wanted = text.parse().map_err(|_| {
                    wrong(
                        Code::InvalidValue,
                        "write `catch-up`, or `catch-up=false`".to_owned(),
                    )
                })?;
                replace(&mut self.catch_up, wanted)
            }
        })
    }
}

fn replace<T>(place: &mut Option<T>, value: T) -> bool {
    place.replace(value).is_none()
}

fn unknown(key: &str, span: Span) -> Fault {
    let help = nearest(key, KEYS).map_or_else(
        || format!("the options are {}", KEYS.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    Fault::line(span, format!("there is no option {}", quoted(key))).help(help)
}
