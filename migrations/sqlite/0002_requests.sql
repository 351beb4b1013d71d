-- Requests, what was asked for at every revision, and the words they are found by.
--
-- `life`, `form` and `spec` are JSON that the app alone reads. Whatever is filtered or sorted by is a column of its
-- own, written together with them. No sorted column is null, because databases disagree on where nulls go: a missing
-- day is the largest number, a missing moment is 0, and nobody is ''. Closed lists are stored as their rank, so that
-- they sort in their own order and not by the alphabet.

create table requests (
    id integer primary key autoincrement,
    kind text not null,
    requester_id integer not null references people (id),
    team_id integer not null references teams (id),
    owner_id integer references people (id),
    reviewer_id integer references people (id),
    -- Made for each new form: the same form posted twice files one request.
    token text not null,
    revision integer not null,
    status integer not null,
    full_name text not null default '',
    -- The full name while the status reserves it, else null: this is what makes names unique.
    held_name text,
    priority integer not null default 0,
    environment integer not null default 0,
    storage integer not null default 0,
    class integer not null default 0,
    size_bytes integer not null default 0,
    peak_qps integer not null default 0,
    team_slug text not null default '',
    owner_handle text not null default '',
    reviewer_handle text not null default '',
    -- Days since 1970-01-01.
    needed_by integer not null default 9223372036854775807,
    -- Moments are microseconds since 1970-01-01 00:00 UTC.
    submitted_at integer not null default 0,
    decided_at integer not null default 0,
    created_at integer not null,
    updated_at integer not null,
    -- The age clock: what was waited before the last pause, and the moment from which a running clock counts
    -- (that sum taken off already, so that the smallest has waited longest).
    waited_us integer not null default 0,
    waiting_from integer not null default 9223372036854775807,
    life text not null,
    form text not null,
    spec text,
    constraint requests_token_key unique (requester_id, token)
) strict;

insert into sqlite_sequence (name, seq) values ('requests', 2000);

create unique index requests_held_name_key on requests (held_name) where held_name is not null;

-- The queue is sorted by any column in either direction, and rows that are equal in it by number, newest first. These
-- are two different orders, neither the reverse of the other, so each column has two indexes: with one, a page sorted
-- by status would first sort all requests of a status by number. Requests change a few times each in their life and
-- are listed all day.
create index requests_by_name_up on requests (full_name, id desc);
create index requests_by_name_down on requests (full_name, id);
create index requests_by_status_up on requests (status, id desc);
create index requests_by_status_down on requests (status, id);
create index requests_by_priority_up on requests (priority, id desc);
create index requests_by_priority_down on requests (priority, id);
create index requests_by_environment_up on requests (environment, id desc);
create index requests_by_environment_down on requests (environment, id);
create index requests_by_storage_up on requests (storage, id desc);
create index requests_by_storage_down on requests (storage, id);
create index requests_by_size_up on requests (size_bytes, id desc);
create index requests_by_size_down on requests (size_bytes, id);
create index requests_by_qps_up on requests (peak_qps, id desc);
create index requests_by_qps_down on requests (peak_qps, id);
create index requests_by_team_up on requests (team_slug, id desc);
create index requests_by_team_down on requests (team_slug, id);
create index requests_by_owner_up on requests (owner_handle, id desc);
create index requests_by_owner_down on requests (owner_handle, id);
create index requests_by_reviewer_up on requests (reviewer_handle, id desc);
create index requests_by_reviewer_down on requests (reviewer_handle, id);
create index requests_by_needed_by_up on requests (needed_by, id desc);
create index requests_by_needed_by_down on requests (needed_by, id);
create index requests_by_submitted_up on requests (submitted_at, id desc);
create index requests_by_submitted_down on requests (submitted_at, id);
create index requests_by_updated_up on requests (updated_at, id desc);
create index requests_by_updated_down on requests (updated_at, id);

-- Whose requests, in the order of the default view.
create index requests_of_requester on requests (requester_id, id);
create index requests_of_owner on requests (owner_id, id);
create index requests_of_reviewer on requests (reviewer_id, id);
create index requests_of_team on requests (team_id, id);

-- For the reviewers' home: who has waited longest, and what was decided lately.
create index requests_by_waiting on requests (waiting_from, id);
create index requests_by_decided on requests (decided_at);

create table request_revisions (
    request_id integer not null references requests (id) on delete cascade,
    revision integer not null,
    form text not null,
    -- Null for a draft that did not parse yet.
    spec text,
    by_id integer references people (id),
    at integer not null,
    primary key (request_id, revision)
) strict;

-- The words of each request, separated by spaces; the row id is the number of the request. The app cuts texts into
-- words itself, and the ascii tokenizer with only spaces between them keeps every word as it is. There are two
-- documents: what everybody may find a request by, and the same with the use case of a guarded one.
create virtual table request_search using fts5(
    public_words,
    full_words,
    tokenize = 'ascii',
    detail = 'column',
    prefix = '2 3'
);
