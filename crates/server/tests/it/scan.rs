//! A server in use looks at itself, and tells the operator once what has gone wrong since.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;
use treehouse_server::app::scan;
use treehouse_server::config::{Config, Tls};
use treehouse_server::doctor::Finding;
use treehouse_server::jobs;

use crate::http::Ask;
use crate::world::World;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Writes a certificate that ends on the first of a month.
fn certificate(file: &Path, year: i32, month: u8) {
    let mut params = rcgen::CertificateParams::new(["a.example".to_owned()]).expect("a name");
    params.not_after = rcgen::date_time_ymd(year, month, 1);
    let key = rcgen::KeyPair::generate().expect("a key");
    let pem = params.self_signed(&key).expect("a certificate").pem();
    std::fs::write(file, pem).expect("a file can be written");
}

/// The world's configuration with a certificate in a file, and with nothing that others can read.
fn configured(world: &World, certificate: &Path) -> Config {
    let key = certificate.with_file_name("certificate.key");
    std::fs::write(&key, "never opened by the doctor").expect("a file can be written");
    let mut config = world.config.clone();
    config.tls = Tls::Files { certificate: certificate.to_owned(), key };
    for (_, file) in config.secret_files() {
        let own = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(file, own).expect("the file is ours");
    }
    config
}

/// A copy of the advisories gets one for every version of a package, of the day on which these tests begin.
fn advisory(copy: &Path, package: &str) {
    let folder = copy.join("crates").join(package);
    std::fs::create_dir_all(&folder).expect("it can be made");
    let text = format!(
        "```toml\n[advisory]\nid = \"RUSTSEC-2026-9999\"\npackage = \"{package}\"\ndate = \
         \"2026-08-01\"\n[versions]\npatched = []\n```\n\n# It leaks\n\nAll of it.\n"
    );
    std::fs::write(folder.join("RUSTSEC-2026-9999.md"), text).expect("it can be written");
}

fn has(found: &[Finding], subject: &str) -> bool {
    found.iter().any(|each| each.subject == subject)
}

/// What a scan finds, and how many letters there are then.
async fn scanned(world: &World, config: &Config) -> (Vec<Finding>, usize) {
    let found = scan::run(&world.app, config).await.expect("the server looks at itself");
    (found, world.letters().await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_on_a_server_in_use_is_found_by_its_scan_and_told_once() {
    for world in World::both().await {
        let file = world.log_folder.with_file_name("certificate.pem");
        certificate(&file, 2026, 12);
        let config = configured(&world, &file);
        // The control. What this machine lacks, such as room, is told by the first scan and no more.
        let (found, letters) = scanned(&world, &config).await;
        assert!(!has(&found, "certificate") && !has(&found, "registers"), "{found:?}");
        assert_eq!(scanned(&world, &config).await.1, letters);

        world.clock.advance_ms(110 * DAY_MS);
        let (found, told) = scanned(&world, &config).await;
        assert!(has(&found, "certificate"), "its end is near: {found:?}");
        assert_eq!(told, letters + 1);
        let ready = world.nobody().ask(Ask::get("/readyz")).await.expect(200).body;
        let ready = String::from_utf8(ready).expect("text");
        assert!(
            !ready.contains("certificate") && !ready.contains("scan"),
            "strangers aren't told: {ready}"
        );
        world.clock.advance_ms(DAY_MS);
        assert_eq!(scanned(&world, &config).await.1, told, "a day less is no news");
        // Another thing, while the first is still wrong.
        let registers = config.registers.file.clone().expect("tests have registers");
        std::fs::write(&registers, "").expect("they can be written");
        let (found, told) = scanned(&world, &config).await;
        assert!(has(&found, "registers") && has(&found, "certificate"), "{found:?}");
        assert_eq!(told, letters + 2);
        // What was mended and comes again is told again.
        certificate(&file, 2028, 12);
        let (found, told) = scanned(&world, &config).await;
        assert!(!has(&found, "certificate"), "{found:?}");
        assert_eq!(told, letters + 2);
        certificate(&file, 2026, 12);
        assert_eq!(scanned(&world, &config).await.1, letters + 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_scans_itself_when_it_starts_and_stops_when_it_is_told() {
    for world in World::both().await {
        assert_eq!(world.app.scans.last(), None);
        let (stop, closing) = watch::channel(false);
        let scanning = jobs::scan(Arc::clone(&world.app), world.config.clone(), closing);
        let scanning = tokio::spawn(scanning);
        while world.app.scans.last().is_none() {
            tokio::task::yield_now().await;
        }
        stop.send(true).expect("it listens");
        scanning.await.expect("it stops");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_advisory_that_came_out_since_the_release_is_told() {
    for world in World::both().await {
        let file = world.log_folder.with_file_name("certificate.pem");
        certificate(&file, 2028, 12);
        let mut config = configured(&world, &file);
        let copy = tempfile::tempdir().expect("a folder");
        config.advisories.folder = Some(copy.path().to_owned());
        advisory(copy.path(), "nobody-uses-this");
        let (found, before) = scanned(&world, &config).await;
        assert!(!has(&found, "advisories"), "the control: {found:?}");

        advisory(copy.path(), "rustls");
        let (found, told) = scanned(&world, &config).await;
        assert!(has(&found, "advisories"), "{found:?}");
        assert_eq!(told, before + 1);
        assert_eq!(scanned(&world, &config).await.1, told, "told once");
    }
}
