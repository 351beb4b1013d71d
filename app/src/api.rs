//! Server functions: each a thin, public endpoint with a fixed address, so that a page opened before an upgrade still
//! works after it. The bodies ask [`ops`] and nothing else.

use domain::{
    account::{AccountPage, AccountsView, LinkView, SettingsView, TeamsView},
    audit::{AuditPage, AuditQuery},
    bulk::{BulkForm, BulkView},
    choices::RequestKind,
    command::ActionForm,
    form::RequestForm,
    ids::{DatasetId, JobId, NoticeId, RequestId, UserId},
    job::{JobState, JobView, JobsPage},
    notice::Watching,
    policy::page::PoliciesView,
    query::{CatalogueQuery, QueueQuery},
    triage::{Analytics, Desk},
    view::{
        AboutView, CataloguePage, DatasetView, Directory, Filed, FormPost, FormPreview, FormStart, FormView, HomeView,
        HooksView, Me, Mentionable, NoticePage, NoticePreferences, Person, QueuePage, RequestView, RowUpdate,
    },
};
use leptos::{prelude::*, server_fn::codec::Json};

use crate::error::AppError;

/// What the identity provider is called, as the server provides it with every request; none without single sign-on.
#[derive(Debug, Clone)]
pub struct ExternalName(pub Option<String>);

/// Who asks, from the context that the server provides with every request.
#[cfg(feature = "ssr")]
fn caller() -> Result<(ops::Ops, ops::Ctx), AppError> {
    let ops = expect_context::<ops::Ops>();
    match use_context::<ops::Ctx>() {
        Some(ctx) => Ok((ops, ctx)),
        None => Err(answer(domain::error::Error::SignedOut)),
    }
}

/// Gives the refusal its HTTP status, on a page as in a server function's own answer.
#[cfg(feature = "ssr")]
fn answer(error: domain::error::Error) -> AppError {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(error.status())
    {
        response.set_status(status);
    }
    AppError::Refused(error)
}

/// Who is signed in; nobody on the sign-in page.
#[server(name = GetMe, endpoint = "me", input = Json)]
pub async fn me() -> Result<Option<Me>, AppError> {
    // Nobody being signed in is no refusal here, so it must not colour the page's status.
    let Some(ctx) = use_context::<ops::Ctx>() else { return Ok(None) };
    expect_context::<ops::Ops>().me(&ctx).await.map(Some).map_err(answer)
}

/// The people that the demo sign-in page offers; empty where demo sign-in is off.
#[server(name = GetDemoPeople, endpoint = "demo_people", input = Json)]
pub async fn demo_people() -> Result<Directory, AppError> {
    expect_context::<ops::Ops>().demo_people().await.map_err(answer)
}

/// What the identity provider is called; none where there is no single sign-on.
#[server(name = GetExternalName, endpoint = "external_name", input = Json)]
pub async fn external_name() -> Result<Option<String>, AppError> {
    Ok(use_context::<ExternalName>().and_then(|ExternalName(name)| name))
}

/// What a link that works once is for, on the page where it leads.
#[server(name = GetLink, endpoint = "link_view", input = Json)]
pub async fn link_view(token: String) -> Result<LinkView, AppError> {
    expect_context::<ops::Ops>().link_view(&token).await.map_err(answer)
}

#[server(name = GetSettings, endpoint = "settings", input = Json)]
pub async fn settings() -> Result<SettingsView, AppError> {
    let (ops, ctx) = caller()?;
    ops.settings(&ctx).await.map_err(answer)
}

#[server(name = GetAccounts, endpoint = "accounts", input = Json)]
pub async fn accounts() -> Result<AccountsView, AppError> {
    let (ops, ctx) = caller()?;
    ops.accounts(ops::By::Person(&ctx)).await.map_err(answer)
}

#[server(name = GetAccount, endpoint = "account_page", input = Json)]
pub async fn account_page(id: UserId) -> Result<AccountPage, AppError> {
    let (ops, ctx) = caller()?;
    ops.account_page(&ctx, id).await.map_err(answer)
}

#[server(name = GetTeams, endpoint = "teams_page", input = Json)]
pub async fn teams_page() -> Result<TeamsView, AppError> {
    let (ops, ctx) = caller()?;
    ops.teams_page(ops::By::Person(&ctx)).await.map_err(answer)
}

#[server(name = GetHome, endpoint = "home", input = Json)]
pub async fn home() -> Result<HomeView, AppError> {
    let (ops, ctx) = caller()?;
    ops.home(&ctx).await.map_err(answer)
}

#[server(name = GetDirectory, endpoint = "directory", input = Json)]
pub async fn directory() -> Result<Directory, AppError> {
    let (ops, ctx) = caller()?;
    ops.directory(&ctx).await.map_err(answer)
}

