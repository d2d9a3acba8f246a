create table "django_migrations" ("id" integer not null primary key autoincrement, "app" varchar(255) not null, "name" varchar(255) not null, "applied" datetime not null);
create table "auth_user" ("id" integer not null primary key autoincrement, "password" varchar(128) not null, "last_login" datetime null, "is_superuser" bool not null, "n" integer unsigned not null check ("n" >= 0), "j" text not null check ((json_valid("j") or "j" is null)), "u" char(32) not null unique);
insert into auth_user values (1, 'x', '2024-01-01 00:00:00.123456', 1, 3, '{}', '0123456789abcdef0123456789abcdef');
create table "auth_user_groups" ("id" integer not null primary key autoincrement, "user_id" integer not null references "auth_user" ("id") deferrable initially deferred);
create unique index "u_uniq" on "auth_user_groups" ("user_id") where "user_id" > 1;
