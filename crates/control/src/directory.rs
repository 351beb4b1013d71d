//! Who there is and where datasets go: people, teams, clusters.

use axum::{Json, extract::State, response::IntoResponse};
use domain::choices::Choice;
use rest::Query;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Control, asker::Asker, failure::Answer, model};

pub(crate) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(list_users))
        .routes(routes!(list_teams))
        .routes(routes!(list_clusters))
}

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"user": {"id": "U-7", "handle": "maya.chen", "name": "Maya Chen", "role": "engineer", "privacy_approver": false, "teams": ["search"]}, "may_file": true, "waiting": 2}))]
pub(crate) struct Me {
    user: model::User,
    /// Whether requests may be filed at all.
    may_file: bool,
    /// Open requests that wait for the caller: to review, or to answer.
    waiting: i64,
}

/// Who calls
#[utoipa::path(
    get, path = "/me", tag = "People", operation_id = "get_me",
    responses((status = 200, description = "The caller", body = Me))
)]
async fn me(State(control): State<Control>, Asker(ctx): Asker, query: Query) -> Answer {
    query.finish()?;
    let me = control.ops.me(&ctx).await?;
    Ok(Json(Me { user: me.person.into(), may_file: me.may_file, waiting: me.waiting }).into_response())
}

/// People who may sign in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"users": [{"id": "U-7", "handle": "maya.chen", "name": "Maya Chen", "role": "engineer", "privacy_approver": false, "teams": ["search"]}]}))]
pub(crate) struct Users {
    users: Vec<model::User>,
}

/// List people
#[utoipa::path(
    get, path = "/users", tag = "People", operation_id = "list_users",
    responses((status = 200, description = "People", body = Users))
)]
async fn list_users(State(control): State<Control>, Asker(ctx): Asker, query: Query) -> Answer {
    query.finish()?;
    let directory = control.ops.directory(&ctx).await?;
    Ok(Json(Users { users: directory.people.into_iter().map(model::User::from).collect() }).into_response())
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TeamRow {
    id: String,
    slug: String,
    name: String,
    /// Handles.
    members: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"teams": [{"id": "T-3", "slug": "search", "name": "Search", "members": ["maya.chen"]}]}))]
pub(crate) struct Teams {
    teams: Vec<TeamRow>,
}

/// List teams
#[utoipa::path(
    get, path = "/teams", tag = "People", operation_id = "list_teams",
    responses((status = 200, description = "Teams with their members", body = Teams))
)]
async fn list_teams(State(control): State<Control>, Asker(ctx): Asker, query: Query) -> Answer {
    query.finish()?;
    let directory = control.ops.directory(&ctx).await?;
    let members = |slug: &String| {
        let in_team = directory.people.iter().filter(|person| person.teams.contains(slug));
        in_team.map(|person| person.handle.clone()).collect()
    };
    let teams = directory.teams.iter().map(|team| TeamRow {
        id: team.id.to_string(),
        members: members(&team.slug),
        slug: team.slug.clone(),
        name: team.name.clone(),
    });
    Ok(Json(Teams { teams: teams.collect() }).into_response())
}

/// A cluster with what is declared on it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClusterRow {
    name: String,
    environments: Vec<&'static str>,
    /// Storage types that it takes.
    storage: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    capacity_bytes: u64,
    /// Declared sizes of the datasets that are placed there.
    used_bytes: u64,
    /// Used over capacity; above 1 where it is overfull.
    load: f64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"clusters": [{"name": "kv-staging", "environments": ["staging"], "storage": ["MUTABLE"], "capacity_bytes": 4_000_000_000_000_u64, "used_bytes": 40_000_000_000_u64, "load": 0.01}]}))]
pub(crate) struct Clusters {
    clusters: Vec<ClusterRow>,
}

/// List clusters
///
/// Where datasets are placed, with capacity and load.
#[utoipa::path(
    get, path = "/clusters", tag = "Datasets", operation_id = "list_clusters",
    responses((status = 200, description = "Clusters", body = Clusters))
)]
async fn list_clusters(State(control): State<Control>, Asker(ctx): Asker, query: Query) -> Answer {
    query.finish()?;
    let loads = control.ops.clusters_view(&ctx).await?;
    let clusters = loads.into_iter().map(|load| ClusterRow {
        name: load.cluster.name.to_string(),
        environments: load.cluster.environments.iter().map(|environment| environment.word()).collect(),
        storage: load.cluster.storage.iter().map(|storage| storage.word()).collect(),
        capacity_bytes: load.capacity_bytes(),
        used_bytes: load.used_bytes,
        load: load.used_bytes as f64 / load.capacity_bytes().max(1) as f64,
        region: load.cluster.region,
    });
    Ok(Json(Clusters { clusters: clusters.collect() }).into_response())
}
