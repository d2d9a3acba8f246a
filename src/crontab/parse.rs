//! The text of a crontab -> its jobs, or everything that is wrong with it.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::command;
use super::defaults::Defaults;
use super::directive::{self, Directive};
use super::environment::{Environment, Setting};
use super::errors::CrontabErrors;
use super::fault::Fault;
use super::job::{Job, JobId};
use super::line::{Line, lines};
use super::name;
use super::schedule;
use super::setting::{self, Assignment};
use super::settle::{half, settle};
use super::timing::Timing;
use super::word::{Word, legible, strange_space, words};
use crate::diagnostic::{Code, Span, nearest, quoted};
use crate::model::TimeZone;

/// Users that /etc/crontab names in its sixth field, and that are no programs.
const USERS: [&str; 6] = ["root", "nobody", "www-data", "daemon", "ubuntu", "debian"];

/// Reads a crontab whole. `source` is its name in messages.
///
/// # Errors
///
/// Everything that is wrong with it; then nothing of it is to be taken.
pub fn parse(text: &[u8], source: &str, defaults: &Defaults) -> Result<Vec<Job>, CrontabErrors> {
    let mut parser = Parser::new(source, defaults);
    for line in lines(text) {
        parser.line(&line);
    }
    parser.end_of_directive();
    if parser.faults.is_empty() {
        return Ok(parser.finish());
    }
    let shown = masked(text, &parser.values);
    Err(CrontabErrors::new(source, shown, parser.faults))
}

/// The text with asterisks in place of the values of settings. No byte moves.
fn masked(text: &[u8], values: &[Span]) -> String {
    let mut bytes = text.to_vec();
    for byte in values.iter().cloned().flatten() {
        if !matches!(bytes[byte], b'\n' | b'\r') {
            bytes[byte] = b'*';
        }
    }
    legible(&bytes)
}

struct Parser<'a> {
    source: Arc<str>,
    defaults: &'a Defaults,
    jobs: Vec<(Job, usize)>,
    faults: Vec<Fault>,
    settings: Vec<Setting>,
    /// The hash of each variable, and the sum of all: what the variables are, whatever their order.
    hashes: HashMap<String, u128>,
    sum: u128,
    /// Places of values that may be secrets.
    values: Vec<Span>,
    cron_zone: Option<TimeZone>,
    zone: Option<TimeZone>,
    shell: Vec<u8>,
    directive: Option<(Directive, Span)>,
    /// The first line of the job of each name that was given.
    names: HashMap<String, usize>,
}

impl<'a> Parser<'a> {
    fn new(source: &str, defaults: &'a Defaults) -> Self {
        Self {
            source: source.into(),
            defaults,
            jobs: Vec::new(),
            faults: Vec::new(),
            settings: Vec::new(),
            hashes: HashMap::new(),
            sum: 0,
            values: Vec::new(),
            cron_zone: None,
            zone: None,
            shell: defaults.shell.clone().into_bytes(),
            directive: None,
            names: HashMap::new(),
        }
    }

    fn finish(self) -> Vec<Job> {
        let settings: Arc<[Setting]> = self.settings.into();
        let mut jobs: Vec<Job> = self
            .jobs
            .into_iter()
            .map(|(job, above)| Job {
                environment: Environment::new(Arc::clone(&settings), above),
                ..job
            })
            .collect();
        settle(&mut jobs);
        jobs
    }

