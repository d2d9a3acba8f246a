//! Dates, times and moments as the texts that stand in SQLite, which compares those: `'1997-12-31 00:00:00'` is greater than
//! `'1997-12-31'` there. Where both sides are written in one form, PostgreSQL's own types compare alike; where a constant
//! is written in another, the bound that gives the same rows is; else the texts themselves are made and compared.

use super::compare::Comparison;
use super::typed::{Affinity, Kind, Translated, Typed, Value, number_in, refuse};
use super::{iso, literal};
use crate::migrate::encoding::Moments;
use crate::migrate::written::{ClockForm, Fraction, Parts, Written};

/// Both sides of a comparison, in types that compare as SQLite compares the texts, and the comparison to make.
pub(super) fn sides(
    comparison: Comparison,
    left: &Typed,
    right: &Typed,
) -> Translated<Option<(Comparison, String, String)>> {
    if !left.is_clock() && !right.is_clock() {
        return Ok(None);
    }
    if let Some((low, high)) = numbers(left, right)? {
        return Ok(Some((comparison, low, high)));
    }
    let (Some(one), Some(other)) = (form(left, right)?, form(right, left)?) else {
        return Ok(None);
    };
    let (one, other) = match (one, other) {
        // Nobody has written a cell yet; it is taken to be written as what it is compared with.
        (None, None) => return Ok(native(comparison, left, right)),
        (Some(form), None) | (None, Some(form)) => (form, form),
        (Some(one), Some(other)) => (one, other),
    };
    let usable = one.is_ordered() || !comparison.orders();
    if one == other && usable {
        return Ok(native(comparison, left, right));
    }
    for (column, constant, turned) in [(left, right, false), (right, left, true)] {
        if let (true, Some(Value::Text(text))) = (column.is_clock(), &constant.value) {
            let form = if turned { other } else { one };
            let comparison = if turned { comparison.turned() } else { comparison };
            if let Some(sql) = bound(comparison, column, form, text) {
                return Ok(Some(sql));
            }
        }
    }
    Ok(Some((comparison, ordered(left)?, ordered(right)?)))
}

/// A value that orders as SQLite orders the text or number that stands there.
pub(super) fn key(typed: &Typed) -> Translated<String> {
    tells_apart(typed)?;
    match typed.written {
        Written::Clock(form) if typed.is_clock() && !form.is_ordered() => ordered(typed),
        _ => Ok(typed.sql.clone()),
    }
}

/// Refuses what the value does not tell apart as its text does.
pub(super) fn tells_apart(typed: &Typed) -> Translated<()> {
    if typed.kind == Kind::Text && typed.unclear {
        return refuse(
            "a text is compared whose parts have a `COLLATE`, which decides for the whole in SQLite",
        );
    }
    if typed.kind == Kind::Boolean && matches!(typed.written, Written::Mixed { .. }) {
        return refuse(
            "booleans are compared or put in order that are written in more than one way in SQLite",
        );
    }
    if typed.is_clock() && matches!(typed.written, Written::Mixed { .. }) {
        return refuse(
            "dates are compared or put in order that are written in more than one way, or in one that was not looked at; \
             SQLite compares their texts",
        );
    }
    Ok(())
}

/// The text that stands in SQLite.
pub(super) fn text(typed: &Typed) -> Translated<String> {
    let Written::Clock(form) = typed.written else {
        return refuse(format!(
            "{} as text is written differently in SQLite",
            typed.kind.name()
        ));
    };
    Ok(written(&stamp(typed)?, form, typed.fixed))
}

/// Numbers that both sides were in SQLite; `None` where a side was no number.
fn numbers(left: &Typed, right: &Typed) -> Translated<Option<(String, String)>> {
    let counted = |side: &Typed| side.is_clock() && side.is_counted();
    if !counted(left) && !counted(right) {
        return Ok(None);
    }
    if counted(left) && counted(right) && left.moments == right.moments && left.kind == right.kind {
        return Ok(Some((left.sql.clone(), right.sql.clone())));
    }
    let is_number = |side: &Typed| counted(side) || side.kind.is_number();
    let digits = |side: &Typed| side.kind == Kind::Text && side.digits.is_some();
    if is_number(left) && is_number(right)
        || is_number(left) && digits(right) && left.affinity == Affinity::Number
        || is_number(right) && digits(left) && right.affinity == Affinity::Number
    {
        return Ok(Some((left.number()?.sql, right.number()?.sql)));
    }
    refuse("a date that is a number in SQLite is compared with what is none")
}

