//! The review policy: which requests are approved without a person, and how many people the others need.
//!
//! Rules are ordered and versioned. In a rule, QPS is (get + set + delete) × peak.

use serde::{Deserialize, Serialize};

use crate::{
    bounds::BYTES_PER_GB,
    choices::{DataClass, Environment},
    spec::DatasetSpec,
};

/// Which rule, in which version: recorded with every decision it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRef {
    pub id: String,
    pub version: u32,
    /// What the rule says, as a sentence.
    pub says: String,
}

/// What the policy asks of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// The rule under which no person is needed, if one matched.
    pub auto_approve: Option<RuleRef>,
    /// Different reviewers who must approve.
    pub reviews: u8,
    /// Whether a privacy approver must approve as well.
    pub privacy: bool,
    /// Why.
    pub because: Vec<RuleRef>,
}

impl Requirements {
    /// One reviewer: what holds where no rule says otherwise.
    #[must_use]
    pub fn one_review() -> Self {
        Self { auto_approve: None, reviews: 1, privacy: false, because: Vec::new() }
    }

    /// `needs one approval`, for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let rules = self.because.iter().map(|rule| format!("rule {}", rule.id)).collect::<Vec<_>>().join(" and ");
        let because = if rules.is_empty() { String::new() } else { format!(" because of {rules}") };
        match (&self.auto_approve, self.reviews, self.privacy) {
            (Some(rule), ..) => format!("This will be approved automatically under rule {}.", rule.id),
            (None, 1, false) => format!("This needs one approval{because}."),
            (None, 1, true) => format!("This needs one approval and a privacy approval{because}."),
            (None, n, false) => format!("This needs {n} different approvals{because}."),
            (None, n, true) => format!("This needs {n} different approvals and a privacy approval{because}."),
        }
    }
}

/// The version of the rules below. Raise it with every change of their meaning.
pub const VERSION: u32 = 1;

/// The rules that an installation starts with.
#[must_use]
pub fn evaluate(spec: &DatasetSpec) -> Requirements {
    let rule = |id: &str, says: &str| RuleRef { id: id.to_owned(), version: VERSION, says: says.to_owned() };
    let personal = spec.personal_data.is_some();
    let mut requirements = Requirements::one_review();
    if spec.environment == Environment::Dev
        && spec.size_bytes <= BYTES_PER_GB
        && spec.peak_qps() <= 100
        && !personal
        && spec.data_class != DataClass::Restricted
        && !spec.is_critical()
    {
        requirements.auto_approve =
            Some(rule("R1", "Development, at most 1 GB, at most 100 QPS at peak, no personal data: approved at once."));
        return requirements;
    }
    if spec.is_critical() {
        requirements.reviews = 2;
        requirements.because.push(rule("R2", "Tiers 0 and 1 need two different approvers."));
    }
    if spec.environment == Environment::Prod && spec.size_bytes > 1_000 * BYTES_PER_GB {
        requirements.reviews = 2;
        requirements.because.push(rule("R3", "Production above 1 TB needs two different approvers."));
    }
    if personal || spec.data_class == DataClass::Restricted {
        requirements.privacy = true;
        requirements.because.push(rule("R4", "Personal or restricted data needs a privacy approval."));
    }
    requirements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Field, QuickForm, RequestForm, sample_now};

    fn quick() -> RequestForm {
        QuickForm {
            name: "scratch_pad".into(),
            description: "Trying out a new ranking signal for search.".into(),
            team: "search".into(),
        }
        .expand("maya.chen")
    }

    #[test]
    fn a_quick_dev_dataset_is_approved_at_once() {
        let spec = quick().parse(sample_now()).unwrap();
        assert_eq!(evaluate(&spec).auto_approve.unwrap().id, "R1");
    }

    #[test]
    fn each_limit_of_the_automatic_rule_holds() {
        for (field, value) in [
            (Field::DataSizeGb, "1.1"),
            (Field::QpsGet, "45"),
            (Field::Environment, "staging"),
            (Field::DataClass, "restricted"),
        ] {
            let mut form = quick();
            form.set(field, value);
            let requirements = evaluate(&form.parse(sample_now()).unwrap());
            assert!(requirements.auto_approve.is_none(), "{field} = {value}");
        }
    }

    #[test]
    fn large_critical_and_personal_need_more_people() {
        let mut form = RequestForm::sample();
        form.set(Field::DataSizeGb, "2000");
        form.set(Field::Environment, "prod");
        form.set(Field::PersonalData, "on");
        form.set(Field::PersonalDataKinds, "e-mail");
        form.set(Field::RetentionDays, "30");
        let requirements = evaluate(&form.parse(sample_now()).unwrap());
        assert_eq!((requirements.reviews, requirements.privacy), (2, true));
        let ids: Vec<&str> = requirements.because.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["R2", "R3", "R4"]);
    }
}
