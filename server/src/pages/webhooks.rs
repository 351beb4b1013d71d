//! `POST /admin/webhooks`: adds, changes, tests and removes. A secret that was made is told once, on the page that answers.

use app::posted::Told;
use axum::{extract::State, response::Response};
use domain::{
    error::{Error, Result},
    ids::HookId,
    notice::NoticeKind,
};
use ops::{Ctx, Sending};

use super::submission::{Signed, Submission};
use crate::state::AppState;

pub async fn act(State(state): State<AppState>, Signed { ctx, form }: Signed) -> Response {
    match run(&state, &ctx, &form).await {
        Ok(told) => form.tell(&state, told).await,
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn run(state: &AppState, ctx: &Ctx, form: &Submission) -> Result<Told> {
    let ops = &state.ops;
    let says = match form.value("do") {
        "add" => {
            let (_, secret) = ops.hook_add(ctx, form.value("url"), &kinds(form)?).await?;
            let says = "Added. This secret signs its messages. It is shown this once; give it to who checks them.";
            return Ok(Told { says: says.to_owned(), secret: Some(secret) });
        }
        "change" => {
            let sending = if form.has("active") { Sending::On } else { Sending::Off };
            ops.hook_change(ctx, hook(form)?, &kinds(form)?, sending).await?;
            "Saved."
        }
        "test" => {
            ops.hook_test(ctx, hook(form)?).await?;
            "A test is on its way. Reload the page to see what became of it."
        }
        "remove" => {
            ops.hook_remove(ctx, hook(form)?).await?;
            "Removed."
        }
        _ => return Err(Error::input("do", "This form is not known here. Reload the page.")),
    };
    Ok(Told { says: says.to_owned(), secret: None })
}

fn hook(form: &Submission) -> Result<HookId> {
    form.value("hook").parse::<i64>().map(HookId).map_err(|_| Error::not_found("webhook"))
}

fn kinds(form: &Submission) -> Result<Vec<NoticeKind>> {
    let kind = |word: &str| NoticeKind::from_word(word).ok_or_else(|| Error::input("kind", "Choose from the list."));
    form.values("kind").map(kind).collect()
}