    fn line(&mut self, line: &Line<'_>) {
        let text = line.text();
        let content = text.trim_matches(|character: char| character.is_ascii_whitespace());
        let mut faults = Vec::new();
        if let Some((options, at)) = directive::options(&text) {
            let span = line.span(text.len() - text.trim_start().len()..text.trim_end().len());
            let (directive, _) = self.directive.get_or_insert_with(|| (Directive::default(), span));
            directive.read(options, at, line, &mut faults);
        } else if content.is_empty() || content.starts_with('#') {
            self.end_of_directive();
            faults.extend(directive::without_colon(&text));
        } else if let Some(setting) = setting::parse(&line.bytes) {
            self.end_of_directive();
            match setting {
                Ok(assignment) => self.setting(line, assignment, &mut faults),
                Err(fault) => {
                    // What went wrong may stand in the middle of a value.
                    let equals = line.bytes.iter().position(|byte| *byte == b'=').unwrap_or(0);
                    self.values.extend(line.places(equals + 1..line.bytes.len()));
                    faults.push(fault);
                }
            }
        } else {
            self.job(line, &text, &mut faults);
        }
        if line.is_cut && faults.is_empty() {
            let end = line.bytes.len();
            faults.push(
                Fault::line(
                    end..end + 1,
                    "the file ends where a backslash says that the line goes on",
                )
                .help("remove the backslash, or add what is missing"),
            );
        }
        self.faults.extend(faults.into_iter().map(|fault| Fault {
            span: line.span(fault.span.clone()),
            ..fault
        }));
    }

    /// Options that no job follows.
    fn end_of_directive(&mut self) {
        if let Some((_, span)) = self.directive.take() {
            self.faults.push(
                Fault::line(span, "no job stands directly below these options")
                    .help("move the comment to the line above its job, without an empty line in between"),
            );
        }
    }

    fn setting(&mut self, line: &Line<'_>, assignment: Assignment, faults: &mut Vec<Fault>) {
        let Assignment { name, value, place } = assignment;
        match name.as_str() {
            "CRON_TZ" | "TZ" => {
                let zone = match zone(&value, &place) {
                    Ok(zone) => zone,
                    Err(fault) => return faults.push(fault),
                };
                *(if name == "TZ" {
                    &mut self.zone
                } else {
                    &mut self.cron_zone
                }) = zone;
            }
            "SHELL" if value.is_empty() => self.shell = self.defaults.shell.clone().into_bytes(),
            "SHELL" => self.shell.clone_from(&value),
            _ => self.values.extend(line.places(place)),
        }
        let hash = Sha256::new()
            .chain_update(&name)
            .chain_update([0])
            .chain_update(&value);
        let hash = u128::from_be_bytes(half(hash));
        let before = self.hashes.insert(name.clone(), hash).unwrap_or(0);
        self.sum = self.sum.wrapping_sub(before).wrapping_add(hash);
        self.settings.push((name, value));
    }

    fn job(&mut self, line: &Line<'_>, text: &str, faults: &mut Vec<Fault>) {
        let directive = self
            .directive
            .take()
            .map(|(directive, _)| directive)
            .unwrap_or_default();
        let mut found = words(text).peekable();
        let Some(first) = found.peek() else { return };
        if !first
            .text
            .starts_with(|character: char| character.is_ascii_digit() || "*@?".contains(character))
        {
            faults.push(unreadable(first));
            return;
        }
        let length = schedule::length(first);
        let time: Vec<Word> = found.by_ref().take(length).collect();
        let command_at = found.peek().map(|word| word.start);
        let Some(schedule) = schedule::parse(&time, faults) else {
            return;
        };
        let Some(start) = command_at else {
            let end = time.last().map_or(0, |word| word.end);
            faults.push(
                Fault::line(
                    end.saturating_sub(1)..end,
                    "there is no command behind the schedule",
                )
                .help("write the command behind it, on the same line"),
            );
            return;
        };
        if let Some(fault) = sixth_field(length, &mut found) {
            faults.push(fault);
            return;
        }
        let bytes = &line.bytes[start..];
        if let Some(nul) = bytes.iter().position(|byte| *byte == 0) {
            let place = start + nul..start + nul + 1;
            faults.push(
                Fault::line(place, "the command holds a NUL byte").help("no command can hold one; remove it"),
            );
            return;
        }
        let (command, stdin) = command::split(bytes);
        if command.trim_ascii().is_empty() {
            faults.push(
                Fault::line(start..line.bytes.len(), "there is no command before the `%`")
                    .help("`%` ends a command; write `\\%` for the sign itself"),
            );
            return;
        }
        let timing = Timing::new(
            schedule,
            self.cron_zone.or(self.zone).unwrap_or(self.defaults.zone),
        );
        let is_named = directive.name.is_some();
        let policy = directive.policy(&self.defaults.policy);
        let name = match directive.name {
            Some((name, place)) => self.given_name(name, place, line.number),
            None => name::derived(&legible(&command)),
        };
        let words: Vec<&str> = time.iter().map(|word| word.text.as_str()).collect();
        let job = Job {
            wanted_name: name.clone(),
            is_named,
            source: Arc::clone(&self.source),
            line: line.number,
            schedule: words.join(" "),
            timing,
            content: self.content(&timing, &command, stdin.as_deref()),
            id: JobId([0; 16]),
            shell: self.shell.clone(),
            environment: Environment::default(),
            policy,
            name,
            command,
            stdin,
        };
        self.jobs.push((job, self.settings.len()));
    }

