//! Every bound of the metadata table, once. Forms, parsers, messages and documentation name these.

/// Dataset name: `^[a-z][a-z0-9_]{2,62}$`, so 3 to 63 bytes.
pub const NAME_MIN: u64 = 3;
pub const NAME_MAX: u64 = 63;
/// Names that would be mistaken for something else in a URL, a configuration file or a full name.
pub const RESERVED_NAMES: &[&str] = &[
    "admin",
    "all",
    "api",
    "batch",
    "catalogue",
    "default",
    "docs",
    "health",
    "keys",
    "kvstore",
    "mine",
    "new",
    "null",
    "openapi",
    "pipeline",
    "private",
    "public",
    "root",
    "system",
    "test",
    "true",
    "false",
    "undefined",
    "v1",
    "v2",
];

/// Description (use case), characters.
pub const DESCRIPTION_MIN: u64 = 20;
pub const DESCRIPTION_MAX: u64 = 4_000;

/// Unread notices are counted up to here.
pub const UNREAD_CAP: u32 = 99;
/// Notices of one page.
pub const NOTICES_PER_PAGE: u32 = 30;
/// The first words of a text that a notice shows, characters.
pub const EXCERPT_CHARACTERS: usize = 160;

/// Handles of people and slugs of teams, characters.
pub const HANDLE_MAX: u64 = 64;

/// Calling services.
pub const SERVICES_MAX: usize = 50;
pub const SERVICE_NAME_MAX: usize = 100;

/// Criticality tier; 0 is the most critical.
pub const TIER_MAX: u64 = 3;
pub const TIER_DEFAULT: u64 = 2;

/// Data size in GB (10⁹ bytes), decimal, more than zero.
pub const DATA_SIZE_GB_MAX: u64 = 100_000;
pub const BYTES_PER_GB: u64 = 1_000_000_000;
/// Growth, per cent a month.
pub const GROWTH_PERCENT_MAX: u64 = 1_000;
/// Expected keys.
pub const EXPECTED_KEYS_MIN: u64 = 1;
pub const EXPECTED_KEYS_MAX: u64 = 1_000_000_000_000;

/// Key size in bytes.
pub const KEY_BYTES_MIN: u64 = 1;
pub const KEY_BYTES_MAX: u64 = 1_024;
/// Value size in bytes: 1 MiB where nothing else is agreed, 25 MiB where the store can.
pub const VALUE_BYTES_MIN: u64 = 0;
pub const VALUE_BYTES_DEFAULT_MAX: u64 = 1_048_576;
pub const VALUE_BYTES_MAX: u64 = 26_214_400;
/// JSON Schema text, characters.
pub const JSON_SCHEMA_MAX: u64 = 65_536;

/// Queries per second, per operation.
pub const QPS_MAX: u64 = 10_000_000;
/// Peak over mean, one decimal, in tenths: 1.0 to 20.0.
pub const PEAK_TENTHS_MIN: u64 = 10;
pub const PEAK_TENTHS_MAX: u64 = 200;
/// 99th percentile latency, milliseconds.
pub const P99_MS_MIN: u64 = 1;
pub const P99_MS_MAX: u64 = 60_000;

/// Time to live in seconds: none, or one second to ten years.
pub const TTL_SECONDS_MIN: u64 = 1;
pub const TTL_SECONDS_MAX: u64 = 315_360_000;
/// Versions to keep.
pub const VERSIONS_MIN: u64 = 1;
pub const VERSIONS_MAX: u64 = 30;
pub const VERSIONS_DEFAULT_READONLY: u64 = 3;

/// Retention of personal data, days.
pub const RETENTION_DAYS_MIN: u64 = 1;
pub const RETENTION_DAYS_MAX: u64 = 3_650;
/// Backups to keep.
pub const BACKUP_KEEP_MIN: u64 = 1;
pub const BACKUP_KEEP_MAX: u64 = 365;
/// Rows of a migration source, estimated.
pub const MIGRATION_ROWS_MAX: u64 = EXPECTED_KEYS_MAX;

