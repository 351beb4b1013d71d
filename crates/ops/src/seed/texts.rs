//! What people write in requests, beside the use case: questions with their answers, comments, reasons.
//!
//! Texts have slots in braces; [`fill`] puts the facts of a request into them.

use domain::form::{Field, RequestForm};

/// Puts facts into a text: each `{slot}` becomes its value.
pub(super) fn fill(template: &str, slots: &[(&str, &str)]) -> String {
    let mut text = template.to_owned();
    for (slot, value) in slots {
        text = text.replace(&format!("{{{slot}}}"), value);
    }
    text
}

/// What a reviewer asks, what the requester answers, and what the answer changes in the form.
pub(super) struct Question {
    /// When it is asked at all.
    pub asked_of: fn(&RequestForm) -> bool,
    pub asks: &'static [&'static str],
    pub about: &'static [Field],
    pub replies: &'static [&'static str],
    pub changes: &'static [(Field, &'static str)],
}

pub(super) const QUESTIONS: &[Question] = &[
    Question {
        asked_of: |form| form.ttl_seconds.is_empty() && form.storage_type != "READONLY",
        asks: &[
            "Nothing ever expires here. Is that intended, or would ninety days do?",
            "Without a time to live this grows for ever. How long is an entry useful?",
            "What happens to keys that nobody reads any more? I would set a TTL.",
        ],
        about: &[Field::TtlSeconds],
        replies: &[
            "Good point: nothing older than ninety days is read. I set the TTL to that.",
            "We checked the access log; after three months it is all dead. Ninety days it is.",
        ],
        changes: &[(Field::TtlSeconds, "7776000")],
    },
    Question {
        asked_of: |form| form.peak_factor == "2" && form.environment == "prod",
        asks: &[
            "Twice the mean looks low for this traffic: last December your services peaked at four times. \
             Which factor should I plan with?",
            "Is the peak really only twice the mean? The campaign days were far above that.",
        ],
        about: &[Field::PeakFactor, Field::QpsGet],
        replies: &[
            "You are right, I had taken a quiet week. On campaign days it is four times; changed.",
            "Four is safer. The mean stays as it is.",
        ],
        changes: &[(Field::PeakFactor, "4")],
    },
    Question {
        asked_of: |form| form.backup_enabled.is_empty() && !form.is_critical(),
        asks: &[
            "There is no backup. How would you get the data back after a bad write: can it be rebuilt?",
            "If somebody deletes half of this by mistake, where does it come from?",
        ],
        about: &[Field::BackupEnabled, Field::BackupSchedule],
        replies: &[
            "It cannot be rebuilt quickly, so a nightly backup is worth it. Switched on, a week of them.",
            "The source keeps two days only. I switched backups on.",
        ],
        changes: &[(Field::BackupEnabled, "on"), (Field::BackupSchedule, "30 2 * * *"), (Field::BackupKeep, "7")],
    },
    Question {
        asked_of: |form| form.services.lines().count() < 2,
        asks: &[
            "Who else reads this? The list of services looks short.",
            "Is there really a single caller? I want to know whom to warn before maintenance.",
        ],
        about: &[Field::Services],
        replies: &[
            "Only that one at run time. The dashboard reads an export, not the dataset.",
            "Yes, one caller; everything else goes through its API.",
        ],
        changes: &[],
    },
    Question {
        asked_of: |form| form.personal_data == "on",
        asks: &[
            "Retention: does deleting an account also delete its entries here, and how soon?",
            "How do erasure requests reach this dataset? Please say so in the use case.",
        ],
        about: &[Field::RetentionDays, Field::PersonalDataKinds],
        replies: &[
            "The account-deletion stream deletes the keys within a day. I shortened the retention to thirty days too.",
            "Erasure runs nightly from the deletion queue, and thirty days are enough for us. Changed.",
        ],
        changes: &[(Field::RetentionDays, "30")],
    },
    Question {
        asked_of: |form| form.consistency == "strong" && form.storage_type == "MUTABLE",
        asks: &[
            "Do all reads need to be strong? Reading your own writes costs half as much.",
            "Strong reads pin you to one region. Would read-your-writes be enough?",
        ],
        about: &[Field::Consistency],
        replies: &[
            "Read-your-writes is enough: only the writer cares about the very last value.",
            "We tried it in staging, and nobody noticed. Changed to read-your-writes.",
        ],
        changes: &[(Field::Consistency, "read-your-writes")],
    },
    Question {
        asked_of: |form| form.storage_type == "READONLY" && form.update_schedule.is_empty(),
        asks: &[
            "How often is it uploaded, and by what? There is neither a schedule nor a source.",
            "Who starts the uploads? If it is a job, the schedule should be here.",
        ],
        about: &[Field::UpdateSchedule, Field::SourceUri],
        replies: &[
            "A nightly job; I filled in the schedule.",
            "Forgot it: every night at four, after the aggregation.",
        ],
        changes: &[(Field::UpdateSchedule, "0 4 * * *")],
    },
    Question {
        asked_of: |form| form.value_bytes_max.len() >= 6 && form.value_bytes_mean.len() < 6,
        asks: &[
            "The largest values are far above the mean. Are those outliers real, and who reads them?",
            "What are these large values? Above 256 kB a link to the blob store is usually the better idea.",
        ],
        about: &[Field::ValueBytesMax, Field::ValueBytesMean],
        replies: &[
            "They are real but rare, less than one in ten thousand. We trim them at 128 kB from now on.",
            "An old exporter wrote those. It is gone, so 131 072 bytes is enough.",
        ],
        changes: &[(Field::ValueBytesMax, "131072")],
    },
    Question {
        asked_of: |_| true,
        asks: &[
            "How was the size estimated? A sample of the real keys would help me to place it.",
            "Which month is this estimate from? I would like to plan the growth of the cluster.",
            "What does a typical key look like? One example is enough.",
        ],
        about: &[Field::DataSizeGb, Field::ExpectedKeys],
        replies: &[
            "Measured on last week's export, with 10 % on top. Keys look like the ones in the use case.",
            "From a sample of one million rows; the mean was within 3 % on three different days.",
            "From the present table, compressed. I added an example to the team's notes.",
        ],
        changes: &[],
    },
];

