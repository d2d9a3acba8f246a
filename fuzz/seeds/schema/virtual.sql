create virtual table docs using fts5(title, body);
insert into docs values ('a', 'b c');
create virtual table old using fts4(x);
create virtual table boxes using rtree(id, x0, x1);
create table docs_user (id integer primary key, r references docs);
create view found as select rowid, title from docs where docs match 'b';
pragma encoding = 'UTF-16le';
