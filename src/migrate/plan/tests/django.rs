//! What a user of Django is told.

use super::*;

const PROJECT: &str = "
    create table django_migrations (id integer primary key);
    create table app_kind (id integer not null primary key autoincrement);
    create table app_thing (id integer not null primary key autoincrement, took bigint, price decimal not null,
        kind_id bigint not null references app_kind (id), loose_id bigint, count integer, ip char(39));
    insert into app_kind values (1);
    insert into app_thing values (1, 5000000, 3.5, 1, null, 2, '10.0.0.1');
";

#[test]
fn durations_and_decimals_are_named_with_what_to_write() {
    let plan = plan(PROJECT);
    assert!(noted(
        &plan,
        &[
            "`app_thing.took`: Django declares DurationField",
            "`[sqlite.s.columns] \"app_thing.took\" = { type = \"interval\" }`"
        ]
    ));
    assert!(noted(
        &plan,
        &["`app_thing.price`: Django keeps decimal_places", "numeric(10,2)"]
    ));
    let notes = plan.notes.join("\n");
    for other in ["kind_id", "loose_id", "app_thing.count", "app_thing.ip"] {
        assert!(!notes.contains(other), "{notes}");
    }
    assert!(table(&plan, "app_thing").create.contains("inet"));
    assert!(
        plan.advice.contains("--into-existing --emptied"),
        "{}",
        plan.advice
    );
}

#[test]
fn who_has_decided_or_has_no_django_is_told_nothing() {
    let column = |target| crate::migrate::settings::ColumnOverride {
        target,
        moments: None,
        zone: None,
        cuts: false,
    };
    let columns = [
        ("app_thing.took".to_owned(), column(TargetType::Interval)),
        (
            "app_thing.price".to_owned(),
            column(TargetType::Numeric(Some((10, 2)))),
        ),
    ];
    let settings = Settings {
        columns: columns.into(),
        ..Settings::default()
    };
    assert_eq!(plan_with(PROJECT, settings).notes, [""; 0]);
    assert_eq!(affinity(PROJECT).notes, [""; 0]);
    let other = PROJECT.replace("django_migrations", "migrations");
    assert_eq!(plan(&other).notes, [""; 0]);
}
