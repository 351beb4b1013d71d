//! From what was typed to what we trust.

use std::{fmt::Display, str::FromStr};

use chrono::NaiveDate;
use validator::{Validate, ValidationErrors};

use super::{
    Field, FieldErrors, RequestForm,
    text::{has_password, names_secret, scaled, sentence, ungrouped},
};
use crate::{
    Timestamp, bounds,
    choices::{Choice, KeyFormat, Priority, SchemaEnforcement, ServiceAccess, StorageKind, ValueFormat},
    format::count,
    names::{DatasetName, Handle, ServiceName},
    schedule::Schedule,
    spec::{
        BackupPolicy, CallingService, DatasetSpec, JsonSchema, MeanAndMax, MigrationSource, PersonalData, Storage,
        WriteTraffic,
    },
};

impl RequestForm {
    /// Judges every field and gives the metadata, or a message for each field that is wrong.
    ///
    /// `now` decides which days have passed. Fields that do not apply (see [`RequestForm::applies`]) are ignored.
    ///
    /// # Errors
    /// One message for each wrong field, which says what to do.
    pub fn parse(&self, now: Timestamp) -> Result<DatasetSpec, FieldErrors> {
        let form = self.tidied();
        let mut errors = FieldErrors::default();
        // Names say more about themselves than their length.
        if let Err(error) = form.name.parse::<DatasetName>() {
            errors.add(Field::Name, if form.name.is_empty() { "Enter a name.".into() } else { error.to_string() });
        }
        if let Err(found) = form.validate() {
            form.add_found(&found, &mut errors);
        }
        let mut read = Reader { form: &form, errors, today: now.date_naive() };
        let spec = read.spec();
        read.errors.into_result(spec)
    }

    /// The same without space around what was typed and with line ends as `\n`: browsers count one character for a
    /// line end and send two.
    fn tidied(&self) -> Self {
        let mut form = Self::default();
        for field in Field::ALL {
            form.set(*field, self.get(*field).replace("\r\n", "\n").trim());
        }
        form
    }

    /// The message for one field alone, for validation while typing.
    #[must_use]
    pub fn error_for(&self, field: Field, now: Timestamp) -> Option<String> {
        match self.parse(now) {
            Ok(_) => None,
            Err(errors) => errors.get(field).map(ToOwned::to_owned),
        }
    }

    /// Turns the lengths that the attributes found wrong into sentences.
    fn add_found(&self, found: &ValidationErrors, errors: &mut FieldErrors) {
        for (name, kinds) in found.field_errors() {
            let Ok(field) = name.parse::<Field>() else { continue };
            if !self.applies(field) {
                continue;
            }
            let length = self.get(field).chars().count() as u64;
            for kind in kinds {
                let bound = |key: &str| kind.params.get(key).and_then(serde_json::Value::as_u64);
                let message = match (bound("min"), bound("max")) {
                    _ if length == 0 => "Fill this in.".to_owned(),
                    (Some(min), _) if length < min => {
                        format!("Write at least {} characters; this has {}.", count(min), count(length))
                    }
                    (_, Some(max)) => format!("Use at most {} characters; this has {}.", count(max), count(length)),
                    _ => "This is not right; see the help.".to_owned(),
                };
                if length > 0 || self.requires(field) {
                    errors.add(field, message);
                }
            }
        }
    }
}

struct Reader<'a> {
    form: &'a RequestForm,
    errors: FieldErrors,
    today: NaiveDate,
}