#[server(name = GetQueuePage, endpoint = "queue_page", input = Json)]
pub async fn queue_page(query: QueueQuery) -> Result<QueuePage, AppError> {
    let (ops, ctx) = caller()?;
    ops.queue_page(&ctx, &query).await.map_err(answer)
}

/// The present truth of single rows, for a page that heard of a change.
#[server(name = GetQueueRows, endpoint = "queue_rows", input = Json)]
pub async fn queue_rows(query: QueueQuery, ids: Vec<RequestId>) -> Result<Vec<RowUpdate>, AppError> {
    let (ops, ctx) = caller()?;
    ops.queue_rows(&ctx, &query, &ids).await.map_err(answer)
}

#[server(name = GetRequest, endpoint = "request_view", input = Json)]
pub async fn request_view(id: RequestId) -> Result<RequestView, AppError> {
    let (ops, ctx) = caller()?;
    ops.request_view(&ctx, id).await.map_err(answer)
}

/// Does what an action form says, and gives the page that results.
#[server(name = ActOnRequest, endpoint = "request_act", input = Json)]
pub async fn request_act(id: RequestId, form: ActionForm) -> Result<RequestView, AppError> {
    let (ops, ctx) = caller()?;
    ops.request_act(&ctx, id, &form).await.map_err(answer)?;
    ops.request_view(&ctx, id).await.map_err(answer)
}

#[server(name = StartForm, endpoint = "form_start", input = Json)]
pub async fn form_start(start: FormStart) -> Result<FormView, AppError> {
    let (ops, ctx) = caller()?;
    ops.form_start(&ctx, start).await.map_err(answer)
}

/// What the panel beside the form says of what is typed so far.
#[server(name = PreviewForm, endpoint = "form_preview", input = Json)]
pub async fn form_preview(id: Option<RequestId>, form: RequestForm) -> Result<FormPreview, AppError> {
    let (ops, ctx) = caller()?;
    ops.form_preview(&ctx, id, &form).await.map_err(answer)
}

/// The form as text that can be copied out.
#[server(name = FormToYaml, endpoint = "form_to_yaml", input = Json)]
pub async fn form_to_yaml(id: Option<RequestId>, form: RequestForm) -> Result<String, AppError> {
    let (ops, _) = caller()?;
    Ok(ops.form_to_yaml(id, &form))
}

/// What a YAML text says, as a form; refused with the line that is wrong.
#[server(name = FormFromYaml, endpoint = "form_from_yaml", input = Json)]
pub async fn form_from_yaml(text: String) -> Result<RequestForm, AppError> {
    caller()?;
    ops::yaml::read_one(&text).map_err(answer)
}

/// Keeps a draft, whatever state it is in.
#[server(name = SaveRequest, endpoint = "request_save", input = Json)]
pub async fn request_save(post: FormPost) -> Result<Filed, AppError> {
    let (ops, ctx) = caller()?;
    ops.request_save(&ctx, &post).await.map_err(answer)
}

/// Submits a new request or a draft, or keeps the edit of a submitted one.
#[server(name = SubmitRequest, endpoint = "request_submit", input = Json)]
pub async fn request_submit(post: FormPost) -> Result<Filed, AppError> {
    let (ops, ctx) = caller()?;
    ops.request_submit(&ctx, &post).await.map_err(answer)
}

/// What the form of a request about a dataset starts from.
#[server(name = StartAbout, endpoint = "about_start", input = Json)]
pub async fn about_start(dataset: DatasetId, kind: RequestKind) -> Result<AboutView, AppError> {
    let (ops, ctx) = caller()?;
    ops.about_start(&ctx, dataset, kind).await.map_err(answer)
}

/// The form of a request about a dataset that may still be edited.
#[server(name = EditAbout, endpoint = "about_edit", input = Json)]
pub async fn about_edit(id: RequestId) -> Result<AboutView, AppError> {
    let (ops, ctx) = caller()?;
    ops.about_edit(&ctx, id).await.map_err(answer)
}

/// Watches a request or stops, and gives the page that results.
#[server(name = WatchRequest, endpoint = "request_watch", input = Json)]
pub async fn request_watch(id: RequestId, watching: Watching) -> Result<RequestView, AppError> {
    let (ops, ctx) = caller()?;
    ops.request_watch(&ctx, id, watching).await.map_err(answer)?;
    ops.request_view(&ctx, id).await.map_err(answer)
}

/// Who could be meant by the beginning of a handle or a name.
#[server(name = GetMentionable, endpoint = "mentionable", input = Json)]
pub async fn mentionable(id: RequestId, typed: String) -> Result<Vec<Mentionable>, AppError> {
    let (ops, ctx) = caller()?;
    ops.mentionable(&ctx, id, &typed).await.map_err(answer)
}

