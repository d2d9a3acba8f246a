create table jobs.test_data (
    id bigint generated always as identity primary key,
    value text not null,
    created_at timestamptz not null default now()
);
