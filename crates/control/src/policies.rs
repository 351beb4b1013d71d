//! The review policy: its versions, a new one, its replay, and putting it into force.

use axum::{
    Json,
    extract::{Path, Request, State},
    http::HeaderMap,
    response::IntoResponse,
};
use domain::{
    choices::Choice,
    error::Error,
    ids::Revision,
    policy::{
        RuleForm, RulesForm,
        page::{PoliciesView, ReplayView, VersionView},
        to_toml,
    },
};
use http::{StatusCode, header};
use ops::Wording;
use rest::{Problem, Query};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Control,
    asker::{Actor, Asker, Seen},
    failure::Answer,
    requests,
};

pub(crate) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .routes(routes!(list, save))
        .routes(routes!(show))
        .routes(routes!(replay))
        .routes(routes!(enable))
}

/// A version of the policy, without its rules.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PolicyVersion)]
pub(crate) struct Version {
    version: u32,
    /// Whether new requests are judged by it.
    in_force: bool,
    note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    based_on: Option<u32>,
    /// Handle; left out for the system and for commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

/// The newest versions, the newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"in_force": 1, "policies": [{"version": 1, "in_force": true, "note": "The rules that every installation starts with."}]}))]
pub(crate) struct Policies {
    in_force: u32,
    policies: Vec<Version>,
}

/// A version with its rules.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"version": 1, "in_force": true, "rules": [{"id": "R2", "says": "Tiers 0 and 1 need two different approvers.", "effect": "reviews", "reviews": "2", "when": [{"fact": "tier", "op": "at_most", "value": "1"}]}], "toml": "[[rules]]\n"}))]
pub(crate) struct Policy {
    version: u32,
    in_force: bool,
    /// The rules as data; every value is a text.
    #[schema(value_type = Vec<Object>)]
    rules: Vec<RuleForm>,
    /// The same rules as TOML.
    toml: String,
}

/// A new version: `rules` or `toml`, and why.
#[derive(ToSchema)]
#[schema(as = NewPolicy, example = json!({"note": "Less waiting for small things.", "toml": "[[rules]]\nid = \"R1\"\nsays = \"Small is approved.\"\neffect = \"auto_approve\"\nwhen = [{ fact = \"size_gb\", op = \"at_most\", value = 1 }]\n"}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct NewPolicy {
    note: String,
    #[schema(required = false, value_type = Vec<Object>)]
    rules: Vec<RuleForm>,
    #[schema(required = false)]
    toml: String,
    /// The version that it was written from; the one in force where it is left out.
    #[schema(required = false)]
    based_on: u32,
}

/// What a version would have made of the requests of the last 90 days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"replay": 3, "version": 2, "against": 1, "judged": 812, "changed": 1, "denied_now_automatic": 0, "shifts": {"becomes_automatic": 1}, "requests": [{"id": "REQ-2007", "name": "scratch_dev", "status": "completed", "before": "1 approver", "after": "automatic (R1)", "shifts": ["becomes_automatic"], "denied_now_automatic": false}]}))]
pub(crate) struct Replay {
    /// Its number, which enabling asks for.
    replay: i64,
    version: u32,
    /// The version that is in force.
    against: u32,
    /// Requests that both versions judged.
    judged: u64,
    /// Requests that they judge differently; the first of them are listed.
    changed: u64,
    /// Requests that a person denied and that this version would approve automatically.
    denied_now_automatic: u64,
    #[schema(value_type = Object)]
    shifts: Value,
    #[schema(value_type = Vec<Object>)]
    requests: Vec<Value>,
}

/// Which replay was seen.
#[derive(ToSchema)]
#[schema(as = EnablePolicy, example = json!({"replay": 3}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct Enable {
    replay: i64,
}

fn number(version: &str) -> Answer<u32> {
    version.parse().map_err(|_| Error::not_found("policy version").into())
}

fn newest(view: &PoliciesView) -> u32 {
    view.versions.first().map_or(view.in_force, |version| version.version)
}

fn whole(view: PoliciesView) -> Policy {
    let PoliciesView { in_force, shown, .. } = view;
    let toml = to_toml(&shown.rules);
    let rules = RulesForm::from(shown.rules).rules;
    Policy { version: shown.version, in_force: shown.version == in_force, rules, toml }
}

fn tag(newest: u32) -> [(header::HeaderName, String); 1] {
    [(header::ETAG, format!("\"{newest}\""))]
}

/// List versions of the policy
///
/// The `ETag` names the newest version; saving the next one asks for it.
#[utoipa::path(
    get, path = "/policies", tag = "Policy", operation_id = "list_policies",
    responses((status = 200, description = "The versions", body = Policies))
)]
async fn list(State(control): State<Control>, Asker(ctx): Asker, query: Query) -> Answer {
    query.finish()?;
    let view = control.ops.policies_view(&ctx, None, None).await?;
    let (in_force, newest) = (view.in_force, newest(&view));
    let version = |VersionView { version, note, based_on, by, at }: VersionView| Version {
        version,
        in_force: version == in_force,
        note,
        based_on,
        by: by.map(|person| person.handle),
        at: at.map(|at| at.to_rfc3339()),
    };
    let policies = view.versions.into_iter().map(version).collect();
    Ok((tag(newest), Json(Policies { in_force, policies })).into_response())
}