pub(super) const COMMENTS: &[&str] = &[
    "I will look at this after the capacity meeting.",
    "For context: this replaces the table that woke two of us up last month.",
    "+1 from our side, {reader} is ready for it.",
    "The load test in staging looked good: p99 stayed under {p99} ms.",
    "Could we have it before the release freeze? If not, next week is fine as well.",
    "Please keep the region in mind, most callers are on one side of the ocean.",
    "Talked to {team}: the growth is steady and not a launch peak.",
    "The numbers match what I see on the old store's dashboard.",
    "Note for whoever is on call: a restart of `{writer}` rewrites about a tenth of the keys.",
    "Same shape as the dataset of last quarter, so the same settings should do.",
    "We can start with a tenth of the traffic and ramp up within two days.",
    "I checked the key format with the security team; nothing sensitive in the keys themselves.",
    "`{writer}` writes in batches of 500 and backs off on 429.",
    "The schema is versioned in our repository; changes are announced a week before.",
    "If the cluster is tight I can live with one that is further away.",
    "Updated the dashboard: https://dash.example.com/{name}",
    "The old data set can go once this has run for two weeks.",
    "Nice description, thank you. This makes the review easy.",
];

/// Reasons for a denial; all longer than what the form asks for.
pub(super) const DENIALS: &[&str] = &[
    "This is served by `{other}` already, with the same keys. Please ask its owner for read access first.",
    "At {size} and {qps} reads a second a cache in `{reader}` is the cheaper answer; a dataset adds a hop.",
    "The values are files, not entries. The blob store is made for them; keep the reference here if you need one.",
    "The use case needs range scans over values, which a key-value store does not do well. Have a look at the \
     analytics warehouse.",
    "We cannot place personal data of this kind before the privacy review of your pipeline is finished. Come back \
     with its number.",
    "The source will be switched off next quarter according to its owner. Please settle the successor first.",
    "Too early: there is neither a prototype nor a measurement behind the numbers. A dev dataset is approved at once, \
     so start there.",
    "The retention asked for is longer than the policy allows for this data class.",
    "This duplicates what the feature store offers; they agreed to add the three features that are missing.",
    "A write for each page view is not sustainable at this size. Aggregate over a minute, then file it again.",
    "Nobody of the calling services knew of this when I asked. Please agree with them and reopen.",
    "Experiments live in dev. Please file it there; promotion is one click when it works.",
];

