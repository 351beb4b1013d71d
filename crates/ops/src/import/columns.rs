//! Whose column is which of ours.

use std::collections::{BTreeMap, HashMap};

use domain::{
    error::{Error, Result},
    form::Field,
};

use super::{Problem, records::Record};

/// What a column can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Target {
    Field(Field),
    /// Their number of the request; the same number is not imported twice.
    Id,
    Status,
    Requester,
    Reviewer,
    Cluster,
    Partitions,
    /// Why it was denied, asked, cancelled or failed.
    Reason,
    CreatedAt,
    UpdatedAt,
}

/// What is no field of the form, by name.
const OTHERS: &[(&str, Target)] = &[
    ("id", Target::Id),
    ("status", Target::Status),
    ("requester", Target::Requester),
    ("reviewer", Target::Reviewer),
    ("cluster", Target::Cluster),
    ("partitions", Target::Partitions),
    ("reason", Target::Reason),
    ("created_at", Target::CreatedAt),
    ("updated_at", Target::UpdatedAt),
];

/// Other people's names, in lower case with `_`, and ours.
const ALIASES: &[(&str, &str)] = &[
    ("dataset_name", "name"),
    ("dataset", "name"),
    ("size", "data_size_gb"),
    ("size_gb", "data_size_gb"),
    ("data_size", "data_size_gb"),
    ("get_qps", "qps_get"),
    ("read_qps", "qps_get"),
    ("qps_read", "qps_get"),
    ("set_qps", "qps_set"),
    ("write_qps", "qps_set"),
    ("qps_write", "qps_set"),
    ("qps_del", "qps_delete"),
    ("del_qps", "qps_delete"),
    ("delete_qps", "qps_delete"),
    ("storage", "storage_type"),
    ("review_status", "status"),
    ("request_status", "status"),
    ("state", "status"),
    ("use_case", "description"),
    ("usecase", "description"),
    ("purpose", "description"),
    ("env", "environment"),
    ("ttl", "ttl_seconds"),
    ("service", "services"),
    ("calling_services", "services"),
    ("criticalness", "criticality"),
    ("tier", "criticality"),
    ("is_pii", "personal_data"),
    ("pii", "personal_data"),
    ("pii_kinds", "personal_data_kinds"),
    ("retention", "retention_days"),
    ("classification", "data_class"),
    ("data_classification", "data_class"),
    ("keys", "expected_keys"),
    ("key_count", "expected_keys"),
    ("num_keys", "expected_keys"),
    ("key_size", "key_bytes_mean"),
    ("value_size", "value_bytes_mean"),
    ("versions", "versions_to_keep"),
    ("schedule", "update_schedule"),
    ("cron", "update_schedule"),
    ("source", "source_uri"),
    ("deadline", "needed_by"),
    ("ticket", "ticket_link"),
    ("ticket_url", "ticket_link"),
    ("cost_center", "cost_centre"),
    ("labels", "tags"),
    ("request_id", "id"),
    ("requested_by", "requester"),
    ("requestor", "requester"),
    ("admin", "reviewer"),
    ("assignee", "reviewer"),
    ("reviewed_by", "reviewer"),
    ("num_partitions", "partitions"),
    ("decision_reason", "reason"),
    ("deny_reason", "reason"),
    ("created", "created_at"),
    ("submitted_at", "created_at"),
    ("last_updated", "updated_at"),
    ("updated", "updated_at"),
    ("modified_at", "updated_at"),
];

/// A file of JSON objects could have any number of names; the report names this many.
const UNKNOWN_MAX: usize = 100;

/// What a row says, by what it is for us. Empty cells are as absent ones.
#[derive(Debug)]
pub(super) struct Row {
    pub line: u64,
    pub id: Option<String>,
    values: BTreeMap<Target, String>,
}

impl Row {
    /// What the row says; none where the cell is empty or absent.
    pub(super) fn get(&self, target: Target) -> Option<&str> {
        self.values.get(&target).map(String::as_str)
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (Field, &str)> {
        self.values.iter().filter_map(|(target, value)| match target {
            Target::Field(field) => Some((*field, value.as_str())),
            _ => None,
        })
    }

    /// All that it says, in an order that does not depend on the file's.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values.iter().map(|(target, value)| (name_of(*target), value.as_str()))
    }
}

/// The columns of a file.
pub(super) struct Columns {
    /// By normalised name; none is left out on purpose.
    map: HashMap<String, Option<Target>>,
    unknown: Vec<String>,
}

