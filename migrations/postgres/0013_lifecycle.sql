-- Requests about a dataset that exists, and the tags that tools find datasets by.

-- The dataset that a change, a migration, a deletion … is about; null for a request that creates one.
alter table requests add column dataset_id bigint;
-- The same while the request is open, else null: this is what allows one at a time.
alter table requests add column held_dataset bigint;
create unique index requests_open_dataset_key on requests (held_dataset) where held_dataset is not null;
create index requests_of_dataset on requests (dataset_id, id) where dataset_id is not null;

create table dataset_tags (
    dataset_id bigint not null references datasets (id) on delete cascade,
    tag text collate "C" not null,
    primary key (dataset_id, tag)
);

create index dataset_tags_by_tag on dataset_tags (tag, dataset_id);

insert into dataset_tags (dataset_id, tag)
select distinct d.id, j.value from datasets d, json_array_elements_text(d.spec::json -> 'tags') j;
