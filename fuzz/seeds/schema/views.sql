create table t (id integer primary key, parent int references t, name text, at datetime, v real, j text);
insert into t values (1, null, 'a', '2024-01-01 00:00:00', 1.5, '{"a":1}'), (2, 1, 'B', '2024-06-30', 2, '[]');
create view tree as with recursive up(id, depth) as (select id, 0 from t where parent is null union all select t.id, depth + 1 from t join up on t.parent = up.id) select * from up;
create view both as select id, name from t union select parent, upper(name) from t except select 1, 'x' intersect select id, null from t order by 1, 2 collate nocase;
create view windows as select id, row_number() over (partition by parent order by v desc) as r, lag(v, 1, 0) over w, sum(v) over (order by id rows between 1 preceding and current row) from t window w as (order by id);
create view days as select date(at, 'start of month', '+1 month', '-1 day') d, strftime('%Y-%W', at) w, julianday(at) - julianday('2000-01-01') as n, cast(v as int) / 2, v % 2, max(id, v), min(name), total(v), avg(v), ifnull(name, 'none'), nullif(v, 0), printf('%05d', id), hex(name), quote(name), json_extract(j, '$.a'), j -> 'a', json_group_array(name) from t group by parent;
create view outer_ones (a, b) as select distinct x.id, y.name from t x left outer join t y using (id) natural join t z cross join (select 1 as one) where exists (select 1 from t where t.id = x.id) and x.id not in (select parent from t) and (x.id, x.name) = (1, 'a') or x.name is not distinct from null;
create view valued as values (1, 'a'), (2, 'b');
create view "of views" as select * from tree join both on tree.id = both.id;
