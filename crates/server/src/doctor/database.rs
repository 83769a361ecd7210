//! Whether what was answered as stored is stored, and the key store is another database.

use super::Finding;
use crate::config::Config;
use crate::data_map::{DataMap, Place, SchemaError};
use crate::start;
use crate::store::{Location, OpenError, Settings};

const KEY_STORE: &str = "key store";

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let [main, keys] = match start::locations(config) {
        Ok(locations) => locations,
        Err(error) => {
            let advice = error.to_string();
            return vec![Finding::refuse("databases", "their addresses can't be read", advice)];
        }
    };
    let mut findings = vec![settings("database", &main), settings(KEY_STORE, &keys)];
    findings.push(match DataMap::load() {
        Ok(map) => Finding::ok("data map", format!("{} data", map.data().count())),
        Err(error) => Finding::refuse("data map", "it is wrong", error.to_string()),
    });
    findings.extend(mapped("database on the data map", &main, Place::Column));
    findings.extend(mapped("key store on the data map", &keys, Place::KeyColumn));
    if main == keys {
        let advice = "give it a database of its own, with backups that don't live long: what it \
                      forgets must be forgotten";
        findings.push(Finding::refuse("key store apart", "it is the database", advice));
    } else {
        findings.push(Finding::ok("key store apart", "another database than the data's"));
    }
    findings
}

/// What lies in an embedded database and isn't on the map. `serve` and `migrate` look at every
/// database.
fn mapped(subject: &'static str, location: &Location, kind: Place) -> Option<Finding> {
    let columns = location.columns().ok()??;
    match DataMap::load().ok()?.check_columns(kind, &columns) {
        Err(error @ SchemaError::Undeclared(_)) => {
            Some(Finding::refuse(subject, "it has what nobody declared", error.to_string()))
        }
        Err(SchemaError::Missing(_)) => Some(Finding::ok(
            subject,
            "nothing undeclared; `treehouse migrate` has something to do",
        )),
        Ok(()) => Some(Finding::ok(subject, format!("all of its {} columns", columns.len()))),
    }
}

fn settings(subject: &'static str, location: &Location) -> Finding {
    match location.settings() {
        Ok(Settings::Postgres) => {
            let found =
                "PostgreSQL on this machine, or in a network that its address calls private";
            Finding::ok(subject, found)
        }
        Ok(Settings::Sqlite { version, durable: None }) => {
            Finding::ok(subject, format!("SQLite {version}; made at the first start"))
        }
        Ok(Settings::Sqlite { version, durable: Some(true) }) => {
            Finding::ok(subject, format!("SQLite {version}, write-ahead log, synchronous FULL"))
        }
        Ok(Settings::Sqlite { version, durable: Some(false) }) => Finding::refuse(
            subject,
            format!("SQLite {version}, synchronous below FULL"),
            "build with the bundled SQLite: a loss of power would lose what was answered",
        ),
        Err(error @ OpenError::OldSqlite { .. }) => {
            Finding::refuse(subject, "an SQLite that loses data", error.to_string())
        }
        Err(error) => Finding::refuse(subject, "it doesn't open", error.to_string()),
    }
}
