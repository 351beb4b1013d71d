//! The fields of the request form: one line each, from which the struct, the labels, the help and the pages come.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::{
    bounds,
    choices::{
        Availability, Choice, Consistency, DataClass, Environment, KeyFormat, MigrationSystem, Priority,
        SchemaEnforcement, StorageKind, ValueFormat,
    },
};

/// The parts of the form, in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    Basics,
    Ownership,
    Shape,
    Traffic,
    Lifecycle,
    Privacy,
    Backup,
    Migration,
    Planning,
}

impl Section {
    pub const ALL: &'static [Self] = &[
        Self::Basics,
        Self::Ownership,
        Self::Shape,
        Self::Traffic,
        Self::Lifecycle,
        Self::Privacy,
        Self::Backup,
        Self::Migration,
        Self::Planning,
    ];

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Basics => "What it is",
            Self::Ownership => "Who owns and calls it",
            Self::Shape => "Data",
            Self::Traffic => "Traffic and promises",
            Self::Lifecycle => "Lifetime and updates",
            Self::Privacy => "Privacy",
            Self::Backup => "Backup",
            Self::Migration => "Migration",
            Self::Planning => "Planning",
        }
    }

    /// The fragment that a page's table of contents links to.
    #[must_use]
    pub fn anchor(self) -> &'static str {
        match self {
            Self::Basics => "basics",
            Self::Ownership => "ownership",
            Self::Shape => "data",
            Self::Traffic => "traffic",
            Self::Lifecycle => "lifetime",
            Self::Privacy => "privacy",
            Self::Backup => "backup",
            Self::Migration => "migration",
            Self::Planning => "planning",
        }
    }

    #[must_use]
    pub fn fields(self) -> Vec<Field> {
        Field::ALL.iter().copied().filter(|field| field.section() == self).collect()
    }
}

/// Words and labels that a select offers.
pub type Options = Vec<(&'static str, &'static str)>;

