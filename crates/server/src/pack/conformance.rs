//! Conformance files: every provision of a standard, and how it is met. The list says of each whether
//! the platform, the toy or the operator must meet it; nothing is left empty.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::requirements::{Row, Section, Status};

const TEXT: &str = include_str!("conformance.toml");

static LISTS: LazyLock<Result<Lists, String>> =
    LazyLock::new(|| toml::from_str(TEXT).map_err(|error: toml::de::Error| error.to_string()));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    standard: Vec<Standard>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Standard {
    file: String,
    title: String,
    /// Provision, weight (M, R, or with a condition), who must meet it, rows that show it, detail.
    provision: Vec<(String, String, Who, Vec<String>, String)>,
}

/// Who must meet a provision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Who {
    /// This software, on the server or as the library of a toy.
    Platform,
    /// The toy's maker, in hardware and firmware.
    Toy,
    /// Whoever runs the service.
    Operator,
    /// Nobody: it doesn't apply, and the detail says why.
    Nobody,
}

/// How a provision is met.
fn support(who: Who, rows: &[Option<&Row>]) -> &'static str {
    let done = |row: Option<&Row>| row.is_some_and(|row| row.status == Status::Done);
    match who {
        Who::Platform if !rows.is_empty() && rows.iter().all(|row| done(*row)) => "supported",
        Who::Platform => "not supported, or not shown",
        Who::Toy => "left to the toy",
        Who::Operator => "left to the operator",
        Who::Nobody => "not applicable",
    }
}

/// Each standard by the name of its file.
pub(super) fn documents(list: &[Section]) -> Vec<(String, Value)> {
    let Ok(lists) = LISTS.as_ref() else {
        return Vec::new();
    };
    let find =
        |id: &String| list.iter().flat_map(|section| &section.rows).find(|row| row.id == *id);
    let each = lists.standard.iter().map(|standard| {
        let provisions = standard.provision.iter().map(|(id, weight, who, rows, detail)| {
            let found: Vec<Option<&Row>> = rows.iter().map(find).collect();
            let tests = found.iter().flatten().flat_map(|row| &row.tests);
            json!({
                "provision": id,
                "weight": weight,
                "support": support(*who, &found),
                "rows": rows,
                "tests": tests.collect::<Vec<_>>(),
                "detail": detail,
            })
        });
        let provisions = provisions.collect::<Vec<_>>();
        (standard.file.clone(), json!({ "standard": standard.title, "provisions": provisions }))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::requirements;

    #[test]
    fn every_provision_says_how_it_is_met_or_why_not() {
        let lists = LISTS.as_ref().unwrap();
        let counts: Vec<usize> = lists.standard.iter().map(|each| each.provision.len()).collect();
        assert_eq!(counts, [77, 31, 20, 14]);
        for standard in &lists.standard {
            let mut ids = BTreeSet::new();
            for (id, weight, who, rows, detail) in &standard.provision {
                assert!(ids.insert(id), "{id} stands twice");
                assert!(!weight.is_empty() && detail.len() > 10, "{id} is empty");
                for row in rows {
                    assert!(requirements::row(row).is_some(), "{id} names {row}, which is no row");
                }
                assert!(*who == Who::Platform || rows.is_empty(), "{id}: whose is it?");
            }
        }
    }

    #[test]
    fn what_has_no_row_that_is_done_is_never_called_supported() {
        let list = requirements::embedded().unwrap();
        let mut seen = BTreeSet::new();
        for (_, document) in documents(list) {
            for provision in document["provisions"].as_array().unwrap() {
                let support = provision["support"].as_str().unwrap();
                seen.insert(support.to_owned());
                let rows = provision["rows"].as_array().unwrap();
                let done = |id: &Value| {
                    requirements::row(id.as_str().unwrap())
                        .is_some_and(|row| row.status == Status::Done)
                };
                let shown = !rows.is_empty() && rows.iter().all(done);
                assert_eq!(support == "supported", shown, "{provision}");
            }
        }
        assert!(seen.contains("supported") && seen.len() >= 4, "{seen:?}");
    }
    /// The mechanisms of a part of EN 18031 that a file has no row of, and those that it has beyond.
    fn difference(document: &Value, mechanisms: &[&str]) -> BTreeSet<String> {
        let rows = document["provisions"].as_array().unwrap();
        let named = rows.iter().filter_map(|row| row["provision"].as_str()?.split_once('-'));
        let named: BTreeSet<String> = named.map(|(mechanism, _)| mechanism.to_owned()).collect();
        let asked = mechanisms.iter().map(|mechanism| (*mechanism).to_owned()).collect();
        named.symmetric_difference(&asked).cloned().collect()
    }

    #[test]
    fn each_part_of_en_18031_has_a_file_with_each_of_its_mechanisms() {
        let both = ["ACM", "AUM", "SUM", "SSM", "SCM", "CCK", "GEC", "CRY"];
        let network = [both.as_slice(), &["RLM", "NMM", "TCM"]].concat();
        let privacy = [both.as_slice(), &["LGM", "DLM", "UNM"]].concat();
        let mut documents = documents(requirements::embedded().unwrap()).into_iter();
        let mut file = |name: &str| documents.find(|(file, _)| file == name).unwrap().1;
        let (mut first, second) = (file("en-18031-1"), file("en-18031-2"));
        assert_eq!(difference(&first, &network), BTreeSet::new());
        assert_eq!(difference(&second, &privacy), BTreeSet::new());
        assert_eq!(difference(&first, &privacy).len(), 6, "the control: they are two standards");
        let rows = first["provisions"].as_array_mut().unwrap();
        rows.retain(|row| row["provision"] != "RLM-1");
        assert_eq!(difference(&first, &network), BTreeSet::from(["RLM".to_owned()]), "the control");
    }
}
