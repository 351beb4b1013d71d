//! Fills the request form as an engineer of the theme's team would: sizes, traffic, promises, plans.

use chrono::{Days, NaiveDate};
use domain::{
    Timestamp,
    bounds::BYTES_PER_GB,
    choices::{Choice, Environment, Priority, StorageKind},
    form::{Field, RequestForm},
    format,
};

use super::{
    dice::Dice,
    people::Member,
    texts,
    themes::{Theme, Variant},
    use_case::{self, Figures},
};

/// What the form is made from.
pub(super) struct Wish<'a> {
    pub theme: &'a Theme,
    pub variant: &'a Variant,
    pub name: &'a str,
    pub environment: Environment,
    pub scale: Scale,
    pub owner: &'a Member,
    pub teammates: &'a [Member],
    pub filed_at: Timestamp,
    /// Where clusters are that take such a dataset.
    pub regions: &'a [String],
}

/// Whether a development dataset is so small that no person has to approve it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Tiny,
    Real,
}

/// Smallest and largest data, GB.
const SIZE_GB: (f64, f64) = (0.05, 40_000.0);

/// Fills every field that applies.
pub(super) fn fill(dice: &mut Dice, wish: &Wish<'_>) -> RequestForm {
    let mut form = RequestForm::new();
    let kind = wish.theme.kind;
    form.set(Field::Name, wish.name);
    form.set(Field::Environment, wish.environment.word());
    form.set(Field::Team, wish.theme.team);
    form.set(Field::Owner, &wish.owner.handle);
    form.set(Field::StorageType, kind.word());
    size_and_shape(dice, wish, &mut form);
    traffic(dice, wish, &mut form);
    privacy(dice, wish, &mut form);
    ownership(dice, wish, &mut form);
    lifetime(dice, wish, &mut form);
    if wish.scale == Scale::Real && wish.environment == Environment::Prod && dice.chance(14) {
        migration(dice, wish, &mut form);
    }
    planning(dice, wish, &mut form);

    let bytes = form.data_size_gb.parse::<f64>().unwrap_or_default() * BYTES_PER_GB as f64;
    let number = |text: &str| text.parse().map_or_else(|_| text.to_owned(), format::count);
    let figures = Figures {
        size: format::size(bytes as u64),
        reads: number(&form.qps_get),
        writes: number(&form.qps_set),
        growth: form.growth_percent.clone(),
    };
    form.set(Field::Description, use_case::write(dice, wish.theme, wish.variant, &figures));
    form
}

fn size_and_shape(dice: &mut Dice, wish: &Wish<'_>, form: &mut RequestForm) {
    let share = match (wish.scale, wish.environment) {
        (Scale::Tiny, _) => 0.0,
        (Scale::Real, Environment::Prod) => 1.0,
        (Scale::Real, Environment::Staging) => 0.08,
        (Scale::Real, Environment::Dev) => 0.03,
    };
    // More than 1 GB, unless it is to be so small that a rule approves it.
    let gigabytes = match wish.scale {
        Scale::Tiny => 0.05 + 0.85 * dice.fraction(),
        Scale::Real if wish.environment == Environment::Dev => {
            dice.log_normal(wish.theme.size_gb * share, 1.3).clamp(1.2, SIZE_GB.1)
        }
        Scale::Real => dice.log_normal(wish.theme.size_gb * share, 1.3).clamp(SIZE_GB.0, SIZE_GB.1),
    };
    let gigabytes = two_digits(gigabytes);
    form.set(Field::DataSizeGb, decimal(gigabytes));
    form.set(Field::GrowthPercent, dice.pick(&["0", "1", "2", "3", "5", "5", "8", "10", "15", "25", "40"]));

    let key_mean = dice.whole(12, 64);
    let values = if wish.theme.size_gb > 3_000.0 { 38_000.0 } else { 700.0 };
    let value_mean = two_digits(dice.log_normal(values, 1.0).clamp(16.0, 190_000.0)) as i64;
    let value_max = (value_mean * dice.whole(3, 30)).clamp(1_024, 1_048_576);
    form.set(Field::KeyBytesMean, key_mean.to_string());
    form.set(Field::KeyBytesMax, (key_mean * 2 + dice.whole(0, 8) * 16).min(1_024).to_string());
    form.set(Field::ValueBytesMean, value_mean.to_string());
    form.set(Field::ValueBytesMax, value_max.to_string());
    let keys = gigabytes * BYTES_PER_GB as f64 / (key_mean + value_mean) as f64;
    form.set(Field::ExpectedKeys, whole(keys.max(1.0)));
    if dice.chance(12) {
        form.set(Field::KeyFormat, "binary");
    }
    let formats = ["json", "json", "json", "msgpack", "binary", "text"];
    let value_format = if wish.theme.size_gb > 3_000.0 { "binary" } else { dice.pick(&formats) };
    form.set(Field::ValueFormat, value_format);
    if value_format == "json" && dice.chance(25) {
        let required = dice.pick(&["id", "updated_at", "version", "score"]);
        form.set(
            Field::JsonSchema,
            format!(
                "{{\"type\": \"object\", \"required\": [\"{required}\"], \"properties\": {{\"{required}\": {{}}}}}}"
            ),
        );
        form.set(Field::SchemaEnforcement, dice.pick(&["off", "warn", "reject", "reject"]));
    }
}

