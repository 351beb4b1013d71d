//! How somebody signs in: kinds of accounts, links that work once, and the rules of passwords.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    choices::{Choice, UnknownChoice},
    ids::{SessionId, TeamId, TokenId, UserId},
    view::{Person, Team},
};

/// The fewest characters of a password.
pub const PASSWORD_MIN: usize = 12;
/// The most characters of a password: hashing an endless text would be an attack.
pub const PASSWORD_MAX: usize = 128;
/// The most characters of a person's or team's name.
pub const PERSON_NAME_MAX: usize = 100;
/// The most characters of an e-mail address, after RFC 5321.
pub const EMAIL_MAX: usize = 254;
/// The most characters of a token's name.
pub const TOKEN_NAME_MAX: usize = 100;
/// The most tokens that hold at a time for one account.
pub const TOKENS_MAX: usize = 50;
/// The most scopes of one token.
pub const SCOPES_MAX: usize = 20;

/// Who an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    Person,
    /// A program: it has tokens and no pages, and owns and reviews nothing.
    Service,
}

impl Choice for AccountKind {
    const ALL: &'static [Self] = &[Self::Person, Self::Service];

    fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Service => "service",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Service => "Service account",
        }
    }
}

impl FromStr for AccountKind {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        let found = Self::ALL.iter().copied().find(|kind| kind.word() == text);
        found.ok_or_else(|| UnknownChoice("person, service".to_owned()))
    }
}

/// What a link that works once is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Makes the first admin.
    Setup,
    /// Lets somebody who was invited choose a password.
    Invite,
    /// Lets somebody choose a new password.
    Reset,
}

impl LinkPurpose {
    const ALL: [Self; 3] = [Self::Setup, Self::Invite, Self::Reset];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Invite => "invite",
            Self::Reset => "reset",
        }
    }
}

impl FromStr for LinkPurpose {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.word() == text);
        found.ok_or_else(|| UnknownChoice("setup, invite, reset".to_owned()))
    }
}

/// The most used passwords of 12 and more characters in published leaks, and what people make of this product's name.
/// They are compared in lower case and without what is not a letter or digit.
const COMMON: &[&str] = &[
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789123",
    "123456123456",
    "123123123123",
    "111111111111",
    "000000000000",
    "121212121212",
    "987654321987",
    "qwertyuiop123",
    "qwertyuiopasdf",
    "qwertyuiop12",
    "qwerty123456",
    "qwerty1234567",
    "1qaz2wsx3edc",
    "1q2w3e4r5t6y",
    "q1w2e3r4t5y6",
    "zaq12wsxcde3",
    "asdfghjkl123",
    "abcdefghijkl",
    "abc123abc123",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "password2024",
    "password2025",
    "password2026",
    "mypassword123",
    "changemenow1",
    "changeme1234",
    "letmeinletmein",
    "letmein12345",
    "iloveyou1234",
    "iloveyouforever",
    "administrator",
    "administrator1",
    "admin1234567",
    "adminadminadmin",
    "welcome12345",
    "welcome123456",
    "superman1234",
    "football1234",
    "correcthorsebatterystaple",
    "keyvaluestore",
    "kvstorekvstore",
    "kvstorepassword",
];

/// Whether a password may be chosen by somebody with these names; otherwise what to do.
///
/// The rules follow NIST SP 800-63B: length counts, composition does not, and what everybody tries first is refused.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn judge_password(password: &str, handle: &str, name: &str, email: &str) -> Result<(), String> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Err(format!("Use at least {PASSWORD_MIN} characters; this has {length}. A few words are fine."));
    }
    if length > PASSWORD_MAX {
        return Err(format!("Use at most {PASSWORD_MAX} characters; this has {length}."));
    }
    let plain = plain(password);
    let own = [handle, name, email, email.split('@').next().unwrap_or_default()];
    if own.iter().any(|word| word.chars().count() >= 3 && plain == self::plain(word)) {
        return Err("Your own name is the first thing that is tried; choose something else.".to_owned());
    }
    let first = password.chars().next();
    if COMMON.contains(&plain.as_str()) || password.chars().all(|one| Some(one) == first) {
        return Err("This is one of the passwords that are tried first; choose something else.".to_owned());
    }
    Ok(())
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// An e-mail address as it is kept: trimmed and in lower case. Empty for none.
///
/// # Errors
/// A sentence for the person who typed it. Whether somebody reads it, only a letter can tell.
pub fn parse_email(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Ok(text);
    }
    let fits = text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains('@')
    });
    let plain = text.chars().all(|c| c.is_alphanumeric() || "@.+-_'".contains(c));
    if fits && plain && text.chars().count() <= EMAIL_MAX {
        Ok(text)
    } else {
        Err("Use an address such as maya.chen@example.com.".to_owned())
    }
}

