create table customers (id integer primary key autoincrement, email varchar(40) not null unique collate nocase, "Full Name" text default 'it''s', is_active boolean not null default 1 check (is_active in (0, 1)), created_at datetime default current_timestamp, balance decimal(10,2) default (0.5));
create table orders (id integer primary key, customer_id int not null references customers (id) on delete cascade on update set null deferrable initially deferred, total real check (total >= 0), state text default "new" check (state in ('new', 'paid')), note blob, unique (customer_id, state));
create index orders_total on orders (total desc, lower(state)) where total > 10 and state is not null;
create unique index customers_email on customers (lower(email));
insert into customers (email, created_at) values ('a@example.com', '2024-01-02 03:04:05'), ('b@example.com', null);
insert into orders values (1, 1, 12.5, 'new', x'00ff'), (2, 9, 3, 'paid', null);
create view paid as select c.email, count(*) as n, sum(o.total) as total, group_concat(o.state, ', ') from orders o join customers c on c.id = o.customer_id where o.state = 'paid' group by c.email having n > 1 order by total desc limit 10 offset 1;
create trigger orders_touch after insert on orders for each row when new.total > 100 begin update customers set balance = balance - new.total where id = new.customer_id; insert into orders (customer_id, total) values (new.customer_id, 0); end;
