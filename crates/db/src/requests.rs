//! Requests: finding, locking, and the one place that writes their columns.

use domain::{
    Timestamp,
    choices::Choice,
    form::RequestForm,
    ids::{DatasetId, RequestId, Revision, TeamId, UserId},
    lifecycle::{AgeClock, Request, Status},
    view::NameHolder,
};

use crate::{
    Db, Error, RequestRow, Result, Tx,
    content::Content,
    rows::{CONTENT_COLUMNS, ENTRY_COLUMNS, Life, RequestRaw, rank, status_rank, to_json},
    search::{self, Document},
    sql::{Dialect, Sql, sql},
    time::{NOT_WAITING, due_number, micros, micros_or_none},
};

impl Db {
    pub async fn request_find(&self, id: RequestId) -> Result<Option<RequestRow>> {
        let found: Option<RequestRaw> = self.maybe(find(id)).await?;
        found.map(RequestRow::try_from).transpose()
    }

    /// The request that a form made, by the form's token: a form that is posted twice files one request.
    pub async fn request_by_token(&self, requester: UserId, token: &str) -> Result<Option<RequestId>> {
        let statement = sql("select id from requests where requester_id = $1 and token = $2");
        let found: Option<(i64,)> = self.maybe(statement.bind(requester).bind(token)).await?;
        Ok(found.map(|(id,)| RequestId(id)))
    }

    /// The requests in a status, by number.
    pub async fn requests_in(&self, status: Status) -> Result<Vec<RequestId>> {
        let statement = sql("select id from requests where status = $1 order by id");
        let all: Vec<(i64,)> = self.all(statement.bind(status_rank(status))).await?;
        Ok(all.into_iter().map(|(id,)| RequestId(id)).collect())
    }

    /// The open request that is about a dataset.
    pub async fn request_open_about(&self, dataset: DatasetId) -> Result<Option<RequestId>> {
        let statement = sql("select id from requests where held_dataset = $1").bind(dataset);
        Ok(self.maybe::<(i64,)>(statement).await?.map(|(id,)| RequestId(id)))
    }

    /// Who has a full name: a dataset, or a request that reserves it. `except` is the request that asks.
    pub async fn name_holder(&self, full_name: &str, except: Option<RequestId>) -> Result<Option<NameHolder>> {
        Ok(self.maybe::<(i64, i64)>(holder(full_name, except)).await?.map(named))
    }
}

impl Tx {
    /// Makes a new draft with its first revision.
    ///
    /// # Errors
    /// [`Error::Conflict`] on `requests_token_key` where this form made a request already.
    pub async fn request_insert(
        &mut self,
        requester: UserId,
        team: TeamId,
        token: &str,
        form: &RequestForm,
        now: Timestamp,
    ) -> Result<RequestRow> {
        self.request_insert_as(Request::draft(RequestId(0), requester, team), token, form, now).await
    }

    /// As [`Tx::request_insert`], of the kind and about the dataset that `new` says; its number is given here.
    pub async fn request_insert_as(
        &mut self,
        new: Request,
        token: &str,
        form: &RequestForm,
        now: Timestamp,
    ) -> Result<RequestRow> {
        let requester = new.requester;
        let (id,): (i64,) = self
            .one(
                sql("insert into requests (kind, requester_id, team_id, token, revision, status, created_at, \
                     updated_at, life, form, dataset_id) \
                     values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10) returning id")
                .bind(new.kind.word())
                .bind(requester)
                .bind(new.team)
                .bind(token)
                .bind(new.revision)
                .bind(status_rank(new.status()))
                .bind(micros(now))
                .bind(to_json(&Life::from(&new))?)
                .bind(to_json(form)?)
                .bind(new.dataset),
            )
            .await?;
        let request = Request { id: RequestId(id), ..new };
        let row = RequestRow {
            form: form.clone(),
            spec: None,
            owner: None,
            full_name: String::new(),
            submitted_at: None,
            decided_at: None,
            created_at: now,
            updated_at: now,
            token: token.to_owned(),
            request,
        };
        self.request_update(&row, row.request.revision, now).await?;
        self.revision_insert(row.request.id, row.request.revision, form, None, Some(requester), now).await?;
        let written: RequestRaw = self.one(find(row.request.id)).await?;
        written.try_into()
    }

    /// Reads a request and keeps others from changing it until the transaction ends.
    pub async fn request_lock(&mut self, id: RequestId) -> Result<Option<RequestRow>> {
        let mut statement = find(id);
        // On SQLite nobody else writes anyway.
        if self.dialect() == Dialect::Postgres {
            statement.push(" for update");
        }
        let found: Option<RequestRaw> = self.maybe(statement).await?;
        found.map(RequestRow::try_from).transpose()
    }

