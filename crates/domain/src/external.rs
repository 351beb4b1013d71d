//! Whom an identity provider vouches for, what its groups mean here, and why somebody is refused.

use serde::{Deserialize, Serialize};

use crate::{choices::Role, names::Handle};

/// What being in a group of the identity provider means here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRule {
    /// The group's name as the provider writes it.
    pub name: String,
    pub role: Option<Role>,
    /// The slug of a team, which is made where it is not there yet.
    pub team: Option<Handle>,
}

/// The rules of an installation, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupRules {
    pub rules: Vec<GroupRule>,
    /// The role of who is in no group that has one; without it nobody comes in who is in no group of the rules.
    pub default_role: Option<Role>,
}

/// What the rules make of somebody's groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    pub role: GivenRole,
    /// Slugs, sorted; of the teams in [`GroupRules::teams`] exactly these.
    pub teams: Vec<Handle>,
}

/// A role, and how long it is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenRole {
    /// By a rule: at each sign-in.
    Always(Role),
    /// No rule names a role: for a new account; afterwards admins change it here.
    AtFirst(Role),
}

impl GivenRole {
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Always(role) | Self::AtFirst(role) => role,
        }
    }
}

impl GroupRules {
    /// What somebody in these groups is here. The first rule with a role decides on the role. None where nothing lets
    /// them in.
    #[must_use]
    pub fn rights(&self, groups: &[String]) -> Option<Rights> {
        let matching = || self.rules.iter().filter(|rule| groups.contains(&rule.name));
        if matching().next().is_none() && self.default_role.is_none() {
            return None;
        }
        let by_default = self.default_role.unwrap_or(Role::Engineer);
        let role = if self.rules.iter().any(|rule| rule.role.is_some()) {
            GivenRole::Always(matching().find_map(|rule| rule.role).unwrap_or(by_default))
        } else {
            GivenRole::AtFirst(by_default)
        };
        let mut teams: Vec<Handle> = matching().filter_map(|rule| rule.team.clone()).collect();
        teams.sort_unstable();
        teams.dedup();
        Some(Rights { role, teams })
    }

    /// The teams that the rules speak of: in these somebody is by group alone. In others they are by hand.
    #[must_use]
    pub fn teams(&self) -> Vec<Handle> {
        self.rules.iter().filter_map(|rule| rule.team.clone()).collect()
    }

    /// Whether anybody can come in at all.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.rules.is_empty() && self.default_role.is_none()
    }
}

/// Somebody whom an identity provider has just vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalPerson {
    pub issuer: String,
    /// Who it is at that provider, for ever.
    pub subject: String,
    /// The wish for a handle.
    pub username: String,
    /// Empty where the provider says none.
    pub name: String,
    /// Verified; empty for none.
    pub email: String,
    pub rights: Rights,
    /// As of [`GroupRules::teams`].
    pub managed_teams: Vec<Handle>,
}

/// Why a sign-in by an identity provider ended without a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The answer does not belong to a sign-in of this browser.
    State,
    /// The provider says that it did not sign anybody in.
    Declined,
    /// The provider does not take the code.
    Code,
    /// The answer is not what it must be: signature, audience, nonce, time.
    Answer,
    /// The provider does not vouch for the e-mail address.
    Email,
    /// No rule lets them in.
    Group,
    /// The account was closed here.
    Closed,
    /// They are the last active admin, and their groups make them something else.
    LastAdmin,
    /// The provider cannot be reached.
    Unavailable,
}

impl Refusal {
    const ALL: [Self; 9] = [
        Self::State,
        Self::Declined,
        Self::Code,
        Self::Answer,
        Self::Email,
        Self::Group,
        Self::Closed,
        Self::LastAdmin,
        Self::Unavailable,
    ];

    /// As addresses and the audit trail have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Declined => "declined",
            Self::Code => "code",
            Self::Answer => "answer",
            Self::Email => "email",
            Self::Group => "group",
            Self::Closed => "closed",
            Self::LastAdmin => "last_admin",
            Self::Unavailable => "unavailable",
        }
    }

    /// The opposite of [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.word() == word)
    }

    /// What happened and what to do, for who meets it.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::State => {
                "This sign-in did not begin in this browser, was used already, or took longer than ten minutes."
            }
            Self::Declined => "The identity provider did not sign you in.",
            Self::Code => "The identity provider did not accept this sign-in: it was used already, or is too old.",
            Self::Answer => "The identity provider's answer cannot be trusted, so nobody was signed in.",
            Self::Email => "Your e-mail address is not verified at the identity provider. Verify it there.",
            Self::Group => "None of your groups may use this installation. Ask an admin of it for access.",
            Self::Closed => "Your account here was closed. Ask an admin to open it again.",
            Self::LastAdmin => "You are the last active admin, and your groups no longer make you one.",
            Self::Unavailable => "The identity provider does not answer. Try again in a moment.",
        }
    }

    /// The status of the page that says so.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unavailable => 503,
            _ => 403,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, role: Option<Role>, team: Option<&str>) -> GroupRule {
        GroupRule { name: name.to_owned(), role, team: team.map(|slug| slug.parse().unwrap()) }
    }

    fn rights(rules: &GroupRules, groups: &[&str]) -> Option<(GivenRole, Vec<String>)> {
        let groups: Vec<String> = groups.iter().map(|&group| group.to_owned()).collect();
        let rights = rules.rights(&groups)?;
        Some((rights.role, rights.teams.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn the_first_rule_with_a_role_decides_and_teams_add_up() {
        let rules = GroupRules {
            rules: vec![
                rule("kv-admins", Some(Role::Admin), None),
                rule("kv-systems", Some(Role::Reviewer), None),
                rule("eng-search", None, Some("search")),
                rule("eng-ads", None, Some("ads")),
            ],
            default_role: None,
        };
        let given =
            |role, teams: &[&str]| Some((GivenRole::Always(role), teams.iter().map(|&t| t.to_owned()).collect()));
        assert_eq!(rights(&rules, &["kv-systems", "kv-admins"]), given(Role::Admin, &[]));
        assert_eq!(rights(&rules, &["eng-search", "kv-systems", "eng-ads"]), given(Role::Reviewer, &["ads", "search"]));
        assert_eq!(rights(&rules, &["eng-ads"]), given(Role::Engineer, &["ads"]));
        assert_eq!(rights(&rules, &["KV-ADMINS", "marketing"]), None, "names are compared as they are");
        assert_eq!(rights(&rules, &[]), None);
        let open = GroupRules { default_role: Some(Role::Auditor), ..rules };
        assert_eq!(rights(&open, &[]), given(Role::Auditor, &[]));
    }

    #[test]
    fn without_a_role_in_the_rules_admins_keep_roles_by_hand() {
        let rules = GroupRules { rules: vec![rule("eng-ads", None, Some("ads"))], default_role: None };
        assert_eq!(rights(&rules, &["eng-ads"]), Some((GivenRole::AtFirst(Role::Engineer), vec!["ads".to_owned()])));
        assert!(GroupRules::default().is_closed() && !rules.is_closed());
    }

    #[test]
    fn every_refusal_has_a_word_of_its_own() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::from_word(refusal.word()), Some(refusal));
        }
    }
}
