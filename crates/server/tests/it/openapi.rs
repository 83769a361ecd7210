//! The `OpenAPI` document, read by a program that shares nothing with the one that wrote it.

use std::process::{Command, Output};

use serde_json::Value;

use crate::http::Ask;
use crate::world::World;

/// A Python that has the packages of `tests/openapi/requirements.txt`.
const PYTHON: &str = "TREEHOUSE_OPENAPI_PYTHON";

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment what is there")]
fn validate(document: &Value) -> Output {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| {
        panic!(
            "{PYTHON} isn't set; run the tests through `cargo xtask test --only unit`, or set it \
             to a Python with the packages of crates/server/tests/openapi/requirements.txt"
        )
    });
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, document.to_string()).expect("the document can be written");
    let mut command = Command::new(python);
    command.args(["-m", "openapi_spec_validator", "--schema", "3.1", "--errors", "all"]);
    command.arg(file).output().expect("Python runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_served_document_is_valid_openapi_3_1() {
    for world in World::both().await {
        let answer = world.nobody().ask(Ask::get("/v1/openapi.json")).await.expect(200);
        let document = answer.json();
        assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
        let verdict = validate(&document);
        let told = String::from_utf8_lossy(&verdict.stdout);
        assert!(verdict.status.success(), "{told}");
    }
}

#[test]
fn the_validator_refuses_what_is_not_openapi() {
    let document = treehouse_server::http::openapi().to_json().expect("the document is JSON");
    let document: Value = serde_json::from_str(&document).expect("the document is JSON");
    assert!(validate(&document).status.success());
    let mut broken = document;
    broken["paths"]["/v1/account"]["get"]["responses"] = Value::from("none");
    assert!(!validate(&broken).status.success());
}
