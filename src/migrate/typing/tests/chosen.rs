//! What cells make of a declared type.

use super::*;
use crate::migrate::encoding::Moments;
use crate::migrate::target_type::TargetType;

const UUID: &str = "123e4567-e89b-12d3-a456-426614174000";
const BYTES: Cell<'static> = Cell::Blob(&[0xff, 0, 1]);

#[test]
#[expect(clippy::too_many_lines, reason = "a table of columns")]
fn data_may_veto_what_is_declared() {
    let (soon, word) = (text("soon"), text("abc"));
    let wide = text("0123456789");
    for (declared, cells, expected) in [
        // Booleans.
        ("BOOLEAN", vec![INT(0), INT(1), text("t"), Cell::Null], "boolean"),
        ("BOOLEAN", vec![INT(0), INT(1), INT(2)], "boolean"),
        ("BOOLEAN", vec![INT(0), INT(7), INT(2)], "bigint"),
        ("BOOLEAN", vec![word], "text"),
        ("TINYINT(1)", vec![INT(0), INT(1), INT(1), INT(2)], "bigint"),
        // Whole numbers.
        ("INTEGER", vec![INT(i64::MAX), REAL(1.0)], "bigint"),
        ("INTEGER", vec![INT(1), INT(2), word], "bigint"),
        ("INTEGER", vec![INT(1), word, word], "text"),
        ("INTEGER", vec![INT(1), REAL(1.5)], "double precision"),
        (
            "INTEGER",
            vec![INT(1), INT(2), REAL(1.5), word],
            "double precision",
        ),
        ("INTEGER", vec![INT(i64::MAX), REAL(1.5)], "numeric"),
        ("INTEGER", vec![INT(1), REAL(1e19)], "double precision"),
        ("INTEGER", vec![INT(1), REAL(f64::INFINITY)], "double precision"),
        ("FLOATING POINT", vec![REAL(0.5)], "double precision"),
        ("POINT", vec![text("1,2")], "text"),
        // Doubles and decimals.
        ("REAL", vec![REAL(0.5), INT(1 << 53)], "double precision"),
        ("REAL", vec![REAL(0.5), INT((1 << 53) + 1)], "numeric"),
        ("REAL", vec![REAL(0.5), REAL(1.5), word], "double precision"),
        ("NUMERIC(10,2)", vec![REAL(3.98), INT(5)], "numeric(10,2)"),
        ("NUMERIC(10,2)", vec![REAL(3.985), INT(5)], "numeric"),
        ("NUMERIC(3,2)", vec![INT(10)], "numeric"),
        ("NUMERIC(3,2)", vec![REAL(f64::INFINITY)], "numeric"),
        (
            "NUMERIC(30,2)",
            vec![text("1234567890123456789012.50"), word, INT(1)],
            "numeric(30,2)",
        ),
        ("DECIMAL", vec![word, word, INT(1)], "text"),
        // Text and bytes.
        ("VARCHAR(9)", vec![wide], "text"),
        ("VARCHAR(10)", vec![wide], "varchar(10)"),
        ("VARCHAR(3)", vec![text("äöü")], "varchar(3)"),
        ("TEXT", vec![word, text(UUID), text("2024-01-01")], "text"),
        ("TEXT", vec![word, word, BYTES], "text"),
        ("TEXT", vec![word, BYTES, BYTES], "bytea"),
        ("TEXT", vec![text("a\0"), word], "text"),
        ("TEXT", vec![text("a\0"), text("b\0"), word], "bytea"),
        ("BLOB", vec![BYTES, BYTES], "bytea"),
        ("BLOB", vec![word, word, BYTES], "bytea"),
        ("BLOB", vec![word, word], "text"),
        ("BLOB", vec![INT(1)], "bigint"),
        // UUIDs.
        ("UUID", vec![text(UUID), Cell::Blob(&[7; 16])], "uuid"),
        ("UUID", vec![text(UUID), word], "text"),
        ("UUID", vec![BYTES], "bytea"),
        ("CHAR(36)", vec![text(UUID)], "uuid"),
        ("CHAR(36)", vec![text(UUID), word], "varchar(36)"),
        ("VARCHAR(36)", vec![text(UUID)], "varchar(36)"),
        // JSON.
        ("JSON", vec![text("{}"), INT(1), REAL(0.5)], "json"),
        ("JSON", vec![text("{}"), text("[1]"), text("")], "json"),
        ("JSON", vec![word, text("x"), text("{}")], "text"),
        ("JSON", vec![Cell::Blob(b"{}")], "json"),
        ("JSONB", vec![text("{}")], "jsonb"),
        ("JSONB", vec![text("\"\\u0000\"")], "json"),
        // Dates and times.
        (
            "DATE",
            vec![text("2024-01-31"), text("2024-02-01 00:00:00")],
            "date",
        ),
        (
            "DATE",
            vec![text("2024-01-31"), text("2024-02-01 10:00:00")],
            "timestamp",
        ),
        ("DATE", vec![soon], "text"),
        ("DATE", vec![INT(1_704_067_200), INT(1_704_153_600)], "date"),
        ("DATE", vec![INT(1_704_067_201)], "timestamp"),
        ("TIME", vec![text("10:20"), text("2000-01-01 10:20:30")], "time"),
        ("TIME", vec![soon], "text"),
        (
            "DATETIME",
            vec![text("2024-01-31 10:20:30"), text("2024-01-31")],
            "timestamp",
        ),
        (
            "DATETIME",
            vec![text("2024-01-31T10:20:30Z"), text("2024-01-31")],
            "timestamptz",
        ),
        ("DATETIME", vec![text("2024-01-31T10:20:30+03:00")], "timestamptz"),
        ("DATETIME", vec![soon, soon, text("2024-01-31")], "text"),
        ("DATETIME", vec![soon, text("2024-01-31")], "timestamp"),
        ("DATETIME", vec![INT(3), INT(4)], "bigint"),
        ("DATETIME", vec![text("2024-01-31 10:20:30.123456789")], "text"),
        // No declared type, or one that says nothing.
        ("", vec![INT(1), INT(2)], "bigint"),
        ("", vec![REAL(1.0), REAL(0.5), INT(1)], "double precision"),
        ("", vec![REAL(1.5), INT(i64::MAX)], "numeric"),
        ("", vec![REAL(1.0), INT(i64::MAX)], "bigint"),
        ("", vec![word, INT(1)], "text"),
        ("", vec![word, REAL(0.5), Cell::Blob(b"text")], "text"),
        ("", vec![word, BYTES], "bytea"),
        ("", vec![BYTES], "bytea"),
        ("STRING", vec![INT(7), text("007a")], "text"),
        ("ENUM('a')", vec![text("a")], "text"),
        ("MONEY", vec![INT(7), REAL(0.5)], "double precision"),
    ] {
        let decision = decided(declared, &cells);
        assert_eq!(
            decision.encoding.target.to_string(),
            expected,
            "`{declared}` {cells:?}: {decision:?}"
        );
    }
}

