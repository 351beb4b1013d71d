//! What is written reads back the same, and what is wrong is refused with its line.

use domain::{
    bounds,
    error::Error,
    form::{Field, QuickForm, RequestForm, sample_now},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::{read_all, read_one, write};

fn refusal(text: &str) -> String {
    match read_all(text) {
        Err(Error::Input { input, message }) if input == "yaml" => message,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_whole_request_is_read_back() {
    let quick = QuickForm { name: "a_b".into(), description: "Because of this.".into(), team: "search".into() };
    for form in [RequestForm::sample(), RequestForm::new(), RequestForm::default(), quick.expand("maya.chen")] {
        let text = write(&form, "REQ-2001");
        assert_eq!(read_one(&text).unwrap(), form, "{text}");
    }
}

/// Whatever somebody typed into a draft, in any field.
#[test]
fn every_form_is_read_back() {
    const PIECES: &[&str] = &[
        "a",
        "Ü",
        "😀",
        " ",
        "\n",
        "\t",
        "\r\n",
        ":",
        "- ",
        "#",
        "\"",
        "'",
        "\\",
        "{",
        "[",
        "&a",
        "*a",
        "!t",
        "|",
        "%",
        "---",
        "...",
        "true",
        "null",
        "~",
        "1",
        "0x1f",
        "1e3",
        ".5",
        "-7",
        "01",
        "\u{0}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{7f}",
        ", ",
        "on",
        "12.50",
        "2026-03-01",
    ];
    let mut dice = StdRng::seed_from_u64(2001);
    for _ in 0..500 {
        let mut form = RequestForm::default();
        for field in Field::ALL {
            let pieces = dice.random_range(0..4);
            form.set(*field, (0..pieces).map(|_| PIECES[dice.random_range(0..PIECES.len())]).collect::<String>());
        }
        let text = write(&form, "a draft");
        let read = read_one(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        for field in Field::ALL {
            assert_eq!(read.get(*field), form.get(*field), "{field}\n{text}");
        }
    }
}

#[test]
fn it_is_written_for_people() {
    let text = write(&RequestForm::sample(), "REQ-2001 of Maya");
    assert!(text.starts_with("# REQ-2001 of Maya\n"), "{text}");
    for line in [
        "# What it is\n",
        "name: user_profiles\n",
        "# One of: dev, staging, prod.\nenvironment: prod\n",
        "services:\n  - \"web-frontend:read\"\n  - \"profile-writer:write\"\n",
        "data_size_gb: 250.5\n",
        "availability: 99.9\n",
        "migration: true\n",
        "tags:\n  - profiles\n  - serving\n",
        "# region:\n",
        "# 1 to 10¹².\nexpected_keys: 120000000\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert_eq!(text, write(&RequestForm::sample(), "REQ-2001 of Maya"), "the order is the same each time");
}

#[test]
fn what_people_write_by_hand_is_understood() {
    let form = read_one(
        "name: sessions\nteam: search\nservices:\n  - checkout-api: read\n  - feed:write\ntags: [a, b]\n\
         description: >\n  One line,\n  folded.\nmigration: false\ndata_size_gb: 2\ngrowth_percent: ~\n",
    )
    .unwrap();
    assert_eq!(form.get(Field::Services), "checkout-api:read\nfeed:write");
    assert_eq!(form.get(Field::Tags), "a, b");
    assert_eq!(form.get(Field::Description), "One line, folded.\n");
    assert_eq!((form.get(Field::Migration), form.get(Field::GrowthPercent)), ("", ""));
    assert_eq!(form.get(Field::PeakFactor), "2", "what is left out has its default");
    assert_eq!(read_one(r#"{"name": "sessions", "qps_get": 5}"#).unwrap().get(Field::QpsGet), "5");
    let all = read_all("---\nname: a\n---\n---\nname: b\n").unwrap();
    assert_eq!(all.iter().map(|one| (one.number, one.form.get(Field::Name))).collect::<Vec<_>>(), [(1, "a"), (3, "b")]);
    assert!(RequestForm::sample().parse(sample_now()).is_ok());
}

#[test]
fn what_is_wrong_is_refused_with_its_line() {
    for (text, said) in [
        ("name: a\nqps_gets: 4", "Line 2: there is no field `qps_gets`; did you mean `qps_get`?"),
        ("name: a\ncolour: red", "Line 2: there is no field `colour`; take it out"),
        ("name: a\nteam: b\nname: c", "Line 3: `name` stands twice; keep one of the two"),
        ("name: a\nqps_get: [1]", "Line 2: qps_get: `qps_get` takes one value, not a list"),
        ("name: a\ndescription:\n  nested: true", "`description` takes no keys of its own"),
        ("name: true", "Line 1: name: `name` is no yes or no"),
        ("name: a\ncost_centre: 4410", "Line 2: cost_centre: `cost_centre` is text; put 4410 in quotes"),
        ("name: a\ntags: ['a, b']", "`tags` holds a comma"),
        ("name: a\nregion: !secret x", "Line 2: "),
        ("base: &a {name: x}\n<<: *a", "Line 1: there is no field `base`"),
        ("name: a\n  team: b", "Line 2: "),
        ("- name: a", "lines of `field: value`"),
        ("just text", "lines of `field: value`"),
        ("name: *nobody", "Line 1: unknown anchor"),
    ] {
        let message = refusal(text);
        assert!(message.contains(said), "{text}\n{message}");
    }
}

#[test]
fn what_is_too_large_is_refused_at_once() {
    assert!(refusal(&"#".repeat(bounds::YAML_BYTES_MAX + 1)).contains("at most"));
    assert!(refusal(&"---\nname: a\n".repeat(101)).contains("more than 100 documents"));
    let bomb = format!("tags:\n  - &a {}\n{}", "x".repeat(100_000), "  - *a\n".repeat(1_000));
    assert!(refusal(&bomb).contains("aliases make it larger"), "{}", refusal(&bomb));
    for deep in ["[", "{", "- ", "a: ["] {
        let started = std::time::Instant::now();
        refusal(&format!("tags: {}", deep.repeat(bounds::YAML_BYTES_MAX / 4 - 10)));
        assert!(started.elapsed().as_secs() < 5, "{deep}: {:?}", started.elapsed());
    }
}
