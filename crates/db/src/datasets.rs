//! The catalogue of datasets.

use std::collections::HashMap;

use domain::{
    Timestamp,
    choices::{Choice, DataClass, Environment, StorageKind},
    cluster::{Partitions, Placement},
    ids::{DatasetId, RequestId, TeamId, UserId},
    query::{CatalogueQuery, CatalogueSort, Direction},
    spec::DatasetSpec,
    view::{DatasetRow, DatasetStatus, Facet},
};
use sqlx::FromRow;

use crate::{
    CatalogueSlice, DatasetEntry, Db, Error, NewDataset, Result, Tx,
    content::Content,
    cursor::{Key, KeyKind, Order, Term},
    rows::{dataset_status_rank, json, rank, ranked, ranked_dataset_status, to_json},
    search::{self, DATASETS, Document, Query},
    sql::{Dialect, Sql, sql},
    time::{micros, moment},
};

const COLUMNS: &str = "d.id, d.full_name, d.status, d.environment, d.storage, t.slug as team_slug, d.owner_handle, \
     d.tier, d.class, d.size_bytes, d.peak_qps, d.cluster, d.created_at";
const TABLES: &str = "datasets d join teams t on t.id = d.team_id";

#[derive(FromRow)]
struct DatasetRaw {
    id: i64,
    full_name: String,
    status: i64,
    environment: i64,
    storage: i64,
    team_slug: String,
    owner_handle: String,
    tier: i64,
    class: i64,
    size_bytes: i64,
    peak_qps: i64,
    cluster: String,
    created_at: i64,
}

impl TryFrom<DatasetRaw> for DatasetRow {
    type Error = Error;

    fn try_from(raw: DatasetRaw) -> Result<Self> {
        Ok(Self {
            id: DatasetId(raw.id),
            full_name: raw.full_name,
            status: ranked_dataset_status(raw.status)?,
            environment: ranked::<Environment>(raw.environment)?,
            storage: ranked::<StorageKind>(raw.storage)?,
            team: raw.team_slug,
            owner: raw.owner_handle,
            tier: u8::try_from(raw.tier).map_err(|error| Error::corrupt("tier", error))?,
            class: ranked::<DataClass>(raw.class)?,
            size_bytes: raw.size_bytes,
            peak_qps: raw.peak_qps,
            cluster: raw.cluster,
            created_at: moment(raw.created_at)?,
        })
    }
}

#[derive(FromRow)]
struct EntryRaw {
    #[sqlx(flatten)]
    row: DatasetRaw,
    spec: String,
    partitions: i64,
    owner_id: Option<i64>,
    team_id: i64,
    request_id: i64,
}

impl TryFrom<EntryRaw> for DatasetEntry {
    type Error = Error;

    fn try_from(raw: EntryRaw) -> Result<Self> {
        let row = DatasetRow::try_from(raw.row)?;
        let corrupt = |error| Error::corrupt("cluster name", error);
        let partitions = u16::try_from(raw.partitions).ok().and_then(|number| Partitions::try_from(number).ok());
        let placement = Placement {
            cluster: row.cluster.parse().map_err(corrupt)?,
            partitions: partitions.ok_or_else(|| Error::corrupt("number of partitions", "it is out of bounds"))?,
        };
        Ok(Self {
            row,
            spec: json("specification", &raw.spec)?,
            placement,
            owner: raw.owner_id.map(UserId),
            team: TeamId(raw.team_id),
            request: RequestId(raw.request_id),
        })
    }
}

impl Db {
    pub async fn dataset_find(&self, id: DatasetId) -> Result<Option<DatasetEntry>> {
        let statement = sql(format!(
            "select {COLUMNS}, d.spec, d.partitions, d.owner_id, d.team_id, d.request_id from {TABLES} where d.id = $1"
        ));
        let found: Option<EntryRaw> = self.maybe(statement.bind(id)).await?;
        found.map(DatasetEntry::try_from).transpose()
    }

    /// The dataset that a request made.
    pub async fn dataset_of_request(&self, id: RequestId) -> Result<Option<DatasetId>> {
        let found: Option<(i64,)> = self.maybe(sql("select id from datasets where request_id = $1").bind(id)).await?;
        Ok(found.map(|(id,)| DatasetId(id)))
    }

    /// The dataset with this full name.
    pub async fn dataset_by_name(&self, full_name: &str) -> Result<Option<DatasetId>> {
        let statement = sql("select id from datasets where full_name = $1").bind(full_name);
        Ok(self.maybe::<(i64,)>(statement).await?.map(|(id,)| DatasetId(id)))
    }