#[test]
fn a_boolean_holds_numbers_where_many_are_others_or_the_default_is_one() {
    let cells = |others: usize| [vec![INT(0); 100 - others], vec![INT(3); others]].concat();
    assert_eq!(chosen("BOOLEAN", &cells(9)), "boolean");
    assert_eq!(chosen("BOOLEAN", &cells(10)), "boolean");
    let decision = decided("BOOLEAN", &cells(11));
    assert_eq!(decision.encoding.target, TargetType::BigInt);
    assert!(decision.notes[0].contains("bigint"), "{:?}", decision.notes);
    for (default, expected) in [
        ("1", "boolean"),
        ("'0'", "boolean"),
        ("true", "boolean"),
        ("1000", "bigint"),
        ("(-1)", "bigint"),
    ] {
        let mut table = table("t", &[("c", "BOOLEAN")]);
        table.columns[0].default = Some(default.to_owned());
        let decision = decide(
            question(&table, 0),
            &evidence("BOOLEAN", Profile::Native, &[INT(1)]),
        );
        assert_eq!(
            decision.encoding.target.to_string(),
            expected,
            "default {default}"
        );
    }
}

#[test]
fn numbers_of_moments_are_counted_in_the_plausible_unit() {
    for (cells, expected) in [
        (vec![INT(1_700_000_000)], Moments::EpochS),
        (vec![REAL(1_700_000_000.5)], Moments::EpochS),
        (vec![INT(1_700_000_000_000), INT(0)], Moments::EpochMs),
        (vec![INT(1_700_000_000_000_000)], Moments::EpochUs),
        (vec![REAL(2_460_310.93)], Moments::JulianDay),
        (
            vec![INT(1_700_000_000_000), text("2024-01-31 10:20")],
            Moments::EpochMs,
        ),
        (vec![text("2024-01-31 10:20")], Moments::Iso),
    ] {
        let decision = decided("TIMESTAMP", &cells);
        assert_eq!(decision.encoding.moments, expected, "{cells:?}");
        assert_eq!(decision.encoding.target, TargetType::Timestamp, "{cells:?}");
        let said = decision.notes.iter().any(|note| note.contains("in UTC"));
        assert_eq!(said, expected != Moments::Iso, "{:?}", decision.notes);
    }
    // Beyond what a timestamp holds: in quarantine, not read in another unit.
    let far = [INT(1_700_000_000), INT(1_700_000_001), INT(i64::MAX)];
    let decision = decided("TIMESTAMP", &far);
    assert_eq!(decision.encoding.moments, Moments::EpochS);
    assert!(
        decision.notes[0].contains("1 of 3 cells does not fit"),
        "{:?}",
        decision.notes
    );
}

