-- Work that outlives the request that asked for it, and the clock that it runs on.

create table jobs (
    id integer primary key autoincrement,
    -- The word of what is to be done; read by the app alone.
    kind text not null,
    -- What the work needs to know, as JSON of that kind.
    payload text not null,
    -- At most one job with this key is open; asking again finds it. Null for none.
    unique_key text,
    request_id integer,
    dataset_id integer,
    -- Null for the system.
    by_id integer references people (id),
    -- queued, running, done, failed (the dead letters), cancelled; read by the app alone.
    state text not null,
    -- 1 while queued or running.
    open integer not null,
    created_at integer not null,
    -- Not before this moment.
    run_at integer not null,
    attempt integer not null default 0,
    max_attempts integer not null,
    -- Who runs it, and until when without a further heartbeat; 0 while nobody does.
    worker text,
    lease_until integer not null default 0,
    cancel_at integer not null default 0,
    progress_done integer not null default 0,
    -- 0 where nobody knows.
    progress_total integer not null default 0,
    progress_says text not null default '',
    -- What a run has to remember for the next one, as JSON.
    checkpoint text not null default '',
    -- Why the last attempt failed; what a done job gives.
    error text,
    result text,
    finished_at integer not null default 0
) strict;

create unique index jobs_unique_key on jobs (unique_key) where open = 1 and unique_key is not null;
create index jobs_due on jobs (run_at, id) where open = 1;
create index jobs_of_request on jobs (request_id, id) where request_id is not null;
create index jobs_of_dataset on jobs (dataset_id, id) where dataset_id is not null;
create index jobs_by_state on jobs (state, id);

create table job_log (
    id integer primary key autoincrement,
    job_id integer not null references jobs (id) on delete cascade,
    at integer not null,
    attempt integer not null,
    -- info, warn or error; read by the app alone.
    level text not null,
    says text not null
) strict;

create index job_log_of_job on job_log (job_id, id);

-- How far the clock of the app is ahead of the machine's: 0 everywhere but in tests and demonstrations.
create table clock (
    one integer primary key check (one = 1),
    ahead integer not null
) strict;

insert into clock (one, ahead) values (1, 0);
