//! Reports as people see them, with everything in them that can be.

use serde_json::json;

use super::*;
use crate::migrate::cell::StorageClass;
use crate::migrate::misfit::{Misfit, MisfitCell, MisfitGroup};
use crate::migrate::plan::{ColumnPlan, FilePlan, NotCarried, Orphans, Step, TablePlan, fixture};
use crate::migrate::settings::{Names, Profile};
use crate::migrate::target_type::TargetType;

/// What a file, a table, a column or a cell may be called.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'&\u{1b}[31m\u{202e}";

fn table(name: &str) -> TablePlan {
    let born = ColumnPlan {
        declared: "DATE".to_owned(),
        evidence: "declared DATE; 1,199 of 1,204 cells are ISO dates".to_owned(),
        longest: 10,
        ..fixture::column("born", Some(TargetType::Date))
    };
    TablePlan {
        rows: 1204,
        ..fixture::table(name, vec![born], &[0])
    }
}

fn file(state: FileState) -> FileReport {
    FileReport {
        plan: FilePlan {
            source: "main".to_owned(),
            path: "data.db".to_owned(),
            schema: "main".to_owned(),
            profile: Profile::Native,
            names: Names::Exact,
            framework: None,
            advice: String::new(),
            tables: vec![table("users")],
            objects: Vec::new(),
            not_carried: Vec::new(),
            notes: Vec::new(),
            bytes: 40_960,
        },
        state,
        backup: None,
        changed_since: false,
        tables: vec![TableReport {
            source: "users".to_owned(),
            name: "users".to_owned(),
            rows_read: 1204,
            rows_written: 1204,
            bytes: 30_000,
            copy_seconds: 0.02,
            build_seconds: 0.01,
            verified: Some(true),
            ..TableReport::default()
        }],
        quarantine: Vec::new(),
        quarantined: 0,
        not_carried: Vec::new(),
        keys_lost: 0,
        orphans: Vec::new(),
        phases: vec![PhaseTime {
            name: "copy".to_owned(),
            seconds: 0.04,
        }],
    }
}

fn report(files: Vec<FileReport>) -> RunReport {
    RunReport {
        version: "0.1.0".to_owned(),
        began: "2025-01-02T03:04:05Z".to_owned(),
        seconds: 0.2,
        target: "db.example:5432/shop".to_owned(),
        server: "15.8".to_owned(),
        files,
    }
}

fn misfit(id: i64, reason: Misfit) -> MisfitCell {
    MisfitCell {
        table: "users".to_owned(),
        key: vec![("id".to_owned(), json!(id))],
        column: "born".to_owned(),
        class: StorageClass::Text,
        shown: "yesterday".to_owned(),
        reason,
        target: "date".to_owned(),
        takes_row: false,
    }
}

/// One with everything in it.
fn held() -> FileReport {
    let mut file = file(FileState::Held);
    file.quarantine = (1..=4).map(|id| misfit(id, Misfit::NotAValue)).collect();
    file.quarantine.push(MisfitCell {
        takes_row: true,
        ..misfit(9, Misfit::OutOfRange)
    });
    let group = |reason, cells, takes_row| MisfitGroup {
        column: "born".to_owned(),
        reason,
        target: "date".to_owned(),
        cells,
        takes_row,
    };
    file.plan.tables[0].misfit_groups = vec![
        group(Misfit::NotAValue, 996, false),
        group(Misfit::OutOfRange, 1, true),
    ];
    file.quarantined = 1000;
    let users = &mut file.tables[0];
    users.cells_quarantined = 999;
    users.rows_quarantined = 1;
    users.rows_written = 1203;
    file.tables.push(TableReport {
        source: "events".to_owned(),
        name: "events".to_owned(),
        rows_read: 5_000_000,
        rows_written: 5_000_000,
        bytes: 1 << 30,
        copy_seconds: 3.2,
        build_seconds: 4.1,
        verified: Some(true),
        ..TableReport::default()
    });
    file.not_carried.push(NotCarried {
        kind: "trigger".to_owned(),
        name: "users.touch".to_owned(),
        reason: "it uses RAISE(IGNORE)".to_owned(),
    });
    file.orphans.push(Orphans {
        foreign_key: "foreign key events_user_id_fkey".to_owned(),
        rows: 12,
        examples: (1..=5).map(|id| vec![("id".to_owned(), json!(id))]).collect(),
    });
    file.plan
        .notes
        .push("`users.flag` holds numbers and text".to_owned());
    file.plan.advice = "native suits: no SQL for SQLite was found".to_owned();
    file.backup = Some(Backup {
        path: "backups/sqlite/main.db".to_owned(),
        sha256: "ab".repeat(32),
        made: "2025-01-02T03:04:05Z".to_owned(),
        bytes: 40_960,
    });
    file.changed_since = true;
    file
}