impl Columns {
    /// The built-in names, and before them `theirs=ours` of the command line.
    ///
    /// # Errors
    /// [`Error::Input`] where a pair does not name a column of ours.
    pub(super) fn new(pairs: &[String]) -> Result<Self> {
        let mut map: HashMap<String, Option<Target>> = HashMap::new();
        for (theirs, ours) in ALIASES {
            map.insert((*theirs).to_owned(), target(ours));
        }
        for field in Field::ALL {
            map.insert(field.name().to_owned(), Some(Target::Field(*field)));
        }
        for (name, target) in OTHERS {
            map.insert((*name).to_owned(), Some(*target));
        }
        for pair in pairs {
            let (theirs, ours) = pair.split_once('=').ok_or_else(|| {
                Error::input("map", format!("“{pair}” is not THEIRS=OURS, such as volume=data_size_gb."))
            })?;
            let ours = ours.trim();
            let target = match target(ours) {
                None if !ours.is_empty() => {
                    let message = format!("There is no column “{ours}” of ours; docs/import.md names them all.");
                    return Err(Error::input("map", message));
                }
                target => target,
            };
            map.insert(normalised(theirs), target);
        }
        Ok(Self { map, unknown: Vec::new() })
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.map.contains_key(&normalised(name))
    }

    /// Sorts a record's cells.
    ///
    /// # Errors
    /// Where two columns give the same of ours and do not agree.
    pub(super) fn read(&mut self, record: Record) -> Result<Row, Vec<Problem>> {
        let mut values: BTreeMap<Target, String> = BTreeMap::new();
        let mut problems = Vec::new();
        for (name, value) in record.cells {
            let Some(target) = self.map.get(&normalised(&name)) else {
                if !self.unknown.contains(&name) && self.unknown.len() < UNKNOWN_MAX {
                    self.unknown.push(name);
                }
                continue;
            };
            let value = value.trim();
            let Some(target) = target.filter(|_| !value.is_empty()) else { continue };
            if let Some(other) = values.insert(target, value.to_owned())
                && other != value
            {
                let reason = format!("Two columns say this differently; leave one out with --map {name}= .");
                problems.push(Problem::new(record.line, name_of(target), reason));
            }
        }
        if problems.is_empty() {
            Ok(Row { line: record.line, id: values.get(&Target::Id).cloned(), values })
        } else {
            Err(problems)
        }
    }

    /// Columns that were not understood, as the file writes them.
    pub(super) fn unknown(self) -> Vec<String> {
        self.unknown
    }
}

fn target(name: &str) -> Option<Target> {
    let other = OTHERS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target);
    other.or_else(|| name.parse().ok().map(Target::Field))
}

/// The name that a report gives to what a column says.
pub(super) fn name_of(target: Target) -> &'static str {
    match target {
        Target::Field(field) => field.name(),
        other => OTHERS.iter().find(|(_, known)| *known == other).map_or("row", |(name, _)| name),
    }
}

/// `Data Size-GB` is `data_size_gb`.
fn normalised(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-', '.'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_names_one_of_ours_and_hides_none() {
        for (theirs, ours) in ALIASES {
            assert!(target(ours).is_some(), "{theirs} → {ours}");
            assert!(target(theirs).is_none(), "{theirs} is a name of ours");
            assert_eq!(normalised(theirs), *theirs);
        }
    }

    #[test]
    fn the_command_line_stands_before_the_built_in_names() {
        let pairs = ["Volume=data_size_gb", "owner=requester", "tags="].map(str::to_owned);
        let mut columns = Columns::new(&pairs).unwrap();
        let cells = [("volume", "5"), ("OWNER", "maya.chen"), ("Tags", "x"), ("colour", "red")];
        let cells = cells.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let row = columns.read(Record { line: 2, cells }).unwrap();
        assert_eq!(row.get(Target::Field(Field::DataSizeGb)), Some("5"));
        assert_eq!(row.get(Target::Requester), Some("maya.chen"));
        assert_eq!(row.get(Target::Field(Field::Tags)), None);
        assert_eq!(columns.unknown(), ["colour"]);
        assert!(Columns::new(&["size".into()]).is_err());
        assert!(Columns::new(&["size=weight".into()]).is_err());
    }

    #[test]
    fn two_columns_for_the_same_have_to_agree() {
        let record = |cells: &[(&str, &str)]| Record {
            line: 2,
            cells: cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        let mut columns = Columns::new(&[]).unwrap();
        assert!(columns.read(record(&[("size", "5"), ("data_size_gb", " 5 "), ("size_gb", "")])).is_ok());
        let problems = columns.read(record(&[("size", "5"), ("data_size_gb", "6")])).unwrap_err();
        assert_eq!(problems[0].field, "data_size_gb");
    }
}