#[test]
fn what_is_odd_is_said_with_the_line_to_write() {
    for (declared, cells, expected) in [
        (
            "INTEGER",
            vec![INT(1), INT(2), text("lots-of-it")],
            "`t.c`: 1 of 3 cells does not fit bigint, such as 'lots-of-it', and goes to quarantine; to carry all: \
             `[sqlite.NAME.columns] \"t.c\" = { type = \"text\" }`",
        ),
        (
            "INTEGER",
            vec![INT(1), REAL(1.5)],
            "`t.c`: declared INTEGER, but it holds 1 whole number and 1 double, such as 1.5; carried as double precision",
        ),
        (
            "TEXT",
            vec![text("a\0"), text("b")],
            "`t.c`: 1 cell with NUL characters, which PostgreSQL's text can't hold: to quarantine; to carry all as bytes: \
             `[sqlite.NAME.columns] \"t.c\" = { type = \"bytea\" }`",
        ),
        (
            "TEXT",
            vec![Cell::Blob(b"b"), text("b")],
            "`t.c`: 1 cell of bytes carried as text; their contents stay, how SQLite stored them does not",
        ),
        (
            "DATETIME",
            vec![INT(1_700_000_000_000)],
            "`t.c`: 1 cell read as milliseconds since 1970, in UTC; with a zone: `[sqlite.NAME.columns] \"t.c\" = { type = \
             \"timestamptz\", from = \"epoch-ms\" }`; as numbers: `[sqlite.NAME.columns] \"t.c\" = { type = \"bigint\" }`",
        ),
        (
            "DATETIME",
            vec![text("2024-01-31 10:20Z"), text("2024-01-31")],
            "`t.c`: 1 cell without a zone taken as UTC; if they are in another: `[sqlite.NAME.columns] \"t.c\" = { type = \
             \"timestamptz\", zone = \"Europe/Moscow\" }`",
        ),
    ] {
        assert_eq!(decided(declared, &cells).notes, [expected]);
    }
    assert!(decided("INTEGER", &[INT(1)]).notes.is_empty());
    let table = table("t", &[("created_at", "INTEGER")]);
    let cells = [INT(1_700_000_000), INT(1_710_000_000)];
    let decision = decide(question(&table, 0), &evidence("INTEGER", Profile::Native, &cells));
    assert_eq!(decision.encoding.target, TargetType::BigInt);
    assert!(
        decision.notes[0].ends_with("\"t.created_at\" = { type = \"timestamptz\", from = \"epoch-s\" }`")
    );
}

