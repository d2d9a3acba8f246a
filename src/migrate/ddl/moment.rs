//! SQLite's date and time functions (<https://sqlite.org/lang_datefunc.html>).
//!
//! Each gives text in SQLite. Here it is carried as text and, beside it, as the moment that the text tells (`timestamp` in
//! UTC), so that comparisons with columns of moments and defaults of them need no text.

use turso_parser::ast::Expr;

use super::translator::{Allowed, Translator};
use super::typed::{Kind, Translated, Typed, Value, refuse};
use super::{iso, literal};
use crate::migrate::encoding::Moments;
use crate::migrate::written::{ClockForm, Fraction, Parts, Written};

/// This moment in UTC. PostgreSQL tells when the transaction began, SQLite when the statement did.
pub(super) const NOW: &str = "(now() AT TIME ZONE 'UTC')";
/// This moment in the zone of the session.
pub(super) const LOCAL_NOW: &str = "LOCALTIMESTAMP";

/// `CURRENT_TIMESTAMP` and the like.
pub(super) fn now(translator: &Translator<'_>, format: &str, what: &str) -> Translated {
    translator.moving(&format!("`{what}`"))?;
    formatted(translator.allowed, NOW, format)
}

/// A call of a date function; `None` where the name is another's.
pub(super) fn call(
    translator: &mut Translator<'_>,
    name: &str,
    arguments: &[Box<Expr>],
) -> Translated<Option<Typed>> {
    let format = match name {
        "date" => "%Y-%m-%d",
        "time" => "%H:%M:%S",
        "datetime" => "%Y-%m-%d %H:%M:%S",
        "julianday" => "%J",
        "unixepoch" => "%s",
        "strftime" => "",
        _ => return Ok(None),
    };
    let (format, arguments) = if name == "strftime" {
        let Some((format, rest)) = arguments.split_first() else {
            return refuse("`strftime()` has no format");
        };
        let Some(Value::Text(format)) = translator.expression(format)?.value else {
            return refuse("the format of `strftime()` is not a constant");
        };
        (format, rest)
    } else {
        (format.to_owned(), arguments)
    };
    let (moment, fine) = moment(translator, arguments)?;
    let format = if fine { format.replace("%S", "%f") } else { format };
    Ok(Some(match name {
        "julianday" => Typed::new(
            Kind::Real,
            format!("((extract(epoch from {moment}) / 86400.0 + 2440587.5)::double precision)"),
        ),
        "unixepoch" if fine => return refuse("`unixepoch()` with fractions is not translated"),
        "unixepoch" => Typed {
            moment: Some(moment.clone()),
            ..Typed::new(Kind::Integer, epoch(&moment))
        },
        _ => formatted(translator.allowed, &moment, &format)?,
    }))
}

/// The moment that the arguments tell, as a `timestamp`, and whether it keeps fractions in its text.
fn moment(translator: &mut Translator<'_>, arguments: &[Box<Expr>]) -> Translated<(String, bool)> {
    let mut modifiers = Vec::new();
    for argument in arguments.iter().skip(1) {
        match translator.expression(argument)?.value {
            Some(Value::Text(text)) => modifiers.push(text.trim().to_ascii_lowercase()),
            _ => return refuse("a modifier of a date function is not a constant"),
        }
    }
    let value = match arguments.first() {
        Some(value) => translator.expression(value)?,
        None => Typed::constant(Value::Text("now".to_owned())),
    };
    let mut modifiers = modifiers.as_slice();
    let mut moment = match &value.value {
        Some(Value::Text(text)) if text.eq_ignore_ascii_case("now") => {
            translator.moving("the time")?;
            if let [first, rest @ ..] = modifiers {
                if first == "localtime" {
                    modifiers = rest;
                    LOCAL_NOW.to_owned()
                } else {
                    NOW.to_owned()
                }
            } else {
                NOW.to_owned()
            }
        }
        Some(Value::Text(text)) => match iso::moment(text) {
            Some(moment) => format!("timestamp {}", literal(&moment)),
            None => return refuse(format!("the text {} is no date", value.sql)),
        },
        _ => source(translator.allowed, &value, &mut modifiers)?,
    };
    if modifiers.len() > 5 {
        return refuse("a date function has more modifiers than are translated");
    }
    let mut fine = false;
    for modifier in modifiers {
        if matches!(modifier.as_str(), "subsec" | "subsecond") {
            fine = true;
        } else {
            if matches!(modifier.as_str(), "localtime" | "utc") {
                translator.moving("the zone of the session")?;
            }
            moment = modified(&moment, modifier)?;
        }
    }
    Ok((moment, fine))
}

