-- What happened, for people and for live pages.
--
-- Neither table refers to requests or datasets by a foreign key: history outlives what it speaks of.

create table audit (
    id integer primary key autoincrement,
    at integer not null,
    -- Null for the system.
    by_id integer references people (id),
    request_id integer,
    dataset_id integer,
    action text not null,
    note text,
    status_before integer not null,
    status_after integer not null,
    revision integer not null,
    -- The id of the HTTP request, as the logs have it.
    request_ref text not null
) strict;

create index audit_of_request on audit (request_id, id) where request_id is not null;
create index audit_of_dataset on audit (dataset_id, id) where dataset_id is not null;

-- Ids are in commit order, because only one transaction writes at a time, and are never used twice.
create table events (
    id integer primary key autoincrement,
    at integer not null,
    request_id integer,
    dataset_id integer,
    action text not null,
    team_id integer not null,
    status integer not null,
    constraint events_one_subject check ((request_id is null) <> (dataset_id is null))
) strict;