fn traffic(dice: &mut Dice, wish: &Wish<'_>, form: &mut RequestForm) {
    let takes_writes = wish.theme.kind.takes_writes();
    if wish.scale == Scale::Tiny {
        form.set(Field::QpsGet, dice.whole(1, 25).to_string());
        form.set(Field::QpsSet, dice.whole(0, 10).to_string());
        form.set(Field::QpsDelete, dice.whole(0, 2).to_string());
    } else {
        let share = match wish.environment {
            Environment::Prod => 1.0,
            Environment::Staging => 0.03,
            Environment::Dev => 0.004,
        };
        let reads = dice.log_normal(wish.theme.reads * share, 0.7).clamp(1.0, 400_000.0);
        let writes = match wish.theme.kind {
            StorageKind::Streaming => reads * dice.log_normal(1.4, 0.6),
            _ => reads * dice.log_normal(0.1, 0.8),
        };
        form.set(Field::QpsGet, whole(reads));
        form.set(Field::QpsSet, whole(writes.clamp(1.0, 400_000.0)));
        form.set(Field::QpsDelete, whole(writes * 0.08 * dice.fraction()));
        form.set(Field::PeakFactor, dice.pick(&["1.5", "2", "2", "2.5", "3", "4", "6"]));
    }
    if !takes_writes {
        for field in [Field::QpsSet, Field::QpsDelete, Field::P99WriteMs] {
            form.set(field, "");
        }
    } else {
        form.set(Field::P99WriteMs, dice.pick(&["20", "30", "50", "50", "100", "250"]));
    }
    form.set(Field::P99ReadMs, dice.pick(&["5", "10", "10", "15", "20", "25", "50", "100"]));
    form.set(Field::Consistency, dice.pick(&["strong", "strong", "read-your-writes", "read-your-writes", "eventual"]));
}

fn privacy(dice: &mut Dice, wish: &Wish<'_>, form: &mut RequestForm) {
    let class = match (wish.scale, wish.theme.personal) {
        (Scale::Tiny, _) => dice.pick(&["internal", "internal", "internal", "public"]),
        (_, Some(kinds)) if wish.environment == Environment::Prod || dice.chance(30) => {
            form.set(Field::PersonalData, "on");
            form.set(Field::PersonalDataKinds, kinds);
            form.set(Field::RetentionDays, dice.pick(&["30", "90", "90", "180", "365", "730"]));
            dice.pick(&["confidential", "confidential", "confidential", "restricted"])
        }
        _ => dice.pick(&["internal", "internal", "internal", "internal", "public", "confidential"]),
    };
    form.set(Field::DataClass, class);
}

fn ownership(dice: &mut Dice, wish: &Wish<'_>, form: &mut RequestForm) {
    let tier = match (wish.scale, wish.environment) {
        (Scale::Tiny, _) => 3,
        (_, Environment::Prod) => dice.weighted(&[3, 15, 56, 26]),
        (_, Environment::Staging | Environment::Dev) => 2 + dice.weighted(&[40, 60]),
    };
    form.set(Field::Criticality, tier.to_string());
    form.set(
        Field::Availability,
        match tier {
            0 => "99.99",
            1 => dice.pick(&["99.99", "99.9"]),
            _ => dice.pick(&["99.9", "99.9", "99"]),
        },
    );
    let others: Vec<&str> =
        wish.teammates.iter().filter(|mate| mate.id != wish.owner.id).map(|mate| mate.handle.as_str()).collect();
    if !others.is_empty() && (tier <= 1 || dice.chance(25)) {
        form.set(Field::BackupOwner, dice.pick(&others));
    }
    let mut services: Vec<String> = wish.theme.readers.split(',').map(|reader| format!("{reader}:read")).collect();
    if wish.theme.kind.takes_writes() {
        services.push(format!("{}:write", wish.theme.writer));
    }
    for extra in ["dashboards", "batch-export", "support-desk", "experiment-readout"] {
        if dice.chance(9) {
            services.push(format!("{extra}:read"));
        }
    }
    form.set(Field::Services, services.join("\n"));
    if tier <= 1 || dice.chance(35) && wish.scale == Scale::Real {
        if tier > 1 {
            form.set(Field::BackupEnabled, "on");
        }
        form.set(Field::BackupSchedule, dice.pick(&["30 2 * * *", "0 1 * * *", "15 */6 * * *", "0 4 * * 0"]));
        form.set(Field::BackupKeep, dice.pick(&["7", "7", "14", "30", "90"]));
    }
}