/// Read a version of the policy
#[utoipa::path(
    get, path = "/policies/{version}", tag = "Policy", operation_id = "get_policy",
    params(("version" = String, Path, description = "Number of the version", example = "1")),
    responses((status = 200, description = "The version", body = Policy))
)]
async fn show(State(control): State<Control>, Asker(ctx): Asker, Path(version): Path<String>, query: Query) -> Answer {
    query.finish()?;
    let view = control.ops.policies_view(&ctx, Some(number(&version)?), None).await?;
    Ok((tag(newest(&view)), Json(whole(view))).into_response())
}

/// Save a version of the policy
///
/// From data or from TOML. It is not in force before it is enabled.
#[utoipa::path(
    post, path = "/policies", tag = "Policy", operation_id = "save_policy",
    params(
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the list of versions", example = "\"1\""),
        ("Idempotency-Key" = Option<String>, Header, description = "The same call sent again under the same key is done once"),
    ),
    request_body(content = NewPolicy),
    responses((status = 201, description = "The version", body = Policy))
)]
async fn save(State(control): State<Control>, Actor(ctx): Actor, headers: HeaderMap, request: Request) -> Answer {
    control.ops.policy_authorize(&ctx)?;
    let mut body = requests::object(&control, request).await?;
    let view = control.ops.policies_view(&ctx, None, None).await?;
    let current = Revision(newest(&view).into());
    let seen = Seen::of(&headers)?.revision(current).ok_or(Error::NoRevision)?;
    let seen = u32::try_from(seen.0).unwrap_or(u32::MAX);
    let wording = match (body.remove("rules"), body.remove("toml")) {
        (Some(rules), None) => {
            let form = serde_json::from_value(json!({ "rules": rules }));
            Wording::Form(form.map_err(|error| Error::input("rules", error.to_string()))?)
        }
        (None, Some(Value::String(text))) => Wording::Toml(text),
        _ => return Err(Problem::malformed("Send either `rules`, a list, or `toml`, a text.").into()),
    };
    let Some(Value::String(note)) = body.remove("note") else {
        return Err(Problem::malformed("`note` is a text.").into());
    };
    let based_on = match body.remove("based_on") {
        None => view.in_force,
        Some(version) => serde_json::from_value(version).map_err(|_| Problem::malformed("`based_on` is a number."))?,
    };
    requests::nothing_else(&body)?;
    let saved = control.ops.policy_save(&ctx, &wording, &note, based_on, seen).await?;
    let view = control.ops.policies_view(&ctx, Some(saved.version), None).await?;
    let location = [(header::LOCATION, format!("/v1/policies/{}", saved.version))];
    Ok((StatusCode::CREATED, location, tag(newest(&view)), Json(whole(view))).into_response())
}

/// Replay a version
///
/// Judges the requests of the last 90 days by the version in force and by this one, and changes nothing.
#[utoipa::path(
    post, path = "/policies/{version}/replay", tag = "Policy", operation_id = "replay_policy",
    params(
        ("version" = String, Path, description = "Number of the version", example = "2"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same call sent again under the same key is done once"),
    ),
    responses((status = 201, description = "What it would change", body = Replay))
)]
async fn replay(State(control): State<Control>, Actor(ctx): Actor, Path(version): Path<String>) -> Answer {
    let ReplayView { id, version, against, report, .. } = control.ops.policy_replay(&ctx, number(&version)?).await?;
    let shifts = report.shifts.iter().map(|(shift, count)| (shift.word().to_owned(), Value::from(*count))).collect();
    let request = |changed: &domain::policy::replay::Changed| {
        json!({
            "id": changed.id.to_string(),
            "name": changed.full_name,
            "status": changed.status.word(),
            "before": changed.before.sentence(),
            "after": changed.after.sentence(),
            "shifts": changed.shifts.iter().map(|shift| shift.word()).collect::<Vec<_>>(),
            "denied_now_automatic": changed.alarming,
        })
    };
    let found = Replay {
        replay: id,
        version,
        against,
        judged: report.judged,
        changed: report.changed,
        denied_now_automatic: report.alarming,
        shifts: Value::Object(shifts),
        requests: report.listed.iter().map(request).collect(),
    };
    Ok((StatusCode::CREATED, Json(found)).into_response())
}

/// Put a version into force
///
/// Needs the caller's own replay of this version against the one in force, at most 24 hours old.
#[utoipa::path(
    post, path = "/policies/{version}/enable", tag = "Policy", operation_id = "enable_policy",
    params(
        ("version" = String, Path, description = "Number of the version", example = "2"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same call sent again under the same key is done once"),
    ),
    request_body(content = Enable),
    responses((status = 200, description = "The version", body = Policy))
)]
async fn enable(
    State(control): State<Control>,
    Actor(ctx): Actor,
    Path(version): Path<String>,
    request: Request,
) -> Answer {
    control.ops.policy_authorize(&ctx)?;
    let version = number(&version)?;
    let mut body = requests::object(&control, request).await?;
    let replay = body.remove("replay").and_then(|replay| replay.as_i64());
    requests::nothing_else(&body)?;
    control.ops.policy_enable(&ctx, version, replay).await?;
    Ok(Json(whole(control.ops.policies_view(&ctx, Some(version), None).await?)).into_response())
}
