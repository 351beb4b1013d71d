-- Who watches a request, what a comment became, what people are told, and where else it goes.

-- Events that one person alone hears of; null for everybody who may know of the subject.
alter table events add column person_id integer;

-- What somebody chose or came to by acting: requester, owner and reviewer watch without a row.
create table watchers (
    request_id integer not null references requests (id) on delete cascade,
    person_id integer not null references people (id) on delete cascade,
    -- 0 for who does not want to.
    watching integer not null,
    at integer not null,
    primary key (request_id, person_id)
) strict, without rowid;

-- Which entry of the trail edits or withdraws which comment. The words are in the trail, where nothing is ever changed.
create table comment_versions (
    audit_id integer primary key,
    comment_id integer not null
) strict;

create index comment_versions_of_comment on comment_versions (comment_id, audit_id);

create table notices (
    id integer primary key autoincrement,
    event_id integer not null,
    person_id integer not null references people (id) on delete cascade,
    -- Read by the app alone.
    kind text not null,
    request_id integer not null references requests (id) on delete cascade,
    -- The entry of the trail, which has the words.
    audit_id integer not null,
    action text not null,
    -- Null for the system.
    by_id integer references people (id),
    at integer not null,
    -- 0 for what is sent by mail alone.
    in_app integer not null,
    -- 0 while unread.
    read_at integer not null default 0,
    -- 0 while it was not sent by mail.
    mailed_at integer not null default 0,
    -- Whoever tells an event twice tells nobody twice.
    constraint notices_once_key unique (event_id, person_id)
) strict;

create index notices_of_person on notices (person_id, id) where in_app = 1;
create index notices_unread on notices (person_id, id) where in_app = 1 and read_at = 0;

create table notice_preferences (
    person_id integer not null references people (id) on delete cascade,
    kind text not null,
    in_app integer not null,
    mail integer not null,
    primary key (person_id, kind)
) strict, without rowid;

create table webhooks (
    id integer primary key autoincrement,
    url text not null,
    -- Signs what is sent, so it is needed as it is.
    secret text not null,
    -- Words of kinds, with a blank between; read by the app alone.
    kinds text not null,
    active integer not null,
    created_at integer not null,
    created_by integer references people (id)
) strict;

create table webhook_deliveries (
    id integer primary key autoincrement,
    webhook_id integer not null references webhooks (id) on delete cascade,
    -- A test has the negative of its own moment, so that each is sent.
    event_id integer not null,
    -- JSON that is sent, made once, so that every attempt sends the same.
    body text not null,
    created_at integer not null,
    attempts integer not null default 0,
    -- 0 while nothing answered.
    status integer not null default 0,
    error text,
    -- 0 while it was neither taken nor given up.
    finished_at integer not null default 0,
    constraint webhook_deliveries_once_key unique (webhook_id, event_id)
) strict;

create index webhook_deliveries_of_webhook on webhook_deliveries (webhook_id, id);
