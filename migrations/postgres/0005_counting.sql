-- The counts by status under one filter. Each reads its index alone: without these, counting the requests of a team in
-- every status visits the rows themselves, which are large, once for each status.

create index requests_counted_by_team on requests (team_slug, status);
create index requests_counted_by_owner on requests (owner_handle, status);
create index requests_counted_by_reviewer on requests (reviewer_handle, status);
create index requests_counted_by_own_team on requests (team_id, status);
create index requests_counted_by_kind on requests (status, environment, storage, priority);
