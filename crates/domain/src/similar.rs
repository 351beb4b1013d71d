//! How much two datasets resemble each other, with the reasons in words.
//!
//! The database finds candidates by words ([`Traits::search_words`]); what they have in common is judged here, by the
//! same words, so that nobody is told a resemblance that they could not check.

use std::collections::BTreeSet;

use crate::{
    bounds,
    form::{Field, RequestForm},
    search::words,
    spec::{DatasetSpec, Visibility},
};

/// Shorter words of a use case say nothing of what it is about.
const WORD_CHARS_MIN: usize = 4;
/// Words that say nothing of what a use case is about, although they are long enough.
const COMMON: &[&str] = &[
    "about", "after", "also", "been", "before", "each", "every", "from", "have", "into", "more", "need", "needs",
    "only", "other", "over", "that", "their", "them", "then", "there", "these", "they", "this", "used", "uses",
    "using", "when", "which", "with", "dataset", "data",
];
/// From this share of the words on, use cases resemble each other, per cent.
const WORDS_SHARE_MIN: usize = 30;
/// From this share of letter triples on, names do, per cent.
const NAME_SHARE_MIN: usize = 45;
/// What is less alike than this is not shown.
const SCORE_MIN: usize = 40;

/// What two datasets are compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    name: String,
    team: String,
    words: BTreeSet<String>,
    services: BTreeSet<String>,
}

/// How alike, 0 to some 250, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    pub score: usize,
    pub reason: String,
}

impl Traits {
    /// Of what is typed so far, whether it parses or not.
    #[must_use]
    pub fn of_form(form: &RequestForm) -> Self {
        let services = form.get(Field::Services).split([',', '\n']);
        let services = services.map(|line| line.split(':').next().unwrap_or_default().trim().to_lowercase());
        Self {
            name: form.get(Field::Name).trim().to_lowercase(),
            team: form.get(Field::Team).trim().to_owned(),
            words: telling(form.get(Field::Description)),
            services: services.filter(|name| !name.is_empty()).collect(),
        }
    }

    /// Of what somebody may see of a dataset; a summary has no use case and no services.
    #[must_use]
    pub fn of_spec(spec: &DatasetSpec, visibility: Visibility) -> Self {
        let (words, services) = match visibility {
            Visibility::Full => (
                telling(&spec.description),
                spec.services.iter().map(|service| service.name.as_str().to_lowercase()).collect(),
            ),
            Visibility::Summary => (BTreeSet::new(), BTreeSet::new()),
        };
        Self { name: spec.name.to_string(), team: spec.team.to_string(), words, services }
    }

    /// The words that candidates are looked for by: those of the name, then the longest of the use case, which are
    /// also the rarest. At most [`bounds::SIMILAR_WORDS`].
    #[must_use]
    pub fn search_words(&self) -> Vec<String> {
        let mut found: Vec<String> = words(&self.name)
            .into_iter()
            .filter(|word| word.chars().count() >= 3)
            .take(bounds::SIMILAR_WORDS)
            .collect();
        let mut telling: Vec<&String> = self.words.iter().filter(|word| !found.contains(word)).collect();
        telling.sort_by_key(|word| (std::cmp::Reverse(word.chars().count()), word.as_str()));
        let room = bounds::SIMILAR_WORDS - found.len();
        found.extend(telling.into_iter().take(room).cloned());
        found
    }