    /// A name that a comment gives, whose place is in the file.
    fn given_name(&mut self, name: String, place: Span, line: usize) -> String {
        if let Some(first) = self.names.get(&name) {
            let message = format!("the name {} is given twice, first on line {first}", quoted(&name));
            self.faults.push(
                Fault::new(Code::DuplicateName, place, message).help("give each job a name of its own"),
            );
        } else {
            self.names.insert(name.clone(), line);
        }
        name
    }

    /// The hash of what a job is.
    fn content(&self, timing: &Timing, command: &[u8], stdin: Option<&[u8]>) -> [u8; 16] {
        let mut hash = Sha256::new();
        let input = stdin.map_or_else(|| vec![0], |stdin| [&[1], stdin].concat());
        for part in [&timing.identity()[..], command, &input, &self.shell] {
            // The length before each keeps two parts from running together.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.update(self.sum.to_be_bytes());
        half(hash)
    }
}

/// A line that is nothing at all.
fn unreadable(first: &Word) -> Fault {
    let message = format!(
        "{} begins neither a job nor a setting nor a comment",
        quoted(&first.text)
    );
    if let Some(help) = strange_space(&first.text) {
        return Fault::line(first.start..first.end, message).help(help);
    }
    Fault::line(first.start..first.end, message)
        .help("a job is five fields and a command, a setting is `NAME=value`, a comment begins with `#`")
}

/// What other programs have between schedule and command.
fn sixth_field(length: usize, rest: &mut impl Iterator<Item = Word>) -> Option<Fault> {
    let first = rest.next()?;
    let span = first.start..first.end;
    let is_time = first
        .text
        .starts_with(|character: char| character.is_ascii_digit() || "*?".contains(character))
        && first
            .text
            .chars()
            .all(|character| character.is_ascii_digit() || "*?,-/".contains(character));
    if is_time && length > 1 {
        return Some(
            Fault::schedule(span, "a schedule has five fields, and this is a sixth")
                .help("leave out seconds and years; `@every 30s` runs more often than each minute"),
        );
    }
    let is_user = USERS.contains(&first.text.as_str()) && rest.next().is_some();
    is_user.then(|| {
        Fault::line(
            span,
            format!(
                "`{}` is a user, as /etc/crontab names one before the command",
                first.text
            ),
        )
        .help("leave it out: jobs run as the user of the container")
    })
}

/// The time zone of a setting; none where it is empty.
fn zone(value: &[u8], place: &Span) -> Result<Option<TimeZone>, Fault> {
    let text = legible(value);
    // The C library takes the name of a zone with a colon before it as well.
    let name = text.strip_prefix(':').unwrap_or(&text);
    if name.is_empty() {
        return Ok(None);
    }
    name.parse().map(Some).map_err(|error| {
        let message = format!("{} is no time zone", quoted(&text));
        let error: crate::model::time_zone::TimeZoneError = error;
        let help = nearest(name, TimeZone::names())
            .map_or_else(|| error.to_string(), |near| format!("did you mean `{near}`?"));
        Fault::new(Code::InvalidTimeZone, place.clone(), message).help(help)
    })
}