/// How a field is typed.
#[derive(Debug, Clone, Copy)]
pub enum Control {
    Line,
    /// Several lines; the number is how many show at first.
    Area(u8),
    /// A whole number; the text is its unit.
    Whole(&'static str),
    /// A decimal number; the text is its unit.
    Decimal(&'static str),
    /// One of a closed list.
    Select(fn() -> Options),
    /// `on` or empty.
    Check,
    Date,
    /// The handle of a person; pages offer the people there are.
    Person,
    /// The slug of a team; pages offer the teams there are.
    Team,
}

fn options<C: Choice>() -> Options {
    C::ALL.iter().map(|choice| (choice.word(), choice.label())).collect()
}

fn tiers() -> Options {
    vec![
        ("0", "Tier 0: the company stops without it"),
        ("1", "Tier 1: a product stops without it"),
        ("2", "Tier 2: a feature degrades without it"),
        ("3", "Tier 3: nobody notices for a day"),
    ]
}

macro_rules! fields {
    ($(
        $(#[$($meta:tt)*])*
        $ident:ident $variant:ident: $section:ident, $control:expr, $label:literal, $help:literal;
    )+) => {
        /// What a person typed: raw strings, one for each field, empty where nothing was typed.
        ///
        /// A draft keeps it as it is; [`RequestForm::parse`] is the only way to a
        /// [`DatasetSpec`](crate::spec::DatasetSpec). The attributes hold what one field can say about itself;
        /// numbers, closed lists and what depends on other fields are judged while parsing.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
        #[serde(default)]
        pub struct RequestForm {
            $($(#[$($meta)*])* #[serde(skip_serializing_if = "String::is_empty")] pub $ident: String,)+
        }

        /// A field of the request form; prints as the name of its input.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field { $($variant,)+ }

        impl Field {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name of the input, of the JSON and YAML member and of the import column.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($ident),)+ }
            }

            #[must_use]
            pub fn section(self) -> Section {
                match self { $(Self::$variant => Section::$section,)+ }
            }

            #[must_use]
            pub fn control(self) -> Control {
                match self { $(Self::$variant => $control,)+ }
            }

            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// One sentence that says what to put there and why it is asked.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)+ }
            }
        }

        impl RequestForm {
            #[must_use]
            pub fn get(&self, field: Field) -> &str {
                match field { $(Field::$variant => &self.$ident,)+ }
            }

            pub fn set(&mut self, field: Field, value: impl Into<String>) {
                match field { $(Field::$variant => self.$ident = value.into(),)+ }
            }
        }
    };
}

fields! {
    #[validate(length(min = bounds::NAME_MIN, max = bounds::NAME_MAX))]
    name Name: Basics, Control::Line, "Dataset name",
        "3 to 63 of a–z, 0–9 and _, starting with a letter. It can never be renamed.";
    environment Environment: Basics, Control::Select(options::<Environment>), "Environment",
        "The full name gets _dev or _staging outside production.";
    #[validate(length(min = bounds::DESCRIPTION_MIN, max = bounds::DESCRIPTION_MAX))]
    description Description: Basics, Control::Area(5), "Use case",
        "What the data is for and who is helped by it, in 20 to 4 000 characters. Markdown works.";

    #[validate(length(max = bounds::HANDLE_MAX))]
    team Team: Ownership, Control::Team, "Team", "The team that answers for the dataset.";
    #[validate(length(max = bounds::HANDLE_MAX))]
    owner Owner: Ownership, Control::Person, "Owner", "The person who answers for the dataset.";
    criticality Criticality: Ownership, Control::Select(tiers), "Criticality",
        "Tiers 0 and 1 need a backup owner, backups and two approvals.";
    #[validate(length(max = bounds::HANDLE_MAX))]
    backup_owner BackupOwner: Ownership, Control::Person, "Backup owner",
        "Who is called when the owner is away. Required for tiers 0 and 1.";
    services Services: Ownership, Control::Area(3), "Calling services",
        "One in a line, with what it does: checkout-api:read or feed-builder:write. At most 50.";

    storage_type StorageType: Shape, Control::Select(options::<StorageKind>), "Storage type",
        "How data gets in: bulk uploads only, point reads and writes, or a stream.";
    data_size_gb DataSizeGb: Shape, Control::Decimal("GB"), "Data size",
        "Of all keys and values, in GB (10⁹ bytes): more than 0, at most 100 000.";
    growth_percent GrowthPercent: Shape, Control::Whole("% a month"), "Growth",
        "How much the data grows in a month, 0 to 1 000 %.";
    expected_keys ExpectedKeys: Shape, Control::Whole("keys"), "Expected keys", "1 to 10¹².";
    key_format KeyFormat: Shape, Control::Select(options::<KeyFormat>), "Key format",
        "Text keys can be browsed by prefix as text.";
    key_bytes_mean KeyBytesMean: Shape, Control::Whole("bytes"), "Key size, mean", "1 to 1 024 bytes.";
    key_bytes_max KeyBytesMax: Shape, Control::Whole("bytes"), "Key size, largest", "1 to 1 024 bytes.";
    value_format ValueFormat: Shape, Control::Select(options::<ValueFormat>), "Value format",
        "How values are written; JSON can be checked against a schema.";
    value_bytes_mean ValueBytesMean: Shape, Control::Whole("bytes"), "Value size, mean", "0 to 26 214 400 bytes.";
    value_bytes_max ValueBytesMax: Shape, Control::Whole("bytes"), "Value size, largest",
        "At most 1 MiB on every store, at most 25 MiB where the store can.";
    #[validate(length(max = bounds::JSON_SCHEMA_MAX))]
    json_schema JsonSchema: Shape, Control::Area(4), "JSON Schema",
        "Optional. What every value must look like.";
    schema_enforcement SchemaEnforcement: Shape, Control::Select(options::<SchemaEnforcement>), "Schema enforcement",
        "What happens to a value that does not match.";

    qps_get QpsGet: Traffic, Control::Whole("per second"), "Reads", "Mean get requests per second, 0 to 10 000 000.";
    qps_set QpsSet: Traffic, Control::Whole("per second"), "Writes", "Mean set requests per second, 0 to 10 000 000.";
    qps_delete QpsDelete: Traffic, Control::Whole("per second"), "Deletes",
        "Mean delete requests per second, 0 to 10 000 000.";
    peak_factor PeakFactor: Traffic, Control::Decimal("× mean"), "Peak factor",
        "How much higher the busiest minute is than the mean, 1 to 20.";
    p99_read_ms P99ReadMs: Traffic, Control::Whole("ms"), "Read latency, p99",
        "99 of 100 reads answer within this time, 1 to 60 000 ms.";
    p99_write_ms P99WriteMs: Traffic, Control::Whole("ms"), "Write latency, p99",
        "99 of 100 writes answer within this time, 1 to 60 000 ms.";
    availability Availability: Traffic, Control::Select(options::<Availability>), "Availability",
        "Share of requests that must be answered in a month.";
    consistency Consistency: Traffic, Control::Select(options::<Consistency>), "Consistency",
        "Decides how reads are done; the cluster must be able to.";

    ttl_seconds TtlSeconds: Lifecycle, Control::Whole("seconds"), "Time to live",
        "Keys vanish this long after they were written, 1 second to 10 years. Empty: they stay.";
    ttl_per_key TtlPerKey: Lifecycle, Control::Check, "Writers may set another time to live for a key",
        "Otherwise the dataset's own time to live holds for every key.";
    versions_to_keep VersionsToKeep: Lifecycle, Control::Whole("versions"), "Versions to keep",
        "How many uploads stay for rollback, 1 to 30.";
    #[validate(length(max = bounds::CRON_MAX))]
    update_schedule UpdateSchedule: Lifecycle, Control::Line, "Update schedule",
        "Five-field cron in UTC for scheduled uploads, such as 0 3 * * *. Empty: by hand.";
    #[validate(length(max = bounds::LINE_MAX))]
    source_uri SourceUri: Lifecycle, Control::Line, "Source",
        "Where scheduled uploads come from, such as s3://bucket/path/. No passwords or keys in it.";

    personal_data PersonalData: Privacy, Control::Check, "Contains personal data",
        "Anything about an identifiable person. Needs a privacy approval.";
    #[validate(length(max = bounds::LINE_MAX))]
    personal_data_kinds PersonalDataKinds: Privacy, Control::Line, "Kinds of personal data",
        "Separated by commas, such as e-mail, location.";
    retention_days RetentionDays: Privacy, Control::Whole("days"), "Retention",
        "After how many days personal data must be gone, 1 to 3 650.";
    data_class DataClass: Privacy, Control::Select(options::<DataClass>), "Data class",
        "From confidential on, other teams do not see the use case, the thread or the source.";

    backup_enabled BackupEnabled: Backup, Control::Check, "Back up", "Always on for tiers 0 and 1.";
    #[validate(length(max = bounds::CRON_MAX))]
    backup_schedule BackupSchedule: Backup, Control::Line, "Backup schedule",
        "Five-field cron in UTC, such as 30 2 * * *.";
    backup_keep BackupKeep: Backup, Control::Whole("backups"), "Backups to keep", "1 to 365.";

    migration Migration: Migration, Control::Check, "Data is moved from another system",
        "Plans a backfill, a verification and a cutover.";
    migration_system MigrationSystem: Migration, Control::Select(options::<MigrationSystem>), "From system",
        "What kind of store the data is in today.";
    #[validate(length(max = bounds::LINE_MAX))]
    migration_locator MigrationLocator: Migration, Control::Line, "Locator",
        "Host, table or path. Never a password: credentials are configured by the platform.";
    migration_rows MigrationRows: Migration, Control::Whole("rows"), "Rows, estimated", "1 to 10¹².";
    migration_cutover_by MigrationCutoverBy: Migration, Control::Date, "Cut over by",
        "The day from which the old system is not needed.";
    migration_dual_write MigrationDualWrite: Migration, Control::Check, "Write to both during the move",
        "Needed when the data changes while it is moved.";

    #[validate(length(max = bounds::LINE_MAX))]
    region Region: Planning, Control::Line, "Region wish", "Such as eu-central-1. Empty: wherever there is room.";
    needed_by NeededBy: Planning, Control::Date, "Needed by", "The day you need the dataset to work.";
    priority Priority: Planning, Control::Select(options::<Priority>), "Priority",
        "Decisions come within 4 (urgent), 8, 24 or 72 working hours.";
    #[validate(length(max = bounds::JUSTIFICATION_MAX))]
    justification Justification: Planning, Control::Area(3), "Justification",
        "Why it is urgent, or why more than usual is needed. At most 2 000 characters.";
    #[validate(length(max = bounds::LINE_MAX))]
    ticket_link TicketLink: Planning, Control::Line, "Ticket link", "An http or https address.";
    #[validate(length(max = bounds::LINE_MAX))]
    cost_centre CostCentre: Planning, Control::Line, "Cost centre", "Who pays, such as CC-4410.";
    #[validate(length(max = bounds::LINE_MAX))]
    tags Tags: Planning, Control::Line, "Tags", "Separated by commas, at most 20.";
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No field has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no field “{0}”")]
pub struct UnknownField(String);

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, UnknownField> {
        Self::ALL.iter().copied().find(|field| field.name() == text).ok_or_else(|| UnknownField(text.to_owned()))
    }
}

impl RequestForm {
    /// What a new request starts with: the defaults of the metadata table.
    #[must_use]
    pub fn new() -> Self {
        let mut form = Self::default();
        for (field, value) in [
            (Field::Environment, Environment::Dev.word()),
            (Field::Criticality, "2"),
            (Field::StorageType, StorageKind::Mutable.word()),
            (Field::GrowthPercent, "0"),
            (Field::KeyFormat, KeyFormat::Utf8.word()),
            (Field::KeyBytesMean, "32"),
            (Field::KeyBytesMax, "128"),
            (Field::ValueFormat, ValueFormat::Json.word()),
            (Field::ValueBytesMean, "1024"),
            (Field::ValueBytesMax, "65536"),
            (Field::SchemaEnforcement, SchemaEnforcement::Off.word()),
            (Field::QpsSet, "0"),
            (Field::QpsDelete, "0"),
            (Field::PeakFactor, "2"),
            (Field::P99ReadMs, "20"),
            (Field::P99WriteMs, "50"),
            (Field::Availability, Availability::Three.word()),
            (Field::Consistency, Consistency::Strong.word()),
            (Field::VersionsToKeep, "3"),
            (Field::DataClass, DataClass::Internal.word()),
            (Field::Priority, Priority::Normal.word()),
        ] {
            form.set(field, value);
        }
        form
    }

