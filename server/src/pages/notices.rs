//! `POST /notifications` and `POST /settings/notifications`: what people are told, without JavaScript.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    error::Error,
    notice::{Channel, NoticeKind},
    view::NoticePreference,
};
use ops::{Ctx, Ops};

use super::{
    next::see_other,
    submission::{Signed, Submission},
};
use crate::state::AppState;

/// Marks one notice read (`read`), or all up to one (`read_up_to`), and shows the same list again.
pub async fn read(State(state): State<AppState>, Signed { ctx, form }: Signed) -> Response {
    match try_read(&state.ops, &ctx, &form).await {
        Ok(()) => see_other(form.address(), "/notifications"),
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_read(ops: &Ops, ctx: &Ctx, form: &Submission) -> Result<(), Error> {
    let no_notice = |_| Error::not_found("notification");
    match form.value("read") {
        "" => ops.notices_read_up_to(ctx, form.value("read_up_to").parse().map_err(no_notice)?).await,
        one => ops.notice_read(ctx, one.parse().map_err(no_notice)?).await,
    }
}

/// Keeps what is ticked; a box that is not posted is one that was cleared.
pub async fn prefer(State(state): State<AppState>, Signed { ctx, form }: Signed) -> Response {
    let has = |channel: Channel, kind: NoticeKind| {
        form.pairs().iter().any(|(name, value)| name == channel.word() && value == kind.word())
    };
    let kinds: Vec<NoticePreference> = NoticeKind::ALL
        .iter()
        .map(|kind| NoticePreference {
            kind: *kind,
            in_app: has(Channel::InApp, *kind),
            mail: has(Channel::Mail, *kind),
        })
        .collect();
    match state.ops.notice_preferences_set(&ctx, &kinds).await {
        Ok(()) => Redirect::to("/settings/notifications?saved=1").into_response(),
        Err(error) => form.refuse(&state, error).await,
    }
}
