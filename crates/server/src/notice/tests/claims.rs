//! A claim whose test failed is in no notice any more; what the law demands stays, and the gate closes.

use super::*;
use crate::claims::{CLAIMS, Claim, Weight};
use crate::results::Results;

/// All tests of all claims passed but this one's.
fn without(claim: &Claim) -> Claims {
    let tests: std::collections::BTreeSet<_> = CLAIMS.iter().flat_map(Claim::tests).collect();
    let cases = tests.iter().map(|test| {
        let failure = if claim.tests().contains(test) { "<failure/>" } else { "" };
        format!("<testcase name=\"{test}\">{failure}</testcase>")
    });
    let cases = cases.collect::<String>();
    Claims::of(&Results::parse(&format!("<testsuite>{cases}</testsuite>")).unwrap())
}

fn whole(document: &Document, lang: Lang) -> String {
    serde_json::to_string(document.text(lang).unwrap()).unwrap()
}

#[test]
fn a_claim_whose_test_failed_is_in_no_notice_of_any_language() {
    let mut gone = 0;
    for claim in CLAIMS {
        let mut ground = Ground::new(&everything(), PROFILE);
        let before = ground.compose(Kind::Online);
        ground.claims = without(&claim);
        for (kind, _) in Kind::ALL {
            let after = ground.compose(kind);
            for (lang, ..) in Lang::ALL {
                // What is left when the names in it are filled in.
                let said = words::Words::of(lang).unwrap().plain(claim.phrase);
                let Ok(said) = said else { continue };
                let said = serde_json::to_string(&said).unwrap();
                let kept = claim.weight == Weight::Demanded;
                if kind == Kind::Online {
                    assert!(whole(&before, lang).contains(&said), "the control: {}", claim.phrase);
                    assert_eq!(whole(&after, lang).contains(&said), kept, "{}", claim.phrase);
                    gone += usize::from(!kept);
                } else if !kept {
                    assert!(!whole(&after, lang).contains(&said), "{kind:?}: {}", claim.phrase);
                }
            }
        }
        if claim.weight == Weight::Said {
            assert_ne!(ground.compose(Kind::Online).to_bytes(), before.to_bytes());
        }
    }
    assert_eq!(gone, 3 * Lang::ALL.len(), "three claims, in each language");
}
