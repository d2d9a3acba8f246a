//! One of the five time fields: its text -> the values it names, as a bit set.

use super::fault::Fault;
use super::word::strange_space;
use crate::diagnostic::{nearest, quoted};

/// What a field may hold.
#[derive(Debug)]
pub(super) struct Kind {
    /// As messages call it.
    pub(super) name: &'static str,
    low: u32,
    high: u32,
    /// Full names, the first standing for `low`; their first three letters are names as well.
    names: &'static [&'static str],
}

/// The five fields in their order.
pub(super) const KINDS: [Kind; 5] = [
    Kind {
        name: "minute",
        low: 0,
        high: 59,
        names: &[],
    },
    Kind {
        name: "hour",
        low: 0,
        high: 23,
        names: &[],
    },
    Kind {
        name: "day of month",
        low: 1,
        high: 31,
        names: &[],
    },
    Kind {
        name: "month",
        low: 1,
        high: 12,
        names: &[
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
    },
    Kind {
        name: "day of week",
        low: 0,
        high: 7,
        names: &[
            "sunday",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
        ],
    },
];

/// The values of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// Bit n is set where n is named. Sunday is 0 or 7, as it was written.
    pub(super) values: u64,
    /// Whether the field begins with `*`, which is what cron calls unrestricted, also with a step behind it.
    pub(super) is_star: bool,
}

/// Reads one field; `at` is the byte where it begins.
pub(super) fn parse(kind: &Kind, text: &str, at: usize, faults: &mut Vec<Fault>) -> Field {
    let mut values = 0;
    let mut start = at;
    for element in text.split(',') {
        match kind.element(element, start) {
            Ok(bits) => values |= bits,
            Err(fault) => faults.push(fault),
        }
        start += element.len() + 1;
    }
    Field {
        values,
        is_star: text.starts_with('*'),
    }
}

impl Kind {
    /// One element of a list: `*`, a value or a range, with a step behind `*` or a range.
    fn element(&self, text: &str, at: usize) -> Result<u64, Fault> {
        let span = at..at + text.len();
        if text.is_empty() {
            return Err(Fault::schedule(
                at.saturating_sub(1)..at + 1,
                format!("the list of the {} has an empty element", self.name),
            )
            .help("remove the comma that is too many"));
        }
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some((step, at + range.len() + 1))),
            None => (text, None),
        };
        let (first, last) = if range == "*" {
            (self.low, self.high)
        } else if let Some((first, last)) = range.split_once('-') {
            let low = self.value(first, at)?;
            let last_at = at + first.len() + 1;
            let mut high = self.value(last, last_at)?;
            // The week ends with Sunday where it is named as the end of a range.
            if self.names.len() == 7 && high == 0 && low > 0 && !last.starts_with('0') {
                high = 7;
            }
            if low > high {
                return Err(self.backwards(range, low, high, span));
            }
            (low, high)
        } else {
            let value = self.value(range, at)?;
            if let Some((step, _)) = step {
                return Err(Fault::schedule(
                    span,
                    format!("the {} {} has a step but no range", self.name, quoted(text)),
                )
                .help(format!("write `{value}-{0}/{1}` or `*/{1}`", self.high, step)));
            }
            (value, value)
        };
        let step = step.map_or(Ok(1), |(step, at)| self.step(step, at))?;
        Ok((first..=last)
            .step_by(step)
            .fold(0, |bits, value| bits | 1 << value))
    }

    fn backwards(&self, range: &str, low: u32, high: u32, span: std::ops::Range<usize>) -> Fault {
        let fault = Fault::schedule(
            span,
            format!("the range {} of the {} runs backwards", quoted(range), self.name),
        );
        let end = if self.names.len() == 7 { 6 } else { self.high };
        fault.help(format!("write it as two: `{low}-{end},{}-{high}`", self.low))
    }

    fn step(&self, text: &str, at: usize) -> Result<usize, Fault> {
        let span = at.saturating_sub(1)..at + text.len();
        match digits(text) {
            Some(0) => Err(Fault::schedule(span, "a step of 0 never moves on").help("write `/1` or more")),
            Some(step) if step <= self.high => Ok(step as usize),
            Some(step) => {
                let fault = Fault::schedule(
                    span,
                    format!("a step of {step} skips every {} but the first", self.name),
                );
                Err(match self.name {
                    "minute" => fault.help(format!("`@every {step}m` runs every {step} minutes")),
                    "hour" => fault.help(format!("`@every {step}h` runs every {step} hours")),
                    _ => fault.help(format!("write a step of at most {}", self.high)),
                })
            }
            None => Err(
                Fault::schedule(span, format!("the step {} is not a number", quoted(text)))
                    .help("a step is a whole number behind `/`, such as `*/5`"),
            ),
        }
    }

    /// A number or a name.
    fn value(&self, text: &str, at: usize) -> Result<u32, Fault> {
        let span = at..at + text.len().max(1);
        if let Some(number) = digits(text) {
            if (self.low..=self.high).contains(&number) {
                return Ok(number);
            }
            return Err(Fault::schedule(
                span,
                format!("the {} {} is out of range", self.name, quoted(text)),
            )
            .help(format!("write {} to {}", self.low, self.high)));
        }
        let position = self.names.iter().position(|name| {
            name.eq_ignore_ascii_case(text)
                || name
                    .get(..3)
                    .is_some_and(|short| short.eq_ignore_ascii_case(text))
        });
        if let Some(position) = position {
            return Ok(self.low + u32::try_from(position).expect("there are at most twelve names"));
        }
        let fault = Fault::schedule(span, format!("{} is no {}", quoted(text), self.name));
        Err(fault.help(self.advice(text)))
    }

    /// What to write in place of a text that is no value.
    fn advice(&self, text: &str) -> String {
        if text == "?" {
            return "write `*`; `?` is Quartz's".to_owned();
        }
        if let Some(help) = strange_space(text) {
            return help.to_owned();
        }
        let short = self.names.iter().filter_map(|name| name.get(..3));
        if let Some(near) = nearest(text, self.names.iter().copied().chain(short)) {
            return format!("did you mean `{near}`?");
        }
        let named = match self.names.len() {
            0 => "",
            7 => ", or a name such as `mon`",
            _ => ", or a name such as `jan`",
        };
        format!(
            "write a number from {} to {}{named}, a range `a-b`, or `*`",
            self.low, self.high
        )
    }
}

/// A number of decimal digits; one that is too large is larger than any field takes.
fn digits(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u32::MAX))
}