    /// Writes a request with all that is derived from it, where it still has the `expected` revision; returns whether
    /// it had. Owner and full name are taken from the content, whatever `row` says of them.
    ///
    /// # Errors
    /// [`Error::Conflict`] on `requests_held_name_key` where another request reserves the name, on
    /// `requests_open_dataset_key` where another open request is about the same dataset.
    pub async fn request_update(&mut self, row: &RequestRow, expected: Revision, now: Timestamp) -> Result<bool> {
        let RequestRow { request, form, spec, submitted_at, decided_at, .. } = row;
        let content = Content::of(form, spec.as_ref());
        // A request about a dataset reserves the dataset in the place of a name.
        let is_held = request.status().holds_name();
        let held_name = (is_held && request.dataset.is_none()).then(|| content.full_name.clone());
        let is_open = is_held && request.status() != Status::Completed;
        let held_dataset = request.dataset.filter(|_| is_open);
        let (waited_us, waiting_from) = age_columns(request.age);
        let mut update = Sql::default();
        let mut columns = String::new();
        let mut set = |column: &str, value: String| {
            let separator = if columns.is_empty() { "" } else { ", " };
            columns.push_str(&format!("{separator}{column} = {value}"));
        };
        let (team, owner) = (update.arg(request.team), update.arg(content.owner.as_str()));
        let reviewer = update.arg(request.reviewer());
        set("team_slug", format!("coalesce((select slug from teams where id = {team}), '')"));
        set("team_id", team);
        set("owner_id", format!("(select id from people where handle = {owner})"));
        set("owner_handle", owner);
        set("reviewer_handle", format!("coalesce((select handle from people where id = {reviewer}), '')"));
        set("reviewer_id", reviewer);
        set("revision", update.arg(request.revision));
        set("status", update.arg(status_rank(request.status())));
        set("full_name", update.arg(content.full_name.as_str()));
        set("held_name", update.arg(held_name));
        set("held_dataset", update.arg(held_dataset));
        set("priority", update.arg(rank(content.priority)));
        set("environment", update.arg(rank(content.environment)));
        set("storage", update.arg(rank(content.storage)));
        set("class", update.arg(rank(content.class)));
        set("size_bytes", update.arg(content.size_bytes));
        set("peak_qps", update.arg(content.peak_qps));
        set("needed_by", update.arg(content.needed_by));
        set("submitted_at", update.arg(micros_or_none(*submitted_at)));
        set("decided_at", update.arg(micros_or_none(*decided_at)));
        set("updated_at", update.arg(micros(now)));
        set("waited_us", update.arg(waited_us));
        set("waiting_from", update.arg(waiting_from));
        set("worked_us", update.arg(request.age.worked_us));
        set("due_at", update.arg(due_number(request.age.due(content.priority.sla_hours()))));
        set("life", update.arg(to_json(&Life::from(request))?));
        set("form", update.arg(to_json(form)?));
        set("spec", update.arg(spec.as_ref().map(to_json).transpose()?));
        let (id, expected) = (update.arg(request.id), update.arg(expected));
        update.push(&format!("update requests set {columns} where id = {id} and revision = {expected}"));
        if self.run(update).await? == 0 {
            return Ok(false);
        }
        self.index_request(request, &content).await?;
        Ok(true)
    }

    async fn index_request(&mut self, request: &Request, content: &Content) -> Result<()> {
        let (requester, team): (String, String) = self
            .one(
                sql("select p.handle, r.team_slug from requests r join people p on p.id = r.requester_id \
                     where r.id = $1")
                .bind(request.id),
            )
            .await?;
        let [public, full] = content.documents(request.id, &requester, &team);
        let documents = [(Document::Public, search::document(&public)), (Document::Full, search::document(&full))];
        for statement in search::REQUESTS.replace(self.dialect(), request.id.0, &documents) {
            self.run(statement).await?;
        }
        Ok(())
    }

    /// As [`Db::name_holder`], within the transaction.
    pub async fn name_holder(&mut self, full_name: &str, except: Option<RequestId>) -> Result<Option<NameHolder>> {
        Ok(self.maybe::<(i64, i64)>(holder(full_name, except)).await?.map(named))
    }
}

/// What was waited before the last pause, and the moment a running clock counts from, with that taken off.
fn age_columns(age: AgeClock) -> (i64, i64) {
    (age.waited_us, age.running_since.map_or(NOT_WAITING, |since| micros(since) - age.waited_us))
}

fn find(id: RequestId) -> Sql {
    sql(format!("select {ENTRY_COLUMNS}, {CONTENT_COLUMNS} from requests r where r.id = $1")).bind(id)
}

/// A dataset stands before the request that made it: its page says more.
fn holder(full_name: &str, except: Option<RequestId>) -> Sql {
    sql("select cast(0 as bigint) as kind, id from datasets where full_name = $1 and request_id <> $2 \
         union all \
         select cast(1 as bigint) as kind, id from requests where held_name = $1 and id <> $2 \
         order by kind limit 1")
    .bind(full_name)
    // Numbers start above 0, so this excepts nobody.
    .bind(except.unwrap_or(RequestId(0)))
}

fn named((kind, id): (i64, i64)) -> NameHolder {
    if kind == 0 { NameHolder::Dataset(DatasetId(id)) } else { NameHolder::Request(RequestId(id)) }
}

/// Whether a failed write means that another request has the name.
impl Error {
    #[must_use]
    pub fn is_conflict_on(&self, name: &str) -> bool {
        matches!(self, Self::Conflict { constraint } if constraint == name)
    }
}