/// The form of a side: the inner `None` where no cell is written yet; the outer where it is no text of a moment.
#[expect(
    clippy::option_option,
    reason = "that it is no text and that there is no cell are two things"
)]
fn form(side: &Typed, other: &Typed) -> Translated<Option<Option<ClockForm>>> {
    if side.is_clock() {
        return Ok(match side.written {
            Written::Clock(form) => Some(Some(form)),
            Written::Nothing => Some(None),
            _ => None,
        });
    }
    let digits = match &side.value {
        Some(Value::Text(text)) => number_in(text).is_some(),
        _ => side.digits.is_some(),
    };
    // Such a column makes a number of it, and any number is less than any text.
    if digits && other.affinity == Affinity::Number {
        return refuse(format!("a date is compared with the number {}", side.sql));
    }
    match (&side.value, side.written) {
        (Some(Value::Text(text)), _) => Ok(constant(text).or(Some(Some(UNLIKE)))),
        (None, Written::Clock(form)) if side.kind == Kind::Text => Ok(Some(Some(form))),
        (None, _) if side.kind == Kind::Text && side.moment.is_some() => Ok(Some(Some(UNLIKE))),
        _ => Ok(None),
    }
}

/// A form that no cell has: texts are compared.
const UNLIKE: ClockForm = ClockForm {
    suffix: "?",
    ..ClockForm::plain(Parts::Time)
};

#[expect(clippy::option_option, reason = "as `form`")]
fn constant(text: &str) -> Option<Option<ClockForm>> {
    iso::moment(text).or_else(|| iso::time(text))?;
    let mut forms = crate::migrate::written::Forms::default();
    forms.note(text.as_bytes());
    match forms.written() {
        Written::Clock(form) => Some(Some(form)),
        _ => None,
    }
}

/// The comparison in PostgreSQL's own types.
fn native(comparison: Comparison, left: &Typed, right: &Typed) -> Option<(Comparison, String, String)> {
    if left.kind == Kind::Time || right.kind == Kind::Time {
        return Some((comparison, time(left)?, time(right)?));
    }
    if left.kind == right.kind {
        return Some((comparison, left.sql.clone(), right.sql.clone()));
    }
    let one = |side: &Typed| {
        let sql = side.timestamp().ok()?;
        // The text has no fractions, and so has what is compared.
        Some(if side.kind == Kind::Text && sql == super::moment::NOW {
            format!("date_trunc('second', {sql})")
        } else {
            sql
        })
    };
    Some((comparison, one(left)?, one(right)?))
}

fn time(side: &Typed) -> Option<String> {
    match (side.kind, &side.value) {
        (Kind::Time, _) => Some(side.sql.clone()),
        (_, Some(Value::Text(text))) => Some(format!("time {}", literal(&iso::time(text)?))),
        _ => None,
    }
}

/// The bound in PostgreSQL's own type that gives what a constant in another form does. `comparison` has the column first.
fn bound(
    comparison: Comparison,
    column: &Typed,
    form: ClockForm,
    text: &str,
) -> Option<(Comparison, String, String)> {
    if form.has(text) && (form.is_ordered() || !comparison.orders()) {
        return native(comparison, column, &Typed::constant(Value::Text(text.to_owned())));
    }
    let day = iso::date(text.get(..10)?)?;
    let below = matches!(comparison, Comparison::Less | Comparison::LessOrEqual);
    if !comparison.orders() || !form.is_ordered() {
        return None;
    }
    let comparison = match form.parts {
        // The text of any moment of a day is greater than that of the day alone.
        Parts::Both(_) if text.len() == 10 => [Comparison::GreaterOrEqual, Comparison::Less],
        // That of a day is less than one that goes on.
        Parts::Date if text.len() > 10 => [Comparison::Greater, Comparison::LessOrEqual],
        _ => return None,
    }[usize::from(below)];
    let bound = match column.kind {
        Kind::Date => format!("date {}", literal(&day)),
        _ => format!("timestamp {}", literal(&format!("{day} 00:00:00"))),
    };
    let column = match column.kind {
        Kind::Date => column.sql.clone(),
        _ => column.timestamp().ok()?,
    };
    Some((comparison, column, bound))
}

/// The text of a side, in the order of its bytes.
fn ordered(side: &Typed) -> Translated<String> {
    Ok(format!("({} COLLATE \"C\")", side.text()?))
}

fn stamp(typed: &Typed) -> Translated<String> {
    match typed.kind {
        Kind::Time => Ok(format!("(date '2000-01-01' + {})", typed.sql)),
        _ => typed.timestamp(),
    }
}

