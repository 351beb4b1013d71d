use super::*;
use crate::{
    bounds::BYTES_PER_GB,
    choices::{DataClass, Environment},
    form::{Field, QuickForm, RequestForm, sample_now},
};

const CREATE: RequestKind = RequestKind::Create;

fn quick() -> RequestForm {
    QuickForm {
        name: "scratch_pad".into(),
        description: "Trying out a new ranking signal for search.".into(),
        team: "search".into(),
    }
    .expand("maya.chen")
}

fn spec(changes: &[(Field, &str)]) -> DatasetSpec {
    let mut form = quick();
    for (field, value) in changes {
        form.set(*field, *value);
    }
    form.parse(sample_now()).unwrap()
}

fn policy(toml: &str) -> Policy {
    Policy { version: 7, rules: from_toml(toml).unwrap().parse().unwrap() }
}

#[test]
fn a_quick_dev_dataset_is_approved_at_once_and_each_limit_holds() {
    let first = Policy::first();
    assert_eq!(first.evaluate(CREATE, &spec(&[])).auto_approve.unwrap().id, "R1");
    for (field, value, why) in [
        (Field::DataSizeGb, "5", "R1 does not apply: size 5 GB is above 1 GB."),
        (Field::QpsGet, "45", "R1 does not apply: peak traffic 110 QPS is above 100 QPS."),
        (Field::Environment, "staging", "R1 does not apply: environment is staging, not dev."),
        (Field::DataClass, "restricted", "R1 does not apply: data class is restricted."),
    ] {
        let spec = spec(&[(field, value)]);
        assert!(first.evaluate(CREATE, &spec).auto_approve.is_none(), "{field} = {value}");
        let said = first.explain(CREATE, &spec).rules[0].sentence();
        assert!(
            said == why || field == Field::QpsGet && said.starts_with("R1 does not apply: peak traffic "),
            "{said}"
        );
    }
}

#[test]
fn large_critical_and_personal_need_more_people() {
    let mut form = RequestForm::sample();
    form.set(Field::DataSizeGb, "2000");
    form.set(Field::Environment, "prod");
    form.set(Field::PersonalData, "on");
    form.set(Field::PersonalDataKinds, "e-mail");
    form.set(Field::RetentionDays, "30");
    let requirements = Policy::first().evaluate(CREATE, &form.parse(sample_now()).unwrap());
    assert_eq!((requirements.reviews, requirements.privacy, requirements.policy), (2, true, Some(1)));
    let ids: Vec<&str> = requirements.because.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["R2", "R3", "R4"]);
}

const LOOSE: &str = r#"
[[rules]]
id = "R1"
says = "Small things are approved."
effect = "auto_approve"
when = [{ fact = "size_gb", op = "at_most", value = 100 }]

[[rules]]
id = "R7"
says = "Search and ads are approved."
effect = "auto_approve"
when = [{ fact = "team", op = "is", value = ["search", "ads"] }]

[[rules]]
id = "R9"
says = "Production needs three."
effect = "reviews"
reviews = 3
when = [{ fact = "environment", op = "is", value = "prod" }]
"#;

#[test]
fn people_win_over_automatic_wherever_they_stand_and_the_first_automatic_rule_counts() {
    let policy = policy(LOOSE);
    let dev = spec(&[]);
    let requirements = policy.evaluate(CREATE, &dev);
    assert_eq!(requirements.auto_approve, Some(policy.refer(&policy.rules.0[0])));
    assert_eq!((requirements.reviews, requirements.because.len()), (1, 0));
    let said: Vec<String> = policy.explain(CREATE, &dev).rules.iter().map(Judged::sentence).collect();
    assert_eq!(said[1], "R7 would approve too, but R1 stands before it.");
    assert_eq!(said[2], "R9 does not apply: environment is dev, not prod.");

    let prod = spec(&[(Field::Environment, "prod")]);
    let requirements = policy.evaluate(CREATE, &prod);
    assert_eq!((requirements.auto_approve.is_some(), requirements.reviews), (false, 3));
    assert_eq!(requirements.because[0].version, 7);
    assert_eq!(policy.explain(CREATE, &prod).rules[0].sentence(), "R1 would approve, but R9 asks for people.");
}

#[test]
fn toml_round_trips() {
    let strange = LOOSE.replace("Small things", r#"\"Größe\" \\ small 🎉"#);
    for rules in [Policy::first().rules, policy(LOOSE).rules, policy(&strange).rules] {
        let text = to_toml(&rules);
        assert_eq!(from_toml(&text).unwrap().parse().unwrap(), rules, "{text}");
        let json = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<Rules>(&json).unwrap(), rules, "{json}");
    }
}

