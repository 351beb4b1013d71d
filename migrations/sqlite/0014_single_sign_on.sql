-- Who somebody is at an identity provider.
create table identities (
    issuer text not null,
    -- Who it is there, for ever.
    subject text not null,
    person_id integer not null references people (id) on delete cascade,
    primary key (issuer, subject)
) strict, without rowid;

create index identities_of_person on identities (person_id);
