//! SQL that is broken in every way: whatever the parser takes, the translation answers and does not panic.

use turso_parser::ast::Stmt;

use super::shape;
use crate::migrate::ddl::Untranslated;
use crate::migrate::ddl::room::GAVE_UP;
use crate::migrate::ddl::shape::TableShape;
use crate::migrate::ddl::{default, trigger, views};
use crate::migrate::sqlite::catalog::{Trigger, View};
use crate::migrate::sqlite::parse::statement;
use crate::migrate::target_type::TargetType;

const SEEDS: &[&str] = &[
    "SELECT id, n / 2, n || name, substr(name, -2, 3) FROM t WHERE flag AND at > '2024-01-01' ORDER BY 2 DESC LIMIT 3, 4",
    "SELECT DISTINCT name FROM t UNION SELECT 'x' ORDER BY 1",
    "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 10) SELECT i, (SELECT count(*) FROM t WHERE id = i) FROM s",
    "SELECT flag, sum(n) FILTER (WHERE n > 0) OVER (PARTITION BY name ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t ORDER BY id",
    "SELECT a.*, \"o\".id FROM t AS a LEFT JOIN Other o USING (id) CROSS JOIN [t] AS b WHERE a.name LIKE '%x!%' ESCAPE '!' AND b.name GLOB '[^a-z]*'",
    "SELECT strftime('%Y-%m-%d %H:%M:%f', at, '+1 month'), data ->> '$.a[0].b' IS NULL, x'00ff', 0x1F, 1e300, -9223372036854775808, CASE n WHEN 1 THEN 'a' END FROM t",
];
const TRIGGERS: &[&str] = &[
    "CREATE TRIGGER x BEFORE UPDATE OF name, n ON t WHEN OLD.name <> NEW.name BEGIN SELECT CASE WHEN (SELECT id FROM t) IS NULL THEN RAISE(ABORT, 'no') END; END",
    "CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO Other (id, t_id) VALUES (NEW.id, 1) ON CONFLICT (id) DO UPDATE SET t_id = excluded.t_id; DELETE FROM t WHERE id = NEW.n; UPDATE t SET at = datetime('now'), flag = 1; END",
];
const DEFAULTS: &[&str] = &[
    "'r'||lower(hex(randomblob(7)))",
    "(strftime('%s','now') * 1000)",
    "\"a\"\"b\"",
    "-0x10",
    "datetime('now', '+1 day')",
];
const PIECES: &[&str] = &[
    "(",
    ")",
    "'",
    "\"",
    "`",
    "[",
    "]",
    ",",
    ".",
    ";",
    "--",
    "/*",
    "NULL",
    "SELECT ",
    "NOT ",
    "x'",
    "'\\0'",
    "''",
    "0x",
    "1e",
    "-",
    "*",
    " IN ()",
    " COLLATE NOCASE",
    "CAST(",
    " AS ",
    "é",
    "\u{1F600}",
    "RAISE(IGNORE)",
    " OVER ()",
    "t.",
    "new.",
    "rowid",
    "%",
    "'%'",
    "99999999999999999999",
    " BETWEEN 1 AND ",
];

struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn mutated(&mut self, text: &str, others: &[&str]) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            let at = self.below(chars.len());
            match self.below(4) {
                0 => {
                    let end = (at + 1 + self.below(12)).min(chars.len());
                    chars.drain(at.min(end)..end);
                }
                1 => {
                    let piece = PIECES[self.below(PIECES.len())];
                    chars.splice(at..at, piece.chars());
                }
                2 => {
                    let other: Vec<char> = others[self.below(others.len())].chars().collect();
                    let from = self.below(other.len());
                    let to = (from + self.below(30)).min(other.len());
                    chars.splice(at..at, other[from..to].iter().copied());
                }
                _ => {
                    let end = (at + self.below(20)).min(chars.len());
                    let copy: Vec<char> = chars[at.min(end)..end].to_vec();
                    for _ in 0..self.below(40) {
                        chars.splice(at..at, copy.iter().copied());
                    }
                }
            }
        }
        chars.into_iter().collect()
    }
}

