-- The catalogue: what was approved, and what works.

create table datasets (
    id integer primary key autoincrement,
    full_name text not null,
    status integer not null,
    -- The request that made it.
    request_id integer not null references requests (id),
    team_id integer not null references teams (id),
    owner_id integer references people (id),
    owner_handle text not null,
    environment integer not null,
    storage integer not null,
    class integer not null,
    tier integer not null,
    size_bytes integer not null,
    peak_qps integer not null,
    cluster text not null,
    partitions integer not null,
    spec text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint datasets_name_key unique (full_name),
    constraint datasets_request_key unique (request_id)
) strict;

insert into sqlite_sequence (name, seq) values ('datasets', 1000);

create index datasets_by_size on datasets (size_bytes, id);
create index datasets_by_creation on datasets (created_at, id);
create index datasets_of_team on datasets (team_id, full_name);
create index datasets_of_owner on datasets (owner_id);
create index datasets_of_cluster on datasets (cluster, size_bytes);

-- As for requests; one document, without the use case of a guarded dataset.
create virtual table dataset_search using fts5(
    public_words,
    tokenize = 'ascii',
    detail = 'column',
    prefix = '2 3'
);
