//! Use cases: what a dataset is for, in the words of the people who ask for it.
//!
//! A third are a few sentences, most are two or three paragraphs, some have headings and lists. Every part is picked
//! by itself from several wordings, so that hundreds of them do not repeat visibly.

use domain::choices::StorageKind;

use super::{
    dice::Dice,
    texts::fill,
    themes::{Theme, Variant},
};

/// The numbers that a use case mentions, as text.
pub(super) struct Figures {
    /// Such as `47 GB`.
    pub size: String,
    pub reads: String,
    pub writes: String,
    pub growth: String,
}

const OPENINGS: &[&str] = &[
    "This dataset holds {what}. The key is {key}, the value is {value}.",
    "We want to serve {what} from KVStore. A key is {key}; under it stands {value}.",
    "{What}, keyed by {key}. Each value is {value}.",
    "A home for {what}: look up {key}, get {value}.",
    "`{reader}` needs {what} at run time. It knows {key} and wants {value}.",
    "Our team keeps {what}. Until now they lie in a table that `{reader}` polls; here the key is {key} and the value \
     is {value}.",
    "Point look-ups of {what}. Key: {key}. Value: {value}.",
    "Today `{reader}` computes {what} on every call. Storing {value} under {key} makes that a single read.",
];

const SHORT_OPENINGS: &[&str] = &[
    "{What} for `{reader}`: {key} gives {value}.",
    "Serves {what} to `{reader}`, one read for each call.",
    "Key: {key}. Value: {value}. Read by `{reader}`.",
    "{What}, written by `{writer}` and read by `{reader}`.",
    "Look-up of {what} by {key}.",
];

const FRESHNESS_READONLY: &[&str] = &[
    "The data comes from {source}. A whole new version replaces the old one, and we want to be able to go back.",
    "It is built by {source} and uploaded in one piece; nothing writes single keys.",
    "{Source} delivers all rows at once. If a delivery is bad we stay on the version before it.",
    "Fresh data arrives with {source}; between two of them it never changes.",
];

const FRESHNESS_WRITES: &[&str] = &[
    "Writes come from {source}, about {writes} a second in the mean.",
    "`{writer}` writes as things happen (source: {source}); readers should see a change within a second or two.",
    "The data comes from {source}. There are no bulk loads after the first one.",
    "About {writes} writes a second, all from `{writer}`. They retry, so a short pause does no harm.",
];

const LOAD: &[&str] = &[
    "We expect {size} and {reads} reads a second; it grows by about {growth} % a month.",
    "Size today is {size}. Reads are around {reads} a second with the usual evening peak.",
    "The numbers below were measured over two weeks: {reads} reads a second on {size}.",
    "Roughly {size}. Traffic follows the day: quiet at night, {reads} reads a second in the mean.",
    "{reads} reads a second sounds like a lot for {size}, but nearly all of them hit the same few thousand keys.",
];

const FAILURE: &[&str] = &[
    "When it is away, `{reader}` answers without it, a little worse.",
    "If reads fail, `{reader}` falls back to a default, so nobody sees an error page.",
    "An outage is visible to customers at once; please page us together with KV Systems.",
    "Losing a few minutes of writes would be annoying, losing a day would be an incident.",
    "`{reader}` keeps a small local cache, which carries it over about five minutes.",
    "Slow is worse than absent here: after the deadline the answer is thrown away.",
];

const HISTORY: &[&str] = &[
    "We looked at the relational database first, but its connection pool was the bottleneck.",
    "A cache alone was not enough: after every restart the first hour was slow.",
    "The prototype ran on a single Redis for half a year and outgrew it.",
    "It was part of a larger dataset before, and the two have nothing in common but their key.",
    "Two teams had a copy each. This is meant to be the only one.",
    "So far it was a file in the image of the service, which took a deployment for every change.",
];

const ROLLOUT: &[&str] = &[
    "We start in one region with 5 % of the traffic, compare for a week, then go everywhere.",
    "First as a shadow: both are read, only the old answer counts, and differences are logged.",
    "The switch is behind a flag and can be turned back within seconds.",
    "`{writer}` fills it for three days before anybody reads it.",
    "Once it has run for two weeks, the old table is dropped.",
];

const PRIVACY: &[&str] = &[
    "It contains personal data ({personal}); keys are pseudonyms, and account deletion removes them within a day.",
    "Personal data: {personal}. Nothing leaves the region, and access is limited to the services above.",
    "Entries relate to people ({personal}). Retention is set, and the erasure queue covers this dataset.",
];