    /// A page of the catalogue with its facets. Use cases of guarded datasets are not searched, whoever asks.
    pub async fn catalogue_page(&self, q: &CatalogueQuery) -> Result<CatalogueSlice> {
        let order = order(q.sort);
        let size = q.page_size() as usize;
        let mut sql = Sql::default();
        let mut conditions = filters(&mut sql, self.dialect(), q, None);
        conditions.extend(order.keys(q.after.as_deref()).map(|keys| order.after(keys, &mut sql)));
        sql.push(&format!("select {COLUMNS} from {TABLES} where {}", all_of(&conditions)));
        order.push_order_by(&mut sql);
        let limit = sql.arg(q.page_size() + 1);
        sql.push(&format!(" limit {limit}"));
        let mut rows: Vec<DatasetRow> =
            self.all::<DatasetRaw>(sql).await?.into_iter().map(DatasetRow::try_from).collect::<Result<_>>()?;
        let more = rows.len() > size;
        rows.truncate(size);
        let next = if more { rows.last().map(|row| order.cursor(keys(q.sort, row))) } else { None };
        let word = |rank: i64| ranked::<Environment>(rank).map(|choice| choice.word().to_owned());
        let environments = self.facet::<(i64, i64)>(q, FacetOf::Environment).await?;
        let storage = self.facet::<(i64, i64)>(q, FacetOf::Storage).await?;
        let teams = self.facet::<(String, i64)>(q, FacetOf::Team).await?;
        Ok(CatalogueSlice {
            rows,
            next,
            total: self.catalogue_total(q).await?,
            teams: teams.into_iter().map(|(value, count)| Facet { value, count }).collect(),
            environments: environments
                .into_iter()
                .map(|(rank, count)| Ok(Facet { value: word(rank)?, count }))
                .collect::<Result<_>>()?,
            storage: storage
                .into_iter()
                .map(|(rank, count)| Ok(Facet { value: ranked::<StorageKind>(rank)?.word().to_owned(), count }))
                .collect::<Result<_>>()?,
        })
    }

    async fn catalogue_total(&self, q: &CatalogueQuery) -> Result<i64> {
        let mut sql = Sql::default();
        let conditions = filters(&mut sql, self.dialect(), q, None);
        sql.push(&format!("select count(*) from {TABLES} where {}", all_of(&conditions)));
        Ok(self.one::<(i64,)>(sql).await?.0)
    }

    async fn facet<T: crate::sql::Row>(&self, q: &CatalogueQuery, of: FacetOf) -> Result<Vec<T>> {
        let mut sql = Sql::default();
        let conditions = filters(&mut sql, self.dialect(), q, Some(of));
        let column = of.column();
        sql.push(&format!(
            "select {column}, count(*) as found from {TABLES} where {} group by {column} order by {column}",
            all_of(&conditions)
        ));
        self.all(sql).await
    }

    /// Declared bytes of all datasets, planned and live, by the name of their cluster.
    pub async fn cluster_usage(&self) -> Result<HashMap<String, i64>> {
        let statement = sql("select cluster, cast(sum(size_bytes) as bigint) as used from datasets group by cluster");
        Ok(self.all::<(String, i64)>(statement).await?.into_iter().collect())
    }
}

