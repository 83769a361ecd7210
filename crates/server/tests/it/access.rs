//! Who may do what: every route, for everybody who may knock. The router names the routes, so a
//! new one without a row fails here. What comes out is `docs/generated/access.md`.

mod bodies;
pub mod cast;
mod page;
pub mod routes;

use std::collections::{BTreeMap, BTreeSet};

use crate::http::Answer;
use crate::world::World;
use cast::{Cast, Who};
use routes::{ROUTES, Relation, Route};

/// Routes that the `OpenAPI` document doesn't name.
const BESIDE: [&str; 3] = ["GET /healthz", "GET /readyz", "GET /v1/openapi.json"];

/// Routes where the id itself is the right to ask: whoever was handed an invitation knows its id,
/// and nobody can guess one.
const BY_LINK: [&str; 2] =
    ["GET /v1/invitations/{invitation}", "POST /v1/invitations/{invitation}/answer"];

/// What came out, by route, relation and who asked.
type Matrix = BTreeMap<(&'static str, Relation), BTreeMap<Who, Answer>>;

/// Every route of the router, as `METHOD /path`.
fn router() -> BTreeSet<String> {
    let document = treehouse_server::http::openapi().to_json().expect("the document is JSON");
    let document: serde_json::Value =
        serde_json::from_str(&document).expect("the document is JSON");
    let mut routes: BTreeSet<String> = BESIDE.map(ToOwned::to_owned).into();
    for (path, item) in document["paths"].as_object().expect("there are paths") {
        let methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];
        let methods = methods.iter().filter(|method| item.get(**method).is_some());
        routes.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    routes
}

#[test]
fn every_route_of_the_router_has_a_row_and_every_row_a_route() {
    let rows: BTreeSet<String> = ROUTES.iter().map(|route| route.name.to_owned()).collect();
    assert_eq!(rows, router());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_matrix_is_the_one_on_its_page_and_tells_strangers_nothing() {
    let mut pages = Vec::new();
    for world in World::both().await {
        let mut cast = Cast::new(&world).await;
        let mut matrix = Matrix::new();
        // Those that end sessions or change what a toy is come last.
        let (last, first): (Vec<&Route>, Vec<&Route>) =
            ROUTES.iter().partition(|route| route.consumes.is_last());
        for route in first.into_iter().chain(last) {
            for relation in route.relations() {
                let row = matrix.entry((route.name, relation)).or_default();
                for who in Who::ALL {
                    let answer = route.ask(&world, &mut cast, who, relation).await;
                    assert_ne!(answer.status / 100, 5, "{} {relation:?} {who:?}", route.name);
                    if answer.is_success() {
                        cast.renew(&world, route.consumes, who, &answer).await;
                    } else {
                        answer.problem();
                    }
                    row.insert(who, answer);
                }
            }
        }
        check(&matrix);
        pages.push(page::render(&matrix));
    }
    assert_eq!(pages[0], pages[1], "both engines decide alike");
    page::compare(&pages[0]);
}

/// What must hold whatever the page says.
fn check(matrix: &Matrix) {
    let routes: BTreeSet<&'static str> = matrix.keys().map(|(name, _)| *name).collect();
    for name in routes.into_iter().filter(|name| !BY_LINK.contains(name)) {
        let row = |relation| matrix.get(&(name, relation));
        let same = |one: &Answer, other: &Answer, what: &str| {
            assert_eq!(one.status, other.status, "{name}: {what}");
            assert_eq!(one.body, other.body, "{name}: {what}");
        };
        if let (Some(own), Some(none)) = (row(Relation::Own), row(Relation::None)) {
            // In what is put before stewards, a steward is no stranger.
            let is_stranger = |who: &Who| *who != Who::Steward || !name.contains("/steward/");
            for who in Who::STRANGERS.into_iter().filter(is_stranger) {
                assert!(!own[&who].is_success(), "{name}: {who:?} gets through");
                same(&own[&who], &none[&who], &format!("{who:?} can tell own from none"));
            }
        }
        if let (Some(mixed), Some(none)) = (row(Relation::Mixed), row(Relation::NoThing)) {
            for who in Who::ALL {
                assert!(!mixed[&who].is_success(), "{name}: {who:?} reaches into a family");
                same(&mixed[&who], &none[&who], &format!("{who:?} can tell foreign from none"));
            }
        }
    }
}
