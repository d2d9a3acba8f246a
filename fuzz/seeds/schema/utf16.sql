pragma encoding = 'UTF-16be';
create table "Ümlaut" (id integer primary key, "größe" text collate nocase default 'ß', unique ("größe"));
insert into "Ümlaut" values (1, 'ä𝄞'), (2, cast(x'd83400' as text));
create view v as select "größe" from "Ümlaut";
alter table "Ümlaut" add column late int default 7;
alter table "Ümlaut" rename column late to later;
