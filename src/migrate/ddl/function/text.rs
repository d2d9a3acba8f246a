//! Functions over text and bytes.

use super::super::arithmetic;
use super::super::cast::bytes;
use super::super::literal;
use super::super::moment::formatted;
use super::super::translator::Allowed;
use super::super::typed::{Kind, Translated, Typed, Value, refuse};
use crate::migrate::written::Written;

/// A place behind the end of any text.
const FAR: i32 = 1_073_741_823;

/// A call; `None` where the name is another's.
pub(super) fn call(allowed: Allowed, name: &str, arguments: &[Typed]) -> Translated<Option<Typed>> {
    let text = |sql: String| Ok(Some(Typed::new(Kind::Text, sql)));
    let whole = |sql: String| Ok(Some(Typed::new(Kind::Integer, format!("({sql}::bigint)"))));
    match (name, arguments) {
        (
            "lower",
            [
                Typed {
                    value: Some(Value::Text(text)),
                    ..
                },
            ],
        ) => Ok(Some(Typed::constant(Value::Text(text.to_ascii_lowercase())))),
        (
            "upper",
            [
                Typed {
                    value: Some(Value::Text(text)),
                    ..
                },
            ],
        ) => Ok(Some(Typed::constant(Value::Text(text.to_ascii_uppercase())))),
        ("lower" | "upper", [value]) => text(format!("{name}({} COLLATE \"C\")", value.text()?)),
        ("length", [value]) if value.kind == Kind::Blob => whole(format!("octet_length({})", value.sql)),
        ("length", [value]) => whole(format!("length({})", value.text()?)),
        ("octet_length", [value]) if value.kind == Kind::Blob => {
            whole(format!("octet_length({})", value.sql))
        }
        ("octet_length", [value]) => whole(format!("octet_length({})", value.text()?)),
        ("trim", [value]) => text(format!("btrim({})", value.text()?)),
        ("ltrim" | "rtrim", [value]) => text(format!("{name}({})", value.text()?)),
        ("trim", [value, set]) => text(format!("btrim({}, {})", value.text()?, set.text()?)),
        ("ltrim" | "rtrim", [value, set]) => text(format!("{name}({}, {})", value.text()?, set.text()?)),
        ("replace", [value, from, to]) => text(format!(
            "replace({}, {}, {})",
            value.text()?,
            from.text()?,
            to.text()?
        )),
        ("instr", [value, part]) if value.kind == Kind::Blob && part.kind == Kind::Blob => {
            whole(format!("position({} in {})", part.sql, value.sql))
        }
        ("instr", [value, part]) => whole(format!("strpos({}, {})", value.text()?, part.text()?)),
        ("substr" | "substring", [value, start]) => substr(allowed, value, start, None).map(Some),
        ("substr" | "substring", [value, start, length]) => {
            substr(allowed, value, start, Some(length)).map(Some)
        }
        ("hex", [value]) => {
            let bytes = match value.kind {
                Kind::Blob => value.sql.clone(),
                _ => bytes(&value.text()?),
            };
            text(format!(
                "coalesce(upper(encode({bytes}, 'hex') COLLATE \"C\"), '')"
            ))
        }
        ("unicode", [value]) => whole(format!("ascii(nullif({}, ''))", value.text()?)),
        ("char", [_, ..]) => {
            let parts = arguments
                .iter()
                .map(|code| match code.value {
                    Some(Value::Integer(code @ 1..=0x0010_ffff)) => Ok(format!("chr({code})")),
                    _ => refuse("`char()` gets what is no constant"),
                })
                .collect::<Translated<Vec<_>>>()?;
            text(format!("({})", parts.join(" || ")))
        }
        ("concat", [_]) => refuse("`concat()` of one value is likely an aggregate of the application's own"),
        ("concat", [_, _, ..]) => {
            let parts = filled(arguments)?;
            text(format!("({})", parts.join(" || ")))
        }
        ("concat_ws", [between, parts @ ..]) if !parts.is_empty() => {
            let between = between.text()?;
            let parts = parts
                .iter()
                .map(|part| Ok(format!("{between} || {}", part.text()?)))
                .collect::<Translated<Vec<_>>>()?;
            let parts: Vec<_> = parts.iter().map(|part| format!("coalesce({part}, '')")).collect();
            // What stands before the first part that is not NULL is cut off again.
            text(format!("substr({}, length({between}) + 1)", parts.join(" || ")))
        }
        ("printf" | "format", [format, arguments @ ..]) => printf(format, arguments).map(Some),
        _ => Ok(None),
    }
}

/// Arguments as text, NULL as nothing.
fn filled(arguments: &[Typed]) -> Translated<Vec<String>> {
    arguments
        .iter()
        .map(|argument| Ok(format!("coalesce({}, '')", argument.text()?)))
        .collect()
}