impl Reader<'_> {
    fn text(&self, field: Field) -> &str {
        self.form.get(field)
    }

    fn filled(&self, field: Field) -> bool {
        !self.text(field).is_empty()
    }

    fn error<T>(&mut self, field: Field, message: impl Into<String>) -> Option<T> {
        self.errors.add(field, message);
        None
    }

    fn parsed<T: FromStr<Err: Display>>(&mut self, field: Field) -> Option<T> {
        match self.text(field).parse() {
            Ok(value) => Some(value),
            Err(_) if !self.filled(field) => self.error(field, "Fill this in."),
            Err(error) => self.error(field, sentence(&error.to_string())),
        }
    }

    fn optional<T: FromStr<Err: Display>>(&mut self, field: Field) -> Option<Option<T>> {
        if self.filled(field) { self.parsed(field).map(Some) } else { Some(None) }
    }

    fn line(&mut self, field: Field) -> Option<Option<String>> {
        let text = self.text(field);
        if text.chars().any(char::is_control) {
            return self.error(field, "Use one line of plain text.");
        }
        Some((!text.is_empty()).then(|| text.to_owned()))
    }

    /// Markdown or plain text of several lines.
    fn prose(&mut self, field: Field) -> Option<String> {
        let text = self.text(field).to_owned();
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return self.error(field, "Leave out control characters; plain text and Markdown work.");
        }
        Some(text)
    }

    /// A whole number within bounds; spaces, commas and `_` may group its digits.
    fn whole<T: TryFrom<u64>>(&mut self, field: Field, min: u64, max: u64) -> Option<T> {
        let digits = ungrouped(self.text(field));
        let number = digits
            .parse::<u64>()
            .ok()
            .filter(|n| digits.bytes().all(|b| b.is_ascii_digit()) && (min..=max).contains(n));
        match number.and_then(|n| T::try_from(n).ok()) {
            Some(number) => Some(number),
            None => self.error(field, format!("Enter a whole number from {} to {}.", count(min), count(max))),
        }
    }

    /// A decimal number as an exact multiple of `1 / scale`.
    fn decimal(&mut self, field: Field, scale: u64, min: u64, max: u64, message: String) -> Option<u64> {
        match scaled(&ungrouped(self.text(field)), scale).filter(|n| (min..=max).contains(n)) {
            Some(number) => Some(number),
            None => self.error(field, message),
        }
    }

    fn date(&mut self, field: Field) -> Option<Option<NaiveDate>> {
        if !self.filled(field) {
            return Some(None);
        }
        match NaiveDate::parse_from_str(self.text(field), "%Y-%m-%d") {
            Ok(day) if day < self.today => self.error(field, "This day has passed; choose today or later."),
            Ok(day) if day > self.today + chrono::Months::new(120) => {
                self.error(field, "Choose a day within the next ten years.")
            }
            Ok(day) => Some(Some(day)),
            Err(_) => self.error(field, "Enter a day as YYYY-MM-DD."),
        }
    }

    fn mean_and_max(&mut self, mean: Field, max: Field, min: u64, limit: u64) -> Option<MeanAndMax> {
        let mean_bytes = self.whole::<u32>(mean, min, limit);
        let max_bytes = self.whole::<u32>(max, min.max(1), limit);
        let (mean_bytes, max_bytes) = (mean_bytes?, max_bytes?);
        if mean_bytes > max_bytes {
            return self.error(mean, "The mean cannot be more than the largest.");
        }
        Some(MeanAndMax { mean: mean_bytes, max: max_bytes })
    }

    /// All fields are judged, also after the first that is wrong, so that one look shows all there is to mend.
    fn spec(&mut self) -> Option<DatasetSpec> {
        let form = self.form;
        let name = form.name.parse::<DatasetName>().ok();
        let environment = self.parsed(Field::Environment);
        let owner = self.parsed::<Handle>(Field::Owner);
        let team = self.parsed::<Handle>(Field::Team);
        let description = self.prose(Field::Description);
        let tier = form
            .tier()
            .or_else(|| self.error(Field::Criticality, format!("Choose a tier from 0 to {}.", bounds::TIER_MAX)));
        let backup_owner = self.backup_owner();
        let services = self.services();

        let storage_kind = self.parsed::<StorageKind>(Field::StorageType);
        let storage = self.storage(storage_kind);
        let size_bytes = self.decimal(
            Field::DataSizeGb,
            bounds::BYTES_PER_GB,
            1,
            bounds::DATA_SIZE_GB_MAX * bounds::BYTES_PER_GB,
            format!("Enter a number of GB such as 1.5, more than 0 and at most {}.", count(bounds::DATA_SIZE_GB_MAX)),
        );
        let growth_percent = self.whole(Field::GrowthPercent, 0, bounds::GROWTH_PERCENT_MAX);
        let expected_keys = self.whole(Field::ExpectedKeys, bounds::EXPECTED_KEYS_MIN, bounds::EXPECTED_KEYS_MAX);
        let key_format = self.parsed::<KeyFormat>(Field::KeyFormat);
        let key_bytes =
            self.mean_and_max(Field::KeyBytesMean, Field::KeyBytesMax, bounds::KEY_BYTES_MIN, bounds::KEY_BYTES_MAX);
        let value_format = self.parsed::<ValueFormat>(Field::ValueFormat);
        let value_bytes = self.mean_and_max(
            Field::ValueBytesMean,
            Field::ValueBytesMax,
            bounds::VALUE_BYTES_MIN,
            bounds::VALUE_BYTES_MAX,
        );
        let schema = self.schema();

        let qps_get = self.whole(Field::QpsGet, 0, bounds::QPS_MAX);
        let peak = self.decimal(
            Field::PeakFactor,
            10,
            bounds::PEAK_TENTHS_MIN,
            bounds::PEAK_TENTHS_MAX,
            "Enter a number from 1 to 20, with at most one decimal.".to_owned(),
        );
        let p99_read_ms = self.whole(Field::P99ReadMs, bounds::P99_MS_MIN, bounds::P99_MS_MAX);
        let availability = self.parsed(Field::Availability);
        let consistency = self.parsed(Field::Consistency);

        let ttl_seconds = if self.filled(Field::TtlSeconds) {
            self.whole(Field::TtlSeconds, bounds::TTL_SECONDS_MIN, bounds::TTL_SECONDS_MAX).map(Some)
        } else {
            Some(None)
        };
        let versions_to_keep = self.whole(Field::VersionsToKeep, bounds::VERSIONS_MIN, bounds::VERSIONS_MAX);
        let update_schedule = self.optional::<Schedule>(Field::UpdateSchedule);
        let source_uri = self.locator(Field::SourceUri);
        let personal_data = self.personal_data();
        let data_class = self.parsed(Field::DataClass);
        let backup = self.backup();
        let migration = self.migration(storage_kind);

        let region = self.line(Field::Region);
        let needed_by = self.date(Field::NeededBy);
        let priority = self.parsed::<Priority>(Field::Priority);
        let justification = self.justification(priority);
        let ticket_link = self.ticket_link();
        let cost_centre = self.line(Field::CostCentre);
        let tags = self.list(Field::Tags, bounds::TAGS_MAX);

        Some(DatasetSpec {
            name: name?,
            environment: environment?,
            description: description?,
            owner: owner?,
            team: team?,
            backup_owner: backup_owner?,
            services: services?,
            tier: tier?,
            storage: storage?,
            size_bytes: size_bytes?,
            growth_percent: growth_percent?,
            expected_keys: expected_keys?,
            key_format: key_format?,
            key_bytes: key_bytes?,
            value_format: value_format?,
            value_bytes: value_bytes?,
            schema: schema?,
            qps_get: qps_get?,
            peak_tenths: u16::try_from(peak?).ok()?,
            p99_read_ms: p99_read_ms?,
            availability: availability?,
            consistency: consistency?,
            ttl_seconds: ttl_seconds?,
            ttl_per_key: form.is_checked(Field::TtlPerKey),
            versions_to_keep: versions_to_keep?,
            update_schedule: update_schedule?,
            source_uri: source_uri?,
            personal_data: personal_data?,
            data_class: data_class?,
            backup: backup?,
            migration: migration?,
            region: region?,
            needed_by: needed_by?,
            priority: priority?,
            justification: justification?,
            ticket_link: ticket_link?,
            cost_centre: cost_centre?,
            tags: tags?,
        })
    }

    fn backup_owner(&mut self) -> Option<Option<Handle>> {
        if !self.filled(Field::BackupOwner) && self.form.is_critical() {
            return self.error(Field::BackupOwner, "Name a backup owner: tiers 0 and 1 need one.");
        }
        let backup_owner = self.optional::<Handle>(Field::BackupOwner)?;
        if backup_owner.is_some() && backup_owner == self.text(Field::Owner).parse().ok() {
            return self.error(Field::BackupOwner, "Name somebody other than the owner.");
        }
        Some(backup_owner)
    }

    fn services(&mut self) -> Option<Vec<CallingService>> {
        let entries: Vec<&str> =
            self.form.services.split(['\n', ',']).map(str::trim).filter(|entry| !entry.is_empty()).collect();
        if entries.len() > bounds::SERVICES_MAX {
            return self.error(
                Field::Services,
                format!("Name at most {} services; these are {}.", bounds::SERVICES_MAX, entries.len()),
            );
        }
        let mut services: Vec<CallingService> = Vec::new();
        for entry in entries {
            let (name, access) = entry.rsplit_once(':').unwrap_or((entry, ServiceAccess::Read.word()));
            let name = match name.trim().parse::<ServiceName>() {
                Ok(name) => name,
                Err(error) => return self.error(Field::Services, error.to_string()),
            };
            let Ok(access) = access.parse::<ServiceAccess>() else {
                return self.error(Field::Services, format!("Say {name}:read or {name}:write."));
            };
            if services.iter().any(|service| service.name == name && service.access == access) {
                return self.error(Field::Services, format!("{name}:{access} is there twice; leave one out."));
            }
            services.push(CallingService { name, access });
        }
        Some(services)
    }

    /// Without a storage type the traffic is judged all the same, because the form shows it.
    fn storage(&mut self, kind: Option<StorageKind>) -> Option<Storage> {
        if kind == Some(StorageKind::ReadOnly) {
            return Some(Storage::ReadOnly);
        }
        let qps_set = self.whole(Field::QpsSet, 0, bounds::QPS_MAX);
        let qps_delete = self.whole(Field::QpsDelete, 0, bounds::QPS_MAX);
        let p99_write_ms = self.whole(Field::P99WriteMs, bounds::P99_MS_MIN, bounds::P99_MS_MAX);
        let writes = WriteTraffic { qps_set: qps_set?, qps_delete: qps_delete?, p99_write_ms: p99_write_ms? };
        Some(if kind? == StorageKind::Mutable { Storage::Mutable(writes) } else { Storage::Streaming(writes) })
    }

    fn schema(&mut self) -> Option<Option<JsonSchema>> {
        if !self.form.applies(Field::JsonSchema) || !self.filled(Field::JsonSchema) {
            return Some(None);
        }
        let text = self.text(Field::JsonSchema).to_owned();
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(serde_json::Value::Object(_) | serde_json::Value::Bool(_)) => {}
            Ok(_) => return self.error(Field::JsonSchema, "A JSON Schema is an object, or true or false."),
            Err(error) => return self.error(Field::JsonSchema, format!("This is not JSON: {error}.")),
        }
        let enforcement = if self.filled(Field::SchemaEnforcement) {
            self.parsed(Field::SchemaEnforcement)?
        } else {
            SchemaEnforcement::Off
        };
        Some(Some(JsonSchema { text, enforcement }))
    }

    fn personal_data(&mut self) -> Option<Option<PersonalData>> {
        if !self.form.is_checked(Field::PersonalData) {
            return Some(None);
        }
        let kinds = self.list(Field::PersonalDataKinds, bounds::TAGS_MAX);
        if kinds.as_ref().is_some_and(Vec::is_empty) {
            self.error::<()>(Field::PersonalDataKinds, "Name the kinds of personal data, such as e-mail, location.");
        }
        let retention_days = self.whole(Field::RetentionDays, bounds::RETENTION_DAYS_MIN, bounds::RETENTION_DAYS_MAX);
        Some(Some(PersonalData { kinds: kinds?, retention_days: retention_days? }))
    }

    fn backup(&mut self) -> Option<Option<BackupPolicy>> {
        if !self.form.is_critical() && !self.form.is_checked(Field::BackupEnabled) {
            return Some(None);
        }
        let schedule = self.parsed(Field::BackupSchedule);
        let keep = self.whole(Field::BackupKeep, bounds::BACKUP_KEEP_MIN, bounds::BACKUP_KEEP_MAX);
        Some(Some(BackupPolicy { schedule: schedule?, keep: keep? }))
    }

    fn migration(&mut self, storage: Option<StorageKind>) -> Option<Option<MigrationSource>> {
        if !self.form.is_checked(Field::Migration) {
            return Some(None);
        }
        let system = self.parsed(Field::MigrationSystem);
        let locator = self.locator(Field::MigrationLocator);
        if matches!(locator, Some(None)) {
            self.error::<()>(Field::MigrationLocator, "Say where the data is today: host, table or path.");
        }
        let rows = self.whole(Field::MigrationRows, 1, bounds::MIGRATION_ROWS_MAX);
        let cutover_by = self.date(Field::MigrationCutoverBy);
        let takes_writes = storage.is_none_or(StorageKind::takes_writes);
        Some(Some(MigrationSource {
            system: system?,
            locator: locator??,
            rows: rows?,
            cutover_by: cutover_by?,
            dual_write: takes_writes && self.form.is_checked(Field::MigrationDualWrite),
        }))
    }

    /// A place that may be written down: no password in an address, no parameter that names a secret.
    fn locator(&mut self, field: Field) -> Option<Option<String>> {
        let Some(text) = self.line(field)? else { return Some(None) };
        if has_password(&text) || names_secret(&text) {
            return self.error(field, "Leave out passwords, keys and tokens: the platform configures credentials.");
        }
        Some(Some(text))
    }

    fn justification(&mut self, priority: Option<Priority>) -> Option<Option<String>> {
        let text = self.prose(Field::Justification)?;
        let length = text.chars().count();
        if priority == Some(Priority::Urgent) && length < bounds::JUSTIFICATION_MIN_URGENT {
            return self.error(
                Field::Justification,
                format!(
                    "Say in at least {} characters why it is urgent; this has {length}.",
                    bounds::JUSTIFICATION_MIN_URGENT
                ),
            );
        }
        Some((!text.is_empty()).then_some(text))
    }

    fn ticket_link(&mut self) -> Option<Option<String>> {
        let link = self.line(Field::TicketLink)?;
        let is_web = |link: &str| {
            ["https://", "http://"]
                .iter()
                .any(|scheme| link.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')))
                && !link.contains(char::is_whitespace)
        };
        match link {
            Some(link) if !is_web(&link) => {
                self.error(Field::TicketLink, "Enter an address that starts with https:// or http://.")
            }
            link => Some(link),
        }
    }

    /// Short words separated by commas or line ends, without repeats.
    fn list(&mut self, field: Field, most: usize) -> Option<Vec<String>> {
        let mut words: Vec<String> = Vec::new();
        for word in self.form.get(field).split([',', '\n']).map(str::trim).filter(|word| !word.is_empty()) {
            if word.chars().count() > bounds::TAG_MAX || word.chars().any(char::is_control) {
                return self.error(field, format!("Use at most {} characters for each.", bounds::TAG_MAX));
            }
            if words.iter().any(|known| known == word) {
                continue;
            }
            if words.len() == most {
                return self.error(field, format!("Name at most {most}; leave out the rest."));
            }
            words.push(word.to_owned());
        }
        Some(words)
    }
}

#[cfg(test)]
mod tests;
