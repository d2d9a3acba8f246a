-- Runs once, when the data volume is new. The schema `app` and the services' roles are there already.
create table app.book (
    id bigint generated always as identity primary key,
    title text not null,
    author text not null,
    year integer not null
);

insert into app.book (title, author, year) values
    ('The Mythical Man-Month', 'Frederick P. Brooks', 1975),
    ('The Practice of Programming', 'Brian W. Kernighan, Rob Pike', 1999),
    ('The Art of PostgreSQL', 'Dimitri Fontaine', 2019);
