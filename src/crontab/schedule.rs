//! The words of a schedule -> what they mean.

use super::calendar::Calendar;
use super::fault::Fault;
use super::field::{self, Field, KINDS};
use super::word::{Word, words};
use crate::diagnostic::{Code, nearest, quoted};
use crate::model::Duration;
use crate::model::duration::DurationError;

/// When a job is due, without a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Schedule {
    /// At minutes of the calendar.
    Calendar(Calendar),
    /// Each time so many seconds have passed since 1970 a whole number of times, so that a restart moves nothing.
    Every(u32),
    /// Once when the agent starts.
    AtStart,
}

/// The longest interval of `@every`, in seconds: a year, beyond which a date is meant.
const LONGEST: u64 = 366 * 86_400;

/// Nicknames and the five fields that they stand for.
const NICKNAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// How many words the schedule has that begins with this one.
pub(super) fn length(first: &Word) -> usize {
    match &first.text {
        text if text.eq_ignore_ascii_case("@every") => 2,
        text if text.starts_with('@') => 1,
        _ => KINDS.len(),
    }
}

/// Reads the words of a schedule; there are as many as `length` says, or fewer where the text ends.
pub(super) fn parse(words: &[Word], faults: &mut Vec<Fault>) -> Option<Schedule> {
    let first = words.first()?;
    if first.text.starts_with('@') {
        return nickname(first, words.get(1), faults);
    }
    if words.len() < KINDS.len() {
        faults.push(
            Fault::schedule(
                first.start..words.last()?.end,
                format!("a schedule has five fields, this has {}", words.len()),
            )
            .help("write minute, hour, day of month, month and day of week, such as `*/5 * * * *`"),
        );
        return None;
    }
    let before = faults.len();
    let fields: Vec<Field> = KINDS
        .iter()
        .zip(words)
        .map(|(kind, word)| field::parse(kind, &word.text, word.start, faults))
        .collect();
    if faults.len() > before {
        return None;
    }
    let fields: [Field; 5] = fields.try_into().ok()?;
    let calendar = Calendar::new(fields);
    if calendar.is_possible() {
        return Some(Schedule::Calendar(calendar));
    }
    let (day, month) = (&words[2], &words[3]);
    faults.push(
        Fault::schedule(
            day.start..month.end,
            "no such day is in these months, so it would never run",
        )
        .help("February has 29 days at most; April, June, September and November have 30"),
    );
    None
}

/// A schedule that begins with `@`.
fn nickname(name: &Word, interval: Option<&Word>, faults: &mut Vec<Fault>) -> Option<Schedule> {
    let lower = name.text.to_ascii_lowercase();
    if lower == "@reboot" {
        return Some(Schedule::AtStart);
    }
    if lower == "@every" {
        return match every(name, interval) {
            Ok(seconds) => Some(Schedule::Every(seconds)),
            Err(fault) => {
                faults.push(fault);
                None
            }
        };
    }
    if let Some((_, fields)) = NICKNAMES.iter().find(|(nickname, _)| *nickname == lower) {
        let words: Vec<Word> = words(fields).collect();
        return parse(&words, faults);
    }
    let known = NICKNAMES.iter().map(|(nickname, _)| *nickname);
    let near = nearest(&lower, known.chain(["@reboot", "@every"]));
    let help = near.map_or_else(
        || "write @hourly, @daily, @weekly, @monthly, @yearly, @reboot or `@every 90s`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let message = format!("there is no schedule {}", quoted(&name.text));
    faults.push(Fault::schedule(name.start..name.end, message).help(help));
    None
}

/// The seconds of `@every`.
fn every(name: &Word, interval: Option<&Word>) -> Result<u32, Fault> {
    let Some(word) = interval else {
        return Err(
            Fault::schedule(name.start..name.end, "`@every` needs an interval").help("write `@every 90s`"),
        );
    };
    let span = word.start..word.end;
    let interval: Duration = word.text.parse().map_err(|error: DurationError| {
        let message = format!("{} is no interval", quoted(&word.text));
        Fault::new(Code::InvalidDuration, span.clone(), message).help(format!("{error}"))
    })?;
    let whole = interval.get();
    if whole.subsec_nanos() > 0 || whole.as_secs() == 0 {
        return Err(Fault::new(
            Code::InvalidDuration,
            span,
            "an interval is a whole number of seconds, at least 1",
        )
        .help("write `@every 1s` or more"));
    }
    u32::try_from(whole.as_secs())
        .ok()
        .filter(|seconds| u64::from(*seconds) <= LONGEST)
        .ok_or_else(|| {
            Fault::new(Code::InvalidDuration, span, "an interval is at most 366 days")
                .help("name the dates by the five fields instead")
        })
}