fn lifetime(dice: &mut Dice, wish: &Wish<'_>, form: &mut RequestForm) {
    if wish.theme.kind == StorageKind::ReadOnly {
        form.set(Field::VersionsToKeep, dice.pick(&["3", "3", "3", "5", "7", "14"]));
        if dice.chance(80) {
            let schedules = ["0 3 * * *", "30 4 * * *", "15 */6 * * *", "0 5 * * 1", "0 * * * *", "45 1,13 * * *"];
            form.set(Field::UpdateSchedule, dice.pick(&schedules));
            form.set(Field::SourceUri, format!("s3://{}-exports/{}/", wish.theme.team, wish.theme.stem));
        }
        return;
    }
    form.set(Field::VersionsToKeep, "1");
    if dice.chance(60) {
        let spans = ["3600", "21600", "86400", "604800", "1209600", "2592000", "7776000", "31536000"];
        form.set(Field::TtlSeconds, dice.pick(&spans));
        if dice.chance(20) {
            form.set(Field::TtlPerKey, "on");
        }
    }
}

fn migration(dice: &mut Dice, wish: &Wish<'_>, form: &mut RequestForm) {
    let (system, locator) = match dice.weighted(&[4, 3, 3, 1]) {
        0 => ("redis", format!("{}-cache.internal:6379/{}", wish.theme.team, dice.whole(0, 7))),
        1 => ("dynamodb", format!("eu-central-1/{}", wish.theme.stem)),
        2 => ("postgres", format!("{}-db.internal/legacy.{}", wish.theme.team, wish.theme.stem)),
        _ => ("files", format!("s3://{}-legacy/{}/", wish.theme.team, wish.theme.stem)),
    };
    form.set(Field::Migration, "on");
    form.set(Field::MigrationSystem, system);
    form.set(Field::MigrationLocator, locator);
    form.set(Field::MigrationRows, form.expected_keys.clone());
    if dice.chance(60) {
        form.set(Field::MigrationCutoverBy, day(dice, wish.filed_at, 30, 150));
    }
    if wish.theme.kind.takes_writes() && dice.chance(70) {
        form.set(Field::MigrationDualWrite, "on");
    }
}

fn planning(dice: &mut Dice, wish: &Wish<'_>, form: &mut RequestForm) {
    if !wish.regions.is_empty() && dice.chance(15) {
        let regions: Vec<&str> = wish.regions.iter().map(String::as_str).collect();
        form.set(Field::Region, dice.pick(&regions));
    }
    if dice.chance(42) {
        form.set(Field::NeededBy, day(dice, wish.filed_at, 25, 110));
    }
    let priority = match wish.environment {
        Environment::Prod => Priority::ALL[dice.weighted(&[5, 19, 64, 12])],
        Environment::Staging | Environment::Dev => Priority::ALL[dice.weighted(&[1, 8, 61, 30])],
    };
    form.set(Field::Priority, priority.word());
    if priority == Priority::Urgent || priority == Priority::High && dice.chance(40) {
        form.set(Field::Justification, dice.pick(texts::JUSTIFICATIONS));
    }
    if dice.chance(55) {
        let project: String = wish.theme.team.chars().filter(char::is_ascii_lowercase).take(4).collect();
        let link = format!("https://tickets.example.com/{}-{}", project.to_uppercase(), dice.whole(110, 9_800));
        form.set(Field::TicketLink, link);
    }
    if dice.chance(70) {
        let offset: i64 = wish.theme.team.bytes().map(i64::from).sum::<i64>() % 60;
        form.set(Field::CostCentre, format!("CC-{}", 4_400 + offset));
    }
    let mut tags: Vec<&str> = wish.theme.tags.split(',').map(str::trim).collect();
    for extra in ["q3-launch", "cost-review", "platform-move", "pilot"] {
        if dice.chance(7) {
            tags.push(extra);
        }
    }
    form.set(Field::Tags, tags.join(", "));
}

/// A day between `from` and `to` days after `at`.
fn day(dice: &mut Dice, at: Timestamp, from: i64, to: i64) -> String {
    let day: NaiveDate = at.date_naive() + Days::new(dice.whole(from, to).unsigned_abs());
    day.to_string()
}

/// People write two digits and zeros: 4 731 becomes 4 700.
fn two_digits(number: f64) -> f64 {
    if number <= 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powi(number.log10().floor() as i32 - 1);
    (number / unit).round() * unit
}

/// A whole number of two digits and zeros.
fn whole(number: f64) -> String {
    (two_digits(number).round() as u64).to_string()
}

/// Without the noise of binary fractions: `0.05`, `1.3`, `470`.
pub(super) fn decimal(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_typed() {
        assert_eq!(decimal(two_digits(4_731.0)), "4700");
        assert_eq!(decimal(two_digits(0.0512)), "0.051");
        assert_eq!(decimal(two_digits(1.26)), "1.3");
        assert_eq!(two_digits(0.0), 0.0);
    }
}
