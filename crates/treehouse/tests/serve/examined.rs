//! What is refused before anybody is served.

use serde_json::Value;

use super::place::Place;

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn findings(place: &Place) -> (Option<i32>, Vec<Value>) {
    let output = place.run(&["doctor", "--json"]);
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    (output.status.code(), report["findings"].as_array().unwrap().clone())
}

fn about<'a>(findings: &'a [Value], subject: &str) -> &'a Value {
    findings.iter().find(|each| each["subject"] == subject).expect(subject)
}

#[test]
fn an_unknown_key_is_refused_with_its_name() {
    let place = Place::new();
    place.write_config(|config| config.replace("[store]\n", "[store]\nfoldr = \"x\"\n"));
    for command in ["serve", "doctor", "migrate"] {
        let refused = place.run(&[command]);
        assert_eq!(refused.status.code(), Some(1), "{command}");
        assert!(said(&refused).contains("foldr"), "{}", said(&refused));
    }
}

#[test]
fn unsafe_configurations_are_refused() {
    let unsafe_ones = [
        ("https://localhost", "http://localhost", "must begin with https://"),
        ("https://localhost", "https://localhost/", "must not end with a slash"),
        ("https://localhost", "https://user@localhost", "must be a host"),
        ("\"test.example\"", "\"\"", "server.deployment must have 1 to 64 bytes"),
        (
            "metrics_listen = \"127.0.0.1:0\"",
            "metrics_listen = \"0.0.0.0:0\"",
            "must be a loopback or private address",
        ),
        ("[blobs]", "postgres_url_file = \"/a\"\n[blobs]", "give both databases or none"),
        (
            "[blobs]",
            "postgres_url_file = \"/a\"\nkey_store_postgres_url_file = \"/a\"\n[blobs]",
            "must not lie in the database that it protects",
        ),
    ];
    for (safe, changed, reason) in unsafe_ones {
        let place = Place::new();
        place.write_config(|config| config.replacen(safe, changed, 1));
        let refused = place.run(&["serve"]);
        assert_eq!(refused.status.code(), Some(1), "{changed}");
        assert!(said(&refused).contains(reason), "{changed}: {}", said(&refused));
        assert!(!place.path("store").exists(), "{changed}: something was begun");
        let (code, findings) = findings(&place);
        assert_eq!(code, Some(1), "{changed}");
        let advised = |each: &&Value| each["advice"].as_str().is_some_and(|a| a.contains(reason));
        let found = findings.iter().find(advised).expect(changed);
        assert_eq!(found["verdict"], "refuse");
    }
}

