create table "select" ("from" int, "a.b" text, "x""y" text, [br] int, `tick` int, "Üñï" text, "   " int, primary key ("from"));
create table "a_very_long_name_of_a_table_that_goes_far_beyond_the_sixty_three_bytes_that_postgresql_takes" (a_very_long_name_of_a_column_that_goes_far_beyond_the_sixty_three_bytes_1 int, a_very_long_name_of_a_column_that_goes_far_beyond_the_sixty_three_bytes_2 int unique);
create table "Select" (rowid, oid, _rowid_, ctid, xmin, tableoid);
create table "{schema}" (a int references "select", check ("a" > 0));
create index "idx ""q""" on "select" ("Üñï" collate rtrim, "x""y" || 'a');
insert into "select" values (1, 'x', 'y', 2, 3, 'z', 4);
insert into "Select" values (1, 2, 3, 4, 5, 6);
