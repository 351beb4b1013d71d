//! Every bound of the metadata table from below, at and above it. The numbers are those of the product's table, written
//! out again: a test that named the constants would agree with any of them.

use super::*;
use crate::{
    choices::{DataClass, Environment},
    form::{Control, QuickForm, Section, sample_now},
};
use Field as F;

/// The sample with some fields typed anew.
fn form(changes: &[(Field, &str)]) -> RequestForm {
    let mut form = RequestForm::sample();
    for (field, value) in changes {
        form.set(*field, *value);
    }
    form
}

/// The message at one field, with plain spaces in its numbers.
fn message(form: &RequestForm, field: Field) -> Option<String> {
    form.error_for(field, sample_now()).map(|message| message.replace('\u{202f}', " "))
}

fn parsed(changes: &[(Field, &str)]) -> DatasetSpec {
    form(changes).parse(sample_now()).unwrap_or_else(|errors| panic!("{changes:?}: {errors}"))
}

/// Forms in which different fields apply.
fn situations() -> Vec<RequestForm> {
    let personal = [
        (F::PersonalData, "on"),
        (F::PersonalDataKinds, "e-mail, location"),
        (F::RetentionDays, "30"),
        (F::DataClass, "restricted"),
    ];
    let mut all = vec![
        form(&[]),
        form(&[(F::StorageType, "READONLY"), (F::QpsSet, ""), (F::QpsDelete, ""), (F::P99WriteMs, "")]),
        form(&[(F::StorageType, "STREAMING"), (F::MigrationDualWrite, "on")]),
        form(&[(F::Criticality, "3"), (F::BackupOwner, ""), (F::BackupSchedule, ""), (F::BackupKeep, "")]),
        form(&[(F::Criticality, "2"), (F::BackupEnabled, "on")]),
        form(&[(F::Migration, "")]),
        form(&[(F::ValueFormat, "msgpack")]),
        form(&[(F::JsonSchema, r#"{"type": "object"}"#), (F::SchemaEnforcement, "reject")]),
        form(&[(F::Priority, "urgent"), (F::Justification, "The old cluster is switched off on Friday.")]),
        QuickForm { name: "scratch".into(), description: "Trying out a ranking signal.".into(), team: "search".into() }
            .expand("maya.chen"),
    ];
    all.push(form(&personal));
    all
}

/// Whole numbers: field, least, most.
#[rustfmt::skip]
const WHOLE: &[(Field, u64, u64)] = &[
    (F::GrowthPercent,  0, 1_000),
    (F::ExpectedKeys,   1, 1_000_000_000_000),
    (F::KeyBytesMean,   1, 1_024),
    (F::KeyBytesMax,    1, 1_024),
    (F::ValueBytesMean, 0, 26_214_400),
    (F::ValueBytesMax,  1, 26_214_400),
    (F::QpsGet,         0, 10_000_000),
    (F::QpsSet,         0, 10_000_000),
    (F::QpsDelete,      0, 10_000_000),
    (F::P99ReadMs,      1, 60_000),
    (F::P99WriteMs,     1, 60_000),
    (F::TtlSeconds,     1, 315_360_000),
    (F::VersionsToKeep, 1, 30),
    (F::RetentionDays,  1, 3_650),
    (F::BackupKeep,     1, 365),
    (F::MigrationRows,  1, 1_000_000_000_000),
];

#[test]
fn whole_numbers_keep_their_bounds() {
    for (field, least, most) in WHOLE.iter().copied() {
        let around: &[(Field, &str)] = match field {
            F::KeyBytesMean => &[(F::KeyBytesMax, "1024")],
            F::KeyBytesMax => &[(F::KeyBytesMean, "1")],
            F::ValueBytesMean => &[(F::ValueBytesMax, "26214400")],
            F::ValueBytesMax => &[(F::ValueBytesMean, "0")],
            F::RetentionDays => &[(F::PersonalData, "on"), (F::PersonalDataKinds, "e-mail")],
            _ => &[],
        };
        let say = |value: &str| {
            let mut form = form(around);
            form.set(field, value);
            message(&form, field)
        };
        let group = |number: u64| count(number).replace('\u{202f}', " ");
        let range = Some(format!("Enter a whole number from {} to {}.", group(least), group(most)));
        for good in [least, least + 1, most - 1, most] {
            assert_eq!(say(&good.to_string()), None, "{field} = {good}");
            assert_eq!(say(&format!(" {} ", group(good))), None, "{field} = {good}, grouped");
        }
        let below = least.checked_sub(1).map_or("-1".to_owned(), |below| below.to_string());
        for bad in [
            below.as_str(),
            &(most + 1).to_string(),
            "-0",
            "+1",
            "1.5",
            "1e3",
            "0x10",
            "ten",
            "٣",
            "99999999999999999999",
        ] {
            assert_eq!(say(bad), range, "{field} = {bad}");
        }
    }
}

#[test]
fn decimal_numbers_keep_their_bounds() {
    for good in ["0.000000001", "0.1", "1", "1.", "99999.999999999", "100000", "100 000", "1,000.5"] {
        assert_eq!(message(&form(&[(F::DataSizeGb, good)]), F::DataSizeGb), None, "{good}");
    }
    let say = Some("Enter a number of GB such as 1.5, more than 0 and at most 100 000.".to_owned());
    for bad in [
        "",
        "0",
        "0.0",
        "0.0000000001",
        "100000.000000001",
        "100001",
        "-1",
        "1,5",
        "0,5",
        "1,5000",
        ".5",
        "1.2.3",
        "5 GB",
        "NaN",
        "1e2",
    ] {
        assert_eq!(message(&form(&[(F::DataSizeGb, bad)]), F::DataSizeGb), say, "{bad}");
    }
    assert_eq!(parsed(&[(F::DataSizeGb, "0.25")]).size_bytes, 250_000_000);

    for good in ["1", "1.0", "2.5", "20", "20.0"] {
        assert_eq!(message(&form(&[(F::PeakFactor, good)]), F::PeakFactor), None, "{good}");
    }
    let say = Some("Enter a number from 1 to 20, with at most one decimal.".to_owned());
    for bad in ["", "0", "0.9", "20.1", "21", "1.55", "2,5", "-1"] {
        assert_eq!(message(&form(&[(F::PeakFactor, bad)]), F::PeakFactor), say, "{bad}");
    }
}

/// Texts: field, fewest and most characters. A letter that takes two bytes counts once where letters are free.
#[rustfmt::skip]
const TEXTS: &[(Field, usize, usize, char)] = &[
    (F::Name,             3,    63, 'a'),
    (F::Description,     20, 4_000, 'é'),
    (F::Owner,            1,    64, 'a'),
    (F::Team,             1,    64, 'a'),
    (F::BackupOwner,      1,    64, 'a'),
    (F::SourceUri,        1,   500, 'é'),
    (F::MigrationLocator, 1,   500, 'é'),
    (F::Region,           1,   500, 'é'),
    (F::Justification,    1, 2_000, 'é'),
    (F::CostCentre,       1,   500, 'é'),
];

#[test]
fn texts_keep_their_bounds() {
    for (field, fewest, most, letter) in TEXTS.iter().copied() {
        let say = |length: usize| message(&form(&[(field, &letter.to_string().repeat(length))]), field);
        assert_eq!(say(fewest), None, "{field}: {fewest}");
        assert_eq!(say(most), None, "{field}: {most}");
        let above = say(most + 1).unwrap_or_else(|| panic!("{field}: {} passed", most + 1));
        assert!(above.contains(&count(most as u64).replace('\u{202f}', " ")), "{field}: {above}");
        if fewest > 1 {
            let below = say(fewest - 1).unwrap_or_else(|| panic!("{field}: {} passed", fewest - 1));
            assert!(below.contains(&fewest.to_string()), "{field}: {below}");
        }
    }
    let schema = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
    let schema = |length: usize| format!("{{\"title\": {}}}", schema(length - 11));
    assert_eq!(message(&form(&[(F::JsonSchema, &schema(65_536))]), F::JsonSchema), None);
    assert_eq!(
        message(&form(&[(F::JsonSchema, &schema(65_537))]), F::JsonSchema).as_deref(),
        Some("Use at most 65 536 characters; this has 65 537.")
    );
}

/// What is wrong, and what the field then says.
#[rustfmt::skip]
const WRONG: &[(Field, &str, &str)] = &[
    (F::Name, "", "Enter a name."),
    (F::Name, "   ", "Enter a name."),
    (F::Name, "ab", "Use 3 to 63 characters; this has 2."),
    (F::Name, "1st_try", "Start with a lower-case letter, a to z."),
    (F::Name, "user-profiles", "Use only a to z, 0 to 9 and _; “-” cannot be in a name."),
    (F::Name, "default", "“default” is reserved; choose another name."),
    (F::Name, "orders_dev", "Leave out “_dev”: the form adds it for the environment, so “orders” is enough."),
    (F::Environment, "moon", "Choose one of: dev, staging, prod."),
    (F::Description, "Too short.", "Write at least 20 characters; this has 10."),
    (F::Description, "                         ", "Fill this in."),
    (F::Description, "A use case with a bell \u{7} in it.", "Leave out control characters; plain text and Markdown work."),
    (F::Description, "A use case with a zero \0 in it.", "Leave out control characters; plain text and Markdown work."),
    (F::Owner, "Maya Chen", "Use a handle such as maya.chen: a to z, 0 to 9, dot, dash and _."),
    (F::Owner, "", "Fill this in."),
    (F::BackupOwner, "", "Name a backup owner: tiers 0 and 1 need one."),
    (F::BackupOwner, "maya.chen", "Name somebody other than the owner."),
    (F::BackupOwner, "@maya.chen", "Name somebody other than the owner."),
    (F::Criticality, "4", "Choose a tier from 0 to 3."),
    (F::Criticality, "-1", "Choose a tier from 0 to 3."),
    (F::Criticality, "01", "Choose a tier from 0 to 3."),
    (F::Services, "check out:read", "“check out” is not a service name; use 1 to 100 characters without spaces, : or , ."),
    (F::Services, "checkout:delete", "Say checkout:read or checkout:write."),
    (F::Services, "a:read\nb:write\na", "a:read is there twice; leave one out."),
    (F::StorageType, "BOOTSTRAP", "Choose one of: READONLY, MUTABLE, STREAMING."),
    (F::KeyFormat, "utf16", "Choose one of: utf8, binary."),
    (F::KeyBytesMean, "200", "The mean cannot be more than the largest."),
    (F::ValueBytesMean, "65537", "The mean cannot be more than the largest."),
    (F::ValueFormat, "xml", "Choose one of: json, text, binary, msgpack."),
    (F::JsonSchema, "[1]", "A JSON Schema is an object, or true or false."),
    (F::JsonSchema, "{type: object}", "This is not JSON: key must be a string at line 1 column 2."),
    (F::Availability, "100", "Choose one of: 99, 99.9, 99.99."),
    (F::Consistency, "some", "Choose one of: strong, read-your-writes, eventual."),
    (F::UpdateSchedule, "daily", "Use five fields: minute, hour, day of month, month, day of week; for example “0 3 * * *” for 03:00 UTC daily."),
    (F::UpdateSchedule, "0 0 30 2 *", "This day never comes; check the day of month and the month."),
    (F::BackupSchedule, "0 0 3 * * *", "Use five fields: minute, hour, day of month, month, day of week; for example “0 3 * * *” for 03:00 UTC daily."),
    (F::BackupSchedule, "", "Fill this in."),
    (F::DataClass, "secret", "Choose one of: public, internal, confidential, restricted."),
    (F::MigrationSystem, "oracle", "Choose one of: redis, dynamodb, postgres, sqlite, kvstore, files."),
    (F::MigrationLocator, "", "Say where the data is today: host, table or path."),
    (F::MigrationCutoverBy, "2026-03-01", "This day has passed; choose today or later."),
    (F::NeededBy, "2026-03-01", "This day has passed; choose today or later."),
    (F::NeededBy, "2036-03-03", "Choose a day within the next ten years."),
    (F::NeededBy, "2026-02-30", "Enter a day as YYYY-MM-DD."),
    (F::NeededBy, "next week", "Enter a day as YYYY-MM-DD."),
    (F::Region, "eu\nwest", "Use one line of plain text."),
    (F::Priority, "asap", "Choose one of: urgent, high, normal, low."),
    (F::TicketLink, "KV-7", "Enter an address that starts with https:// or http://."),
    (F::TicketLink, "javascript:alert(1)", "Enter an address that starts with https:// or http://."),
    (F::TicketLink, "https:///path", "Enter an address that starts with https:// or http://."),
    (F::TicketLink, "https://a b", "Enter an address that starts with https:// or http://."),
    (F::Tags, "0123456789012345678901234567890123456789x", "Use at most 40 characters for each."),
    (F::Tags, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u", "Name at most 20; leave out the rest."),
];

#[test]
fn a_wrong_field_says_what_to_do() {
    for (field, value, says) in WRONG {
        assert_eq!(message(&form(&[(*field, value)]), *field).as_deref(), Some(*says), "{field} = {value:?}");
    }
}

#[test]
fn one_wrong_field_is_one_message_and_all_are_judged_at_once() {
    for (field, value, _) in WRONG {
        let errors = form(&[(*field, value)]).parse(sample_now()).unwrap_err();
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), [*field], "{value:?}");
    }
    let errors = RequestForm::default().parse(sample_now()).unwrap_err();
    let wrong: Vec<Field> = errors.iter().map(|(field, _)| field).collect();
    let required: Vec<Field> =
        Field::ALL.iter().copied().filter(|field| RequestForm::default().requires(*field)).collect();
    assert_eq!(wrong, required);
}

#[test]
fn days_may_be_today_and_up_to_ten_years_ahead() {
    for day in ["2026-03-02", "2036-03-02"] {
        assert_eq!(message(&form(&[(F::NeededBy, day)]), F::NeededBy), None, "{day}");
    }
}

#[test]
fn the_fields_that_must_be_filled_are_the_ones_that_are_required() {
    for base in situations() {
        base.parse(sample_now()).unwrap_or_else(|errors| panic!("{errors}"));
        for field in Field::ALL.iter().copied() {
            let mut form = base.clone();
            form.set(field, "");
            let refused = message(&form, field).is_some();
            assert_eq!(refused, form.requires(field), "{field} left empty");
        }
    }
}

#[test]
fn what_does_not_apply_is_not_judged() {
    let mut ignored = 0;
    for base in situations() {
        for field in Field::ALL.iter().copied().filter(|field| !base.applies(*field)) {
            let mut form = base.clone();
            form.set(field, "no\u{7} ".repeat(30_000));
            assert_eq!(form.parse(sample_now()), base.parse(sample_now()), "{field}");
            assert!(!form.requires(field), "{field}");
            ignored += 1;
        }
    }
    assert!(ignored > 30, "the situations cover the conditional fields: {ignored}");
}

#[test]
fn set_and_delete_are_asked_only_when_the_dataset_takes_writes() {
    let wild = [(F::QpsSet, "lots"), (F::QpsDelete, "-1"), (F::P99WriteMs, ""), (F::MigrationDualWrite, "on")];
    let mut changes = wild.to_vec();
    changes.push((F::StorageType, "readonly"));
    let spec = parsed(&changes);
    assert_eq!(spec.storage, Storage::ReadOnly);
    assert_eq!(spec.write_qps(), 0);
    assert!(!spec.migration.unwrap().dual_write);
    for kind in ["MUTABLE", "STREAMING"] {
        changes.push((F::StorageType, kind));
        let errors = form(&changes).parse(sample_now()).unwrap_err();
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), [F::QpsSet, F::QpsDelete, F::P99WriteMs]);
    }
}