    /// What `other` has in common with this; none where it is too little to say.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> Option<Likeness> {
        let mut reasons = Vec::new();
        let mut score = 0;
        let name = share(&triples(&self.name), &triples(&other.name));
        if !self.name.is_empty() && self.name == other.name {
            reasons.push("the same base name".to_owned());
            score += 100;
        } else if name >= NAME_SHARE_MIN {
            reasons.push("a similar name".to_owned());
            score += name / 2;
        }
        let common = self.words.intersection(&other.words).count();
        let words = (common * 100).checked_div(self.words.len()).unwrap_or(0);
        // Of two or three words a large share is soon reached.
        if words >= WORDS_SHARE_MIN && common >= 3 {
            reasons.push(format!("{words} % of the words of the use case"));
            score += words;
        }
        let services: Vec<&str> = self.services.intersection(&other.services).map(String::as_str).collect();
        if !services.is_empty() && self.services == other.services {
            reasons.push("the same services".to_owned());
            score += 25;
        } else if let [first, rest @ ..] = services.as_slice() {
            reasons.push(match rest.len() {
                0 => format!("also called by {first}"),
                more => format!("also called by {first} and {more} more"),
            });
            score += 15;
        }
        // A team alone makes nothing similar: it only says more of what is.
        if score >= SCORE_MIN && !self.team.is_empty() && self.team == other.team {
            reasons.insert(0, "same team".to_owned());
            score += 20;
        }
        (score >= SCORE_MIN).then(|| Likeness { score, reason: reasons.join(", ") })
    }
}

fn telling(text: &str) -> BTreeSet<String> {
    let says_something = |word: &String| word.chars().count() >= WORD_CHARS_MIN && !COMMON.contains(&word.as_str());
    words(text).into_iter().filter(says_something).collect()
}

fn triples(name: &str) -> BTreeSet<String> {
    let letters: Vec<char> = name.chars().collect();
    letters.windows(3).map(|three| three.iter().collect()).collect()
}

/// What two sets have in common of what either has, per cent.
fn share(one: &BTreeSet<String>, other: &BTreeSet<String>) -> usize {
    (one.intersection(other).count() * 100).checked_div(one.union(other).count()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample_now;

    fn other(changes: &[(Field, &str)]) -> Traits {
        let mut form = RequestForm::sample();
        for (field, value) in changes {
            form.set(*field, *value);
        }
        Traits::of_spec(&form.parse(sample_now()).unwrap(), Visibility::Full)
    }

    #[test]
    fn the_reason_says_what_is_alike() {
        let mine = Traits::of_form(&RequestForm::sample());
        let twin = mine.likeness(&other(&[(Field::Environment, "staging")])).unwrap();
        assert_eq!(twin.reason, "same team, the same base name, 100 % of the words of the use case, the same services");
        let other = other(&[
            (Field::Name, "ad_clicks"),
            (Field::Team, "payments"),
            (Field::Description, "Profiles of people who were signed in, for the **page** of settings."),
            (Field::Services, "web-frontend:read\nbilling:read"),
        ]);
        let likeness = mine.likeness(&other).unwrap();
        assert_eq!(likeness.reason, "66 % of the words of the use case, also called by web-frontend");
        assert!(likeness.score < twin.score);
    }

    #[test]
    fn a_team_alone_makes_nothing_similar() {
        let mine = Traits::of_form(&RequestForm::sample());
        let other = other(&[
            (Field::Name, "ad_clicks"),
            (Field::Description, "Counts how often advertisements were clicked on."),
            (Field::Services, "adserver:write"),
        ]);
        assert_eq!(mine.likeness(&other), None);
    }

    #[test]
    fn a_summary_tells_no_use_case() {
        let spec = RequestForm::sample().parse(sample_now()).unwrap();
        let mine = Traits::of_form(&RequestForm::sample());
        let seen = mine.likeness(&Traits::of_spec(&spec, Visibility::Summary)).unwrap();
        assert_eq!(seen.reason, "same team, the same base name");
    }

    #[test]
    fn what_is_searched_is_bounded_and_starts_with_the_name() {
        let mut form = RequestForm::sample();
        form.set(Field::Description, (0..100).map(|n| format!("word{n} ")).collect::<String>());
        let words = Traits::of_form(&form).search_words();
        assert_eq!(words.len(), bounds::SIMILAR_WORDS);
        assert_eq!(words[..2], ["user", "profiles"]);
        assert!(Traits::of_form(&RequestForm::default()).search_words().is_empty());
    }
}
