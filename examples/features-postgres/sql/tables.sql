create table sales.customer (
    id integer generated always as identity primary key,
    name text not null
);
create table audit.event (at timestamptz not null default now(), what text not null);
insert into sales.customer (name) values ('O''Brien'), ('Łucja');