#[test]
fn backup_and_backup_owner_are_forced_for_tiers_0_and_1() {
    for (tier, forced) in [("0", true), ("1", true), ("2", false), ("3", false)] {
        let off = [(F::Criticality, tier), (F::BackupEnabled, "")];
        assert_eq!(parsed(&off).backup.is_some(), forced, "tier {tier}");
        let mut bare = form(&off);
        for field in [F::BackupOwner, F::BackupSchedule, F::BackupKeep] {
            bare.set(field, "");
            assert_eq!(message(&bare, field).is_some(), forced, "tier {tier}, {field}");
        }
    }
    assert!(parsed(&[(F::Criticality, "2"), (F::BackupEnabled, "on")]).backup.is_some());
}

#[test]
fn personal_data_needs_its_kinds_and_a_retention() {
    assert_eq!(parsed(&[(F::PersonalDataKinds, "e-mail"), (F::RetentionDays, "30")]).personal_data, None);
    let bare = form(&[(F::PersonalData, "yes")]);
    assert_eq!(
        message(&bare, F::PersonalDataKinds).unwrap(),
        "Name the kinds of personal data, such as e-mail, location."
    );
    assert!(message(&bare, F::RetentionDays).is_some());
    let spec = parsed(&[
        (F::PersonalData, "on"),
        (F::PersonalDataKinds, "e-mail, location,\ne-mail"),
        (F::RetentionDays, "30"),
    ]);
    assert_eq!(
        spec.personal_data,
        Some(PersonalData { kinds: vec!["e-mail".into(), "location".into()], retention_days: 30 })
    );
}

