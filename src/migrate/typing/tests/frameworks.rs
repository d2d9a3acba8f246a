//! What is known of schemas that Django, Rails, Prisma, `SQLAlchemy` and Core Data make.

use turso_parser::ast::{Cmd, Expr, OneSelect, ResultColumn, Stmt};
use turso_parser::parser::Parser;

use super::*;
use crate::migrate::encoding::Moments;
use crate::migrate::sqlite::catalog::Catalog;
use crate::migrate::typing::framework;

const UUID: &str = "123e4567e89b12d3a456426614174000";

fn of(framework: Framework, declared: &str, cells: &[Cell<'_>]) -> String {
    decided_by(declared, cells, made_by(framework))
        .encoding
        .target
        .to_string()
}

#[test]
fn are_known_by_their_own_tables() {
    for (name, expected) in [
        ("django_migrations", Some(Framework::Django)),
        ("ar_internal_metadata", Some(Framework::Rails)),
        ("_prisma_migrations", Some(Framework::Prisma)),
        ("alembic_version", Some(Framework::SqlAlchemy)),
        ("users", None),
    ] {
        let catalog = Catalog {
            tables: vec![table(name, &[])],
            ..Catalog::default()
        };
        assert_eq!(framework(&catalog), expected);
    }
}

#[test]
fn gorm_is_known_by_how_it_names_and_declares_booleans_numeric() {
    use Framework::Gorm;
    let made = |sql: &str| {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        let path = std::path::Path::new("/nowhere");
        framework(&crate::migrate::sqlite::read_catalog(&connection, path).unwrap())
    };
    let soft = "CREATE TABLE `users` (`id` integer PRIMARY KEY AUTOINCREMENT,`deleted_at` datetime);
        CREATE INDEX `idx_users_deleted_at` ON `users`(`deleted_at`)";
    assert_eq!(made(soft), Some(Gorm));
    let keyed = "CREATE TABLE `users` (`id` integer PRIMARY KEY AUTOINCREMENT);
        CREATE TABLE `orders` (`id` integer PRIMARY KEY AUTOINCREMENT,`user_id` integer,
            CONSTRAINT `fk_users_orders` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`))";
    assert_eq!(made(keyed), Some(Gorm));
    for other in [soft, keyed] {
        assert_eq!(made(&other.replace('`', "\"")), None, "others quote so");
    }
    assert_eq!(made(&soft.replace("idx_users", "ix_users")), None);
    for (declared, cells, expected) in [
        ("numeric", vec![], "boolean"),
        ("numeric", vec![INT(0), INT(1)], "boolean"),
        ("numeric", vec![INT(2)], "numeric"),
        ("numeric", vec![REAL(0.5)], "numeric"),
        ("decimal", vec![INT(1)], "numeric"),
        ("decimal(10,2)", vec![], "numeric(10,2)"),
        ("datetime", vec![], "timestamptz"),
        ("datetime", vec![text("2024-01-31 10:20:30+00:00")], "timestamptz"),
        ("datetime", vec![text("2024-01-31 10:20:30")], "timestamp"),
    ] {
        assert_eq!(of(Gorm, declared, &cells), expected, "{declared} {cells:?}");
    }
}

#[test]
fn goose_gets_the_boolean_that_it_writes() {
    let table = table(
        "goose_db_version",
        &[("version_id", "INTEGER"), ("is_applied", "INTEGER")],
    );
    let decided = |column, profile| {
        let cells = evidence("INTEGER", profile, &[INT(1)]);
        let question = Question {
            profile,
            ..question(&table, column)
        };
        decide(question, &cells).encoding.target.to_string()
    };
    assert_eq!(decided(0, Profile::Native), "bigint");
    assert_eq!(decided(1, Profile::Native), "boolean");
    assert_eq!(decided(1, Profile::Affinity), "bigint");
}

#[test]
fn django_wants_moments_in_utc_and_its_own_types() {
    use Framework::Django;
    let moment = text("2024-01-31 10:20:30.123456");
    let decision = decided_by("datetime", &[moment], made_by(Django));
    assert_eq!(decision.encoding.target.to_string(), "timestamptz");
    assert_eq!(decision.encoding.zone, chrono_tz::UTC);
    assert!(
        decision.notes.is_empty(),
        "Django stores UTC: {:?}",
        decision.notes
    );
    for (declared, cells, expected) in [
        ("datetime", vec![], "timestamptz"),
        ("char(32)", vec![], "uuid"),
        ("char(32)", vec![text(UUID)], "uuid"),
        ("char(15)", vec![], "varchar(15)"),
        ("char(39)", vec![], "inet"),
        (
            "char(39)",
            vec![text("10.0.0.1"), text("2001:db8::1"), text("::ffff:10.0.0.1")],
            "inet",
        ),
        (
            "char(39)",
            vec![text("10.0.0.1"), text("10.0.0.1/32")],
            "varchar(39)",
        ),
        (
            "char(39)",
            vec![text("10.0.0.1"), text("2001:DB8::1")],
            "varchar(39)",
        ),
        ("varchar(39)", vec![text("10.0.0.1")], "varchar(39)"),
        ("varchar(32)", vec![text(UUID)], "varchar(32)"),
        ("bool", vec![INT(1)], "boolean"),
        ("decimal", vec![REAL(0.5)], "numeric"),
        ("bigint", vec![INT(90_000_000)], "bigint"),
        ("smallint unsigned", vec![INT(1)], "bigint"),
        ("date", vec![text("2024-01-31")], "date"),
        ("time", vec![text("10:20:30.5")], "time"),
    ] {
        assert_eq!(of(Django, declared, &cells), expected, "{declared}");
    }
}

#[test]
fn json_is_known_by_its_check() {
    for (check, framework, expected) in [
        (
            "(JSON_VALID(\"c\") OR \"c\" IS NULL)",
            Some(Framework::Django),
            "jsonb",
        ),
        ("json_valid(c)", None, "json"),
        ("c IS NULL OR json_valid([c])", None, "json"),
        ("length(c) < 9 AND json_valid(c)", None, "json"),
        ("json_valid(other)", None, "text"),
        ("json_valid(c) OR c = ''", None, "text"),
        ("json_valid(c, 2)", None, "text"),
        ("NOT json_valid(c)", None, "text"),
    ] {
        let mut table = table("t", &[("c", "text")]);
        table.checks.push(Check {
            name: None,
            expression: Box::new(parsed(check)),
        });
        let mut question = question(&table, 0);
        question.framework = framework;
        let cells = evidence("text", Profile::Native, &[text("{}")]);
        let target = decide(question, &cells).encoding.target;
        assert_eq!(target.to_string(), expected, "{check}");
        question.profile = Profile::Affinity;
        assert_eq!(decide(question, &cells).encoding.target.to_string(), "text");
    }
}

fn parsed(expression: &str) -> Expr {
    let sql = format!("SELECT {expression}");
    let parsed = Parser::new(sql.as_bytes()).next().unwrap().unwrap();
    let Cmd::Stmt(Stmt::Select(select)) = parsed else {
        panic!("no SELECT: {parsed:?}")
    };
    let OneSelect::Select { columns, .. } = select.body.select else {
        panic!("no columns")
    };
    match columns.into_iter().next() {
        Some(ResultColumn::Expr(expression, _)) => *expression,
        other => panic!("no expression: {other:?}"),
    }
}

#[test]
fn rails_prisma_and_sqlalchemy_keep_moments_without_a_zone() {
    let (micros, iso) = (
        text("2015-03-05 14:34:50.123456"),
        text("2024-01-31T10:20:30.000Z"),
    );
    assert_eq!(of(Framework::Rails, "datetime(6)", &[micros]), "timestamp");
    assert_eq!(of(Framework::Rails, "boolean", &[INT(1)]), "boolean");
    assert_eq!(
        of(Framework::Rails, "boolean", &[text("t"), text("f")]),
        "boolean"
    );
    assert_eq!(
        of(Framework::Rails, "time", &[text("2000-01-01 10:00:00")]),
        "time"
    );
    assert_eq!(of(Framework::SqlAlchemy, "DATETIME", &[micros]), "timestamp");
    assert_eq!(of(Framework::SqlAlchemy, "CHAR(32)", &[text(UUID)]), "uuid");
    assert_eq!(of(Framework::SqlAlchemy, "CHAR(32)", &[]), "uuid");
    assert_eq!(of(Framework::SqlAlchemy, "CHAR(36)", &[]), "varchar(36)");
    assert_eq!(of(Framework::Rails, "CHAR(32)", &[]), "varchar(32)");
    let mixed = [INT(1_700_000_000_000), iso, text("2024-01-31T10:20:30+00:00")];
    let prisma = decided_by("DATETIME", &mixed, made_by(Framework::Prisma));
    assert_eq!(prisma.encoding.target.to_string(), "timestamp");
    assert_eq!(prisma.encoding.moments, Moments::EpochMs);
    assert!(
        prisma.notes.is_empty(),
        "they are what Prisma writes: {:?}",
        prisma.notes
    );
    let empty = decided_by("DATETIME", &[], made_by(Framework::Prisma));
    assert_eq!(empty.encoding.moments, Moments::EpochMs);
    for (declared, expected) in [
        ("JSONB", "jsonb"),
        ("BIGINT", "bigint"),
        ("DECIMAL", "numeric"),
        ("BLOB", "bytea"),
    ] {
        assert_eq!(of(Framework::Prisma, declared, &[]), expected);
    }
}

#[test]
fn moments_that_may_be_intervals_are_named() {
    let interval = [
        text("1970-01-03 00:00:01.500000"),
        text("1969-12-31 23:00:00.000000"),
    ];
    let decision = decided("DATETIME", &interval);
    assert_eq!(decision.encoding.target.to_string(), "timestamp");
    let [note] = &decision.notes[..] else {
        panic!("{:?}", decision.notes);
    };
    assert!(note.contains("\"t.c\" = { type = \"interval\" }"), "{note}");
    let moments = [interval[0], text("2024-01-31 10:20:30.123456")];
    assert!(decided("DATETIME", &moments).notes.is_empty());
    let rails = decided_by("datetime(6)", &interval, made_by(Framework::Rails));
    assert!(
        rails.notes.is_empty(),
        "only SQLAlchemy stores intervals so: {:?}",
        rails.notes
    );
    assert_eq!(
        decided_by("DATETIME", &interval, made_by(Framework::SqlAlchemy)).notes,
        decision.notes
    );
}

#[test]
fn core_data_counts_from_2001() {
    let table = table(
        "ZNOTE",
        &[
            ("Z_PK", "INTEGER"),
            ("Z_ENT", "INTEGER"),
            ("Z_OPT", "INTEGER"),
            ("ZDATE", "TIMESTAMP"),
        ],
    );
    let cells = evidence("TIMESTAMP", Profile::Native, &[REAL(700_000_000.25)]);
    let decision = decide(question(&table, 3), &cells);
    assert_eq!(decision.encoding.moments, Moments::CoreData);
    assert_eq!(decision.encoding.target.to_string(), "timestamp");
}
