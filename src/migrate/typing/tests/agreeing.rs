//! Columns of foreign keys get one type.

use super::*;
use crate::migrate::target_type::TargetType as T;
use crate::migrate::typing::{Agreeing, agree};

/// Decides on a parent `p.id` and a child `c.p`, brings them together, and gives the types and notes.
fn agreed(
    parent: (&str, &[Cell<'_>]),
    child: (&str, &[Cell<'_>]),
    is_rowid: bool,
) -> (String, String, Vec<String>) {
    let mut parent_table = table("p", &[("id", parent.0)]);
    parent_table.rowid_alias = is_rowid.then_some(0);
    let mut child_table = table("c", &[("p", child.0)]);
    child_table.foreign_keys.push(ForeignKey {
        name: None,
        columns: vec![0],
        parent: "P".to_owned(),
        parent_columns: vec!["ID".to_owned()],
        on_delete: "NO ACTION".to_owned(),
        on_update: "NO ACTION".to_owned(),
        deferred: false,
    });
    let parents = [evidence(parent.0, Profile::Native, parent.1)];
    let children = [evidence(child.0, Profile::Native, child.1)];
    let mut of_parent = [decide(question(&parent_table, 0), &parents[0])];
    let mut of_child = [decide(question(&child_table, 0), &children[0])];
    agree(&mut [
        Agreeing {
            table: &child_table,
            evidence: &children,
            decisions: &mut of_child,
        },
        Agreeing {
            table: &parent_table,
            evidence: &parents,
            decisions: &mut of_parent,
        },
    ]);
    for (decision, cells) in [(&of_parent[0], parent.1), (&of_child[0], child.1)] {
        for cell in cells {
            assert!(
                encode::field(*cell, &decision.encoding, &mut Vec::new()).is_ok(),
                "{decision:?}"
            );
        }
    }
    let target = |decision: &Decision| decision.encoding.target.to_string();
    (
        target(&of_parent[0]),
        target(&of_child[0]),
        of_child[0].notes.clone(),
    )
}

#[test]
fn the_child_takes_the_type_of_its_parent_where_all_cells_fit() {
    let uuid = text("123e4567-e89b-12d3-a456-426614174000");
    for (parent, child, expected) in [
        (("INTEGER", &[INT(1)][..]), ("TEXT", &[text("1")][..]), "bigint"),
        (("INTEGER", &[INT(1)]), ("", &[REAL(1.0)]), "bigint"),
        (("INTEGER", &[INT(1)]), ("TEXT", &[]), "bigint"),
        (("VARCHAR(36)", &[uuid]), ("CHAR(36)", &[uuid]), "varchar(36)"),
        (("TEXT", &[text("7")]), ("INTEGER", &[INT(7)]), "text"),
        (("BOOLEAN", &[INT(1)]), ("INTEGER", &[INT(1)]), "boolean"),
        (("REAL", &[REAL(1.5)]), ("INTEGER", &[INT(1)]), "double precision"),
    ] {
        let (of_parent, of_child, notes) = agreed(parent, child, false);
        assert_eq!((of_parent.as_str(), of_child.as_str()), (expected, expected));
        assert_eq!(notes.len(), 1, "it is said: {notes:?}");
    }
}

#[test]
fn the_parent_gives_way_where_only_that_works() {
    let (parent, child, _) = agreed(("UUID", &[]), ("VARCHAR(9)", &[text("abc")]), false);
    assert_eq!((parent.as_str(), child.as_str()), ("varchar(9)", "varchar(9)"));
    let (parent, child, _) = agreed(("INTEGER", &[INT(5)]), ("", &[INT(5), REAL(0.5)]), false);
    assert_eq!(
        (parent.as_str(), child.as_str()),
        ("double precision", "double precision")
    );
    let (parent, child, _) = agreed(("INTEGER", &[INT(5)]), ("TEXT", &[text("5"), text("x")]), false);
    assert_eq!((parent.as_str(), child.as_str()), ("text", "text"));
}

#[test]
fn types_that_go_together_stay_and_others_are_named() {
    let (parent, child, notes) = agreed(("TEXT", &[text("a")]), ("VARCHAR(4)", &[text("a")]), false);
    assert_eq!(
        (parent.as_str(), child.as_str(), notes.len()),
        ("text", "varchar(4)", 0)
    );
    let (parent, child, notes) = agreed(("INTEGER", &[INT(1)]), ("TEXT", &[text("x")]), true);
    assert_eq!((parent.as_str(), child.as_str()), ("bigint", "text"));
    assert_eq!(
        notes,
        [
            "`c.p` is text and refers to `p.id`, which is bigint: a foreign key between them can't be made. Give both one \
          type: `[sqlite.NAME.columns] \"c.p\" = { type = \"bigint\" }`"
        ]
    );
}

#[test]
fn chains_agree_as_a_whole() {
    let names = ["a", "b", "c"];
    let mut tables: Vec<Table> = names
        .iter()
        .map(|name| table(name, &[("id", "INTEGER")]))
        .collect();
    tables[0].columns[0].declared = "TEXT".to_owned();
    for child in 1..3 {
        tables[child].foreign_keys.push(ForeignKey {
            name: None,
            columns: vec![0],
            parent: names[child - 1].to_owned(),
            parent_columns: vec!["id".to_owned()],
            on_delete: String::new(),
            on_update: String::new(),
            deferred: false,
        });
    }
    let cells = [vec![text("1"), text("x")], vec![INT(1)], vec![INT(1)]];
    let seen: Vec<[Evidence; 1]> = tables
        .iter()
        .zip(&cells)
        .map(|(table, cells)| [evidence(&table.columns[0].declared, Profile::Native, cells)])
        .collect();
    let mut decisions: Vec<[Decision; 1]> = tables
        .iter()
        .zip(&seen)
        .map(|(table, seen)| [decide(question(table, 0), &seen[0])])
        .collect();
    // The end of the chain comes first, so that one round can't do.
    let mut agreeing: Vec<Agreeing<'_>> = tables
        .iter()
        .zip(&seen)
        .zip(&mut decisions)
        .map(|((table, seen), decisions)| Agreeing {
            table,
            evidence: seen,
            decisions,
        })
        .rev()
        .collect();
    agree(&mut agreeing);
    let targets: Vec<&T> = decisions
        .iter()
        .map(|decision| &decision[0].encoding.target)
        .collect();
    assert_eq!(targets, [&T::Text; 3]);
}