#[test]
fn what_is_wrong_is_said_with_the_rule_and_the_field() {
    let problems = |text: &str| from_toml(text).unwrap().parse().unwrap_err().to_string();
    let rule = |line: &str| format!("[[rules]]\nid = \"R3\"\nsays = \"It.\"\neffect = \"privacy\"\n{line}\n");
    let when = |fact: &str, op: &str, value: &str| {
        problems(&rule(&format!("when = [{{ fact = \"{fact}\", op = \"{op}\", value = \"{value}\" }}]")))
    };
    assert_eq!(
        when("size_gb", "at_most", "big"),
        "Rule 1 (R3), condition 1, value: Write a number of GB such as 0.5, 0 to 100000."
    );
    assert_eq!(when("tier", "at_most", "4"), "Rule 1 (R3), condition 1, value: Write a whole number, 0 to 3.");
    assert_eq!(when("environment", "is", "qa"), "Rule 1 (R3), condition 1, value: Choose one of: dev, staging, prod.");
    assert_eq!(
        when("team", "above", "a"),
        "Rule 1 (R3), condition 1, operator (op): Team has no order; use is or is_not."
    );
    assert!(when("colour", "is", "a").starts_with("Rule 1 (R3), condition 1, fact: Choose one of: environment, tier,"));
    assert_eq!(
        problems("[[rules]]\nid = \"R1\"\nsays = \"All.\"\neffect = \"auto_approve\""),
        "Rule 1 (R1), conditions: A rule that approves automatically needs a condition, or it would approve everything."
    );
    assert_eq!(
        problems(&(rule("") + &rule(""))),
        "Rule 2 (R3), id: Another rule has this id; choose a new one, ids are kept with decisions."
    );
    assert!(problems("").starts_with("Write at least one rule"));
    let unknown = from_toml(&rule("wen = []")).unwrap_err();
    assert!(unknown.starts_with("Line ") && unknown.contains("rule R3: unknown field `wen`"), "{unknown}");
    assert!(from_toml("rules = 3").unwrap_err().starts_with("Line 1: "));
}

#[test]
fn what_is_wrong_in_a_text_is_said_with_its_line() {
    let text = r#"# Version 3.
[[rules]]
id = "R1"
says = "Small is approved."
effect = "auto_approve"
when = [
    { fact = "size_gb", op = "at_most", value = 1 },
    { fact = "size_gb", op = "about", value = 1 },
]

[[rules]]
id = "R2"
effect = "reviews"
reviews = 9
"#;
    let form = from_toml(text).unwrap();
    let said = located(form.parse().unwrap_err(), text).to_string();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("Line 8, rule 1 (R1), condition 2, operator (op): Choose one of: is,"), "{said}");
    assert!(lines[1].starts_with("Line 11, rule 2 (R2), sentence (says): Say in one sentence"), "{said}");
    assert_eq!(lines[2], "Line 14, rule 2 (R2), reviews: Write how many different approvers, 1 to 5.");
    let broken = from_toml("[[rules]]\nid = \"R1\"\nsays = Small.\n").unwrap_err();
    assert!(broken.starts_with("Line 3: rule R1: "), "{broken}");
}

#[test]
fn a_form_posts_and_edits_to_the_same_rules() {
    let rules = Policy::first().rules;
    let form = RulesForm::from(&rules);
    let mut pairs = vec![("note".to_owned(), "x".to_owned()), ("rule.999.id".to_owned(), "R1".to_owned())];
    for (at, rule) in form.rules.iter().enumerate() {
        let fields = [
            ("id", &rule.id),
            ("says", &rule.says),
            ("effect", &rule.effect),
            ("reviews", &rule.reviews),
            ("match", &rule.matching),
        ];
        pairs.extend(fields.map(|(name, value)| (format!("rule.{at}.{name}"), value.clone())));
        for (place, when) in rule.when.iter().enumerate() {
            let parts = [("fact", &when.fact), ("op", &when.op), ("value", &when.value)];
            pairs.extend(parts.map(|(name, value)| (format!("rule.{at}.when.{place}.{name}"), value.clone())));
        }
    }
    let mut posted = RulesForm::from_pairs(&pairs);
    assert_eq!(posted, form);
    assert!(posted.edit("down.0") && posted.edit("up.1"));
    assert_eq!(posted, form);
    assert!(posted.edit("add") && posted.edit("add.4") && posted.edit("remove.4.1"));
    assert_eq!((posted.rules[4].id.as_str(), posted.rules[4].when.len()), ("R5", 1));
    assert!(posted.edit("remove.4"));
    assert_eq!(posted, form);
    for bad in ["up.0", "down.3", "remove.9", "remove.0.9", "fly", "", "add.9"] {
        assert!(!posted.edit(bad), "{bad}");
    }
}

