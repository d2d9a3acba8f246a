create table lines (a integer not null, b real, c text generated always as (a || '-' || b) stored, d int as (a * 2 + abs(b)) virtual, e as (substr(c, 1, 3)), primary key (a, b)) without rowid;
insert into lines (a, b) values (1, 2.5), (-3, 1e300), (4, 0);
create table strict_one (i int, r real, t text, b blob, x any) strict;
insert into strict_one values (1, 2, '3', x'04', 5), (9223372036854775807, -0.0, '', x'', 'x');
create table loose (a, b nothing, c "long  text", d numeric(5,2), e varchar(3), f date, g time, h timestamp, i uuid, j json check (json_valid(j)), k bool);
insert into loose values (1, 'x', 2.5, 12.34, 'abc', '2024-02-29', '12:34:56', '2024-01-01T00:00:00Z', '123e4567-e89b-12d3-a456-426614174000', '{"a": [1, 2, null]}', 't'), (null, x'ff', 'zz', 123456, 'abcd', '2023-02-29', '25:00', 1700000000, 'no', '{', 2);