/// A person's or team's name as it is kept: trimmed, 1 to 100 printable characters.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn parse_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if (1..=PERSON_NAME_MAX).contains(&length) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!("Use 1 to {PERSON_NAME_MAX} printable characters."))
    }
}

/// A link that was followed, for the page that asks for a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    pub purpose: LinkPurpose,
    /// Whose password it sets; none where the link makes the person.
    pub person: Option<Person>,
    pub expires_at: Timestamp,
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    pub id: TokenId,
    pub name: String,
    /// The last characters of the secret.
    pub hint: String,
    pub scopes: Vec<String>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl TokenView {
    /// Whether it works at this moment, as far as its own dates say.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| at > now)
    }
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    pub id: SessionId,
    /// What the browser calls itself.
    pub agent: String,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// The settings page of whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsView {
    pub person: Person,
    /// Empty for none.
    pub email: String,
    pub has_password: bool,
    pub sessions: Vec<SessionView>,
    /// Newest first; without those that ended long ago.
    pub tokens: Vec<TokenView>,
    pub now: Timestamp,
}

/// An account as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    pub person: Person,
    pub kind: AccountKind,
    pub email: String,
    pub active: bool,
    pub has_password: bool,
    pub signed_in_at: Option<Timestamp>,
}

/// The list of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsView {
    pub accounts: Vec<AccountView>,
    pub teams: Vec<Team>,
    /// Whether who asks may change any of it; auditors only read.
    pub may_change: bool,
    pub now: Timestamp,
}

/// One account with what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    pub account: AccountView,
    pub member_of: Vec<TeamId>,
    pub teams: Vec<Team>,
    pub tokens: Vec<TokenView>,
    pub open_sessions: usize,
    /// What would be handed over.
    pub holds: Holdings,
    /// Active people who could take it.
    pub heirs: Vec<Person>,
    /// As of [`AccountsView`].
    pub may_change: bool,
    pub now: Timestamp,
}

/// What somebody has: drafts that they wrote, open requests and datasets that are theirs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    pub drafts: usize,
    pub requests: usize,
    pub datasets: usize,
}

impl Holdings {
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// For a sentence: `2 drafts, 1 open request and 3 datasets`.
    #[must_use]
    pub fn says(self) -> String {
        let of = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        format!(
            "{}, {} and {}",
            of(self.drafts, "draft"),
            of(self.requests, "open request"),
            of(self.datasets, "dataset")
        )
    }
}

/// A team with its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamView {
    pub team: Team,
    pub members: Vec<Person>,
}

/// The page of teams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamsView {
    pub teams: Vec<TeamView>,
    pub people: Vec<Person>,
    /// As of [`AccountsView`].
    pub may_change: bool,
}

/// What the audit trail calls an account.
#[must_use]
pub fn subject_of(id: UserId) -> String {
    format!("person {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_and_not_what_is_tried_first() {
        let judge = |password: &str| judge_password(password, "maya.chen", "Maya Chen of Search", "maya@example.com");
        for good in ["a quiet river at noon", "Tr0ub4dor&3-longer", "пароль из слов", "aaaaaaaaaaab"] {
            assert_eq!(judge(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "elevenchars",
            "aaaaaaaaaaaa",
            "Password1234",
            "PASSWORD-1234!",
            "qwerty123456",
            "maya chen of search",
            "maya@example.com",
            &"x1".repeat(65),
        ] {
            assert!(judge(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_are_kept_in_one_way() {
        assert_eq!(parse_email(" Maya.Chen@Example.com "), Ok("maya.chen@example.com".to_owned()));
        assert_eq!(parse_email(""), Ok(String::new()));
        for bad in ["maya", "@example.com", "maya@example", "a@b@c.de", "maya@.de", "a b@c.de", "a\r\nbcc:x@c.de"] {
            assert!(parse_email(bad).is_err(), "{bad}");
        }
    }
}
