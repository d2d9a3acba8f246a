create table big (id text primary key, t text, b blob, unique (t, b));
insert into big values ('a', hex(zeroblob(600000)), zeroblob(1048577)), ('b', null, x'');
create table many (n int); with recursive c(i) as (select 1 union all select i + 1 from c where i < 3000) insert into many select case when i % 7 = 0 then 'x' else i end from c;
