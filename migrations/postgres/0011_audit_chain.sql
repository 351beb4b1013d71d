-- The audit trail covers acts that are no transitions, keeps what was before and after, cannot be changed, and is sealed.

-- What it was done to, as a person reads it: REQ-2001, person U-7, session.
alter table audit add column subject text collate "C" not null default '';
-- Small JSON of what was and what is; null where there is nothing to tell.
alter table audit add column "before" text collate "C";
alter table audit add column "after" text collate "C";
-- The address that it was asked from; empty for the system.
alter table audit add column origin text collate "C" not null default '';

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
    audit_id bigint primary key,
    place bigint not null,
    prev_hash text collate "C" not null,
    hash text collate "C" not null,
    sealed_at bigint not null,
    constraint audit_chain_place_key unique (place)
);

-- The rows that wait to be sealed.
create table audit_unsealed (
    audit_id bigint primary key
);

insert into audit_unsealed (audit_id) select id from audit;

create function audit_wait_for_seal() returns trigger language plpgsql as $$
begin
    insert into audit_unsealed (audit_id) values (new.id);
    return new;
end $$;

create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is permanent';
end $$;

create trigger audit_waits_for_its_seal after insert on audit
    for each row execute function audit_wait_for_seal();

create trigger audit_keeps_content before update or delete on audit
    for each row execute function audit_refuse();

create trigger audit_keeps_rows before truncate on audit
    for each statement execute function audit_refuse();

create trigger audit_chain_keeps_content before update or delete on audit_chain
    for each row execute function audit_refuse();

create trigger audit_chain_keeps_rows before truncate on audit_chain
    for each statement execute function audit_refuse();