#[test]
fn what_was_not_given_is_no_value() {
    let check = |op: &str, value: &str, ttl: &str| {
        let condition = Condition::parse("ttl_seconds", op, value).unwrap();
        condition.check(CREATE, &spec(&[(Field::TtlSeconds, ttl)]))
    };
    assert!(!check("at_most", "3600", "").holds);
    assert_eq!(check("at_most", "3600", "").says, "no TTL is given");
    assert!(check("is", "none", "").holds);
    assert!(check("is_not", "none", "60").holds);
    assert!(!check("is", "none", "60").holds);
    assert!(check("below", "3600", "60").holds);
    let order = |op: &str| Condition::parse("data_class", op, "confidential").unwrap().check(CREATE, &spec(&[])).holds;
    assert!(order("below") && order("at_most") && !order("at_least"));
}

#[test]
fn a_replay_finds_what_was_denied_and_would_be_approved() {
    use replay::{Past, Report, Shift};

    use crate::{ids::RequestId, lifecycle::Status};
    let past = |id, status, changes: &[(Field, &str)]| Past {
        id: RequestId(id),
        full_name: "x".into(),
        kind: CREATE,
        status,
        submitted_at: sample_now(),
        spec: spec(changes),
    };
    let (old, new) = (Policy::first(), policy(LOOSE));
    let mut report = Report::default();
    report.add(&old, &new, past(1, Status::Completed, &[]));
    report.add(&old, &new, past(2, Status::Completed, &[(Field::Environment, "prod")]));
    report.add(&old, &new, past(3, Status::Denied, &[(Field::Environment, "staging")]));
    assert_eq!((report.judged, report.changed, report.alarming), (3, 2, 1));
    assert_eq!(report.listed[0].id, RequestId(3), "what was denied comes first");
    assert_eq!(report.shifts, [(Shift::MoreApprovers, 1), (Shift::BecomesAutomatic, 1)]);
}

/// The rules as they were before they were data.
fn former(spec: &DatasetSpec) -> Requirements {
    let rule = |id: &str, says: &str| RuleRef { id: id.to_owned(), version: 1, says: says.to_owned() };
    let personal = spec.personal_data.is_some();
    let mut requirements = Requirements { policy: Some(1), ..Requirements::one_review() };
    if spec.environment == Environment::Dev
        && spec.size_bytes <= BYTES_PER_GB
        && spec.peak_qps() <= 100
        && !personal
        && spec.data_class != DataClass::Restricted
        && !spec.is_critical()
    {
        requirements.auto_approve =
            Some(rule("R1", "Development, at most 1 GB, at most 100 QPS at peak, no personal data: approved at once."));
        return requirements;
    }
    if spec.is_critical() {
        requirements.reviews = 2;
        requirements.because.push(rule("R2", "Tiers 0 and 1 need two different approvers."));
    }
    if spec.environment == Environment::Prod && spec.size_bytes > 1_000 * BYTES_PER_GB {
        requirements.reviews = 2;
        requirements.because.push(rule("R3", "Production above 1 TB needs two different approvers."));
    }
    if personal || spec.data_class == DataClass::Restricted {
        requirements.privacy = true;
        requirements.because.push(rule("R4", "Personal or restricted data needs a privacy approval."));
    }
    requirements
}

proptest::proptest! {
    #[test]
    fn the_first_version_judges_as_the_former_function(
        environment in 0..3_usize,
        class in 0..4_usize,
        tier in 0..4_u8,
        size in proptest::sample::select(vec![1, BYTES_PER_GB, BYTES_PER_GB + 1, 1_000 * BYTES_PER_GB, 1_000 * BYTES_PER_GB + 1]),
        qps in proptest::sample::select(vec![0_u32, 49, 50, 51, 100, 101]),
        peak in 10..30_u16,
        personal: bool,
    ) {
        use crate::choices::Choice;
        let mut spec = spec(&[]);
        spec.environment = Environment::ALL[environment];
        spec.data_class = DataClass::ALL[class];
        (spec.tier, spec.size_bytes, spec.qps_get, spec.peak_tenths) = (tier, size, qps, peak);
        spec.personal_data =
            personal.then(|| crate::spec::PersonalData { kinds: vec!["e-mail".into()], retention_days: 30 });
        proptest::prop_assert_eq!(Policy::first().evaluate(CREATE, &spec), former(&spec));
    }
}
