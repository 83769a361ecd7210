//! What the server keeps: how many rows there are about children, and where a name stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, ensure};
use treehouse_server::data_map::{About, DataMap, Place as Kind, Purpose, Source};

use super::moves::written;
use crate::canary::Canary;
use crate::encoding::Encoding;
use crate::hole::Hole;
use crate::search::{Found, Search};
use crate::serve::Place;

/// Everything that a place keeps.
pub struct Stores<'p> {
    place: &'p Place,
    databases: Vec<Hole>,
    /// Tables of the first database that hold something about children.
    tables: BTreeSet<String>,
}

impl<'p> Stores<'p> {
    /// Those of this place.
    pub async fn open(place: &'p Place) -> Result<Self> {
        let databases = match &place.databases {
            None => vec![Hole::into_sqlite(&place.database())?],
            Some(both) => {
                let [data, keys] = [&both.data, &both.keys];
                vec![Hole::into_postgres(data).await?, Hole::into_postgres(keys).await?]
            }
        };
        Ok(Self { place, databases, tables: tables()? })
    }

    /// How many rows each table about children has.
    pub async fn rows(&self) -> Result<BTreeMap<String, u64>> {
        let mut rows = BTreeMap::new();
        for table in &self.tables {
            let count = self.databases[0].column(&format!("SELECT COUNT(*) FROM {table}")).await?;
            rows.insert(table.clone(), count.first().context("a count")?.parse()?);
        }
        Ok(rows)
    }

    /// Which of these stand anywhere, as the numbers that they have in the list. The server must have
    /// ended.
    pub async fn search(&self, names: &[Canary]) -> Result<Found> {
        if self.place.databases.is_some() {
            self.dump().await?;
        }
        let mut found = Found::new();
        Search::new(names)?.path(&self.place.folder, &mut found, &mut |_| {})?;
        Ok(found)
    }

    /// The control of the search: writes one of these where the server would, and looks for it.
    /// Answers where.
    pub async fn plant(&self, names: &[Canary]) -> Result<&'static str> {
        let hex = written(&names[0].value, Encoding::HexLower);
        let (bytes, place) = match self.databases[0] {
            Hole::Sqlite(_) => (format!("x'{hex}'"), "the database's files"),
            Hole::Postgres(_) => (format!("'\\x{hex}'::bytea"), "the database's rows"),
        };
        let plant = format!("UPDATE link SET signed = {bytes} WHERE seq = 0 RETURNING seq");
        ensure!(self.databases[0].column(&plant).await?.len() == 1, "control: nothing was planted");
        let found = self.search(names).await?;
        ensure!(found.keys().eq([&0]), "control: a planted name wasn't found: {found:?}");
        Ok(place)
    }

    /// Every row of every table, as text, into a file beside what else is kept.
    async fn dump(&self) -> Result<()> {
        const TABLES: &str = "SELECT table_name::text FROM information_schema.tables \
                              WHERE table_schema = current_schema()";
        for (number, database) in self.databases.iter().enumerate() {
            for table in database.column(TABLES).await? {
                let rows = database.column(&format!("SELECT t::text FROM {table} t")).await?;
                let file = self.place.folder.join(format!("{number}-{table}.rows"));
                fs::write(file, rows.join("\n"))?;
            }
        }
        Ok(())
    }
}

/// Tables that hold something about children that somebody sent, by the data map. That a toy asks to
/// be linked is for recognising it alone, comes before any consent, and is gone within the hour.
fn tables() -> Result<BTreeSet<String>> {
    let map = DataMap::load().map_err(|error| anyhow::anyhow!("{error}"))?;
    let data = map.data().filter(|datum| {
        datum.about == About::Child
            && datum.from != Source::Server
            && datum.purposes.iter().any(|purpose| *purpose != Purpose::Authenticate)
    });
    let columns = data.flat_map(|datum| datum.places(Kind::Column));
    let tables: BTreeSet<String> =
        columns.filter_map(|column| Some(column.split_once('.')?.0.to_owned())).collect();
    ensure!(tables.contains("record") && tables.contains("link"), "the map has other names");
    Ok(tables)
}
