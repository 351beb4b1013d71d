//! Random forms: nothing that is typed panics, and what parses keeps its bounds and comes back the same.

#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use domain::{
    choices::{Choice, StorageKind},
    form::{Control, Field, QuickForm, RequestForm, sample_now},
    query::{CatalogueQuery, QueueQuery},
    schedule::Schedule,
    spec::DatasetSpec,
};
use proptest::{prelude::*, sample::select};

/// Texts that parsers stumble over, and any others.
fn typed() -> impl Strategy<Value = String> {
    let known = select(vec![
        "",
        " ",
        "0",
        "1",
        "01",
        "-1",
        "+1",
        "1.5",
        "1,5",
        "1 000",
        "1e9",
        "18446744073709551616",
        "∞",
        "٣",
        "on",
        "off",
        "READONLY",
        "mutable",
        "json",
        "urgent",
        "restricted",
        "prod",
        "2026-03-02",
        "2026-02-30",
        "+262142-12-31",
        "0 3 * * *",
        "* * * * *",
        "*/0 * * * *",
        "0 0 L * *",
        "0 0 30 2 *",
        "0-59/61 * * * *",
        "{}",
        "[[[[",
        "true",
        "redis://:x@h",
        "@",
        "://@:",
        "a:b:c",
        ":",
        ",",
        "\0",
        "\r\n",
        "é",
        "🦀",
        "name",
        "a.b",
        "https://x",
        ".",
        "1.",
    ])
    .prop_map(ToOwned::to_owned);
    prop_oneof![3 => known, 1 => any::<String>(), 1 => "[0-9 ,._-]{0,24}", 1 => "[a-z0-9_]{1,70}"]
}

fn start() -> impl Strategy<Value = RequestForm> {
    let quick =
        QuickForm { name: "scratch".into(), description: "Trying out a ranking signal.".into(), team: "search".into() };
    select(vec![RequestForm::default(), RequestForm::new(), RequestForm::sample(), quick.expand("maya.chen")])
}

