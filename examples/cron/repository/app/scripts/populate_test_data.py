"""Writes a row into PostgreSQL and says how many there are."""

import os
from uuid import uuid4

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("insert into jobs.test_data (value) values (%s)", [uuid4().hex])
    rows = connection.execute("select count(*) from jobs.test_data").fetchone()[0]

print(f"jobs.test_data has {rows} rows")
