-- Triage: when decisions are due, actions on many requests, saved views, and who is looking.

-- Both in working hours, which are 09:00 to 17:00 UTC from Monday to Friday: the moment by which the decision is
-- promised (the largest number while the clock stands), and how long it was waited until the clock last stopped.
alter table requests add column due_at integer not null default 9223372036854775807;
alter table requests add column worked_us integer not null default 0;

-- Rows from before: the same sums as the app does, from the moments that are known. A week of work has 144 000 000 000
-- microseconds, a day 28 800 000 000; counting begins on the Monday three days before 1970-01-01.
update requests set due_at = (
    select (w - 1) / 144000000000 * 604800000000 + (w - 1) % 144000000000 / 28800000000 * 86400000000 + 32400000000
        + (w - 1) % 28800000000 + 1 - 259200000000
    from (
        select q / 7 * 144000000000 + case
            when q % 7 > 4 then 144000000000
            when tod < 32400000000 then q % 7 * 28800000000
            when tod > 61200000000 then (q % 7 + 1) * 28800000000
            else q % 7 * 28800000000 + tod - 32400000000 end
            + case requests.priority when 0 then 4 when 1 then 8 when 2 then 24 else 72 end * 3600000000 as w
        from (
            select (requests.waiting_from + 259200000000) / 86400000000 as q,
                (requests.waiting_from + 259200000000) % 86400000000 as tod
        ) d
    ) s
) where waiting_from < 9223372036854775807;

update requests set worked_us = (
    select max(w) - min(w) from (
        select q / 7 * 144000000000 + case
            when q % 7 > 4 then 144000000000
            when tod < 32400000000 then q % 7 * 28800000000
            when tod > 61200000000 then (q % 7 + 1) * 28800000000
            else q % 7 * 28800000000 + tod - 32400000000 end as w
        from (
            select (requests.submitted_at + 259200000000) / 86400000000 as q,
                (requests.submitted_at + 259200000000) % 86400000000 as tod
            union all
            select (requests.decided_at + 259200000000) / 86400000000 as q,
                (requests.decided_at + 259200000000) % 86400000000 as tod
        ) d
    ) s
) where submitted_at > 0 and decided_at > 0;

create index requests_by_due_up on requests (due_at, id desc);
create index requests_by_due_down on requests (due_at, id);

-- For what decisions took: the first is read alone.
create index requests_decided_in on requests (decided_at, status, priority, reviewer_id, worked_us);
create index audit_by_action_at on audit (action, at, by_id);

-- One action on many requests; when it runs and whether it was undone, its job knows.
create table bulks (
    job_id integer primary key references jobs (id) on delete cascade,
    by_id integer not null references people (id),
    -- What is done, as JSON that the app alone reads.
    command text not null,
    -- The parameters of the view that it was asked from.
    view text not null,
    asked_at integer not null
) strict;

create index bulks_of_person on bulks (by_id, job_id);

create table bulk_items (
    job_id integer not null references bulks (job_id) on delete cascade,
    -- The order of the selection.
    position integer not null,
    request_id integer not null,
    -- As it was seen.
    revision integer not null,
    -- 0 waiting, 1 done, 2 refused.
    outcome integer not null default 0,
    -- Why it was refused.
    says text not null default '',
    primary key (job_id, position)
) strict;

-- Views of the queue that somebody named.
create table saved_views (
    id integer primary key autoincrement,
    owner_id integer not null references people (id),
    name text not null,
    -- The parameters of the address.
    view text not null,
    -- 1 where everybody reads it.
    shared integer not null,
    created_at integer not null,
    constraint saved_views_name_key unique (owner_id, name)
) strict;

create index saved_views_shared on saved_views (shared, name);

-- Who has a request open; a row that was not renewed says nothing after its moment.
create table lookers (
    request_id integer not null,
    person_id integer not null references people (id),
    until integer not null,
    primary key (request_id, person_id)
) strict;

create index lookers_until on lookers (until);
