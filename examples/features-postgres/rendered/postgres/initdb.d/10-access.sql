-- Rendered by stackctl from stack.toml: schemas, extensions, a role for each service, and what each may do.
-- It runs when the database is made, and again when it has changed, as the superuser and with ON_ERROR_STOP.
-- It brings the database to what it says, whatever was there before; running it twice changes nothing.
\set QUIET on

-- Passwords stand in statements below; none may reach the server's log or its statistics.
set log_statement = 'none';
set log_duration = off;
set log_min_duration_statement = -1;
set log_min_duration_sample = -1;
set log_transaction_sample_rate = 0;
set log_min_error_statement = 'panic';
set pg_stat_statements.track = 'none';
set pgaudit.log = 'none';
set client_min_messages = warning;
-- Nothing that a service has put into a schema stands in for what is used here.
set search_path = pg_catalog, pg_temp;

-- All of it or nothing, and no moment in which a service has lost its rights.
begin;
do $$ begin perform pg_advisory_xact_lock(hashtext('stackctl access')); end $$;

-- What shall hold.
create temporary table wanted_schema (schema_name text, owner_name text) on commit drop;
insert into wanted_schema values ('public', 'own:public');
insert into wanted_schema values ('sales', 'own:sales');
insert into wanted_schema values ('audit', 'own:audit');
create temporary table wanted_access (role_name text, schema_name text, access text) on commit drop;
insert into wanted_access values ('orders-import', 'sales', 'write');
insert into wanted_access values ('reports', 'sales', 'read');
insert into wanted_access values ('reports', 'audit', 'read');
insert into wanted_access values ('shop', 'sales', 'own');
insert into wanted_access values ('shop', 'audit', 'write');

-- Schemas and roles. Each schema has a role that owns its tables and can't log in; who has `own` is a member,
-- so that one program's migrations can change tables which an init file or another program has made.
do $$
declare
    wanted record;
begin
    for wanted in select * from wanted_schema loop
        execute format('create schema if not exists %I', wanted.schema_name);
        if not exists (select from pg_roles where rolname = wanted.owner_name) then
            execute format('create role %I nologin', wanted.owner_name);
        end if;
        execute format('comment on role %I is %L', wanted.owner_name,
            'stackctl: owner of the schema ' || wanted.schema_name);
    end loop;
    for wanted in select distinct role_name from wanted_access loop
        if not exists (select from pg_roles where rolname = wanted.role_name) then
            execute format('create role %I', wanted.role_name);
        end if;
        execute format('comment on role %I is %L', wanted.role_name,
            'stackctl: role of the service ' || wanted.role_name);
    end loop;
    -- The role of a service that is gone stays, because it may own something, but nobody can log in as it.
    for wanted in
        select rolname from pg_roles
        where shobj_description(oid, 'pg_authid') like 'stackctl: role of the service %'
            and rolname not in (select role_name from wanted_access)
    loop
        execute format('alter role %I nologin password null', wanted.rolname);
    end loop;
    -- `stackctl migrate` logs in only while it runs; this is for one that was killed.
    for wanted in
        select rolname from pg_roles where shobj_description(oid, 'pg_authid') = 'stackctl: role of migrations'
    loop
        execute format('alter role %I nologin password null', wanted.rolname);
    end loop;
end $$;

set local search_path = public;
create extension if not exists "pg_trgm" cascade;
create extension if not exists "btree_gist" cascade;
set local search_path = pg_catalog, pg_temp;

-- Passwords, read from files that stackctl mounts.
\set password `cat '/run/secrets/postgres_orders-import'`
select :'password' = '' as is_missing \gset
\if :is_missing
do $$ begin raise exception 'the file /run/secrets/postgres_orders-import is missing or empty'; end $$;
\endif
alter role "orders-import" with login inherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    password :'password';
alter role "orders-import" in database "warehouse"
    set search_path = "sales", "public";