impl Tx {
    /// Adds a dataset.
    ///
    /// # Errors
    /// [`Error::Conflict`] on `datasets_name_key` where the name is taken, on `datasets_request_key` where the request
    /// has its dataset already.
    pub async fn dataset_insert(&mut self, new: &NewDataset<'_>) -> Result<DatasetId> {
        let content = Content::of_spec(new.spec);
        let mut insert = Sql::default();
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        let mut set = |column: &'static str, value: String| {
            columns.push(column);
            values.push(value);
        };
        set("full_name", insert.arg(new.full_name));
        set("status", insert.arg(dataset_status_rank(new.status)));
        set("request_id", insert.arg(new.request));
        set("team_id", insert.arg(new.team));
        set("owner_id", insert.arg(new.owner));
        set("owner_handle", insert.arg(content.owner.as_str()));
        set("environment", insert.arg(rank(content.environment)));
        set("storage", insert.arg(rank(content.storage)));
        set("class", insert.arg(rank(content.class)));
        set("tier", insert.arg(i64::from(new.spec.tier)));
        set("size_bytes", insert.arg(content.size_bytes));
        set("peak_qps", insert.arg(content.peak_qps));
        set("cluster", insert.arg(new.placement.cluster.as_str()));
        set("partitions", insert.arg(i64::from(u16::from(new.placement.partitions))));
        set("spec", insert.arg(to_json(new.spec)?));
        let now = insert.arg(micros(new.now));
        set("created_at", now.clone());
        set("updated_at", now);
        insert.push(&format!(
            "insert into datasets ({}) values ({}) returning id",
            columns.join(", "),
            values.join(", ")
        ));
        let (id,): (i64,) = self.one(insert).await?;
        let id = DatasetId(id);
        self.index_dataset(id, &content, new.spec.team.as_str()).await?;
        for tag in &new.spec.tags {
            let insert = sql("insert into dataset_tags (dataset_id, tag) values ($1, $2) on conflict do nothing");
            self.run(insert.bind(id).bind(tag.as_str())).await?;
        }
        Ok(id)
    }

    /// Writes the words that a dataset is found by.
    async fn index_dataset(&mut self, id: DatasetId, content: &Content, team: &str) -> Result<()> {
        let words = search::document(&content.public_document(id, team));
        for statement in DATASETS.replace(self.dialect(), id.0, &[(Document::Public, words)]) {
            self.run(statement).await?;
        }
        Ok(())
    }

    /// Makes a dataset somebody else's, in its metadata and its words too.
    pub async fn dataset_set_owner(&mut self, id: DatasetId, owner: UserId, now: Timestamp) -> Result<()> {
        let (text,): (String,) = self.one(sql("select spec from datasets where id = $1").bind(id)).await?;
        let (handle,): (String,) = self.one(sql("select handle from people where id = $1").bind(owner)).await?;
        let mut spec: DatasetSpec = json("specification", &text)?;
        spec.owner = handle.parse().map_err(|error| Error::corrupt("handle", error))?;
        let statement =
            sql("update datasets set owner_id = $2, owner_handle = $3, spec = $4, updated_at = $5 where id = $1");
        let statement = statement.bind(id).bind(owner).bind(handle.as_str()).bind(to_json(&spec)?);
        self.run(statement.bind(micros(now))).await?;
        self.index_dataset(id, &Content::of_spec(&spec), spec.team.as_str()).await
    }

    pub async fn dataset_set_status(&mut self, id: DatasetId, status: DatasetStatus, now: Timestamp) -> Result<()> {
        let statement = sql("update datasets set status = $2, updated_at = $3 where id = $1");
        self.run(statement.bind(id).bind(dataset_status_rank(status)).bind(micros(now))).await?;
        Ok(())
    }

    /// Takes a dataset out of the catalogue: for a planned one whose request was withdrawn.
    pub async fn dataset_delete(&mut self, id: DatasetId) -> Result<()> {
        self.run(DATASETS.remove(self.dialect(), id.0)).await?;
        self.run(sql("delete from dataset_tags where dataset_id = $1").bind(id)).await?;
        self.run(sql("delete from datasets where id = $1").bind(id)).await?;
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FacetOf {
    Team,
    Environment,
    Storage,
}

impl FacetOf {
    fn column(self) -> &'static str {
        match self {
            Self::Team => "t.slug",
            Self::Environment => "d.environment",
            Self::Storage => "d.storage",
        }
    }
}

/// The conditions of a query; those of a facet's own field are left out, so that it shows what else there is.
fn filters(sql: &mut Sql, dialect: Dialect, q: &CatalogueQuery, facet: Option<FacetOf>) -> Vec<String> {
    let mut conditions = Vec::new();
    let counts = |field: FacetOf| facet != Some(field);
    if let Some(team) = q.team.as_deref().filter(|_| counts(FacetOf::Team)) {
        conditions.push(format!("t.slug = {}", sql.arg(team)));
    }
    if let Some(environment) = q.environment.filter(|_| counts(FacetOf::Environment)) {
        conditions.push(format!("d.environment = {}", rank(environment)));
    }
    if let Some(storage) = q.storage.filter(|_| counts(FacetOf::Storage)) {
        conditions.push(format!("d.storage = {}", rank(storage)));
    }
    if let Some(owner) = q.owner.as_deref() {
        conditions.push(format!("d.owner_handle = {}", sql.arg(owner)));
    }
    if let Some(tag) = q.tag.as_deref() {
        conditions.push(format!("d.id in (select dataset_id from dataset_tags where tag = {})", sql.arg(tag)));
    }
    if let Some(status) = q.status {
        conditions.push(format!("d.status = {}", dataset_status_rank(status)));
    }
    if let Some(query) = Query::parse(&q.text) {
        let hits = query.hits(sql, dialect, DATASETS, Document::Public);
        conditions.push(format!("d.id in {hits}"));
    }
    conditions
}

fn all_of(conditions: &[String]) -> String {
    if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" and ") }
}

fn order(sort: CatalogueSort) -> Order {
    let id = Term { column: "d.id", direction: Direction::Descending, kind: KeyKind::Int };
    let first = |column, direction, kind| Term { column, direction, kind };
    match sort {
        // Unique by itself.
        CatalogueSort::Name => Order(vec![first("d.full_name", Direction::Ascending, KeyKind::Text)]),
        CatalogueSort::Largest => Order(vec![first("d.size_bytes", Direction::Descending, KeyKind::Int), id]),
        CatalogueSort::Newest => Order(vec![first("d.created_at", Direction::Descending, KeyKind::Int), id]),
    }
}

fn keys(sort: CatalogueSort, row: &DatasetRow) -> Vec<Key> {
    match sort {
        CatalogueSort::Name => vec![Key::Text(row.full_name.clone())],
        CatalogueSort::Largest => vec![Key::Int(row.size_bytes), Key::Int(row.id.0)],
        CatalogueSort::Newest => vec![Key::Int(micros(row.created_at)), Key::Int(row.id.0)],
    }
}
