"""Writes data/main.sqlite3 and data/stats.db, as a program had left them."""

import sqlite3
from pathlib import Path

DATA = Path(__file__).parent / "data"

MAIN = """
create table user (
    id integer primary key autoincrement,
    email varchar(80) not null unique collate nocase,
    is_active boolean not null default 1,
    balance decimal(10, 2) not null default 0 check (balance >= 0),
    settings json,
    created_at datetime not null default current_timestamp
);
create table visit (
    id integer primary key,
    user_id integer not null references user (id) on delete cascade,
    page text not null,
    at integer not null
);
create index visit_by_user on visit (user_id, at desc);
create view busy_user as
    select user.id, user.email, count(*) as visits
    from user join visit on visit.user_id = user.id
    group by user.id;
"""

STATS = """
create table daily (day date primary key, visits int not null, note);
"""


def fresh(name: str) -> sqlite3.Connection:
    path = DATA / name
    path.unlink(missing_ok=True)
    return sqlite3.connect(path)


def main() -> None:
    DATA.mkdir(exist_ok=True)
    with fresh("main.sqlite3") as db:
        db.executescript(MAIN)
        db.executemany(
            "insert into user (email, is_active, balance, settings, created_at) values (?, ?, ?, ?, ?)",
            (
                (f"user{n}@example.com", n % 7 != 0, f"{n % 500}.{n % 100:02}", '{"theme": "dark"}',
                 f"2024-0{n % 9 + 1}-11 08:{n % 60:02}:00")
                for n in range(1, 1001)
            ),
        )
        db.executemany(
            "insert into visit (user_id, page, at) values (?, ?, ?)",
            ((n % 1000 + 1, f"/page/{n % 40}", 1_700_000_000_000 + n * 61_003) for n in range(20_000)),
        )
    with fresh("stats.db") as db:
        db.executescript(STATS)
        db.executemany(
            "insert into daily values (?, ?, ?)",
            ((f"2024-01-{day:02}", day * 17, "a busy day" if day % 5 == 0 else None) for day in range(1, 32)),
        )


if __name__ == "__main__":
    main()
