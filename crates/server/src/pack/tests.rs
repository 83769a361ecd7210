//! The pack's pages, of things that never were.

use treehouse_protocol::registry::Method;

use super::*;
use crate::requirements;

const REGISTERS: &str = "[profile]\nphone = \"1\"\nsecurity_contact = \"s@o.example\"\n\
    coordinator = \"<b>Grace & co</b>\"\n";

fn found() -> Collected {
    let publication = Publication {
        kind: "registers",
        version: 1,
        hash: Hash::of(REGISTERS.as_bytes()),
        at: Time(0),
        program: "0.1.0".to_owned(),
        document: REGISTERS.as_bytes().to_vec(),
        place: Some(3),
    };
    Collected {
        deployment: "<script>alert(1)</script>".to_owned(),
        public_url: "https://toys.example".to_owned(),
        operator: Operator::parse("Toys Ltd", &["1 Road"], "o@toys.example").unwrap(),
        program: "0.1.0",
        made: Time(100 * DAY_MS),
        period: Period::new(Day(0), Day(9)).unwrap(),
        methods: vec![Method::SignedForm],
        features: BTreeSet::new(),
        log: LogPart {
            key: "toys.example/log+00000000+AAAA".to_owned(),
            checkpoint: "c".to_owned(),
            size: 4,
            counts: BTreeMap::from([(Day(1), BTreeMap::from([("release", 2)]))]),
            proven: Vec::new(),
        },
        publications: vec![publication],
        registers: vec![(Time(0), Registers::parse(REGISTERS).unwrap())],
        acts: Vec::new(),
        restores: vec![(Day(2), 7)],
        impact_assessment: "# none".to_owned(),
        alarms: vec![(Time(3 * DAY_MS), "budget".to_owned())],
        complaints: BTreeMap::from([("open", 4)]),
    }
}

fn of(results: Option<&Results>) -> BTreeMap<String, String> {
    let list = requirements::embedded().unwrap();
    let pages = pages(&found(), list, results);
    pages.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())).collect()
}

fn row<'a>(rows: &'a Value, id: &str) -> &'a Value {
    rows.as_array().unwrap().iter().find(|row| row["id"] == id).unwrap()
}

#[test]
fn every_demand_stands_in_the_pack_and_none_has_a_result_that_was_not_read() {
    let list = requirements::embedded().unwrap();
    let without: Value = serde_json::from_str(&of(None)["requirements.json"]).unwrap();
    for demand in list.iter().flat_map(|section| &section.rows) {
        let shown = row(&without, &demand.id);
        assert_eq!(shown["clause"], demand.clause, "{}", demand.id);
        assert_eq!(shown["tests"].as_array().unwrap().len(), demand.tests.len());
        for test in shown["tests"].as_array().unwrap() {
            assert!(test["result"].is_null(), "{}: nothing ran", demand.id);
        }
        let verdict = shown["verdict"].as_str().unwrap();
        let named = !demand.tests.is_empty();
        assert_eq!(verdict.contains("no results were given"), named, "{verdict}");
        assert!(
            named || verdict.starts_with("no test can be run") || verdict.starts_with("doesn't")
        );
    }
    let done = list.iter().flat_map(|section| &section.rows).find(|row| row.tests.len() == 1);
    let (id, test) = done.map(|row| (&row.id, &row.tests[0])).unwrap();
    for (child, result) in [("", "passed"), ("<failure/>", "failed"), ("<skipped/>", "not run")] {
        let file =
            format!("<testsuite><testcase name=\"a::{test}\">{child}</testcase></testsuite>");
        let results = Results::parse(&file).unwrap();
        let rows: Value = serde_json::from_str(&of(Some(&results))["requirements.json"]).unwrap();
        assert_eq!(row(&rows, id)["tests"][0]["result"], result);
        let other = row(&rows, "VTC-10");
        assert_eq!(other["tests"][0]["result"], "not run", "it isn't in the file");
    }
}

#[test]
fn the_page_loads_nothing_and_text_stays_text() {
    let page = &of(None)["index.html"];
    assert!(page.contains("&lt;script&gt;alert(1)"), "the control: it stands there");
    for part in ["<script", "src=", "href=", "url(", "@import", "<link", "<img"] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_registers_tell_when_the_gate_was_closed_and_the_assessment_what_it_needs() {
    let pages = of(None);
    let registers: Value = serde_json::from_str(&pages["registers.json"]).unwrap();
    let days = registers["days_with_faults"].as_array().unwrap();
    assert_eq!((&days[0]["from"], &days[0]["to"]), (&json!("1970-01-01"), &json!("1970-01-10")));
    assert!(days[0]["faults"].to_string().contains("no [[risk]]"), "{days:?}");
    let assessment: Value = serde_json::from_str(&pages["assessment.json"]).unwrap();
    for key in [
        "order_V_A_coordinator",
        "order_V_B_risks",
        "order_V_C_tests",
        "order_V_D_providers",
        "order_V_E_reviews",
        "order_VII_receipts",
        "order_VI_through_the_period",
        "order_VIII_methods_of_verification",
        "order_VIII_published_in_the_period",
    ] {
        assert!(!assessment[key].is_null(), "{key}");
    }
    let incidents: Value = serde_json::from_str(&pages["incidents.json"]).unwrap();
    assert_eq!(incidents["restores"][0]["entries_lost"], 7);
    assert_eq!(incidents["alarms"][0]["alarm"], "budget");
    assert_eq!(assessment["order_IX_complaints"]["open"], 4);
    assert_eq!(pages["published/registers-1.toml"], REGISTERS, "byte for byte");
}

#[test]
fn a_folder_with_something_in_it_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let pages = Pages::from([("a/b".to_owned(), b"c".to_vec())]);
    write(folder.path(), &pages).unwrap();
    assert_eq!(std::fs::read(folder.path().join("a/b")).unwrap(), b"c");
    let other = Pages::from([("x".to_owned(), b"y".to_vec())]);
    let refused = write(folder.path(), &other).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::DirectoryNotEmpty);
    assert!(!folder.path().join("x").exists());
}