/// The text of a `timestamp` in a form. `fixed` asks for functions that are immutable.
fn written(stamp: &str, form: ClockForm, fixed: bool) -> String {
    let mut pattern = match form.parts {
        Parts::Date => "YYYY-MM-DD".to_owned(),
        Parts::Time => "HH24:MI".to_owned(),
        Parts::Both(sign) => format!("YYYY-MM-DD\"{sign}\"HH24:MI"),
    };
    let mut digits = 0;
    if form.parts != Parts::Date && form.seconds {
        pattern.push_str(":SS");
        digits = match form.fraction {
            Fraction::Always(digits) | Fraction::UnlessZero(digits) => digits,
            Fraction::Trimmed => 6,
        };
    }
    let whole = if fixed {
        immutable(stamp, form)
    } else {
        format!("to_char({stamp}, {})", literal(&pattern))
    };
    let micros = format!("lpad((extract(microseconds from {stamp})::bigint % 1000000)::text, 6, '0')");
    let fraction = match digits {
        0 => String::new(),
        6 => format!(" || '.' || {micros}"),
        digits @ 1..6 => format!(" || '.' || substr({micros}, 1, {digits})"),
        digits => format!(
            " || '.' || {micros} || {}",
            literal(&"0".repeat(usize::from(digits) - 6))
        ),
    };
    let clock = match form.fraction {
        _ if digits == 0 => whole,
        Fraction::Always(_) => format!("{whole}{fraction}"),
        Fraction::UnlessZero(_) => format!(
            "{whole} || CASE WHEN {micros} = '000000' THEN '' ELSE {} END",
            fraction.trim_start_matches(" || ")
        ),
        Fraction::Trimmed => format!("rtrim(rtrim({whole}{fraction}, '0'), '.')"),
    };
    if form.suffix.is_empty() {
        format!("({clock})")
    } else {
        format!("({clock} || {})", literal(form.suffix))
    }
}

fn immutable(stamp: &str, form: ClockForm) -> String {
    let field = |field: &str, width: u8| {
        format!("lpad(floor(extract({field} from {stamp}))::bigint::text, {width}, '0')")
    };
    let date = [field("year", 4), field("month", 2), field("day", 2)].join(" || '-' || ");
    let mut time = vec![field("hour", 2), field("minute", 2)];
    if form.seconds {
        time.push(field("second", 2));
    }
    let time = time.join(" || ':' || ");
    match form.parts {
        Parts::Date => date,
        Parts::Time => time,
        Parts::Both(sign) => format!("{date} || '{sign}' || {time}"),
    }
}

/// What is known of a value that is one of these, in this kind; its SQL is empty.
pub(super) fn joined(kind: Kind, parts: &[Typed]) -> Typed {
    let mut filled = parts.iter().filter(|part| part.kind != Kind::Null);
    let told = |part: &Typed| match (&part.value, part.written, part.kind) {
        (Some(Value::Text(text)), ..) if kind != Kind::Text => match constant(text) {
            Some(Some(form)) => Written::Clock(form),
            _ => Written::Mixed { readable: false },
        },
        (_, Written::Nothing, Kind::Boolean | Kind::Integer) if kind == Kind::Boolean => Written::Numbers,
        (_, written, _) => written,
    };
    let mut typed = Typed::new(kind, String::new());
    if let Some(first) = filled.next() {
        typed = typed.written_as(first);
        typed.written = told(first);
        for part in filled {
            if told(part) != typed.written || part.moments != typed.moments {
                typed.written = Written::Mixed {
                    readable: typed.moments == Moments::Iso && part.moments == Moments::Iso,
                };
            }
        }
    }
    if kind == Kind::Real
        && parts
            .iter()
            .any(|part| matches!(part.kind, Kind::Integer | Kind::Boolean | Kind::Numeric))
    {
        typed.written = Written::Mixed { readable: true };
    }
    if !typed.is_clock() && !matches!(kind, Kind::Boolean | Kind::Real) {
        typed.written = Written::Nothing;
    }
    typed
}

impl Typed {
    /// Whether it is a date, a time or a moment, not the text of one.
    pub(super) fn is_clock(&self) -> bool {
        self.is_moment() || self.kind == Kind::Time
    }

    /// Whether it is a date or moment that is a number in SQLite.
    pub(super) fn is_counted(&self) -> bool {
        self.moments != Moments::Iso && !matches!(self.written, Written::Clock(_))
    }
}

impl Comparison {
    /// The same with the sides exchanged.
    fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}
