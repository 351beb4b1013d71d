//! What the audit trail names beside the transitions of requests: what people do to the installation itself.
//!
//! To add an act: a line in [`AdminAct`], and a call of `admin_audit` in the transaction that does it.

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
