//! Sixty kinds of data that the teams of the demonstration keep: ten for each team.
//!
//! To add one: an entry in the file of its team. [`Theme`] says what each part is used for.

mod ads;
mod growth;
mod home_feed;
mod payments;
mod search;
mod trust_safety;

use domain::choices::StorageKind;

/// A kind of data, from which requests that look alike but are not the same are made.
#[derive(Debug)]
pub(super) struct Theme {
    /// Base name without a suffix.
    pub stem: &'static str,
    /// Slug of the team that keeps it.
    pub team: &'static str,
    pub kind: StorageKind,
    /// Median size in production, GB.
    pub size_gb: f64,
    /// Median reads per second in production.
    pub reads: f64,
    /// A plural noun phrase in lower case; goes on from “This dataset holds”.
    pub what: &'static str,
    /// A noun phrase; goes on from “The key is”.
    pub key: &'static str,
    /// A noun phrase; goes on from “The value is”.
    pub value: &'static str,
    /// A whole sentence that says who is helped.
    pub purpose: &'static str,
    /// A noun phrase; goes on from “The data comes from”.
    pub source: &'static str,
    /// Services that read it, separated by commas.
    pub readers: &'static str,
    pub writer: &'static str,
    pub tags: &'static str,
    /// Kinds of personal data in it.
    pub personal: Option<&'static str>,
}

const TEAMS: [&[Theme]; 6] =
    [search::THEMES, ads::THEMES, home_feed::THEMES, trust_safety::THEMES, payments::THEMES, growth::THEMES];

/// All themes, those of one team after those of another.
pub(super) fn all() -> Vec<&'static Theme> {
    TEAMS.iter().flat_map(|themes| themes.iter()).collect()
}

/// A variation of a theme: the suffix of its name, and a sentence that explains it.
#[derive(Debug)]
pub(super) struct Variant {
    pub suffix: &'static str,
    pub says: &'static str,
}

const fn variant(suffix: &'static str, says: &'static str) -> Variant {
    Variant { suffix, says }
}

/// The first is the theme as it is.
pub(super) const VARIANTS: &[Variant] = &[
    variant("", ""),
    variant("_v2", "It replaces the first generation, whose keys turned out to be too coarse."),
    variant("_v3", "The third generation packs the value tighter; both generations run side by side for a month."),
    variant("_by_country", "It is split by country, because three markets have rules of their own."),
    variant("_by_locale", "There is one entry for each locale, with a fallback to the language."),
    variant("_by_device", "Phones and desks are kept apart, since they behave differently."),
    variant("_hourly", "It is brought up to date every hour instead of every night."),
    variant("_daily", "One complete day at a time; the day before stays as a fallback."),
    variant("_recent", "Only the last seven days, which is what nine of ten reads ask for."),
    variant("_archive", "Older entries that are read seldom but must not be lost."),
    variant("_cache", "It holds derived data alone and can be rebuilt from its source within two hours."),
    variant("_index", "This is the reverse direction, for looking things up by value."),
    variant("_counters", "Counters only; the details stay where they are."),
    variant("_shadow", "A shadow copy for comparing the new model with the present one on live traffic."),
    variant("_experiment", "It serves one experiment and goes away when that has been read out."),
    variant("_mobile", "For the mobile apps, whose payload is smaller."),
    variant("_web", "For the web front end alone."),
    variant("_emea", "For Europe, the Middle East and Africa, where the data has to stay in the region."),
    variant("_apac", "For Asia and the Pacific, close to the people who read it."),
    variant("_partners", "For the partners' integration, with its own limits."),
    variant("_internal", "For our own tools; nothing that faces customers reads it."),
    variant("_audit", "What was changed, by which job and when, kept for the auditors."),
    variant("_rollup", "Sums over larger groups, so that dashboards need not read millions of rows."),
    variant("_fallback", "It answers when the main dataset does not; it may be a day old."),
];

/// What is appended where theme, variant and environment are taken already.
pub(super) const PLACES: &[&str] = &["_us", "_eu", "_uk", "_jp", "_br", "_in", "_ca", "_au", "_mx", "_kr"];

#[cfg(test)]
mod tests {
    use domain::names::DatasetName;

    use super::*;

    #[test]
    fn every_theme_makes_a_name_and_reads_as_a_sentence() {
        assert_eq!(all().len(), 60);
        for theme in all() {
            for variant in VARIANTS {
                let name = format!("{}{}_kr_r9999", theme.stem, variant.suffix);
                assert!(name.parse::<DatasetName>().is_ok(), "{name}");
            }
            assert!(theme.purpose.ends_with('.'), "{}", theme.stem);
            assert!(!theme.what.ends_with('.') && !theme.key.ends_with('.') && !theme.value.ends_with('.'));
        }
    }
}
