-- Who somebody is at an identity provider.
create table identities (
    issuer text collate "C" not null,
    -- Who it is there, for ever.
    subject text collate "C" not null,
    person_id bigint not null references people (id) on delete cascade,
    primary key (issuer, subject)
);

create index identities_of_person on identities (person_id);
