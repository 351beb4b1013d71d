//! What the audit trail names beside the transitions of requests, which is what people do to the installation itself;
//! and the trail as its page asks for it and shows it.
//!
//! To add an act: a line in [`AdminAct`], and a call of `admin_audit` in the transaction that does it.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    authz::Viewer,
    choices::Role,
    lifecycle::{ActionKind, Status},
};

words! {
    /// What somebody did that is no transition of a request.
    AdminAct {
        Setup = "setup", "Set the installation up";
        SignIn = "sign_in", "Signed in";
        SignInFailed = "sign_in_failed", "Failed to sign in";
        SignOut = "sign_out", "Signed out";
        SessionRevoked = "session_revoked", "Ended a session";
        PasswordSet = "password_set", "Set a password";
        PasswordReset = "password_reset", "Reset a password";
        Invited = "invited", "Invited a person";
        PersonChanged = "person_changed", "Changed a person";
        PersonDeactivated = "person_deactivated", "Deactivated a person";
        HandedOver = "handed_over", "Handed a person's things over";
        TeamChanged = "team_changed", "Changed a team";
        TokenCreated = "token_created", "Made a token";
        TokenRevoked = "token_revoked", "Revoked a token";
        ServiceAccountCreated = "service_account_created", "Made a service account";
        PolicySaved = "policy_saved", "Saved a policy";
        PolicyEnabled = "policy_enabled", "Enabled a policy";
        ClusterChanged = "cluster_changed", "Changed a cluster";
        ViewShared = "view_shared", "Shared a view";
        WebhookChanged = "webhook_changed", "Changed a webhook";
        Export = "export", "Exported data";
        JobCancelled = "job_cancelled", "Cancelled a job";
        JobRetried = "job_retried", "Retried a job";
        ClockAdvanced = "clock_advanced", "Advanced the clock";
    }
}

impl Viewer {
    /// Whether the viewer may read the audit trail.
    #[must_use]
    pub fn may_audit(&self) -> bool {
        self.is_auditor() || self.role.includes(Role::Admin)
    }
}

/// What the audit page is asked for; its address holds the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQuery {
    /// A part of the note, the subject, or what was before and after.
    pub text: String,
    /// A handle.
    pub person: String,
    /// The word of an act or of a transition.
    pub act: String,
    /// The whole subject, such as `REQ-2001`.
    pub subject: String,
    /// The first and the last day (UTC), as `2026-03-02`.
    pub from: String,
    pub to: String,
    /// Rows older than this one.
    pub before: Option<i64>,
}

impl AuditQuery {
    /// Reads a query string; what nobody knows is left out.
    #[must_use]
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            let value = value.trim().to_owned();
            match name {
                "q" => query.text = value,
                "person" => query.person = value,
                "act" => query.act = value,
                "subject" => query.subject = value,
                "from" => query.from = value,
                "to" => query.to = value,
                "before" => query.before = value.parse().ok(),
                _ => {}
            }
        }
        query
    }

    /// The opposite of [`from_pairs`](Self::from_pairs), without what is empty.
    #[must_use]
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let Self { text, person, act, subject, from, to, before } = self;
        let texts = [("q", text), ("person", person), ("act", act), ("subject", subject), ("from", from), ("to", to)];
        let before = before.map(|id| ("before", id.to_string()));
        texts
            .into_iter()
            .map(|(name, value)| (name, value.clone()))
            .chain(before)
            .filter(|(_, v)| !v.is_empty())
            .collect()
    }
}

/// A row of the trail as people read it, and as it is exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    pub id: i64,
    pub at: Timestamp,
    /// The handle; none for the system.
    pub person: Option<String>,
    /// The word of the act.
    pub act: String,
    pub subject: String,
    pub note: Option<String>,
    /// None for an act that is no transition.
    pub status_before: Option<Status>,
    pub status_after: Option<Status>,
    pub revision: i64,
    /// JSON.
    pub before: Option<String>,
    pub after: Option<String>,
    /// The address that it was asked from; empty for the system.
    pub origin: String,
    /// The id of the HTTP request, as the logs have it.
    pub request_ref: String,
}

impl AuditLine {
    /// The act as a person reads it.
    #[must_use]
    pub fn act_label(&self) -> String {
        let transition = || self.act.parse::<ActionKind>().ok().map(|kind| kind.label().to_owned());
        AdminAct::from_word(&self.act)
            .map(|act| act.label().to_owned())
            .or_else(transition)
            .unwrap_or_else(|| self.act.clone())
    }
}

/// A page of the trail, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub rows: Vec<AuditLine>,
    /// The id to go on before; none at the end.
    pub next: Option<i64>,
    pub now: Timestamp,
}
