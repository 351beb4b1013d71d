-- Secrets of programs.

create table tokens (
    id integer primary key autoincrement,
    name text not null,
    -- SHA-256 of the token: whoever reads this table cannot use it.
    token_hash blob not null,
    -- The words of the scopes, with a blank between; read by the app alone.
    scopes text not null,
    created_at integer not null,
    -- 0 for never.
    expires_at integer not null,
    -- 0 while it was not used.
    last_used_at integer not null default 0,
    -- 0 while it holds.
    revoked_at integer not null default 0,
    constraint tokens_hash_key unique (token_hash)
) strict;

create index tokens_by_name on tokens (name, id);