#[test]
fn an_urgent_request_says_why() {
    let say = |priority: &str, why: &str| {
        message(&form(&[(F::Priority, priority), (F::Justification, why)]), F::Justification)
    };
    assert_eq!(say("urgent", "").unwrap(), "Say in at least 20 characters why it is urgent; this has 0.");
    assert!(say("urgent", &"x".repeat(19)).is_some());
    assert_eq!(say("urgent", &"x".repeat(20)), None);
    assert_eq!(say("high", ""), None);
}

#[test]
fn secrets_are_kept_out_of_locators() {
    for field in [F::MigrationLocator, F::SourceUri] {
        for secret in [
            "redis://:hunter2@cache:6379",
            "postgres://app:hunter2@db.internal/users",
            "app:hunter2@db.internal:5432",
            "postgres://app:p@ss@db/users",
            "host=db user=app password=hunter2",
            "host=db PASSWORD = hunter2",
            "https://x.example.com/?api_key=1",
            "https://x.example.com/?api-key=1",
            "https://x/?a=1&access_token=2",
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=9",
            "https://a.blob.core.windows.net/c?sv=1&sig=2",
            "dynamodb://r/t?aws_secret_access_key=3",
            "db;pwd=4",
        ] {
            assert_eq!(
                message(&form(&[(field, secret)]), field).as_deref(),
                Some("Leave out passwords, keys and tokens: the platform configures credentials."),
                "{secret}"
            );
        }
        for plain in [
            "profiles.cache.internal:6379/2",
            "postgres://app@db.internal:5432/users?sslmode=require",
            "s3://bucket/tokens/",
            "arn:aws:dynamodb:eu-central-1:1234:table/users",
            "/data/passwords.csv",
            "https://x:8443/a@b?key=users",
        ] {
            assert_eq!(message(&form(&[(field, plain)]), field), None, "{plain}");
        }
    }
}