/// Free text that is one line: region, locator, ticket link, cost centre.
pub const LINE_MAX: u64 = 500;
/// A five-field cron expression.
pub const CRON_MAX: u64 = 100;
/// Justification, characters; needed where the priority is urgent.
pub const JUSTIFICATION_MIN_URGENT: usize = 20;
pub const JUSTIFICATION_MAX: u64 = 2_000;
/// Tags.
pub const TAGS_MAX: usize = 20;
pub const TAG_MAX: usize = 40;

/// Partitions of a dataset.
pub const PARTITIONS_MIN: u64 = 1;
pub const PARTITIONS_MAX: u64 = 4_096;
/// What the form offers in production.
pub const PARTITIONS_DEFAULT_PROD: u64 = 300;
/// Physical shards: `max(1, ⌈GB / 10⌉, ⌈write QPS / 1000⌉)`, at most this many.
pub const SHARDS_MAX: u64 = 64;
pub const GB_PER_SHARD: u64 = 10;
pub const WRITE_QPS_PER_SHARD: u64 = 1_000;

/// A reason that the requester reads: denial, characters.
pub const DENY_REASON_MIN: usize = 10;
/// Reasons, questions, replies and comments, characters.
pub const NOTE_MAX: usize = 4_000;

/// An unanswered question: reminders after these days, expiry after that many, reopening for so many more.
pub const NEEDS_INFO_REMINDER_DAYS: [i64; 2] = [3, 7];
pub const NEEDS_INFO_EXPIRY_DAYS: i64 = 14;
pub const REOPEN_DAYS: i64 = 90;

/// Rows of one queue page.
pub const PAGE_SIZE_DEFAULT: u32 = 50;
pub const PAGE_SIZE_MAX: u32 = 200;
/// Counts per status stop here and are shown as `10 000+`.
pub const COUNT_CAP: i64 = 10_000;
/// Columns that one view may be sorted by at once.
pub const SORT_KEYS_MAX: usize = 4;
/// Full-text search, characters.
pub const SEARCH_MAX: usize = 200;

/// Rules of a policy, conditions of a rule, and characters of a rule's sentence and of a version's note.
pub const POLICY_RULES_MAX: usize = 50;
pub const POLICY_CONDITIONS_MAX: usize = 20;
pub const POLICY_SAYS_MAX: usize = 300;
/// Different approvers that a rule may ask for.
pub const POLICY_REVIEWS_MAX: u8 = 5;
/// A new version is replayed on the requests that were submitted in so many days.
pub const POLICY_REPLAY_DAYS: i64 = 90;
/// A replay that is older than this many hours is too old to enable a version by.
pub const POLICY_REPLAY_HOLDS_HOURS: i64 = 24;
/// Requests that a replay lists one by one; the figures count all.
pub const POLICY_REPLAY_LISTED: usize = 200;
/// A cluster's price of a GB or of a million calls, units of its currency.
pub const PRICE_MAX: u64 = 1_000_000;
/// Copies of each entry that a cluster keeps.
pub const REPLICATION_MAX: u8 = 9;
/// Per cent that a store adds to the bytes of entries: indexes, logs, free space.
pub const OVERHEAD_PERCENT_MAX: u16 = 1_000;

/// Similar datasets and requests that the form shows.
pub const SIMILAR_SHOWN: usize = 5;
/// Candidates that the database gives for them.
pub const SIMILAR_CANDIDATES: u32 = 40;
/// Words of the form that candidates are looked for by.
pub const SIMILAR_WORDS: usize = 12;

/// A request, or several, written out as YAML: bytes.
pub const YAML_BYTES_MAX: usize = 256 * 1_024;
/// Requests in one file of YAML.
pub const YAML_DOCUMENTS_MAX: usize = 100;