#[test]
fn a_fresh_place_and_one_that_was_used_are_fit_to_serve() {
    let place = Place::new();
    let (code, before) = findings(&place);
    assert_eq!(code, Some(0), "{before:?}");
    assert!(!place.path("store").exists(), "the doctor changes nothing");
    place.serve().stop();
    let (code, after) = findings(&place);
    assert_eq!(code, Some(0), "{after:?}");
    let database = about(&after, "database")["found"].as_str().unwrap();
    assert!(database.contains("synchronous FULL"), "{database}");
    for (subject, verdict) in [
        ("store.folder: treehouse.db", "ok"),
        ("store.folder: keys.db", "ok"),
        ("root_key.path", "ok"),
        ("root key", "ok"),
        ("key store apart", "ok"),
        ("clock", "ok"),
        ("certificate", "warn"),
        ("mail", "warn"),
    ] {
        assert_eq!(about(&after, subject)["verdict"], verdict, "{subject}");
    }
    let table = place.run(&["doctor"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("key store apart"), "{table}");
}

#[test]
fn files_that_others_can_read_are_found_and_refused() {
    let planted = [
        ("secrets/passphrase", "root_key.passphrase_file"),
        ("store/root.key", "root_key.path"),
        ("store/treehouse.db", "store.folder: treehouse.db"),
        ("store/keys.db", "store.folder: keys.db"),
    ];
    let place = Place::new();
    place.serve().stop();
    for (file, subject) in planted {
        place.set_mode(file, 0o640);
        let (code, findings) = findings(&place);
        assert_eq!(code, Some(1), "{file}");
        let found = about(&findings, subject);
        assert_eq!(found["verdict"], "refuse", "{file}");
        assert!(found["advice"].as_str().unwrap().contains("chmod 600"), "{found}");
        let refused = place.run(&["serve"]);
        assert_eq!(refused.status.code(), Some(1), "{file}");
        assert!(said(&refused).contains(subject), "{}", said(&refused));
        place.set_mode(file, 0o600);
    }
}

#[test]
fn a_passphrase_in_the_stores_folder_is_warned_about() {
    let place = Place::new();
    place.serve().stop();
    place.write_secret("store/passphrase", "five words chosen by dice\n");
    place.write_config(|config| config.replace("/secrets/passphrase", "/store/passphrase"));
    let (code, findings) = findings(&place);
    assert_eq!(code, Some(0), "{findings:?}");
    assert_eq!(about(&findings, "root key")["verdict"], "warn");
}

#[test]
fn a_database_across_a_network_in_clear_is_refused() {
    let place = Place::new();
    place.write_secret("secrets/main", "postgres://th:hunter2@db.example/th");
    place.write_secret("secrets/keys", "postgres://th:hunter2@127.0.0.1/keys");
    place.write_config(|config| {
        let folder = place.path("secrets");
        let folder = folder.to_str().unwrap();
        config.replace(
            "[blobs]",
            &format!(
                "postgres_url_file = \"{folder}/main\"\n\
                 key_store_postgres_url_file = \"{folder}/keys\"\n[blobs]"
            ),
        )
    });
    let (code, all) = findings(&place);
    assert_eq!(code, Some(1));
    assert_eq!(about(&all, "database")["verdict"], "refuse");
    assert_eq!(about(&all, "key store")["verdict"], "ok");
    assert!(!format!("{all:?}").contains("hunter2"));
    place.write_secret("secrets/main", "postgres://th:hunter2@127.0.0.1/keys");
    assert_eq!(about(&findings(&place).1, "key store apart")["verdict"], "refuse");
}

#[test]
fn registers_that_let_no_child_in_are_named_and_wrong_ones_refused() {
    let place = Place::new();
    let (_, found) = findings(&place);
    assert_eq!(about(&found, "registers")["found"], "those of a demonstration");
    place.write_registers(treehouse_server::registers::EXAMPLE);
    let (code, found) = findings(&place);
    assert_eq!((code, &about(&found, "registers")["verdict"]), (Some(0), &"warn".into()));
    let said = about(&found, "registers")["found"].as_str().unwrap();
    assert!(said.contains("profile.coordinator isn't filled in"), "{said}");
    let server = place.serve();
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.body.contains("no further child is served: profile.phone"), "{}", ready.body);
    server.stop();
    place.write_registers("phone = 1");
    let refused = place.run(&["serve"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(self::said(&refused).contains("the registers are wrong"), "{}", self::said(&refused));
}

/// The command by which an operator asks whether anybody else has written to the database.
#[test]
fn rows_that_somebody_else_wrote_or_took_away_are_told_by_the_doctor() {
    let place = Place::new();
    let examined = || {
        let output = place.run(&["doctor", "--rows", "--json"]);
        let report: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
        (output.status.code(), report["refused"].clone(), report["rows"].clone())
    };
    let config = place.path("treehouse.toml");
    let given = std::process::Command::new(env!("CARGO_BIN_EXE_treehouse"))
        .args(["steward", "--config"])
        .arg(&config)
        .args(["--as", "sam", "pass", "--reason", "a first day at the desk"])
        .output()
        .unwrap();
    assert_eq!(given.status.code(), Some(0), "{}", said(&given));
    assert_eq!(examined(), (Some(0), 0.into(), serde_json::json!([])));
    let words = place.run(&["doctor", "--rows"]);
    let words = String::from_utf8(words.stdout).unwrap();
    assert!(words.contains("each was written by the service"), "{words}");
    let run = |sql: &str| {
        let db = rusqlite::Connection::open(place.path("store/treehouse.db")).unwrap();
        assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
    };
    run("INSERT INTO session (session_hash, session_id, account_id, created_ms, expires_ms) \
         VALUES (randomblob(32), zeroblob(16), zeroblob(16), 0, 9000000000000000)");
    let (code, refused, rows) = examined();
    assert_eq!((code, refused), (Some(1), 1.into()), "{rows}");
    assert_eq!(rows[0]["table"], "session");
    assert_eq!(rows[0]["row"], "00".repeat(16));
    assert_eq!(rows[0]["rule"], "must be one that the service began");
    let words = place.run(&["doctor", "--rows"]);
    assert_eq!(words.status.code(), Some(1));
    assert!(String::from_utf8(words.stdout).unwrap().contains("REFUSE  session 00"));
    run("DELETE FROM session");
    run("DELETE FROM steward");
    let (code, _, rows) = examined();
    assert_eq!(code, Some(1), "{rows}");
    assert!(rows.as_array().unwrap().iter().any(|row| row["table"] == "steward"), "{rows}");
}