#[test]
fn services_are_one_in_a_line_and_read_where_nothing_is_said() {
    let spec = parsed(&[(F::Services, " checkout \r\n\r\nfeed-builder:WRITE, feed-builder : read")]);
    let services: Vec<String> =
        spec.services.iter().map(|service| format!("{}:{}", service.name, service.access)).collect();
    assert_eq!(services, ["checkout:read", "feed-builder:write", "feed-builder:read"]);
    let many = |n: usize| (0..n).map(|i| format!("service-{i}")).collect::<Vec<_>>().join("\n");
    assert_eq!(parsed(&[(F::Services, &many(50))]).services.len(), 50);
    assert_eq!(
        message(&form(&[(F::Services, &many(51))]), F::Services).unwrap(),
        "Name at most 50 services; these are 51."
    );
    let name = "s".repeat(100);
    assert_eq!(parsed(&[(F::Services, &name)]).services[0].name.as_str(), name);
    assert!(message(&form(&[(F::Services, &format!("{name}s"))]), F::Services).is_some());
}

#[test]
fn a_schema_is_kept_only_for_json_values() {
    assert_eq!(
        parsed(&[(F::JsonSchema, "true"), (F::SchemaEnforcement, "")]).schema.unwrap().enforcement,
        SchemaEnforcement::Off
    );
    assert_eq!(
        parsed(&[(F::JsonSchema, "{}"), (F::SchemaEnforcement, "warn")]).schema.unwrap().enforcement,
        SchemaEnforcement::Warn
    );
    assert_eq!(parsed(&[(F::JsonSchema, "{}"), (F::ValueFormat, "text")]).schema, None);
    assert_eq!(
        message(&form(&[(F::JsonSchema, "{}"), (F::SchemaEnforcement, "maybe")]), F::SchemaEnforcement).unwrap(),
        "Choose one of: off, warn, reject."
    );
}

