-- The audit trail covers acts that are no transitions, keeps what was before and after, cannot be changed, and is sealed.

-- What it was done to, as a person reads it: REQ-2001, person U-7, session.
alter table audit add column subject text not null default '';
-- Small JSON of what was and what is; null where there is nothing to tell.
alter table audit add column "before" text;
alter table audit add column "after" text;
-- The address that it was asked from; empty for the system.
alter table audit add column origin text not null default '';

-- Acts that are no transitions have -1 as their statuses and 0 as their revision.
update audit set subject = case
    when request_id is not null then 'REQ-' || request_id
    when dataset_id is not null then 'DS-' || dataset_id
    else '' end;

create index audit_by_person on audit (by_id, id);
create index audit_by_subject on audit (subject, id);
create index audit_by_action on audit (action, id);

-- A hash over each row and the hash before it, in the order of place. Hashes are SHA-256 in hexadecimal.
create table audit_chain (
    audit_id integer primary key,
    place integer not null,
    prev_hash text not null,
    hash text not null,
    sealed_at integer not null,
    constraint audit_chain_place_key unique (place)
) strict, without rowid;

-- The rows that wait to be sealed.
create table audit_unsealed (
    audit_id integer primary key
) strict;

insert into audit_unsealed (audit_id) select id from audit;

create trigger audit_waits_for_its_seal after insert on audit begin
    insert into audit_unsealed (audit_id) values (new.id);
end;

create trigger audit_keeps_rows before delete on audit begin
    select raise(abort, 'the audit trail is permanent');
end;

create trigger audit_keeps_content before update on audit begin
    select raise(abort, 'the audit trail is permanent');
end;

create trigger audit_chain_keeps_rows before delete on audit_chain begin
    select raise(abort, 'the audit trail is permanent');
end;

create trigger audit_chain_keeps_content before update on audit_chain begin
    select raise(abort, 'the audit trail is permanent');
end;
