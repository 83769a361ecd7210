//! What 16 CFR 312.4(c) and (d) ask for, element by element, each in every language.

use super::super::words::{Arg, Words};
use super::*;
use crate::data_map::RuleId;

/// The sections that answer a demand.
fn answering<'t>(text: &'t Text, element: &str) -> Vec<&'t Section> {
    let answers = |section: &&Section| section.elements.iter().any(|each| each == element);
    text.sections.iter().filter(answers).collect()
}

/// Asserts that the demand is answered by exactly this phrase, in every language.
fn says(document: &Document, element: &str, phrase: &str, args: &[(&str, Arg<'_>)]) {
    for (lang, text) in each(document) {
        let words = Words::of(lang).unwrap();
        let expected = words.say(phrase, args).unwrap();
        let sections = answering(text, element);
        let said = sections.iter().any(|section| section.paragraphs.contains(&expected));
        assert!(said, "{element} in {lang:?}: {expected}");
    }
}

fn lacks(document: &Document, element: &str) {
    for (lang, text) in each(document) {
        assert!(answering(text, element).is_empty(), "{element} in {lang:?}");
    }
}

fn usual() -> Ground {
    Ground::new(&USUAL, PROFILE)
}

fn whole(document: &Document, lang: Lang) -> String {
    serde_json::to_string(document.text(lang).unwrap()).unwrap()
}

#[test]
fn dn1_01_who_was_named_by_a_child_is_told_so() {
    let ground = usual();
    let asked = Sources { asker: Asker::Child, ..ground.sources() };
    says(&compose(Kind::Direct, &asked).unwrap(), "DN1-01", "why-child", &[]);
    lacks(&ground.compose(Kind::Direct), "DN1-01");
}

#[test]
fn dn1_02_nothing_happens_without_consent() {
    says(&usual().compose(Kind::Direct), "DN1-02", "consent-text", &[]);
}

#[test]
fn dn1_03_every_datum_appears_and_a_further_one_changes_the_hash() {
    let ground = usual();
    let document = ground.compose(Kind::Direct);
    for (lang, text) in each(&document) {
        let items: Vec<&String> =
            answering(text, "DN1-03").iter().flat_map(|section| &section.list).collect();
        let facts = ground.map.facts(ground.offer.features());
        assert_eq!(items.len(), facts.len(), "{lang:?}");
        let words = Words::of(lang).unwrap();
        for fact in facts {
            let what = words.plain(&format!("what-{}", fact.key)).unwrap();
            assert!(items.iter().any(|item| item.starts_with(&what)), "{lang:?}: {what}");
        }
    }
    let further = "\n[[datum]]\nid = \"voice.spoken\"\nwhat = \"What a child says\"\n\
        class = \"linked\"\nabout = \"child\"\nfrom = \"child\"\ncategory = \"profile\"\n\
        fields = [\"TH-NEW/1.words\"]\npurposes = [\"care\"]\nreaders = [\"family\"]\n\
        sealed = \"outer\"\nretention = \"child\"\nexport = \"content\"\nrequired_by = [\"profile\"]\n\
        notice_key = \"voice\"\n";
    let wider = Ground::of(&format!("{MAP}{further}"), &USUAL, PROFILE).compose(Kind::Direct);
    assert_ne!(Hash::of(&wider.to_bytes()), Hash::of(&document.to_bytes()));
}

#[test]
fn dn1_04_others_are_named_and_may_be_refused_unless_the_service_needs_them() {
    let optional = party("shop", "third-party", "own-request", "nickname", false);
    let needed = party("carrier", "third-party", "sms", "guardian-address", true);
    let separate = |registers: String| -> [bool; 2] {
        let document = Ground::new(&USUAL, &registers).compose(Kind::Direct);
        let mut seen = Vec::new();
        for (lang, text) in each(&document) {
            let words = Words::of(lang).unwrap();
            let section = answering(text, "DN1-04")[0];
            let sentence = words.plain("others-separate").unwrap();
            let none = words.plain("others-none").unwrap();
            let says = |sentence| section.paragraphs.contains(sentence);
            seen.push([says(&sentence), says(&none)]);
            for id in ["shop", "carrier"] {
                let named =
                    section.list.iter().any(|item| item.contains(&format!("The {id} (EU)")));
                assert_eq!(named, registers.contains(id), "{lang:?} {id}");
            }
        }
        assert!(seen.iter().all(|each| *each == seen[0]));
        seen[0]
    };
    assert_eq!(separate(format!("{PROFILE}{optional}")), [true, false]);
    assert_eq!(separate(format!("{PROFILE}{needed}")), [false, false]);
    assert_eq!(separate(format!("{PROFILE}{needed}{optional}")), [true, false]);
    assert_eq!(separate(PROFILE.to_owned()), [false, true]);
}

#[test]
fn dn1_05_the_whole_notice_is_linked() {
    for (lang, text) in each(&usual().compose(Kind::Direct)) {
        let link = format!("{URL}/notice/online.html?lang={}", lang.tag());
        assert!(answering(text, "DN1-05")[0].paragraphs[0].contains(&link), "{lang:?}");
    }
}

#[test]
fn dn1_06_only_the_methods_that_are_lawful_are_offered() {
    let chat = [Feature::Messages, Feature::Pictures];
    let shop = party("shop", "third-party", "own-request", "nickname", false);
    let shop = format!("{PROFILE}{shop}");
    let cases: [(&[Feature], &str, &[&str]); 3] = [
        (&USUAL, PROFILE, &["method-e-mail-plus", "method-signed-form"]),
        (&chat, PROFILE, &["method-signed-form"]),
        (&USUAL, &shop, &["method-signed-form"]),
    ];
    for (features, registers, methods) in cases {
        for (lang, text) in each(&Ground::new(features, registers).compose(Kind::Direct)) {
            let words = Words::of(lang).unwrap();
            let said: Vec<_> = methods.iter().map(|id| words.plain(id).unwrap()).collect();
            assert_eq!(answering(text, "DN1-06")[0].list, said, "{lang:?}");
        }
    }
}

#[test]
fn dn1_07_the_days_are_those_that_the_server_waits() {
    let days = RuleId::Verification.keep().days();
    let document = usual().compose(Kind::Direct);
    says(&document, "DN1-07", "deadline-text", &[("days", Arg::Count(days))]);
    let (before, after) = MAP.split_once("id = \"verification\"\nkeep = \"14 days\"").unwrap();
    let longer = format!("{before}id = \"verification\"\nkeep = \"21 days\"{after}");
    let longer = Ground::of(&longer, &USUAL, PROFILE).compose(Kind::Direct);
    says(&longer, "DN1-07", "deadline-text", &[("days", Arg::Count(21))]);
}

/// DN2-01, DN3-01 and DN4-01.
#[test]
fn dn2_dn3_dn4_have_their_elements_and_no_others() {
    let cases = [
        (Kind::Voluntary, "DN2-01", 4, "voluntary"),
        (Kind::Contact, "DN3-01", 6, "contact"),
        (Kind::Safety, "DN4-01", 5, "safety"),
    ];
    for (kind, prefix, count, word) in cases {
        let document = usual().compose(kind);
        for (lang, text) in each(&document) {
            assert_eq!(text.sections.len(), count, "{kind:?}");
            for number in 1..=count {
                let answers = answering(text, &format!("{prefix}.{number}"));
                assert_eq!(answers.len(), 1, "{prefix}.{number} in {lang:?}");
                assert!(!answers[0].paragraphs.is_empty());
            }
            let all = whole(&document, lang);
            assert!(all.contains("post@toys.example"), "{kind:?} says how to refuse");
            assert!(all.contains("/notice/online.html"), "{kind:?} links the whole notice");
            let refuse = Words::of(lang).unwrap().plain("refuse-heading").unwrap();
            assert!(text.sections.iter().any(|section| section.heading == refuse), "{word}");
        }
    }
}

#[test]
fn on_02_all_operators_are_named_with_address_phone_and_mailbox() {
    let second = "[[operator]]\nname = \"Second Ltd\"\naddress = [\"2 Lane\", \"City\"]\n\
        phone = \"+44 20 0000\"\nemail = \"b@second.example\"\n";
    let document = Ground::new(&USUAL, &format!("{PROFILE}{second}")).compose(Kind::Online);
    for (lang, text) in each(&document) {
        let list = answering(text, "ON-02")[0].list.join("\n");
        for part in [
            "Toy House",
            "1 Lane, Town",
            "+1 555 0100",
            "post@toys.example",
            "Second Ltd",
            "2 Lane, City",
            "+44 20 0000",
            "b@second.example",
        ] {
            assert!(list.contains(part), "{lang:?}: {part} is missing in {list}");
        }
        assert!(answering(text, "ON-02")[0].paragraphs.join(" ").contains("holes@toys.example"));
    }
}

#[test]
fn on_03_others_retention_and_what_is_public_stand_in_it() {
    let carrier = party("carrier", "service", "mail", "guardian-address", true);
    let document = Ground::new(&everything(), &format!("{PROFILE}{carrier}")).compose(Kind::Online);
    for (lang, text) in each(&document) {
        let sections = answering(text, "ON-03");
        let ids: Vec<&str> = sections.iter().map(|section| section.id.as_str()).collect();
        let expected = ["child-data", "your-data", "use", "public", "others", "retention"];
        assert_eq!(ids, expected, "{lang:?}");
        let words = Words::of(lang).unwrap();
        let what = words.plain("what-guardian-address").unwrap();
        assert!(sections[4].list[0].contains("The carrier (EU)"), "{lang:?}");
        assert!(sections[4].list[0].contains(&what), "{lang:?}");
        let chat = words.plain("public-chat").unwrap();
        assert!(sections[3].paragraphs.contains(&chat), "{lang:?}: chat is disclosure");
        let days = RuleId::DataBackup.keep().days().to_string();
        assert!(sections[5].paragraphs.join(" ").contains(&days), "{lang:?}");
    }
    for (lang, text) in each(&usual().compose(Kind::Online)) {
        let chat = Words::of(lang).unwrap().plain("public-chat").unwrap();
        assert!(!answering(text, "ON-03")[3].paragraphs.contains(&chat), "{lang:?}");
    }
}

#[test]
fn on_03_who_advertises_or_sells_isnt_passed_over() {
    for purpose in ["advertising", "sale"] {
        let buyer = party("buyer", "third-party", purpose, "activity", false);
        let document = Ground::new(&USUAL, &format!("{PROFILE}{buyer}")).compose(Kind::Online);
        for (lang, text) in each(&document) {
            let words = Words::of(lang).unwrap();
            let nothing = words.plain("use-nothing-else").unwrap();
            let usage = text.sections.iter().find(|section| section.id == "use").unwrap();
            assert!(!usage.paragraphs.contains(&nothing), "{lang:?}: a lie");
            let said = words.plain(&format!("party-{purpose}")).unwrap();
            assert!(whole(&document, lang).contains(&said), "{lang:?}");
        }
    }
    let plain = usual().compose(Kind::Online);
    says(&plain, "ON-03", "use-nothing-else", &[]);
}

#[test]
fn on_04_and_on_05_stand_there_if_and_only_if_they_are_used() {
    let ground = usual();
    for internal_ids in [false, true] {
        for audio in [false, true] {
            let sources = Sources { internal_ids, audio, ..ground.sources() };
            let document = compose(Kind::Online, &sources).unwrap();
            for (lang, text) in each(&document) {
                let counts = ["ON-04", "ON-05"].map(|element| answering(text, element).len());
                let expected = [usize::from(internal_ids), usize::from(audio)];
                assert_eq!(counts, expected, "{lang:?}");
            }
        }
    }
}

#[test]
fn on_06_review_deletion_and_refusal_and_how() {
    let document = usual().compose(Kind::Online);
    for (lang, text) in each(&document) {
        let list = &answering(text, "ON-06")[0].list;
        let words = Words::of(lang).unwrap();
        for right in ["review", "delete", "refuse", "correct", "write"] {
            let args = [("url", Arg::Text(URL)), ("email", Arg::Text("post@toys.example"))];
            let said = words.say(&format!("rights-{right}"), &args).unwrap();
            assert!(list.contains(&said), "{lang:?}: {right}");
        }
        assert!(list.join(" ").contains("post@toys.example"), "a way without signing in");
    }
}

/// ON-01 and UK-4: beside each form, what it collects; for a child, a picture for each feature.
#[test]
fn on_01_each_form_and_each_picture_says_what_is_collected() {
    for features in [USUAL.to_vec(), everything()] {
        let ground = Ground::new(&features, PROFILE);
        let facts = ground.map.facts(ground.offer.features());
        for (lang, text) in each(&ground.compose(Kind::Forms)) {
            let words = Words::of(lang).unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for fact in &facts {
                let what = words.plain(&format!("what-{}", fact.key)).unwrap();
                let beside = text.sections.iter().filter(|section| {
                    section.list.iter().any(|item| item.starts_with(&format!("{what}. ")))
                });
                let count = beside
                    .inspect(|section| {
                        seen.insert(section.id.clone());
                    })
                    .count();
                let on = fact.required_by.intersection(ground.offer.features()).count();
                assert_eq!(count, on, "{lang:?}: {what}");
            }
            assert_eq!(seen.len(), text.sections.len(), "{lang:?}: a form that asks for nothing");
        }
        for (lang, text) in each(&ground.compose(Kind::Child)) {
            let shown = text.sections.iter().filter(|section| section.id.contains("feature"));
            assert_eq!(
                shown.count(),
                features
                    .iter()
                    .filter(|feature| { crate::domain::offer::category_of(**feature).is_some() })
                    .count(),
                "{lang:?}"
            );
            assert!(text.sections.iter().all(|section| section.pictogram.is_some()), "{lang:?}");
        }
    }
}

/// 312.11(h): a membership is shown where there is one, and nowhere else.
#[test]
fn sh_02_the_safe_harbor_programme_is_named_if_there_is_one_and_only_then() {
    let member = "[safe_harbor]\nprogram = \"Example Seal\"\nsite = \"https://seal.example/members\"\n\
        since = 2026-01-02\nends_on = 2027-03-04\napproved_methods = [\"video\", \"e-mail-plus\"]\n";
    let ground = Ground::new(&USUAL, &format!("{PROFILE}{member}"));
    let document = ground.compose(Kind::Online);
    for (lang, text) in each(&document) {
        let section = answering(text, "SH-02")[0];
        for part in ["Example Seal", "https://seal.example/members", "2026-01-02", "2027-03-04"] {
            assert!(section.paragraphs[0].contains(part), "{lang:?}: {part}");
        }
        let words = Words::of(lang).unwrap();
        let approved = words.plain("method-e-mail-plus").unwrap();
        assert_eq!(section.list, [approved], "{lang:?}: nothing that is off or wasn't approved");
    }
    // What isn't lawful for what is on is no way of verification, whoever approved it.
    let chatty = Ground::new(&everything(), &format!("{PROFILE}{member}"));
    for (lang, text) in each(&chatty.compose(Kind::Online)) {
        assert_eq!(answering(text, "SH-02")[0].list, [""; 0], "{lang:?}");
    }
    let silent =
        Ground::new(&USUAL, &format!("{PROFILE}{}", member.split("approved").next().unwrap()));
    for (lang, text) in each(&silent.compose(Kind::Online)) {
        let section = answering(text, "SH-02")[0];
        assert!(section.list.is_empty() && section.paragraphs.len() == 1, "{lang:?}");
    }
    lacks(&usual().compose(Kind::Online), "SH-02");
    for (lang, text) in each(&usual().compose(Kind::Online)) {
        let heading = Words::of(lang).unwrap().plain("safe-harbor-heading").unwrap();
        assert!(text.sections.iter().all(|section| section.heading != heading), "{lang:?}");
    }
}

/// ETSI EN 303 645, provision 5.8-3: each sensor of each product, in the maker's words of the language.
#[test]
fn every_sensor_of_every_product_stands_in_the_notice_and_no_other() {
    let product = |id: &str, sensors: &str| {
        format!(
            "[[product]]\nid = \"{id}\"\nname = \"The {id}\"\nmodel = \"1\"\nclass = \"default\"\n\
             sold_since = 2026-01-01\nsupport_ends_on = 2031-01-01\nacknowledged_within_days = 5\n\
             updates_every_days = 14\nsigned_by = \"G\"\nsigned_at = \"T\"\nsigned_on = 2026-01-01\n{sensors}"
        )
    };
    let sensor = |word: &str| {
        format!(
            "[[product.sensors]]\nsensor = \"{word}\"\nused_for = {{ en = \"{word} en\", \
             fr = \"{word} fr\", es = \"{word} es\", de = \"{word} de\" }}\n"
        )
    };
    let all: Vec<&str> = crate::registers::Sensor::ALL.iter().map(|row| row.1).collect();
    let owl = product("owl", &all.iter().map(|word| sensor(word)).collect::<String>());
    let fox = product("fox", "sensors = []\n");
    let document = Ground::new(&USUAL, &format!("{PROFILE}{owl}{fox}")).compose(Kind::Online);
    for (lang, text) in each(&document) {
        let words = Words::of(lang).unwrap();
        let list = &answering(text, "ETSI-5.8-3")[0].list;
        let said = all.iter().map(|word| {
            let sensor = words.plain(&format!("sensor-{word}")).unwrap();
            let used = format!("{word} {}", lang.tag());
            let args = [("toy", "The owl"), ("sensor", &sensor), ("use", &used)];
            words.say("sensors-one", &args.map(|(name, text)| (name, Arg::Text(text)))).unwrap()
        });
        let none = words.say("sensors-none", &[("toy", Arg::Text("The fox"))]).unwrap();
        assert_eq!(*list, said.chain([none]).collect::<Vec<_>>(), "{lang:?}");
    }
    lacks(&usual().compose(Kind::Online), "ETSI-5.8-3");
    let unlisted = Ground::new(&USUAL, &format!("{PROFILE}{}", product("cat", "")));
    lacks(&unlisted.compose(Kind::Online), "ETSI-5.8-3");
}