/// A form that somebody could have filled in well: every field that applies has a value within its bounds.
fn valid() -> impl Strategy<Value = RequestForm> {
    let name = "[a-z][a-z0-9_]{3,40}x";
    let line = "[A-Za-z0-9äöü /.-]{0,60}";
    let date = select(vec!["", "2026-03-02", "2027-01-31", "2036-03-02"]).prop_map(ToOwned::to_owned);
    let cron = select(vec!["0 3 * * *", "*/5 * * * 1-5", "30 2 1,15 * *"]).prop_map(ToOwned::to_owned);
    let tick = select(vec!["", "on"]).prop_map(ToOwned::to_owned);
    let words = prop::collection::vec("[a-z]{1,12}", 1..5).prop_map(|words| words.join(", "));
    let whole = |least: u64, most: u64| (least..=most).prop_map(|number| number.to_string()).boxed();
    let field = move |field: Field| -> BoxedStrategy<String> {
        match field {
            Field::Name => name.boxed(),
            Field::Description => "[A-Za-z][A-Za-z0-9 .,\n*_]{20,200}[a-z]{20}".boxed(),
            Field::Team => "[a-z0-9][a-z0-9._-]{0,63}".boxed(),
            Field::Owner => "owner[a-z0-9._-]{0,20}".boxed(),
            Field::BackupOwner => "backup[a-z0-9._-]{0,20}".boxed(),
            Field::Services => prop::collection::btree_set("[a-z]{1,9}(:read|:write)", 0..9)
                .prop_map(|all| all.into_iter().collect::<Vec<_>>().join("\n"))
                .boxed(),
            Field::DataSizeGb => (1..=100_000_000_000_000u64)
                .prop_map(|bytes| format!("{}.{:09}", bytes / 1_000_000_000, bytes % 1_000_000_000))
                .boxed(),
            Field::GrowthPercent => whole(0, 1_000),
            Field::ExpectedKeys | Field::MigrationRows => whole(1, 1_000_000_000_000),
            Field::KeyBytesMean => whole(1, 32),
            Field::KeyBytesMax => whole(32, 1_024),
            Field::ValueBytesMean => whole(0, 1_000),
            Field::ValueBytesMax => whole(1_000, 26_214_400),
            Field::QpsGet | Field::QpsSet | Field::QpsDelete => whole(0, 10_000_000),
            Field::PeakFactor => (10..=200u32).prop_map(|tenths| format!("{}.{}", tenths / 10, tenths % 10)).boxed(),
            Field::P99ReadMs | Field::P99WriteMs => whole(1, 60_000),
            Field::TtlSeconds => prop_oneof![Just(String::new()), whole(1, 315_360_000)].boxed(),
            Field::VersionsToKeep => whole(1, 30),
            Field::UpdateSchedule => prop_oneof![Just(String::new()), cron.clone()].boxed(),
            Field::BackupSchedule => cron.clone().boxed(),
            Field::RetentionDays => whole(1, 3_650),
            Field::BackupKeep => whole(1, 365),
            Field::PersonalDataKinds | Field::Tags => words.clone().boxed(),
            Field::JsonSchema => select(vec!["", "{}", "{\"type\": \"object\"}"]).prop_map(ToOwned::to_owned).boxed(),
            Field::MigrationLocator => "[a-z]{1,20}:6379/[0-9]".boxed(),
            Field::NeededBy | Field::MigrationCutoverBy => date.clone().boxed(),
            Field::Justification => "[a-z ]{0,30}[a-z]{20}".boxed(),
            Field::TicketLink => prop_oneof![Just(String::new()), "https://[a-z]{1,20}/[A-Z0-9-]{1,9}".boxed()].boxed(),
            Field::SourceUri | Field::Region | Field::CostCentre => line.boxed(),
            _ => match field.control() {
                Control::Check => tick.clone().boxed(),
                Control::Select(options) => select(options()).prop_map(|(word, _)| word.to_owned()).boxed(),
                other => panic!("{field} has no strategy: {other:?}"),
            },
        }
    };
    Field::ALL.iter().map(|name| field(*name)).collect::<Vec<_>>().prop_map(|values| {
        let mut form = RequestForm::default();
        for (field, value) in Field::ALL.iter().zip(values) {
            form.set(*field, value);
        }
        form
    })
}

/// The bounds of the product's table, written out again.
fn check(spec: &DatasetSpec) {
    assert!((3..=63).contains(&spec.name.as_str().len()));
    assert!((20..=4_000).contains(&spec.description.chars().count()));
    assert!(spec.services.len() <= 50 && spec.tags.len() <= 20);
    assert!(spec.tier <= 3);
    assert!((1..=100_000_000_000_000).contains(&spec.size_bytes));
    assert!(spec.growth_percent <= 1_000);
    assert!((1..=1_000_000_000_000).contains(&spec.expected_keys));
    assert!((1..=1_024).contains(&spec.key_bytes.mean) && (spec.key_bytes.mean..=1_024).contains(&spec.key_bytes.max));
    assert!((spec.value_bytes.mean..=26_214_400).contains(&spec.value_bytes.max));
    assert!(spec.qps_get <= 10_000_000 && spec.write_qps() <= 20_000_000);
    assert!((10..=200).contains(&spec.peak_tenths));
    assert!((1..=60_000).contains(&spec.p99_read_ms));
    assert!(spec.ttl_seconds.is_none_or(|ttl| (1..=315_360_000).contains(&ttl)));
    assert!((1..=30).contains(&spec.versions_to_keep));
    assert!(spec.backup.as_ref().is_none_or(|backup| (1..=365).contains(&backup.keep)));
    assert!(!spec.is_critical() || (spec.backup.is_some() && spec.backup_owner.is_some()));
    assert!(spec.storage.kind() != StorageKind::ReadOnly || spec.write_qps() == 0);
    assert!(spec.personal_data.as_ref().is_none_or(|personal| !personal.kinds.is_empty()));
    assert!((1..=64).contains(&spec.physical_shards()));
    assert!((1..=4_096).contains(&spec.advised_partitions()));
    let texts = [Some(&spec.description), spec.justification.as_ref(), spec.region.as_ref(), spec.cost_centre.as_ref()];
    assert!(texts.into_iter().flatten().all(|text| !text.contains('\0')), "a database would refuse this");
}

