-- Accounts: how somebody signs in, whose a token is, and what stops guessing.

-- person or service; read by the app alone.
alter table people add column kind text not null default 'person';
-- In lower case; '' for none.
alter table people add column email text not null default '';
-- PHC text of Argon2id; '' for none.
alter table people add column password_hash text not null default '';
-- When somebody signed in last; 0 for never.
alter table people add column signed_in_at integer not null default 0;

create unique index people_email_key on people (email) where email <> '';

-- Null for a token that the operator of the installation made.
alter table tokens add column person_id integer references people (id);
-- The last characters of the secret, to tell tokens apart.
alter table tokens add column hint text not null default '';

create index tokens_of_person on tokens (person_id, id) where person_id is not null;

-- Links that work once: to set the first admin up, to accept an invitation, to set a new password.
create table account_links (
    id integer primary key autoincrement,
    -- SHA-256 of the secret in the link.
    secret_hash blob not null,
    -- setup, invite or reset; read by the app alone.
    purpose text not null,
    -- Null where the link makes the person.
    person_id integer references people (id) on delete cascade,
    created_at integer not null,
    expires_at integer not null,
    constraint account_links_secret_key unique (secret_hash)
) strict;

create index account_links_of_person on account_links (person_id) where person_id is not null;

-- Failed sign-ins, by account and by address.
create table sign_in_failures (
    -- SHA-256 of what was guessed at or of the address, with its kind before it: no list of names typed by mistake.
    subject blob not null primary key,
    failures integer not null,
    last_at integer not null,
    -- Nothing is tried before this moment.
    blocked_until integer not null
) strict, without rowid;

create index sign_in_failures_by_time on sign_in_failures (last_at);