fn parsed(sql: &str) -> Option<Box<Stmt>> {
    statement(sql).ok().map(Box::new)
}

fn refused(reason: &Untranslated) -> u32 {
    assert!(!reason.0.is_empty() && reason.0 != GAVE_UP);
    1
}

#[test]
fn whole_sql_is_translated() {
    for (place, sql) in SEEDS.iter().enumerate() {
        let sql = format!("CREATE VIEW v AS {sql}");
        let view = View {
            name: "v".to_owned(),
            statement: statement(&sql).map(Box::new),
            sql,
        };
        let (_, result) = views(&[view], &mut shape()).remove(0);
        assert!(result.is_ok(), "{place}: {result:?}");
    }
}

#[test]
fn broken_sql_is_answered() {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let (mut good, mut bad) = (0, 0);
    let targets = [
        TargetType::Text,
        TargetType::BigInt,
        TargetType::Timestamp,
        TargetType::Boolean,
        TargetType::Uuid,
    ];
    for _ in 0..1000 {
        let seed = SEEDS[chance.below(SEEDS.len())];
        let sql = format!("CREATE VIEW v AS {}", chance.mutated(seed, SEEDS));
        if let Some(statement) = parsed(&sql) {
            let mut shape = shape();
            shape.tables.push(TableShape {
                source: "v".to_owned(),
                name: "v".to_owned(),
                columns: Vec::new(),
                rowid_alias: None,
                irreplaceable: None,
                primary_key: Vec::new(),
                unique: Vec::new(),
            });
            let view = View {
                name: "v".to_owned(),
                sql,
                statement: Ok(statement),
            };
            match &views(&[view], &mut shape)[0].1 {
                Ok(_) => good += 1,
                Err(reason) => bad += refused(reason),
            }
        }
        let seed = TRIGGERS[chance.below(TRIGGERS.len())];
        let sql = chance.mutated(seed, TRIGGERS);
        if let Some(statement) = parsed(&sql) {
            let one = Trigger {
                name: "x".to_owned(),
                table: "t".to_owned(),
                statement: Ok(statement),
            };
            match trigger(&one, "x", &shape()) {
                Ok(_) => good += 1,
                Err(reason) => bad += refused(&reason),
            }
        }
        let seed = DEFAULTS[chance.below(DEFAULTS.len())];
        let text = chance.mutated(seed, DEFAULTS);
        match default(&text, &targets[chance.below(targets.len())]) {
            Ok(_) => good += 1,
            Err(reason) => bad += refused(&reason),
        }
    }
    assert!(good > 70 && bad > 70, "{good} translated, {bad} refused");
}

#[test]
fn deep_nesting_is_refused_and_does_not_end_the_program() {
    for text in [
        format!("{}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("{}1", "~".repeat(5000)),
        format!("{}1{}", "abs(".repeat(90), ")".repeat(90)),
        format!("{}1{}", "max(2, random(), ".repeat(30), ")".repeat(30)),
        format!(
            "{}'abc'{}",
            "substr(".repeat(30),
            ", random(), random())".repeat(30)
        ),
        format!("date('now'{})", ", '+1 month'".repeat(50)),
        format!("1{}", " + 1".repeat(5000)),
        "NOT ".repeat(5000) + "1",
    ] {
        if let Err(reason) = default(&text, &TargetType::BigInt) {
            refused(&reason);
        }
    }
    let nested = format!(
        "CREATE VIEW v AS {}SELECT 1 AS a{}",
        "SELECT * FROM (".repeat(60),
        ")".repeat(60)
    );
    let view = View {
        name: "v".to_owned(),
        statement: statement(&nested).map(Box::new),
        sql: nested,
    };
    let mut shape = shape();
    assert_eq!(views(&[view], &mut shape).len(), 1);
}