pub(super) const WITHDRAWALS: &[&str] = &[
    "We found that the present dataset can carry it.",
    "The project was stopped; thank you for the quick answers.",
    "Filed twice by mistake.",
    "The estimate was wrong by a factor of ten, I will file it again with better numbers.",
    "Postponed to next quarter.",
    "Another team takes this over and will file its own.",
    "Solved by a cache in the service.",
];

/// Step and error of a provisioning that failed.
pub(super) const FAILURES: &[(&str, &str)] = &[
    ("create shards", "3 of {shards} shards did not become ready within 300 s"),
    ("reserve capacity", "the cluster refused the reservation: less room is left than was promised"),
    ("apply quotas", "the gateway answered 503 five times in a row"),
    ("write probe", "the probe key could not be read back from one replica"),
    ("open access", "the service account of `{writer}` does not exist"),
    ("start migration", "the source did not answer: connection timed out after 30 s"),
];

pub(super) const GIVING_UP: &[&str] = &[
    "The source is gone for good; the team files a new request.",
    "Third attempt failed at the same step; cancelled until the cluster is extended.",
];

/// Why a dataset is placed where it does not fit.
pub(super) const OVERRIDES: &[&str] = &[
    "Two more nodes are ordered and arrive before this data does.",
    "The old generation of this dataset leaves the same cluster next week.",
    "Agreed with capacity planning: the quota of this cluster is raised on Monday.",
    "The declared size is reached in a year at the earliest.",
];

pub(super) const JUSTIFICATIONS: &[&str] = &[
    "The present store reaches its limit within two weeks, and the callers cannot be throttled.",
    "The contract with the old vendor ends this month.",
    "Blocks the launch that was announced for this quarter.",
    "The regulator's deadline cannot be moved, and the evidence has to come from here.",
    "An incident review named the missing dataset as its first cause.",
    "The old cluster is switched off on the last day of the month.",
    "Sales promised this to three customers with a date.",
];

/// Facts that templates of this file name.
pub(super) fn facts(form: &RequestForm, shards: u64, other: &str) -> Vec<(&'static str, String)> {
    let service = |writes: bool| {
        let wanted = if writes { ":write" } else { ":read" };
        let line = form.services.lines().find(|line| line.ends_with(wanted)).or_else(|| form.services.lines().next());
        line.and_then(|line| line.split(':').next()).unwrap_or("our service").to_owned()
    };
    vec![
        ("name", form.name.clone()),
        ("team", form.team.clone()),
        ("reader", service(false)),
        ("writer", service(true)),
        ("p99", form.p99_read_ms.clone()),
        ("size", format!("{} GB", form.data_size_gb)),
        ("qps", form.qps_get.clone()),
        ("shards", shards.to_string()),
        ("other", other.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use domain::{bounds, form::sample_now};

    use super::*;

    #[test]
    fn reasons_are_long_enough_and_have_no_open_slot() {
        let form = RequestForm::sample();
        let facts = facts(&form, 3, "other_data");
        let slots: Vec<(&str, &str)> = facts.iter().map(|(slot, value)| (*slot, value.as_str())).collect();
        for text in [COMMENTS, DENIALS, WITHDRAWALS, GIVING_UP, OVERRIDES, JUSTIFICATIONS].concat() {
            let filled = fill(text, &slots);
            assert!(!filled.contains(['{', '}']), "{filled}");
            assert!(filled.chars().count() >= bounds::DENY_REASON_MIN, "{filled}");
        }
    }

    #[test]
    fn every_change_that_an_answer_makes_parses() {
        for question in QUESTIONS {
            let mut form = RequestForm::sample();
            form.set(Field::PersonalData, "on");
            form.set(Field::PersonalDataKinds, "e-mail");
            form.set(Field::RetentionDays, "90");
            for (field, value) in question.changes {
                form.set(*field, *value);
            }
            assert!(form.parse(sample_now()).is_ok(), "{:?}", form.parse(sample_now()));
            assert!(!question.asks.is_empty() && !question.replies.is_empty());
        }
    }
}