    #[must_use]
    pub fn is_checked(&self, field: Field) -> bool {
        is_yes(self.get(field))
    }

    fn storage(&self) -> Option<StorageKind> {
        self.storage_type.parse().ok()
    }

    /// Whether the field is asked for, given what is typed elsewhere. What does not apply is neither shown nor judged.
    #[must_use]
    pub fn applies(&self, field: Field) -> bool {
        let takes_writes = self.storage().is_none_or(StorageKind::takes_writes);
        match field {
            Field::QpsSet | Field::QpsDelete | Field::P99WriteMs => takes_writes,
            Field::JsonSchema => self.value_format.parse() == Ok(ValueFormat::Json),
            Field::SchemaEnforcement => self.applies(Field::JsonSchema) && !self.json_schema.trim().is_empty(),
            Field::PersonalDataKinds | Field::RetentionDays => self.is_checked(Field::PersonalData),
            Field::BackupEnabled => !self.is_critical(),
            Field::BackupSchedule | Field::BackupKeep => self.is_critical() || self.is_checked(Field::BackupEnabled),
            Field::MigrationSystem | Field::MigrationLocator | Field::MigrationRows | Field::MigrationCutoverBy => {
                self.is_checked(Field::Migration)
            }
            Field::MigrationDualWrite => self.is_checked(Field::Migration) && takes_writes,
            _ => true,
        }
    }

    /// Whether the field must be filled, given what is typed elsewhere.
    #[must_use]
    pub fn requires(&self, field: Field) -> bool {
        match field {
            Field::BackupOwner => self.is_critical(),
            Field::Justification => self.priority.parse() == Ok(Priority::Urgent),
            Field::TtlSeconds
            | Field::Services
            | Field::JsonSchema
            | Field::SchemaEnforcement
            | Field::UpdateSchedule
            | Field::SourceUri
            | Field::MigrationCutoverBy
            | Field::Region
            | Field::NeededBy
            | Field::TicketLink
            | Field::CostCentre
            | Field::Tags => false,
            _ => !matches!(field.control(), Control::Check) && self.applies(field),
        }
    }

    /// Tier 0 or 1.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.tier().is_some_and(|tier| tier <= 1)
    }

    /// The one reading of the tier: `01` is none, so that nothing critical passes as something else.
    pub(crate) fn tier(&self) -> Option<u8> {
        tiers().iter().position(|(word, _)| *word == self.criticality.trim()).and_then(|tier| u8::try_from(tier).ok())
    }
}

/// What counts as a ticked box: `on` from a browser, the usual words from files.
#[must_use]
pub fn is_yes(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "on" | "true" | "yes" | "1" | "y")
}
