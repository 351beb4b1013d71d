-- People, teams and signed-in browsers.
--
-- Handles and slugs are never changed once given: other tables keep copies of them to sort by.

create table teams (
    id integer primary key autoincrement,
    slug text not null,
    name text not null,
    constraint teams_slug_key unique (slug)
) strict;

create table people (
    id integer primary key autoincrement,
    handle text not null,
    name text not null,
    -- The word of a role; read by the app alone, so no list of roles is repeated here.
    role text not null,
    privacy_approver integer not null default 0,
    -- People who left stay, because history names them.
    active integer not null default 1,
    constraint people_handle_key unique (handle)
) strict;

create table memberships (
    person_id integer not null references people (id) on delete cascade,
    team_id integer not null references teams (id) on delete cascade,
    primary key (person_id, team_id)
) strict, without rowid;

create index memberships_by_team on memberships (team_id);

create table sessions (
    id integer primary key autoincrement,
    -- SHA-256 of the token: whoever reads this table cannot sign in with it.
    token_hash blob not null,
    person_id integer not null references people (id) on delete cascade,
    created_at integer not null,
    last_used_at integer not null,
    expires_at integer not null,
    -- 0 while it holds.
    revoked_at integer not null default 0,
    agent text not null,
    constraint sessions_token_key unique (token_hash)
) strict;

create index sessions_by_person on sessions (person_id, last_used_at);
create index sessions_by_expiry on sessions (expires_at);