fn comes_back(spec: &DatasetSpec) {
    assert_eq!(spec.to_form().parse(sample_now()).as_ref(), Ok(spec));
    let json = serde_json::to_string(spec).unwrap();
    assert_eq!(&serde_json::from_str::<DatasetSpec>(&json).unwrap(), spec);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_typed_is_judged(form in start(), typed in prop::collection::vec((select(Field::ALL), typed()), 0..8)) {
        let mut form = form;
        for (field, value) in typed {
            form.set(field, value);
        }
        match form.parse(sample_now()) {
            Ok(spec) => {
                check(&spec);
                comes_back(&spec);
            }
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                for (field, message) in errors.iter() {
                    prop_assert!(form.applies(field), "{} does not apply: {}", field, message);
                    prop_assert!(message.ends_with('.') && message.len() < 2_000, "{}: {}", field, message);
                    prop_assert_eq!(form.error_for(field, sample_now()), Some(message.to_owned()));
                }
            }
        }
    }

    #[test]
    fn what_is_filled_in_well_parses_and_comes_back(form in valid()) {
        let spec = form.parse(sample_now());
        prop_assert!(spec.is_ok(), "{}", spec.unwrap_err());
        if let Ok(spec) = spec {
            check(&spec);
            comes_back(&spec);
        }
    }

    #[test]
    fn schedules_never_panic(text in typed()) {
        if let Ok(schedule) = text.parse::<Schedule>() {
            prop_assert_eq!(schedule.next_runs(sample_now(), 3).len(), 3);
            prop_assert_eq!(schedule.as_str().parse::<Schedule>(), Ok(schedule.clone()));
        }
    }

    #[test]
    fn a_view_comes_back_from_its_url(
        pairs in prop::collection::vec((select(vec![
            "scope", "status", "team", "owner", "reviewer", "environment", "storage", "priority", "q", "sort", "after",
            "before", "limit", "colour",
        ]), view_word()), 0..12),
    ) {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let queue = QueueQuery::from_pairs(pairs.iter().copied());
        let again = queue.to_pairs();
        prop_assert_eq!(&QueueQuery::from_pairs(again.iter().map(|(name, value)| (*name, value.as_str()))), &queue);
        prop_assert!(queue.sort.len() <= 4 && (1..=200).contains(&queue.page_size()));
        prop_assert!(queue.text.chars().count() <= 200);
        let catalogue = CatalogueQuery::from_pairs(pairs.iter().copied());
        let again = catalogue.to_pairs();
        prop_assert_eq!(&CatalogueQuery::from_pairs(again.iter().map(|(name, value)| (*name, value.as_str()))), &catalogue);
        prop_assert!((1..=200).contains(&catalogue.page_size()));
    }
}

fn view_word() -> impl Strategy<Value = String> {
    let kinds = StorageKind::ALL.iter().map(|kind| kind.word());
    let known = [
        "mine",
        "team",
        "all",
        "open",
        "new,denied",
        "in_review",
        "-size,name",
        "name",
        "largest",
        "newest",
        "bogus",
        "none",
        "any",
        "prod",
        "urgent",
        "25",
        "0",
        "9999",
        "",
        " ",
        "a b",
        "\0",
        "search",
    ];
    prop_oneof![3 => select(known.into_iter().chain(kinds).collect::<Vec<_>>()).prop_map(ToOwned::to_owned), 1 => any::<String>(), 1 => "[a-z ]{190,210}"]
}
