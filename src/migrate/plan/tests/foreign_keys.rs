//! Foreign keys and the order of tables.

use super::*;

fn keys(plan: &FilePlan, name: &str) -> Vec<String> {
    statements(&table(plan, name).foreign_keys)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[test]
fn composite_implicit_deferred_and_self_references_are_carried() {
    let plan = plan(
        "create table c (
            id integer primary key,
            a int, b text,
            up int references c,
            p integer not null constraint to_p references p on delete cascade on update set null,
            foreign key (a, b) references pair (x, y) deferrable initially deferred
         );
         create table pair (x int, y text, primary key (y, x));
         create table p (id integer primary key);",
    );
    let mut keys = keys(&plan, "c");
    keys.sort();
    assert_eq!(
        keys,
        [
            "alter table {schema}.\"c\" add constraint \"c_a_b_fkey\" foreign key (\"a\", \"b\") references \
             {schema}.\"pair\" (\"x\", \"y\") deferrable initially deferred",
            "alter table {schema}.\"c\" add constraint \"c_up_fkey\" foreign key (\"up\") references {schema}.\"c\" (\"id\")",
            "alter table {schema}.\"c\" add constraint \"to_p\" foreign key (\"p\") references {schema}.\"p\" (\"id\") \
             on delete cascade on update set null",
        ]
    );
    assert_eq!(left(&plan), [""; 0]);
    let order: Vec<_> = plan.tables.iter().map(|table| table.source.as_str()).collect();
    assert_eq!(order, ["pair", "p", "c"]);
}

#[test]
fn cycles_do_not_lose_tables() {
    let plan = plan(
        "create table a (id integer primary key, b int references b, c int references c);
         create table b (id integer primary key, a int references a);
         create table c (id integer primary key);
         create table d (b int references b);",
    );
    let mut order: Vec<_> = plan.tables.iter().map(|table| table.source.as_str()).collect();
    assert_eq!(order[0], "c");
    assert!(order.iter().position(|t| *t == "b") < order.iter().position(|t| *t == "d"));
    order.sort_unstable();
    assert_eq!(order, ["a", "b", "c", "d"]);
}

#[test]
fn orphans_make_a_key_not_valid_and_are_told() {
    let plan = plan(
        "pragma foreign_keys = off;
         create table p (id integer primary key);
         create table c (id integer primary key, p int references p, q int references p);
         insert into p values (1);
         insert into c values (1, 1, 1), (2, 7, 1), (3, 8, null);",
    );
    let table = table(&plan, "c");
    let valid: Vec<_> = table
        .foreign_keys
        .iter()
        .map(|step| (step.name.as_str(), step.sql.ends_with(" not valid")))
        .collect();
    assert!(
        valid.contains(&("foreign key c_p_fkey", true)) && valid.contains(&("foreign key c_q_fkey", false))
    );
    assert_eq!(table.orphans.len(), 1);
    assert_eq!(
        (table.orphans[0].foreign_key.as_str(), table.orphans[0].rows),
        ("foreign key c_p_fkey", 2)
    );
}

#[test]
fn parents_in_quarantine_make_a_key_not_valid() {
    let plan = plan(
        "create table p (id integer primary key, code text unique, name text not null);
         create table q (id integer primary key, note text);
         create table c (p int references p, code text references p (code), q int references q);
         insert into p values (1, 'a', cast(x'00' as text)), (2, 'b', 'x');
         insert into q values (1, cast(x'00' as text)), (2, 'x');
         insert into c values (1, 'a', 1);",
    );
    let valid = |name: &str| {
        let step = table(&plan, "c")
            .foreign_keys
            .iter()
            .find(|step| step.name.ends_with(name))
            .unwrap();
        !step.sql.ends_with(" not valid")
    };
    assert!(!valid("c_p_fkey") && !valid("c_code_fkey") && valid("c_q_fkey"));
    assert!(
        noted(&plan, &["NOT VALID", "`p` will be in quarantine"]),
        "{:?}",
        plan.notes
    );
}

#[test]
fn what_postgresql_can_not_hold_is_named_with_the_reason() {
    let plan = plan(
        "pragma foreign_keys = off;
         create table p (id integer primary key, code text, folded text collate nocase unique, part text, num text unique);
         create unique index partial on p (part) where id > 3;
         create view v as select 1 as x;
         create table c (
            a text references p (code), b text references p (folded), c text references p (part),
            d int references missing (id), e int references v (x), f blob references p (num),
            g int as (d) stored references p on delete set null
         );
         insert into p (id, num) values (1, 'x'); insert into c (f) values (x'78ff');",
    );
    assert_eq!(keys(&plan, "c"), [""; 0]);
    let left = left(&plan).join("\n");
    for reason in [
        "c: (a) to p: no key or unique index of `p` is over (code) as it is and over all rows",
        "c: (b) to p: `p(folded)` is compared under a collation of SQLite",
        "c: (c) to p: no key or unique index of `p`",
        "c: (d) to missing: the table `missing`, to which it refers, is not there",
        "c: (e) to v: `v`, to which it refers, is a view",
        "c: (g) to p: its actions would change `g`, which the server computes",
        "c: (f) to p: `c.f` is bytea and `p.num`, to which it refers, is text",
    ] {
        assert!(left.contains(reason), "{reason} in\n{left}");
    }
}

#[test]
fn with_affinity_there_are_none_unless_asked_for() {
    let sql = "create table p (id integer primary key); create table c (p int references p);";
    let plan = affinity(sql);
    assert_eq!(keys(&plan, "c"), [""; 0]);
    assert!(left(&plan)[0].contains("`foreign_keys = true` makes them"));
    let asked = plan_with(
        sql,
        Settings {
            profile: Profile::Affinity,
            foreign_keys: Some(true),
            ..Settings::default()
        },
    );
    assert_eq!(keys(&asked, "c").len(), 1);
}