#[test]
fn space_around_and_the_line_ends_of_browsers_do_not_count() {
    let lines = vec!["a".repeat(39); 100].join("\n");
    assert_eq!(lines.chars().count(), 3_999);
    let spec =
        parsed(&[(F::Description, &format!(" {}\r\n", lines.replace('\n', "\r\n"))), (F::Name, " user_profiles ")]);
    assert_eq!(spec.description, lines);
    assert_eq!(spec.name.as_str(), "user_profiles");
}

#[test]
fn a_quick_dev_dataset_needs_three_answers() {
    let quick =
        QuickForm { name: "scratch".into(), description: "Trying out a ranking signal.".into(), team: "search".into() };
    let spec = quick.expand("maya.chen").parse(sample_now()).unwrap();
    assert_eq!((spec.environment, spec.full_name().as_str(), spec.tier), (Environment::Dev, "scratch_dev", 3));
    assert_eq!((spec.data_class, spec.personal_data), (DataClass::Internal, None));
    let errors = QuickForm::default().expand("maya.chen").parse(sample_now()).unwrap_err();
    let wrong: Vec<Field> = errors.iter().map(|(field, _)| field).collect();
    assert_eq!(wrong, [F::Name, F::Description, F::Team]);
}

#[test]
fn every_field_has_a_place_a_label_and_help() {
    let placed: Vec<Field> = Section::ALL.iter().flat_map(|section| section.fields()).collect();
    for field in Field::ALL.iter().copied() {
        assert_eq!(placed.iter().filter(|placed| **placed == field).count(), 1, "{field} stands in one section");
        assert!(!field.label().is_empty() && !field.label().ends_with('.'), "{field}: {}", field.label());
        assert!(field.help().ends_with('.') && field.help().len() > 8, "{field}: {}", field.help());
        assert_eq!(field.name().parse(), Ok(field));
        if let Control::Select(options) = field.control() {
            assert!(options().iter().all(|(word, label)| !word.is_empty() && !label.is_empty()), "{field}");
        }
    }
}

#[test]
fn every_situation_comes_back_the_same() {
    for form in situations() {
        let spec = form.parse(sample_now()).unwrap();
        assert_eq!(spec.to_form().parse(sample_now()), Ok(spec.clone()));
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<DatasetSpec>(&json).unwrap(), spec);
    }
}