const POINTS: &[&str] = &[
    "reads from `{reader}`, about {reads} a second in the mean",
    "writes from `{writer}` only",
    "the key is {key}",
    "values are {value}",
    "about {size} now, {growth} % more each month",
    "no scans, no listing at run time",
    "values are never changed in place, always replaced",
    "a miss is normal and means “no opinion”",
    "owned end to end by {team}",
];

/// Writes the use case of a theme in one of its variants.
pub(super) fn write(dice: &mut Dice, theme: &Theme, variant: &Variant, figures: &Figures) -> String {
    let reader = theme.readers.split(',').next().unwrap_or(theme.readers);
    let (what_upper, source_upper) = (capital(theme.what), capital(theme.source));
    let slots = [
        ("What", what_upper.as_str()),
        ("what", theme.what),
        ("key", theme.key),
        ("value", theme.value),
        ("reader", reader),
        ("writer", theme.writer),
        ("Source", source_upper.as_str()),
        ("source", theme.source),
        ("team", theme.team),
        ("personal", theme.personal.unwrap_or("none")),
        ("size", figures.size.as_str()),
        ("reads", figures.reads.as_str()),
        ("writes", figures.writes.as_str()),
        ("growth", figures.growth.as_str()),
    ];
    let say = |dice: &mut Dice, wordings: &[&str]| fill(dice.pick(wordings), &slots);
    let freshness = if theme.kind == StorageKind::ReadOnly { FRESHNESS_READONLY } else { FRESHNESS_WRITES };

    let shape = dice.weighted(&[34, 42, 24]);
    if shape == 0 {
        return sentences(&[say(dice, SHORT_OPENINGS), variant.says.to_owned(), theme.purpose.to_owned()]);
    }
    let opening = sentences(&[say(dice, OPENINGS), variant.says.to_owned(), theme.purpose.to_owned()]);
    let privacy = if theme.personal.is_some() { say(dice, PRIVACY) } else { String::new() };
    if shape == 1 {
        let second = sentences(&[say(dice, freshness), say(dice, LOAD)]);
        let closing = [HISTORY, FAILURE, ROLLOUT];
        let chosen = closing[dice_index(dice)];
        let third = sentences(&[say(dice, chosen), privacy]);
        return if dice.chance(55) {
            [opening, second, third].join("\n\n")
        } else {
            [opening, sentences(&[second, third])].join("\n\n")
        };
    }
    let points: Vec<String> =
        dice.shuffled(POINTS).iter().take(4).map(|point| format!("- {}", fill(point, &slots))).collect();
    let headings = dice.pick(&[
        &["Why", "How it is used", "What happens when it fails"] as &[&str],
        &["Background", "Access", "Operations"],
        &["Context", "Shape of the traffic", "Roll-out"],
    ]);
    let last = if headings[2] == "Roll-out" { ROLLOUT } else { FAILURE };
    [
        opening,
        format!("### {}\n\n{}", headings[0], sentences(&[say(dice, HISTORY), say(dice, freshness)])),
        format!("### {}\n\n{}", headings[1], points.join("\n")),
        format!("### {}\n\n{}", headings[2], sentences(&[say(dice, last), privacy])),
    ]
    .join("\n\n")
}

fn dice_index(dice: &mut Dice) -> usize {
    dice.weighted(&[1, 1, 1])
}

fn sentences(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::bounds;

    use super::{super::themes, *};

    #[test]
    fn use_cases_keep_their_bounds_and_seldom_repeat() {
        let figures = Figures { size: "47 GB".into(), reads: "1 200".into(), writes: "40".into(), growth: "5".into() };
        let mut seen = HashSet::new();
        for number in 0..600 {
            let mut dice = Dice::new(1, number);
            let theme = themes::all()[dice.weighted(&[1; 60])];
            let variant = &themes::VARIANTS[dice.weighted(&[1; 24])];
            let text = write(&mut dice, theme, variant, &figures);
            let length = text.chars().count() as u64;
            assert!((bounds::DESCRIPTION_MIN..=bounds::DESCRIPTION_MAX).contains(&length), "{text}");
            assert!(!text.contains(['{', '}']), "{text}");
            seen.insert(text);
        }
        assert!(seen.len() > 560, "{} of 600 differ", seen.len());
    }
}
