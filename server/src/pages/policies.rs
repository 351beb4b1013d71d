//! `POST /admin/policies`: saving, replaying and enabling versions of the review policy, and the steps of its editor.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    error::{Error, Result},
    policy::{RuleForm, RulesForm},
};
use ops::{Ctx, Ops, Wording};

use super::submission::{Signed, Submission};
use crate::state::AppState;

/// Does what the pressed button says, then goes to where its result is.
pub async fn act(State(state): State<AppState>, Signed { ctx, form }: Signed) -> Response {
    if let Err(error) = state.ops.policy_authorize(&ctx) {
        return form.refuse(&state, error).await;
    }
    let step = form.value("step");
    if !step.is_empty() {
        let values = after_step(&form, step);
        return form.show_again(&state, values).await;
    }
    match try_act(&state.ops, &ctx, &form).await {
        Ok(to) => Redirect::to(&to).into_response(),
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_act(ops: &Ops, ctx: &Ctx, form: &Submission) -> Result<String> {
    let version = |name: &str| {
        form.value(name).parse::<u32>().map_err(|_| Error::input(name, "The page is incomplete; reload it."))
    };
    match form.value("act") {
        "save" => {
            let is_text = form.pairs().iter().any(|(name, _)| name == "text");
            let wording = if is_text {
                Wording::Toml(form.value("text").to_owned())
            } else {
                Wording::Form(RulesForm::from_pairs(form.pairs()))
            };
            let saved =
                ops.policy_save(ctx, &wording, form.value("note"), version("base")?, version("newest")?).await?;
            Ok(format!("/admin/policies?version={}#changes", saved.version))
        }
        "replay" => {
            let version = version("version")?;
            let replay = ops.policy_replay(ctx, version).await?;
            Ok(format!("/admin/policies?version={version}&replay={}#replay", replay.id))
        }
        "enable" => {
            ops.policy_enable(ctx, version("version")?, form.value("replay").parse().ok()).await?;
            Ok("/admin/policies".to_owned())
        }
        _ => Err(Error::input("act", "Choose what to do with one of the page's buttons.")),
    }
}

/// What the form holds after a step of editing; an unknown step changes nothing.
fn after_step(form: &Submission, step: &str) -> Vec<(String, String)> {
    let mut rules = RulesForm::from_pairs(form.pairs());
    rules.edit(step);
    let kept = form.pairs().iter().filter(|(name, _)| matches!(name.as_str(), "base" | "newest" | "note"));
    let mut values: Vec<(String, String)> = kept.cloned().collect();
    for (at, RuleForm { id, says, effect, reviews, matching, when }) in rules.rules.into_iter().enumerate() {
        let parts = [("id", id), ("says", says), ("effect", effect), ("reviews", reviews), ("match", matching)];
        values.extend(parts.map(|(name, value)| (format!("rule.{at}.{name}"), value)));
        for (place, condition) in when.into_iter().enumerate() {
            let parts = [("fact", condition.fact), ("op", condition.op), ("value", condition.value)];
            values.extend(parts.map(|(name, value)| (format!("rule.{at}.when.{place}.{name}"), value)));
        }
    }
    values
}
