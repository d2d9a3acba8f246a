pragma ignore_check_constraints = 1;
create table j (id integer primary key, a text check (json_extract(a, '$.x') > 0), b int check (abs(b) > 0));
insert into j (a, b) values ('{"x": 1}', 1);
insert into j (a, b) values ('not json', 2);
create table "Ü" (id integer primary key autoincrement, x text);
create table "ü" (id int primary key, x text) without rowid;
insert into "Ü" values (7, 'a');
insert into "ü" values (1, 'b');