#[test]
fn digits_behind_the_microsecond_are_told_with_the_line_that_cuts_them() {
    let fine = text("2024-01-02 03:04:05.123456789+03:00");
    let told = |declared, cells: &[Cell<'_>], target: &str| {
        let decision = decided(declared, cells);
        let line = format!("= {{ type = \"{target}\", from = \"iso-cut\" }}`");
        assert!(
            decision.notes.iter().any(|note| note.contains(&line)),
            "{declared}: {:?}",
            decision.notes
        );
        decision.encoding.target.to_string()
    };
    assert_eq!(told("datetime", &[fine], "timestamptz"), "text");
    let coarse = text("2024-01-02 03:04:05+03:00");
    assert_eq!(told("datetime", &[fine, coarse], "timestamptz"), "timestamptz");
    assert_eq!(
        told("datetime", &[text("2024-01-02 03:04:05.1234567")], "timestamp"),
        "text"
    );
    assert_eq!(told("time", &[text("03:04:05.1234567")], "time"), "text");
    let cutting = ColumnOverride {
        target: TargetType::TimestampTz,
        moments: None,
        zone: None,
        cuts: true,
    };
    let table = table("t", &[("c", "datetime")]);
    let question = Question {
        told: Some(&cutting),
        ..question(&table, 0)
    };
    let decision = decide(question, &evidence("datetime", Profile::Native, &[fine]));
    assert!(encode::field(fine, &decision.encoding, &mut Vec::new()).is_ok());
    assert_eq!(
        decision.notes,
        ["`t.c`: 1 cell is cut to what `timestamptz` keeps"]
    );
}

#[test]
fn a_bare_numeric_of_zeros_and_ones_is_told_to_be_perhaps_a_boolean() {
    let line = "`[sqlite.NAME.columns] \"t.c\" = { type = \"boolean\" }`";
    let is_told = |decision: &Decision| decision.notes.iter().any(|note| note.contains(line));
    let decision = decided("numeric", &[INT(0), INT(1)]);
    assert_eq!(decision.encoding.target.to_string(), "numeric");
    assert!(is_told(&decision), "{:?}", decision.notes);
    for (declared, cells) in [
        ("numeric", vec![INT(2)]),
        ("decimal", vec![INT(1)]),
        ("numeric", vec![]),
    ] {
        assert!(!is_told(&decided(declared, &cells)), "{declared}");
    }
    let by_default = |declared, default: &str, cells: &[Cell<'_>]| {
        let mut table = table("t", &[("c", declared)]);
        table.columns[0].default = Some(default.to_owned());
        let decision = decide(question(&table, 0), &evidence(declared, Profile::Native, cells));
        (decision.encoding.target.to_string(), is_told(&decision))
    };
    let expected = |target: &str, told| (target.to_owned(), told);
    assert_eq!(
        by_default("numeric", "true", &[INT(1)]),
        expected("boolean", false)
    );
    assert_eq!(by_default("numeric", "(FALSE)", &[]), expected("boolean", false));
    assert_eq!(
        by_default("numeric", "true", &[INT(2)]),
        expected("numeric", false)
    );
    assert_eq!(by_default("numeric", "1", &[INT(1)]), expected("numeric", true));
    assert_eq!(
        by_default("integer", "false", &[INT(1)]),
        expected("bigint", true)
    );
}

#[test]
fn times_and_uuids_as_java_writes_them_are_told() {
    let is_told = |declared, cells: &[Cell<'_>], what: &str| {
        let decision = decided(declared, cells);
        let line = format!("`[sqlite.NAME.columns] \"t.c\" = {{ {what} }}`");
        decision.notes.iter().any(|note| note.contains(&line))
    };
    let millis = "type = \"time\", from = \"epoch-ms\"";
    assert!(is_told("time(6)", &[INT(3_723_000)], millis));
    assert!(is_told("time", &[INT(3_723)], &millis.replace("ms", "s")));
    assert!(!is_told("time", &[INT(86_400_000)], millis) && !is_told("integer", &[INT(3_723_000)], millis));
    let mut uuid = [
        0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x42, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0,
    ];
    let told = "type = \"uuid\"";
    assert!(is_told("blob", &[Cell::Blob(&uuid)], told));
    assert!(!is_told("blob", &[Cell::Blob(&uuid), Cell::Blob(b"x")], told));
    uuid[6] = 0xf2;
    assert!(!is_told("blob", &[Cell::Blob(&uuid)], told), "a hash, say");
}

