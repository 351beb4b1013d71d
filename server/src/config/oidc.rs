//! `[oidc]`: the identity provider of single sign-on, and what its groups mean here.

use anyhow::bail;
use domain::{
    choices::Role,
    external::{GroupRule, GroupRules},
};
use http::Uri;
use serde::Deserialize;

use super::Secret;

/// How this installation is known to the provider. `Debug` shows no secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// As the provider writes it; its description is at `ISSUER/.well-known/openid-configuration`.
    pub issuer: String,
    pub client_id: String,
    /// None for a client that has none, whom PKCE alone protects.
    pub client_secret: Option<Secret>,
    /// What the button on the sign-in page calls it.
    #[serde(default = "name")]
    pub name: String,
    /// What is asked for beside `openid`.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// The claim with the groups: a list, or one word.
    #[serde(default = "groups_claim")]
    pub groups_claim: String,
    /// The role of who is in no group that has one; without it nobody comes in who is in no group of the list.
    pub default_role: Option<Role>,
    /// For providers that do not say which addresses they have verified, and have verified all.
    #[serde(default)]
    pub trust_email: bool,
    #[serde(default, rename = "group")]
    groups: Vec<GroupRule>,
}

fn name() -> String {
    "single sign-on".to_owned()
}

fn scopes() -> Vec<String> {
    ["profile", "email"].map(str::to_owned).to_vec()
}

fn groups_claim() -> String {
    "groups".to_owned()
}

impl Oidc {
    /// What groups mean here.
    #[must_use]
    pub fn rules(&self) -> GroupRules {
        GroupRules { rules: self.groups.clone(), default_role: self.default_role }
    }

    /// # Errors
    /// An issuer that is no address, or one that others could speak for: plain http is for this machine alone. Rules
    /// that let nobody in.
    pub fn check(&self) -> anyhow::Result<()> {
        let uri = self.issuer.parse::<Uri>().ok();
        let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        match uri.as_ref().and_then(Uri::scheme_str) {
            Some("https") => {}
            Some("http") if is_here => {}
            _ => bail!("issuer {:?}: expected https://… (or http:// on this machine)", self.issuer),
        }
        if self.rules().is_closed() {
            bail!("nobody could come in: say default_role, or what a group means in [[oidc.group]]");
        }
        Ok(())
    }
}
