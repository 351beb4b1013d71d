//! Two versions compared on requests that were judged already: what enabling the newer one would change.

use serde::{Deserialize, Serialize};

use super::Policy;
use crate::{
    Timestamp, bounds,
    choices::{Choice, RequestKind, UnknownChoice, choices},
    ids::RequestId,
    lifecycle::Status,
    rules::Requirements,
    spec::DatasetSpec,
};

choices!(
    /// In which way a request would be judged differently.
    Shift {
        BecomesAutomatic = "becomes_automatic", "Review → automatic";
        NoLongerAutomatic = "no_longer_automatic", "Automatic → review";
        MoreApprovers = "more_approvers", "More approvers";
        FewerApprovers = "fewer_approvers", "Fewer approvers";
        PrivacyAdded = "privacy_added", "Privacy approval added";
        PrivacyDropped = "privacy_dropped", "Privacy approval dropped";
    }
);

/// What a version asks of one request, briefly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Nobody is needed.
    pub automatic: bool,
    pub reviews: u8,
    pub privacy: bool,
    /// The ids of the rules that it follows from.
    pub rules: Vec<String>,
}

/// A request of the past, as a replay reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    pub id: RequestId,
    pub full_name: String,
    pub kind: RequestKind,
    pub status: Status,
    pub submitted_at: Timestamp,
    pub spec: DatasetSpec,
}

/// A request that the two versions judge differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub id: RequestId,
    pub full_name: String,
    pub status: Status,
    pub submitted_at: Timestamp,
    pub before: Verdict,
    pub after: Verdict,
    pub shifts: Vec<Shift>,
    /// A person denied it, and the newer version would approve it without one.
    pub alarming: bool,
}

/// What a replay found. The figures count every request; the lists stop at [`bounds::POLICY_REPLAY_LISTED`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Requests that both versions judged.
    pub judged: u64,
    /// Requests that are judged differently.
    pub changed: u64,
    /// Requests that a person denied and that the newer version would approve without one.
    pub alarming: u64,
    /// How many for each shift, those with none left out.
    pub shifts: Vec<(Shift, u64)>,
    /// The changed requests, the alarming ones first, then in the order of the replay.
    pub listed: Vec<Changed>,
}

impl From<&Requirements> for Verdict {
    fn from(requirements: &Requirements) -> Self {
        let rules = requirements.auto_approve.iter().chain(&requirements.because).map(|rule| rule.id.clone()).collect();
        Self {
            automatic: requirements.auto_approve.is_some(),
            reviews: requirements.reviews,
            privacy: requirements.privacy,
            rules,
        }
    }
}

impl Verdict {
    /// For people: `2 approvers and privacy (R2, R4)`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let rules = if self.rules.is_empty() { String::new() } else { format!(" ({})", self.rules.join(", ")) };
        let asks = match (self.automatic, self.reviews) {
            (true, _) => "automatic".to_owned(),
            (false, 1) => "1 approver".to_owned(),
            (false, n) => format!("{n} approvers"),
        };
        let privacy = if self.privacy { " and privacy" } else { "" };
        format!("{asks}{privacy}{rules}")
    }

    fn shifts_to(&self, after: &Self) -> Vec<Shift> {
        let mut shifts = Vec::new();
        match (self.automatic, after.automatic) {
            (false, true) => shifts.push(Shift::BecomesAutomatic),
            (true, false) => shifts.push(Shift::NoLongerAutomatic),
            (false, false) if after.reviews > self.reviews => shifts.push(Shift::MoreApprovers),
            (false, false) if after.reviews < self.reviews => shifts.push(Shift::FewerApprovers),
            _ => {}
        }
        match (self.privacy, after.privacy) {
            (false, true) => shifts.push(Shift::PrivacyAdded),
            (true, false) => shifts.push(Shift::PrivacyDropped),
            _ => {}
        }
        shifts
    }
}

impl Report {
    /// Judges one more request by both versions.
    pub fn add(&mut self, before: &Policy, after: &Policy, past: Past) {
        self.judged += 1;
        let [old, new] = [before, after].map(|policy| Verdict::from(&policy.evaluate(past.kind, &past.spec)));
        let shifts = old.shifts_to(&new);
        if shifts.is_empty() {
            return;
        }
        self.changed += 1;
        for shift in &shifts {
            match self.shifts.iter_mut().find(|(known, _)| known == shift) {
                Some((_, count)) => *count += 1,
                None => self.shifts.push((*shift, 1)),
            }
        }
        // Only a person denies.
        let alarming = past.status == Status::Denied && new.automatic && !old.automatic;
        self.alarming += u64::from(alarming);
        let Past { id, full_name, status, submitted_at, .. } = past;
        let changed = Changed { id, full_name, status, submitted_at, before: old, after: new, shifts, alarming };
        if alarming {
            let place = self.listed.iter().position(|listed| !listed.alarming).unwrap_or(self.listed.len());
            self.listed.insert(place, changed);
        } else {
            self.listed.push(changed);
        }
        self.listed.truncate(bounds::POLICY_REPLAY_LISTED);
    }
}
