//! `POST` of `/set-password`, `/settings`, `/admin/people`, `/admin/people/{id}` and `/admin/teams`.
//!
//! Several forms stand on each page; the input `do` says which one was sent. A secret that was made is told once, on the
//! page that answers.

use app::posted::Told;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use chrono::Duration;
use data::{InvalidScope, Scope, Secret};
use domain::{
    Timestamp,
    account::AccountKind,
    choices::Role,
    error::{Error, Result},
    ids::{SessionId, TeamId, TokenId, UserId},
};
use ops::{By, Ctx, NewPassword, NewPersonForm, NewToken, SignedIn};

use super::{
    next::see_other,
    sign_in::with_session,
    submission::{Signed, Submission},
};
use crate::{auth::Session, state::AppState};

/// What a form led to.
enum Done {
    /// To this page, by 303.
    Go(&'static str),
    /// To this page with a new session.
    GoSignedIn(&'static str, SignedIn),
    /// Something that is shown once.
    Tell(Told),
}

/// Sets the password of a link, and signs in. A session that the browser had is over: one browser, one session.
pub async fn set_password(
    State(state): State<AppState>,
    before: Option<Extension<Session>>,
    form: Submission,
) -> Response {
    let done = use_link(&state, before.map(|Extension(session)| session), &form).await;
    answer(&state, form, done).await
}

async fn use_link(state: &AppState, before: Option<Session>, form: &Submission) -> Result<Done> {
    let signed_in = state.ops.link_use(form.value("token"), &typed(form), &form.client(state)).await?;
    if let Some(session) = before {
        state.ops.sign_out(&session.ctx).await?;
    }
    Ok(Done::GoSignedIn("/", signed_in))
}

/// What somebody changes of their own account.
pub async fn settings(State(state): State<AppState>, Signed { ctx, form }: Signed) -> Response {
    let done = change_own(&state, &ctx, &form).await;
    answer(&state, form, done).await
}

async fn change_own(state: &AppState, ctx: &Ctx, form: &Submission) -> Result<Done> {
    let ops = &state.ops;
    match form.value("do") {
        "profile" => ops.own_profile_save(ctx, form.value("name"), form.value("email")).await?,
        "password" => {
            let client = form.client(state);
            let signed_in = ops.own_password_set(ctx, form.value("present"), &typed(form), &client).await?;
            return Ok(Done::GoSignedIn("/settings", signed_in));
        }
        "token" => {
            let secret = new_token(state, By::Person(ctx), ctx.viewer.id, form).await?;
            return Ok(token_told(secret));
        }
        "revoke-token" => {
            ops.account_token_revoke(By::Person(ctx), ctx.viewer.id, number(form, "token").map(TokenId)?).await?;
        }
        "revoke-session" => ops.own_session_revoke(ctx, number(form, "session").map(SessionId)?).await?,
        "revoke-sessions" => ops.own_sessions_revoke_others(ctx).await?,
        _ => return Err(unknown()),
    }
    Ok(Done::Go("/settings"))
}

/// Invites a person or makes a service account.
pub async fn people(State(state): State<AppState>, Signed { ctx, form }: Signed) -> Response {
    let done = invite(&state, &ctx, &form).await;
    answer(&state, form, done).await
}

async fn invite(state: &AppState, ctx: &Ctx, form: &Submission) -> Result<Done> {
    let kind: AccountKind = form.value("kind").parse().map_err(|_| Error::input("kind", "Choose one."))?;
    let new = NewPersonForm {
        handle: form.value("handle").to_owned(),
        name: form.value("name").to_owned(),
        email: form.value("email").to_owned(),
        kind,
        role: role(form)?,
        privacy_approver: form.has("privacy"),
        teams: teams_of(form)?,
    };
    let (_, link) = state.ops.account_create(By::Person(ctx), &new).await?;
    Ok(match link {
        Some(secret) => link_told(state, form, &secret, "Invited. Pass this link on; it works once, for seven days."),
        None => Done::Tell(Told { says: format!("The service account {} is made.", new.handle.trim()), secret: None }),
    })
}

/// What an admin changes of one account.
pub async fn person(State(state): State<AppState>, Path(id): Path<String>, Signed { ctx, form }: Signed) -> Response {
    let done = change_person(&state, &ctx, &id, &form).await;
    answer(&state, form, done).await
}

async fn change_person(state: &AppState, ctx: &Ctx, id: &str, form: &Submission) -> Result<Done> {
    let id: UserId = id.parse().map_err(|_| Error::not_found("account"))?;
    let (ops, by) = (&state.ops, By::Person(ctx));
    let says = match form.value("do") {
        "rights" => {
            let teams = teams_of(form)?;
            ops.account_set_rights(by, id, role(form)?, form.has("privacy"), Some(&teams)).await?;
            "Saved. It counts from their next request on.".to_owned()
        }
        "deactivate" => {
            ops.account_deactivate(by, id).await?;
            "The account is closed: its sessions and tokens have ended.".to_owned()
        }
        "reactivate" => {
            ops.account_reactivate(by, id).await?;
            "The account is open again.".to_owned()
        }
        "reset" => {
            let secret = ops.password_reset(by, id).await?;
            return Ok(link_told(
                state,
                form,
                &secret,
                "Pass this link on; it works once, and earlier ones no longer.",
            ));
        }
        "hand-over" => {
            let moved = ops.hand_over(by, id, form.value("to")).await?;
            format!("Handed over: {}.", moved.says())
        }
        "token" => return Ok(token_told(new_token(state, by, id, form).await?)),
        "revoke-token" => {
            ops.account_token_revoke(by, id, number(form, "token").map(TokenId)?).await?;
            "The token has ended.".to_owned()
        }
        _ => return Err(unknown()),
    };
    Ok(Done::Tell(Told { says, secret: None }))
}

/// Makes a team, or changes one.
pub async fn teams(State(state): State<AppState>, Signed { ctx, form }: Signed) -> Response {
    let done = change_teams(&state, &ctx, &form).await;
    answer(&state, form, done).await
}

async fn change_teams(state: &AppState, ctx: &Ctx, form: &Submission) -> Result<Done> {
    let (ops, by) = (&state.ops, By::Person(ctx));
    match form.value("do") {
        "create" => {
            ops.team_create(by, form.value("slug"), form.value("name")).await?;
        }
        "change" => {
            let members: Result<Vec<UserId>> = form
                .values("member")
                .map(|id| id.parse().map_err(|_| Error::input("member", "Choose from the list.")))
                .collect();
            ops.team_change(by, number(form, "team").map(TeamId)?, form.value("name"), &members?).await?;
        }
        _ => return Err(unknown()),
    }
    Ok(Done::Go("/admin/teams"))
}

async fn answer(state: &AppState, form: Submission, done: Result<Done>) -> Response {
    let answered = match done {
        Ok(Done::Tell(told)) => return form.tell(state, told).await,
        Ok(Done::Go(path)) => Ok(see_other("", path)),
        Ok(Done::GoSignedIn(path, signed_in)) => with_session(state, &signed_in, see_other("", path)),
        Err(error) => Err(error),
    };
    match answered {
        Ok(response) => response,
        Err(error) => form.refuse(state, error).await,
    }
}

/// Makes a token of an account from what was typed, and gives its secret.
async fn new_token(state: &AppState, by: By<'_>, owner: UserId, form: &Submission) -> Result<Secret> {
    let mut scopes = Vec::new();
    for word in form.values("scopes").flat_map(str::split_whitespace) {
        let scope: Scope = word.parse().map_err(|error: InvalidScope| Error::input("scopes", error.to_string()))?;
        scopes.push(scope.to_string());
    }
    let expires_at = expiry(form.value("expires"), state.ops.now())?;
    let secret = Secret::fresh().map_err(|error| ops::internal(&error))?;
    let token = NewToken::new(form.value("token_name"), secret.expose(), secret.hash().0, scopes, expires_at)?;
    state.ops.account_token_create(by, owner, token).await?;
    Ok(secret)
}

/// Days from now; none for `never`.
fn expiry(text: &str, now: Timestamp) -> Result<Option<Timestamp>> {
    if text == "never" {
        return Ok(None);
    }
    let days: Option<i64> = text.parse().ok().filter(|days| (1..=3_650).contains(days));
    let days = days.ok_or_else(|| Error::input("expires", "Choose when it ends."))?;
    Ok(Some(now + Duration::days(days)))
}

fn token_told(secret: Secret) -> Done {
    let says = "This is the new token. It is shown this once; keep it where secrets are kept.".to_owned();
    Done::Tell(Told { says, secret: Some(secret.expose().to_owned()) })
}

fn link_told(state: &AppState, form: &Submission, secret: &str, says: &str) -> Done {
    Done::Tell(Told {
        says: says.to_owned(),
        secret: Some(format!("{}/set-password?token={secret}", base(state, form))),
    })
}

/// How browsers reach this installation: as configured, else as this one did.
fn base(state: &AppState, form: &Submission) -> String {
    let host = form.headers().get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    state.site.public_origin.clone().unwrap_or_else(|| format!("http://{host}"))
}

fn typed(form: &Submission) -> NewPassword {
    let value = |name: &str| form.value(name).to_owned();
    NewPassword {
        handle: value("handle"),
        name: value("name"),
        email: value("email"),
        password: value("password"),
        again: value("again"),
    }
}

fn role(form: &Submission) -> Result<Role> {
    form.value("role").parse().map_err(|_| Error::input("role", "Choose a role."))
}

fn teams_of(form: &Submission) -> Result<Vec<TeamId>> {
    let team = |id: &str| id.parse().map(TeamId).map_err(|_| Error::input("team", "Choose from the list."));
    form.values("team").map(team).collect()
}

fn number(form: &Submission, name: &str) -> Result<i64> {
    form.value(name).parse().map_err(|_| Error::not_found(name))
}

fn unknown() -> Error {
    Error::input("do", "This form is not known here. Reload the page.")
}
