-- The versions of the review policy, which of them is in force, and what was replayed before one was enabled.

-- Append-only: a version says for ever what it judged by. Numbered by the app, without gaps.
create table policies (
    version integer not null,
    -- The rules, as JSON.
    rules text not null,
    note text not null,
    -- The version that it was written from; 0 for none.
    based_on integer not null,
    -- Null for the system and for commands.
    by_id integer references people (id),
    at integer not null,
    constraint policies_version_key primary key (version)
) strict;

-- One row: exactly one version is in force.
create table policy_in_force (
    one integer primary key check (one = 1),
    version integer not null references policies (version),
    by_id integer references people (id),
    at integer not null
) strict;

-- What enabling a version would have changed, as it was shown to somebody.
create table policy_replays (
    id integer primary key autoincrement,
    version integer not null references policies (version),
    -- The version that was in force then.
    against integer not null references policies (version),
    by_id integer references people (id),
    at integer not null,
    -- What was found, as JSON.
    report text not null
) strict;

create index policy_replays_of_version on policy_replays (version, id);

-- The rules that every installation starts with.
insert into policies (version, rules, note, based_on, by_id, at) values (1,
    '{"rules":[{"id":"R1","says":"Development, at most 1 GB, at most 100 QPS at peak, no personal data: approved at once.","effect":"auto_approve","when":[{"fact":"environment","op":"is","value":"dev"},{"fact":"size_gb","op":"at_most","value":"1"},{"fact":"peak_qps","op":"at_most","value":"100"},{"fact":"personal_data","op":"is","value":"no"},{"fact":"data_class","op":"is_not","value":"restricted"},{"fact":"tier","op":"at_least","value":"2"}]},{"id":"R2","says":"Tiers 0 and 1 need two different approvers.","effect":"reviews","reviews":"2","when":[{"fact":"tier","op":"at_most","value":"1"}]},{"id":"R3","says":"Production above 1 TB needs two different approvers.","effect":"reviews","reviews":"2","when":[{"fact":"environment","op":"is","value":"prod"},{"fact":"size_gb","op":"above","value":"1000"}]},{"id":"R4","says":"Personal or restricted data needs a privacy approval.","effect":"privacy","match":"any","when":[{"fact":"personal_data","op":"is","value":"yes"},{"fact":"data_class","op":"is","value":"restricted"}]}]}',
    'The rules that every installation starts with.', 0, null, 0);
insert into policy_in_force (one, version, by_id, at) values (1, 1, null, 0);