/// A value that is no constant: a moment, or a number of seconds.
fn source(allowed: Allowed, value: &Typed, modifiers: &mut &[String]) -> Translated<String> {
    if let ["unixepoch", ..] = modifiers
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        *modifiers = &modifiers[1..];
        if value.is_moment() && value.moments == Moments::EpochS {
            return value.timestamp();
        }
        let seconds = value.number()?.sql;
        // Beyond these SQLite gives NULL, and PostgreSQL fails.
        return Ok(format!(
            "(CASE WHEN {seconds} BETWEEN -210866760000 AND 253402300799 \
             THEN timestamp '1970-01-01' + {seconds}::double precision * interval '1 second' END)"
        ));
    }
    let read = match value.written {
        Written::Clock(form) => form.is_readable(),
        Written::Mixed { readable } => readable,
        _ => true,
    };
    if value.is_clock() && !read {
        return refuse("a date function gets dates written in a way that it may not read");
    }
    if value.is_moment() && !matches!(value.moments, Moments::Iso | Moments::JulianDay) {
        return refuse("a date function takes the numbers of a column for Julian days, which they are not");
    }
    if value.kind.is_number() {
        return refuse("a date function gets a number without `'unixepoch'`");
    }
    if value.kind == Kind::Text
        && value.moment.is_none()
        && value.value.is_none()
        && allowed != Allowed::Immutable
    {
        return Ok(told(&value.sql));
    }
    value.timestamp()
}

/// The moment that a text tells by SQLite's rules, NULL where it tells none. Days up to the 31st count on from the first of
/// any month. A number is a Julian day; before the year 1 the cast fails, for years are written in another way there.
fn told(text: &str) -> String {
    const DATE: &str = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])";
    const TIME: &str = "(?:[01][0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?\\s*(?:[Zz]|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?\\s*";
    let clock = format!(
        "substring({text} from '[0-9]{{2}}:[0-9:.]+')::interval \
         - coalesce(substring({text} from '[+-][0-9]{{2}}:[0-9]{{2}}\\s*$')::interval, interval '0')"
    );
    format!(
        "(CASE WHEN {text} ~ '^{DATE}[\\sT]*(?:{TIME})?$' \
         THEN (substr({text}, 1, 8) || '01')::timestamp + (substr({text}, 9, 2)::integer - 1) * interval '1 day' \
         + coalesce({clock}, interval '0') \
         WHEN {text} ~ '^{TIME}$' THEN timestamp '2000-01-01' + {clock} \
         WHEN lower({text} COLLATE \"C\") = 'now' THEN {NOW} \
         WHEN {text} !~ '^\\s*[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?\\s*$' THEN NULL \
         WHEN {text}::numeric NOT BETWEEN 0 AND 5373484.49999 THEN NULL \
         WHEN {text}::numeric < 1721425.5 THEN {text}::timestamp \
         ELSE date_trunc('milliseconds', timestamp '0001-01-01' \
         + ({text}::double precision - 1721425.5) * interval '1 day' + interval '500 microseconds') END)"
    )
}