/// What the viewer was told: all of it, or what is unread.
#[server(name = GetNotices, endpoint = "notices", input = Json)]
pub async fn notices(all: bool, before: Option<NoticeId>) -> Result<NoticePage, AppError> {
    let (ops, ctx) = caller()?;
    let shown = if all { ops::Shown::All } else { ops::Shown::Unread };
    ops.notices(&ctx, shown, before).await.map_err(answer)
}

#[server(name = ReadNotice, endpoint = "notice_read", input = Json)]
pub async fn notice_read(id: NoticeId) -> Result<(), AppError> {
    let (ops, ctx) = caller()?;
    ops.notice_read(&ctx, id).await.map_err(answer)
}

#[server(name = GetNoticePreferences, endpoint = "notice_preferences", input = Json)]
pub async fn notice_preferences() -> Result<NoticePreferences, AppError> {
    let (ops, ctx) = caller()?;
    ops.notice_preferences(&ctx).await.map_err(answer)
}

/// The webhooks, for admins.
#[server(name = GetHooks, endpoint = "hooks", input = Json)]
pub async fn hooks() -> Result<HooksView, AppError> {
    let (ops, ctx) = caller()?;
    ops.hooks(&ctx).await.map_err(answer)
}

#[server(name = GetCataloguePage, endpoint = "catalogue_page", input = Json)]
pub async fn catalogue_page(query: CatalogueQuery) -> Result<CataloguePage, AppError> {
    let (ops, ctx) = caller()?;
    ops.catalogue_page(&ctx, &query).await.map_err(answer)
}

#[server(name = GetDataset, endpoint = "dataset_view", input = Json)]
pub async fn dataset_view(id: DatasetId) -> Result<DatasetView, AppError> {
    let (ops, ctx) = caller()?;
    ops.dataset_view(&ctx, id).await.map_err(answer)
}

/// What the queue page offers besides the rows: views, and for reviewers what a bulk action needs.
#[server(name = GetDesk, endpoint = "triage_desk", input = Json)]
pub async fn triage_desk() -> Result<Desk, AppError> {
    let (ops, ctx) = caller()?;
    ops.triage_desk(&ctx).await.map_err(answer)
}

/// Asks for an action on many requests; nothing is changed for some seconds.
#[server(name = StartBulk, endpoint = "bulk_start", input = Json)]
pub async fn bulk_start(form: BulkForm) -> Result<BulkView, AppError> {
    let (ops, ctx) = caller()?;
    ops.bulk_start(&ctx, &form).await.map_err(answer)
}

#[server(name = UndoBulk, endpoint = "bulk_undo", input = Json)]
pub async fn bulk_undo(job: JobId) -> Result<BulkView, AppError> {
    let (ops, ctx) = caller()?;
    ops.bulk_undo(&ctx, job).await.map_err(answer)
}

#[server(name = GetBulk, endpoint = "bulk_view", input = Json)]
pub async fn bulk_view(job: JobId) -> Result<BulkView, AppError> {
    let (ops, ctx) = caller()?;
    ops.bulk_view(&ctx, job).await.map_err(answer)
}

/// Says that the viewer has a request open, and gives who else has.
#[server(name = LookAtRequest, endpoint = "request_look", input = Json)]
pub async fn request_look(id: RequestId) -> Result<Vec<Person>, AppError> {
    let (ops, ctx) = caller()?;
    ops.look(&ctx, id).await.map_err(answer)
}

#[server(name = GetAnalytics, endpoint = "queue_analytics", input = Json)]
pub async fn queue_analytics() -> Result<Analytics, AppError> {
    let (ops, ctx) = caller()?;
    ops.analytics(&ctx).await.map_err(answer)
}

#[server(name = GetJobsPage, endpoint = "jobs_page", input = Json)]
pub async fn jobs_page(state: Option<JobState>, before: Option<JobId>) -> Result<JobsPage, AppError> {
    let (ops, ctx) = caller()?;
    ops.jobs_page(&ctx, state, before).await.map_err(answer)
}

#[server(name = GetJob, endpoint = "job_view", input = Json)]
pub async fn job_view(id: JobId) -> Result<JobView, AppError> {
    let (ops, ctx) = caller()?;
    ops.job_view(&ctx, id).await.map_err(answer)
}

#[server(name = GetAuditPage, endpoint = "audit_page", input = Json)]
pub async fn audit_page(query: AuditQuery) -> Result<AuditPage, AppError> {
    let (ops, ctx) = caller()?;
    ops.audit_page(&ctx, &query).await.map_err(answer)
}

/// The page of the review policy: a version, or the one in force, with a replay that was made of it.
#[server(name = GetPolicies, endpoint = "policies", input = Json)]
pub async fn policies(version: Option<u32>, replay: Option<i64>) -> Result<PoliciesView, AppError> {
    let (ops, ctx) = caller()?;
    ops.policies_view(&ctx, version, replay).await.map_err(answer)
}