#[test]
fn evidence_is_a_few_words_with_figures() {
    let many: Vec<Cell<'_>> = (0..1204).map(|number| INT(number % 2)).collect();
    for (declared, cells, expected) in [
        ("BOOLEAN", many, "declared BOOLEAN; 1,204 cells are 0 or 1"),
        ("BOOLEAN", vec![], "declared BOOLEAN; no rows"),
        (
            "",
            vec![INT(1), REAL(0.5), INT(2)],
            "no declared type; 2 whole numbers and 1 double",
        ),
        ("DATE", vec![Cell::Null], "declared DATE; 1 cell is NULL"),
        (
            "INTEGER",
            vec![INT(1), text("x")],
            "declared INTEGER; 1 of 2 cells fit",
        ),
        (
            "TIMESTAMP",
            vec![text("2024-01-01")],
            "declared TIMESTAMP; 1 moment as text, without a zone",
        ),
    ] {
        assert_eq!(decided(declared, &cells).evidence, expected);
    }
}

#[test]
fn what_a_person_told_stands() {
    let told = ColumnOverride {
        target: TargetType::TimestampTz,
        moments: None,
        zone: Some(chrono_tz::Europe::Moscow),
        cuts: false,
    };
    let table = table("t", &[("c", "DATETIME")]);
    let mut asked = question(&table, 0);
    asked.told = Some(&told);
    let cells = [INT(1_700_000_000_000), text("2024-01-31")];
    let decision = decide(asked, &evidence("DATETIME", Profile::Native, &cells));
    assert_eq!(decision.encoding.target, TargetType::TimestampTz);
    assert_eq!(decision.encoding.zone, chrono_tz::Europe::Moscow);
    assert_eq!(decision.encoding.moments, Moments::EpochMs);
    assert_eq!(
        decision.evidence,
        "told to be timestamptz from epoch-ms; declared DATETIME"
    );
    assert!(decision.told && decision.encoding.takes_other_class);
}

#[test]
fn the_rowid_stays_a_whole_number() {
    let mut table = table("t", &[("id", "INTEGER")]);
    table.rowid_alias = Some(0);
    let told = |target| ColumnOverride {
        target,
        moments: None,
        zone: None,
        cuts: false,
    };
    let (uuid, int) = (told(TargetType::Uuid), told(TargetType::Integer));
    for (told, expected, notes) in [
        (None, TargetType::BigInt, 0),
        (Some(&uuid), TargetType::BigInt, 1),
        (Some(&int), TargetType::Integer, 0),
    ] {
        let mut question = question(&table, 0);
        question.told = told;
        let decision = decide(question, &evidence("INTEGER", Profile::Native, &[INT(1)]));
        assert_eq!(
            (decision.encoding.target, decision.notes.len()),
            (expected, notes)
        );
    }
}

#[test]
fn the_affinity_profile_keeps_what_sqlite_hands_back() {
    for (declared, cells, expected) in [
        ("BOOLEAN", vec![INT(0), INT(1)], "bigint"),
        (
            "DATETIME",
            vec![text("2024-01-31 10:20:30"), text("soon")],
            "text",
        ),
        ("DATETIME", vec![INT(1_700_000_000)], "bigint"),
        ("DATETIME", vec![INT(1_700_000_000), text("2024-01-31")], "text"),
        ("DECIMAL(10,2)", vec![INT(1), REAL(0.5)], "double precision"),
        ("DECIMAL(10,2)", vec![INT(i64::MAX), REAL(0.5)], "numeric"),
        ("VARCHAR(3)", vec![text("abcd")], "text"),
        ("UUID", vec![text(UUID)], "text"),
        ("JSON", vec![text("{}")], "text"),
        ("BLOB", vec![BYTES], "bytea"),
        ("INTEGER", vec![INT(1), REAL(0.5)], "double precision"),
    ] {
        let decision = decided_by(declared, &cells, |question| question.profile = Profile::Affinity);
        assert_eq!(
            decision.encoding.target.to_string(),
            expected,
            "`{declared}` {cells:?}"
        );
    }
}