fn modified(moment: &str, modifier: &str) -> Translated<String> {
    let start = |unit: &str| format!("date_trunc('{unit}', {moment})");
    Ok(match modifier {
        "localtime" => format!("(({moment} AT TIME ZONE 'UTC')::timestamp)"),
        "utc" => format!("({moment}::timestamptz AT TIME ZONE 'UTC')"),
        "start of day" => start("day"),
        "start of month" => start("month"),
        "start of year" => start("year"),
        _ => {
            let mut words = modifier.split_whitespace();
            let (Some(amount), Some(unit), None) = (words.next(), words.next(), words.next()) else {
                return refuse(format!("the date modifier `{modifier}` is not translated"));
            };
            let plain = amount.trim_start_matches(['+', '-']);
            let number = plain.bytes().all(|byte| byte.is_ascii_digit()) && (1..=6).contains(&plain.len());
            if !number || amount.len() > plain.len() + 1 {
                return refuse(format!("the date modifier `{modifier}` is not translated"));
            }
            let sign = if amount.starts_with('-') { "-" } else { "+" };
            match unit.trim_end_matches('s') {
                unit @ ("second" | "minute" | "hour" | "day") => {
                    format!("({moment} {sign} interval '{plain} {unit}')")
                }
                // SQLite counts the days of the month on from its first: 31 January and a month is 3 March.
                unit @ ("month" | "year") => format!(
                    "(date_trunc('month', {moment}) {sign} interval '{plain} {unit}' + ({moment} - date_trunc('month', {moment})))"
                ),
                _ => return refuse(format!("the date modifier `{modifier}` is not translated")),
            }
        }
    })
}

fn epoch(moment: &str) -> String {
    format!("(floor(extract(epoch from {moment}))::bigint)")
}

/// The text of a moment in a format of `strftime`, and the moment that this text tells.
pub(super) fn formatted(allowed: Allowed, moment: &str, format: &str) -> Translated {
    let immutable = allowed == Allowed::Immutable;
    let mut parts = Vec::new();
    let mut chars = format.chars();
    let mut plain = String::new();
    while let Some(char) = chars.next() {
        if char != '%' {
            plain.push(char);
            continue;
        }
        let Some(sign) = chars.next() else {
            return refuse("the format of `strftime()` ends with `%`");
        };
        if sign == '%' {
            plain.push('%');
            continue;
        }
        if !plain.is_empty() {
            parts.push(literal(&std::mem::take(&mut plain)));
        }
        parts.push(part(moment, sign, immutable)?);
    }
    if !plain.is_empty() {
        parts.push(literal(&plain));
    }
    let sql = match parts.as_slice() {
        [] => "''".to_owned(),
        [part] => part.clone(),
        _ => format!("({})", parts.join(" || ")),
    };
    // `to_char` cuts milliseconds where SQLite rounds, which shows only in moments that are kept.
    let is_now = moment == NOW || moment == LOCAL_NOW;
    let usual = (!immutable && (is_now || !format.contains("%f")))
        .then(|| pattern(format))
        .flatten();
    let mut typed = Typed::new(
        Kind::Text,
        usual.map_or(sql, |pattern| format!("to_char({moment}, {})", literal(&pattern))),
    );
    typed.written = form(format).map_or(Written::Nothing, Written::Clock);
    typed.moment = match format {
        "%Y-%m-%d" => Some(format!("date_trunc('day', {moment})")),
        "%Y-%m-%d %H:%M:%S" | "%Y-%m-%dT%H:%M:%S" | "%Y-%m-%dT%H:%M:%SZ" => Some(
            if moment == NOW || moment == LOCAL_NOW || moment.starts_with("timestamp '") {
                moment.to_owned()
            } else {
                format!("date_trunc('second', {moment})")
            },
        ),
        "%Y-%m-%d %H:%M:%f" | "%Y-%m-%dT%H:%M:%f" | "%Y-%m-%dT%H:%M:%fZ" | "%s" => Some(moment.to_owned()),
        _ => None,
    };
    if format == "%s" {
        typed.digits = Some(epoch(moment));
    } else if let [single] = parts.as_slice()
        && let Some(digits) = whole(moment, format)
        && !single.is_empty()
    {
        typed.digits = Some(digits);
    }
    Ok(typed)
}