#[test]
fn a_run_that_went_well_is_short() {
    assert_eq!(
        text(&report(vec![file(FileState::Done)])),
        "main: done: 1 table with 1,204 rows in the schema `main`, every column verified (40 ms)\n  \
         users  1,204 rows\n\n\
         `stackctl migrate verify` compares both sides again at any time; outside of a stack with the same `--to`\n"
    );
}

#[test]
fn everything_that_is_not_as_it_was_is_told() {
    insta::assert_snapshot!(text(&report(vec![held()])), @r"
main: held: 2 tables with 5,001,203 rows stand ready, every column verified, not in the schema `main` yet; 999 cells and 1 whole row in quarantine (40 ms)
  users       1,203 rows  1,000 in quarantine
  events  5,000,000 rows    3.2 s  1,560,000 rows/s
  in quarantine:
    users.born: 996 cells: its text is not a value of the type (date)
      id = 1: text `yesterday`
      id = 2: text `yesterday`
      id = 3: text `yesterday`
    users.born: 1 cell, with the whole row: it is outside the range of the type (date)
      id = 9: text `yesterday`
    3 more, which showed only when rows were copied
  not carried:
    trigger `users.touch`: it uses RAISE(IGNORE)
  foreign keys that are NOT VALID, because rows lack the parent they refer to:
    foreign key events_user_id_fkey: 12 rows, such as id = 1; id = 2; id = 3
  to know:
    `users.flag` holds numbers and text
  backup: `backups/sqlite/main.db` (40.0 KiB, sha256 abababababababababababababababababababababababababababababababab)
  `data.db` was written to after it was copied; those changes are not in PostgreSQL

see what is held: `select * from stackctl.quarantine` in the target database
then the same command with `--accept-quarantine` publishes the rest at once, or change the type of a column and run again
");
}

#[test]
fn tables_about_which_there_is_nothing_to_say_are_counted() {
    let mut file = file(FileState::Done);
    let small = file.tables[0].clone();
    file.tables = vec![small.clone(); 30];
    file.tables[7].copy_seconds = 2.0;
    file.tables[7].name = "large".to_owned();
    let text = text(&report(vec![file]));
    assert!(
        text.contains("  large  1,204 rows    2.0 s  602 rows/s\n  and 29 other tables\n"),
        "{text}"
    );
}

#[test]
fn differences_are_told_by_column() {
    let mut file = file(FileState::Unfinished);
    file.tables[0].verified = Some(false);
    file.tables[0].differing = vec!["born".to_owned(), "name".to_owned()];
    let text = text(&report(vec![file]));
    assert!(
        text.contains("  both sides differ; nothing was published:\n    users: born, name\n"),
        "{text}"
    );
    assert!(!text.contains("verified"), "{text}");
    assert!(
        text.ends_with("`stackctl migrate run --restart` with the same options copies all of it again\n"),
        "{text}"
    );
}

#[test]
fn a_page_shows_everything() {
    let page = page(&report(vec![held(), file(FileState::Done)]));
    for part in [
        "Held: ready, and not published yet",
        "main, main → db.example:5432&#x2f;shop",
        "<b>5,002,407</b><span>rows in PostgreSQL</span>",
        "Rows per table",
        "Time by phase",
        "its text is not a value of the type",
        "995 more; all 1,000 are in the table stackctl.quarantine.",
        "RAISE(IGNORE)",
        "events_user_id_fkey",
        "declared DATE; 1,199 of 1,204 cells are ISO dates",
        &"ab".repeat(32),
        "written to since",
        "--accept-quarantine",
        "1,560,000 rows&#x2f;s",
    ] {
        assert!(page.contains(part), "{part} is not in the page");
    }
    // The bars are of the figures: 5,000,000 rows on a scale up to ten million.
    assert!(page.contains("x=\"0.00%\" y=\"3\" width=\"96.24%\""));
}

#[test]
fn what_a_table_lacks_stands_below_it_on_the_page() {
    let mut file = held();
    let name = "foreign key users_kind_fkey".to_owned();
    file.plan.tables[0]
        .foreign_keys
        .push(Step::new(name.clone(), String::new()));
    file.orphans.push(Orphans {
        foreign_key: name,
        rows: 3,
        examples: Vec::new(),
    });
    let page = page(&report(vec![file]));
    let (users, events) = page.split_once(">main.events</td>").unwrap();
    for lack in [
        "foreign key users_kind_fkey is NOT VALID: 3 rows without a parent",
        "trigger touch: it uses RAISE(IGNORE)",
    ] {
        let line = format!("<tr class=\"lack\"><td colspan=\"9\">{lack}</td></tr>");
        assert!(users.contains(&line), "{users}");
    }
    assert!(!events.contains("class=\"lack\""));
}

#[test]
fn tables_without_rows_have_no_bar_and_are_counted() {
    let mut file = file(FileState::Done);
    for name in ["one", "two"] {
        file.tables.push(TableReport {
            source: name.to_owned(),
            name: name.to_owned(),
            ..TableReport::default()
        });
    }
    let page = page(&report(vec![file]));
    let (_, rows) = page.split_once("Rows per table").unwrap();
    let (rows, _) = rows.split_once("Time by phase").unwrap();
    assert!(
        rows.contains("main.users") && !rows.contains("main.one"),
        "{rows}"
    );
    assert!(
        rows.contains("and 2 tables without rows, in the list below"),
        "{rows}"
    );
}

#[test]
fn a_page_of_nothing_is_a_page() {
    let page = page(&report(Vec::new()));
    assert!(page.contains("</html>"));
    assert!(!page.contains("Rows per table"));
}

#[test]
fn no_page_needs_the_network() {
    let page = page(&report(vec![held()]));
    for word in [
        "http://", "https://", "src=", "url(", "@import", "<link", "<iframe",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}

/// Puts the text in place of every text of a JSON value that is not one of a fixed set.
fn poison(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => {
            // Names of variants are not text of others.
            let fixed = [
                "native",
                "exact",
                "held",
                "date",
                "iso",
                "UTC",
                "text",
                "not-a-value",
                "out-of-range",
            ];
            if !fixed.contains(&text.as_str()) {
                HOSTILE.clone_into(text);
            }
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(poison),
        serde_json::Value::Object(map) => map.values_mut().for_each(poison),
        _ => {}
    }
}

/// The same with every text of others in it hostile.
fn hostile() -> RunReport {
    let mut value = serde_json::to_value(report(vec![held()])).unwrap();
    // A key of the table's rowid is the variant's name.
    poison(&mut value);
    let report: RunReport = serde_json::from_value(value).unwrap();
    assert_eq!(report.files[0].plan.tables[0].columns[0].source, HOSTILE);
    report
}

#[test]
fn hostile_names_stay_text_on_the_page() {
    let page = page(&hostile());
    assert!(!page.contains("<img"), "a tag came through");
    assert_eq!(page.matches("</script>").count(), 1);
    assert!(!page.contains(['\u{1b}', '\u{202e}']));
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;"));
    // Without its own few scripts and styles no quote of a name ends an attribute.
    assert_eq!(
        page.matches("onerror").count(),
        page.matches("&lt;img src=x onerror").count()
    );
}

#[test]
fn hostile_names_stay_on_their_line_of_text() {
    let text = text(&hostile());
    assert!(!text.contains(['\u{1b}', '\u{202e}']));
    assert!(text.contains("\\u{1b}[31m\\u{202e}"));
}

#[test]
fn the_names_in_json_are_stable() {
    let value = serde_json::to_value(report(vec![held()])).unwrap();
    let names = |value: &serde_json::Value| {
        let map = value.as_object().unwrap();
        map.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&value), "version began seconds target server files");
    let file = &value["files"][0];
    assert_eq!(
        names(file),
        "plan state backup changed_since tables quarantine quarantined not_carried keys_lost orphans phases"
    );
    assert_eq!(file["state"], "held");
    assert_eq!(
        names(&file["tables"][0]),
        "source name rows_read rows_written rows_quarantined cells_quarantined bytes copy_seconds build_seconds verified differing"
    );
    assert_eq!(
        names(&file["quarantine"][0]),
        "table key column class shown reason target takes_row"
    );
    assert_eq!(file["quarantine"][0]["reason"], "not-a-value");
    let back: RunReport = serde_json::from_value(value).unwrap();
    assert_eq!(back, report(vec![held()]));
}

#[test]
fn keys_that_the_rows_break_are_told_beside_what_is_in_quarantine() {
    let mut file = file(FileState::Held);
    file.keys_lost = 2;
    let told = text(&report(vec![file]));
    assert!(told.contains("the rows break 2 keys"), "{told}");
    assert!(!told.contains("stackctl.quarantine"), "{told}");
    assert!(told.contains("--accept-quarantine"), "{told}");
}

fn verified(rows_target: u64) -> VerifiedTable {
    VerifiedTable {
        source: "users".to_owned(),
        name: "users".to_owned(),
        rows_source: 1204,
        rows_quarantined: 4,
        rows_target,
        differing: Vec::new(),
        rows: Vec::new(),
        row_count: None,
    }
}

fn verification(table: VerifiedTable) -> VerifyReport {
    VerifyReport {
        target: "db.example:5432/shop".to_owned(),
        files: vec![VerifiedFile {
            source: "main".to_owned(),
            compared: "data.db".to_owned(),
            schema: "main".to_owned(),
            tables: vec![table],
            remarks: Vec::new(),
            notes: Vec::new(),
        }],
    }
}

#[test]
fn two_equal_sides_take_one_line() {
    assert_eq!(
        verify_text(&verification(verified(1200))),
        "main: `data.db` and the schema `main` agree: 1 table, 1,200 rows; 4 rows in quarantine\n"
    );
}

#[test]
fn what_differs_besides_rows_is_a_difference_and_a_note_is_not() {
    let mut report = verification(verified(1200));
    report.files[0].notes.push("compared with the file".to_owned());
    assert!(report.agrees());
    report.files[0]
        .remarks
        .push("the table `b` is not there any more".to_owned());
    assert!(!report.agrees());
    let text = verify_text(&report);
    assert!(text.ends_with(" agree in these: 1 table, 1,200 rows; 4 rows in quarantine\n  the table `b` is not there any more\n  compared with the file\n"), "{text}");
    assert!(!verification(verified(1199)).agrees());
}

#[test]
fn rows_that_differ_are_named() {
    let row = |id: i64, kind, columns| RowDifference {
        key: vec![("id".to_owned(), json!(id))],
        kind,
        columns,
    };
    let changed = vec![(
        "born".to_owned(),
        "2001-01-01".to_owned(),
        "2001-01-02".to_owned(),
    )];
    let table = VerifiedTable {
        differing: vec!["born".to_owned()],
        rows: vec![
            row(1, RowDifferenceKind::Missing, Vec::new()),
            row(2, RowDifferenceKind::Extra, Vec::new()),
            row(3, RowDifferenceKind::Changed, changed),
        ],
        row_count: Some(5),
        ..verified(1199)
    };
    assert_eq!(
        verify_text(&verification(table)),
        "main: 1 of 1 table differs between `data.db` and the schema `main`\n  \
         users: 1,200 rows in SQLite, 1,199 in PostgreSQL; 5 rows differ; in born\n    \
         id = 1: missing in PostgreSQL\n    \
         id = 2: only in PostgreSQL\n    \
         id = 3: changed\n      \
         born: `2001-01-01` in SQLite, `2001-01-02` in PostgreSQL\n    \
         and 2 more rows\n"
    );
}