\set password `cat '/run/secrets/postgres_reports'`
select :'password' = '' as is_missing \gset
\if :is_missing
do $$ begin raise exception 'the file /run/secrets/postgres_reports is missing or empty'; end $$;
\endif
alter role "reports" with login inherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    password :'password';
alter role "reports" in database "warehouse"
    set search_path = "sales", "audit", "public";
\set password `cat '/run/secrets/postgres_shop'`
select :'password' = '' as is_missing \gset
\if :is_missing
do $$ begin raise exception 'the file /run/secrets/postgres_shop is missing or empty'; end $$;
\endif
alter role "shop" with login inherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    password :'password';
alter role "shop" in database "warehouse"
    set search_path = "sales", "audit", "public";
\unset password

-- Members and owners. Views and functions stay with who made them: they work with their owner's rights.
do $$
declare
    step record;
begin
    for step in
        select format('revoke %I from %I', owner_role.rolname, member.rolname) as command
        from pg_auth_members
        join pg_roles owner_role on owner_role.oid = pg_auth_members.roleid
        join pg_roles member on member.oid = pg_auth_members.member
        where shobj_description(owner_role.oid, 'pg_authid') like 'stackctl: owner of the schema %'
            and shobj_description(member.oid, 'pg_authid') like 'stackctl: role of the service %'
            and not exists (
                select from wanted_access join wanted_schema using (schema_name)
                where access = 'own' and role_name = member.rolname and owner_name = owner_role.rolname
            )
        union all
        select format('grant %I to %I', owner_name, role_name)
        from wanted_access join wanted_schema using (schema_name)
        where access = 'own' and not pg_has_role(role_name, owner_name, 'member')
    loop
        execute step.command;
    end loop;

    for step in
        select format('alter %s %I.%I owner to %I', kind, schema_name, name, owner_name) as command
        from wanted_schema
        join (
            select 'table' as kind, relname as name, relnamespace as namespace, relowner as owner, oid,
                'pg_class'::regclass as class
            from pg_class where relkind in ('r', 'p', 'S')
            union all
            select 'type', typname, typnamespace, typowner, oid, 'pg_type'::regclass
            from pg_type where typtype in ('d', 'e')
        ) object on object.namespace = to_regnamespace(quote_ident(schema_name))
        join pg_roles maker on maker.oid = object.owner
        where owner_name <> maker.rolname
            and (
                shobj_description(maker.oid, 'pg_authid') like 'stackctl: role of the service %'
                or maker.rolname = current_user and exists (
                    select from wanted_access
                    where access = 'own' and wanted_access.schema_name = wanted_schema.schema_name
                )
            )
            -- What belongs to an extension stays there; a column's sequence goes with its table.
            and not exists (
                select from pg_depend
                where classid = object.class and objid = object.oid and objsubid = 0 and deptype in ('e', 'a', 'i')
            )
    loop
        execute step.command;
    end loop;
end $$;

-- Privileges: what each level of access means, by kind of object.
create temporary table wanted_privilege (grantee text, kind text, schema_name text, privilege text) on commit drop;
insert into wanted_privilege
select case access when 'own' then owner_name else role_name end, kind, schema_name, privilege
from wanted_access
join wanted_schema using (schema_name)
join (values
    ('read', 'schema', '{usage}'::text[]),
    ('read', 'table', '{select}'),
    ('read', 'sequence', '{select}'),
    ('write', 'schema', '{usage}'),
    ('write', 'table', '{select,insert,update,delete}'),
    ('write', 'sequence', '{select,usage,update}'),
    ('own', 'schema', '{usage,create}'),
    ('own', 'table', '{select,insert,update,delete,truncate,references,trigger}'),
    ('own', 'sequence', '{select,usage,update}')
) level (access, kind, privileges) using (access)
cross join unnest(privileges) privilege
union
-- The server checks a foreign key as the owner of its table, who needs to see the schema for that.
select owner_name, 'schema', schema_name, 'usage' from wanted_schema
union
select role_name, 'schema', 'public', 'usage' from wanted_access
union
select role_name, 'database', null, 'connect' from wanted_access
union
select role_name, 'database', null, 'temporary' from wanted_access where access <> 'read';