/// SQLite counts from the end where the start is negative, and backwards where the length is.
fn substr(allowed: Allowed, value: &Typed, start: &Typed, length: Option<&Typed>) -> Translated {
    if value.is_moment()
        && let Ok(prefix) = prefix(allowed, value, start, length)
    {
        return Ok(prefix);
    }
    let (kind, sql) = match value.kind {
        // SQLite takes no bytes for NULL here.
        Kind::Blob => (Kind::Blob, format!("nullif({}, '')", value.sql)),
        _ => (Kind::Text, value.text()?),
    };
    let from_end = |start: &str| {
        let size = if kind == Kind::Blob {
            "octet_length"
        } else {
            "length"
        };
        format!("{size}({sql}) + {start} + 1")
    };
    let integer = |typed: &Typed| -> Translated<String> {
        let number = typed.number()?;
        match number.kind {
            // No text is longer; `least` and `greatest` would pass over NULL.
            Kind::Integer => {
                let number = arithmetic::wide(&number);
                Ok(format!(
                    "((CASE WHEN {number} > {FAR} THEN {FAR} WHEN {number} < -{FAR} THEN -{FAR} ELSE {number} END)::integer)"
                ))
            }
            Kind::Null => Ok("NULL::integer".to_owned()),
            _ => refuse("a place in a text is no whole number"),
        }
    };
    let start = match start.value {
        Some(Value::Integer(number @ 0..=0x3fff_ffff)) => number.to_string(),
        Some(Value::Integer(number @ -0x3fff_ffff..0)) => from_end(&format!("({number})")),
        _ => {
            let start = integer(start)?;
            format!("CASE WHEN {start} < 0 THEN {} ELSE {start} END", from_end(&start))
        }
    };
    let sql = match length.map(|length| (length, &length.value)) {
        None => format!("substr({sql}, {start})"),
        Some((_, Some(Value::Integer(number @ 0..=0x3fff_ffff)))) => {
            format!("substr({sql}, {start}, {number})")
        }
        Some((_, Some(Value::Integer(number @ -0x3fff_ffff..0)))) => {
            format!("substr({sql}, ({start}) - {0}, {0})", -number)
        }
        Some((length, _)) => {
            let length = integer(length)?;
            format!(
                "(CASE WHEN {length} < 0 THEN substr({sql}, ({start}) + {length}, - {length}) \
                 ELSE substr({sql}, {start}, greatest({length}, 0)) END)"
            )
        }
    };
    // The functions are strict except where a CASE swallows a NULL length.
    Ok(Typed::new(
        kind,
        match length {
            Some(length) if length.value.is_none() => {
                format!("(CASE WHEN {} IS NOT NULL THEN {sql} END)", integer(length)?)
            }
            _ => sql,
        },
    ))
}

/// The first characters of a moment's text, which are the same in every form that SQLite writes.
fn prefix(allowed: Allowed, value: &Typed, start: &Typed, length: Option<&Typed>) -> Translated {
    use crate::migrate::encoding::Moments;
    let from_one = matches!(start.value, Some(Value::Integer(1)));
    let length = match length.and_then(|length| length.value.as_ref()) {
        Some(Value::Integer(length)) if from_one => *length,
        _ => 0,
    };
    let format = match length {
        4 => "%Y",
        7 => "%Y-%m",
        10 => "%Y-%m-%d",
        _ => return refuse("a part of a moment's text is taken"),
    };
    if matches!(value.written, Written::Mixed { readable: false }) {
        return refuse("a part of a moment's text is taken, which may tell the clock of another zone");
    }
    if value.moments != Moments::Iso {
        return refuse("a part of a moment's text is taken, and it was a number");
    }
    formatted(allowed, &value.timestamp()?, format)
}

/// `%s`, `%d`, `%Nd`, `%0Nd` and `%%`.
fn printf(format: &Typed, arguments: &[Typed]) -> Translated {
    let Some(Value::Text(format)) = &format.value else {
        return refuse("the format of `printf()` is not a constant");
    };
    let mut arguments = arguments.iter();
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut chars = format.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '%' {
            plain.push(char);
            continue;
        }
        let mut width = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            width.push(digit);
        }
        let sign = chars.next();
        if sign == Some('%') && width.is_empty() {
            plain.push('%');
            continue;
        }
        if !plain.is_empty() {
            parts.push(literal(&std::mem::take(&mut plain)));
        }
        let argument = arguments.next();
        let Some(argument) = argument else {
            return refuse("`printf()` has fewer arguments than its format asks for");
        };
        parts.push(match (sign, width.as_str()) {
            (Some('s'), "") => format!("coalesce({}, '')", argument.text()?),
            (Some('d' | 'i'), width) if width.len() <= 3 => directive(argument, width)?,
            _ => return refuse(format!("the format `{format}` of `printf()` is not translated")),
        });
    }
    if !plain.is_empty() {
        parts.push(literal(&plain));
    }
    if parts.is_empty() {
        parts.push("''".to_owned());
    }
    Ok(Typed::new(Kind::Text, format!("({})", parts.join(" || "))))
}

fn directive(argument: &Typed, width: &str) -> Translated<String> {
    let number = argument.number()?;
    if !matches!(number.kind, Kind::Integer | Kind::Null) {
        return refuse("`%d` of `printf()` gets what is no whole number");
    }
    let number = format!("coalesce({}, 0)", arithmetic::wide(&number));
    let text = format!("({number}::text)");
    let places = width.trim_start_matches('0');
    if places.is_empty() {
        return Ok(text);
    }
    if !width.starts_with('0') {
        return Ok(format!("lpad({text}, greatest({places}, length({text})))"));
    }
    let digits = format!("ltrim({text}, '-')");
    Ok(format!(
        "(CASE WHEN {number} < 0 THEN '-' || lpad({digits}, greatest({places} - 1, length({digits})), '0') \
         ELSE lpad({text}, greatest({places}, length({text})), '0') END)"
    ))
}