/// The form in which dates and moments of a format are written.
fn form(format: &str) -> Option<ClockForm> {
    let (clock, suffix) = match format.strip_suffix('Z') {
        Some(clock) => (clock, "Z"),
        None => (format, ""),
    };
    let (clock, digits) = match clock.strip_suffix("%f") {
        Some(clock) => (format!("{clock}%S"), 3),
        None => (clock.to_owned(), 0),
    };
    let parts = match clock.as_str() {
        "%Y-%m-%d" if suffix.is_empty() => Parts::Date,
        "%H:%M:%S" => Parts::Time,
        "%Y-%m-%d %H:%M:%S" => Parts::Both(' '),
        "%Y-%m-%dT%H:%M:%S" => Parts::Both('T'),
        _ => return None,
    };
    Some(ClockForm {
        fraction: Fraction::Always(digits),
        suffix,
        ..ClockForm::plain(parts)
    })
}

/// A format of one field as a whole number.
fn whole(moment: &str, format: &str) -> Option<String> {
    let field = match format {
        "%Y" => "year",
        "%m" => "month",
        "%d" => "day",
        "%H" => "hour",
        "%M" => "minute",
        "%j" => "doy",
        "%w" => "dow",
        "%u" => "isodow",
        _ => return None,
    };
    Some(format!("(extract({field} from {moment})::bigint)"))
}

/// The pattern of `to_char` for the formats that are one.
fn pattern(format: &str) -> Option<String> {
    let mut pattern = String::new();
    let mut chars = format.chars();
    while let Some(char) = chars.next() {
        if char == '%' {
            pattern.push_str(match chars.next()? {
                'Y' => "YYYY",
                'm' => "MM",
                'd' => "DD",
                'H' => "HH24",
                'M' => "MI",
                'S' => "SS",
                'f' => "SS.MS",
                'F' => "YYYY-MM-DD",
                'T' => "HH24:MI:SS",
                'R' => "HH24:MI",
                'j' => "DDD",
                _ => return None,
            });
        } else if char.is_ascii_alphabetic() {
            pattern.push('"');
            pattern.push(char);
            pattern.push('"');
        } else if matches!(char, '-' | ':' | ' ' | '.' | '/' | ',') {
            pattern.push(char);
        } else {
            return None;
        }
    }
    Some(pattern)
}

/// One field as text, by functions that are immutable.
fn part(moment: &str, sign: char, immutable: bool) -> Translated<String> {
    let field = |field: &str, width: u8| {
        format!("lpad(floor(extract({field} from {moment}))::bigint::text, {width}, '0')")
    };
    Ok(match sign {
        'Y' => field("year", 4),
        'm' => field("month", 2),
        'd' => field("day", 2),
        'H' => field("hour", 2),
        'M' => field("minute", 2),
        'S' => field("second", 2),
        'j' => field("doy", 3),
        'f' => format!("lpad(least(round(extract(second from {moment}), 3), 59.999)::text, 6, '0')"),
        's' => format!("({}::text)", epoch(moment)),
        'w' => format!("(extract(dow from {moment})::text)"),
        'u' => format!("(extract(isodow from {moment})::text)"),
        'F' => join(moment, &['Y', 'm', 'd'], "-", immutable)?,
        'T' => join(moment, &['H', 'M', 'S'], ":", immutable)?,
        'R' => join(moment, &['H', 'M'], ":", immutable)?,
        _ => return refuse(format!("`%{sign}` of `strftime()` is not translated")),
    })
}

fn join(moment: &str, signs: &[char], between: &str, immutable: bool) -> Translated<String> {
    let parts = signs
        .iter()
        .map(|sign| part(moment, *sign, immutable))
        .collect::<Translated<Vec<_>>>()?;
    Ok(format!("({})", parts.join(&format!(" || '{between}' || "))))
}