-- Large objects are in no schema; who may only read could fill the disk with them.
revoke execute on function lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) from public;
grant execute on function lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) to "orders-import";
revoke execute on function lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) from "reports";
grant execute on function lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) to "shop";

revoke all on database "warehouse" from public;
revoke all on schema public from public;

do $$
declare
    step record;
begin
    create temporary table object on commit drop as
    select 'schema' as kind, nspname::text as schema_name, format('schema %I', nspname) as target,
        nspowner as owner, nspacl as acl
    from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
    union all
    select kind, nspname, format('%s %I.%I', kind, nspname, relname), relowner, relacl
    from (select *, case relkind when 'S' then 'sequence' else 'table' end as kind from pg_class) relation
    join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and nspname !~ '^pg_' and nspname <> 'information_schema'
    union all
    select 'database', null, format('database %I', datname), datdba, datacl
    from pg_database where datname = current_database();

    create temporary table given on commit drop as
    select object.*, grantee.rolname::text as grantee, lower(privilege_type) as privilege
    from object cross join aclexplode(acl) entry
    join pg_roles grantee on grantee.oid = entry.grantee
    where entry.grantee <> owner and shobj_description(grantee.oid, 'pg_authid') like 'stackctl: %';

    for step in
        select format('revoke %s on %s from %I cascade', string_agg(privilege, ', '), target, grantee) as command
        from given
        where not exists (
            select from wanted_privilege wanted
            where wanted.grantee = given.grantee and wanted.kind = given.kind
                and wanted.privilege = given.privilege
                and wanted.schema_name is not distinct from given.schema_name
        )
        group by target, grantee
        union all
        select format('grant %s on %s to %I', string_agg(privilege, ', '), target, grantee)
        from wanted_privilege wanted
        join object on object.kind = wanted.kind and object.schema_name is not distinct from wanted.schema_name
        where owner <> to_regrole(quote_ident(grantee)) and not exists (
            select from given
            where given.target = object.target and given.grantee = wanted.grantee
                and given.privilege = wanted.privilege
        )
        group by target, grantee
    loop
        execute step.command;
    end loop;
end $$;

-- The same for tables and sequences that the superuser or a program's migrations make later.
do $$
declare
    step record;
begin
    create temporary table wanted_default on commit drop as
    select maker, schema_name, kind, grantee, privilege
    from wanted_privilege
    join (
        select schema_name, current_user::text as maker from wanted_schema
        union
        select schema_name, role_name from wanted_access where access = 'own'
        union
        -- A program may have become the owner by `set role`.
        select schema_name, owner_name from wanted_access join wanted_schema using (schema_name) where access = 'own'
    ) maker using (schema_name)
    where kind in ('table', 'sequence') and maker <> grantee;

    create temporary table given_default on commit drop as
    select maker.rolname::text as maker, nspname::text as schema_name,
        case defaclobjtype when 'S' then 'sequence' else 'table' end as kind,
        grantee.rolname::text as grantee, lower(privilege_type) as privilege
    from pg_default_acl cross join aclexplode(defaclacl) entry
    join pg_roles maker on maker.oid = defaclrole
    join pg_namespace on pg_namespace.oid = defaclnamespace
    join pg_roles grantee on grantee.oid = entry.grantee
    where defaclobjtype in ('r', 'S') and entry.grantee <> defaclrole
        and shobj_description(grantee.oid, 'pg_authid') like 'stackctl: %';

    for step in
        select format('alter default privileges for role %I in schema %I revoke %s on %ss from %I',
            maker, schema_name, string_agg(privilege, ', '), kind, grantee) as command
        from (select * from given_default except select * from wanted_default) extra
        group by maker, schema_name, kind, grantee
        union all
        select format('alter default privileges for role %I in schema %I grant %s on %ss to %I',
            maker, schema_name, string_agg(privilege, ', '), kind, grantee)
        from (select * from wanted_default except select * from given_default) missing
        group by maker, schema_name, kind, grantee
    loop
        execute step.command;
    end loop;
end $$;

commit;
