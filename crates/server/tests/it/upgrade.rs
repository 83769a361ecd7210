//! A deployment of an older version is started by this one: nothing that it logged is lost, told
//! twice, or looked for in vain.

use treehouse_client::log::Log;
use treehouse_protocol::cbor::{self, Canonical as _};
use treehouse_protocol::leaf::{Entry, Kind};
use treehouse_protocol::registry::Category;
use treehouse_server::app::{log, rows};
use treehouse_server::args;
use treehouse_server::store::{Engine, Sql};
use treehouse_tlog::proof::Head;

use crate::http::Ask;
use crate::log::{Home, audited};
use crate::raw;
use crate::toys::Toy;
use crate::world::World;

/// The tables as they were after migration 10, the leaves with what lies in those of now.
const BEFORE: &str = "
    DROP INDEX leaf_own; DROP INDEX leaf_at; DROP INDEX leaf_token; DROP INDEX leaf_untold;
    DROP INDEX leaf_name;
    ALTER TABLE leaf RENAME TO leaf_after;
    ALTER TABLE leaf_waiting RENAME TO leaf_waiting_after;
    CREATE TABLE leaf (
        owner_id {blob} NOT NULL, leaf_id {blob} NOT NULL, child_id {blob}, at_ms {int} NOT NULL,
        leaf {blob} NOT NULL, place {int}, token_hash {blob}, PRIMARY KEY (owner_id, leaf_id)
    ) {strict};
    CREATE INDEX leaf_waiting ON leaf (at_ms) WHERE place IS NULL;
    CREATE INDEX leaf_own ON leaf (owner_id, place) WHERE place IS NOT NULL;
    CREATE INDEX leaf_at ON leaf (at_ms, owner_id, leaf_id);
    CREATE INDEX leaf_token ON leaf (token_hash, at_ms) WHERE token_hash IS NOT NULL;
    CREATE INDEX leaf_untold ON leaf (at_ms) WHERE child_id IS NOT NULL AND token_hash IS NULL;
    INSERT INTO leaf (owner_id, leaf_id, child_id, at_ms, leaf, place, token_hash)
        SELECT owner_id, COALESCE(name, leaf_id), child_id, at_ms, leaf, place, token_hash
        FROM leaf_after;
    INSERT INTO leaf (owner_id, leaf_id, child_id, at_ms, leaf, token_hash)
        SELECT COALESCE(owner_id, {nobody}), COALESCE(name, leaf_id), child_id, at_ms, leaf,
            token_hash
        FROM leaf_waiting_after;
    DROP TABLE leaf_after;
    DROP TABLE leaf_waiting_after;
    ALTER TABLE verification DROP COLUMN number_sealed;
    ALTER TABLE verification DROP COLUMN codes_typed;
    DROP TABLE payment;
    DROP TABLE inquiry;
    ALTER TABLE destruction DROP COLUMN records;
    ALTER TABLE destruction DROP COLUMN blobs;
    ALTER TABLE destruction DROP COLUMN outer_keys;
    DELETE FROM applied_migration WHERE number > 10;
";
const STAGED: Sql = Sql::new("SELECT place, entry FROM log_entry ORDER BY place");
const COUNTS: Sql = Sql::new(
    "SELECT (SELECT COUNT(*) FROM leaf), (SELECT COUNT(*) FROM leaf_waiting), (SELECT COUNT(*) FROM leaf_waiting WHERE owner_id IS NULL)",
);

/// How many leaves have a place, how many wait for one, and how many of these are entries alone.
async fn counts(world: &World) -> [i64; 3] {
    let row = world.db.row(COUNTS, args![]).await.expect("they can be counted").expect("counts");
    [0, 1, 2].map(|column| row.int(column).expect("a number"))
}

/// Makes the database that of an older version, in which each staged entry had a row of its own.
async fn age(world: &World) {
    let [location, _] = raw::locations(world);
    let sqlite = world.engine == Engine::Sqlite;
    let tokens = if sqlite {
        ["BLOB", "INTEGER", "STRICT, WITHOUT ROWID", "zeroblob(16)"]
    } else {
        ["BYTEA", "BIGINT", "", "decode(repeat('00', 16), 'hex')"]
    };
    let mut text = BEFORE.to_owned();
    for (token, word) in ["{blob}", "{int}", "{strict}", "{nobody}"].iter().zip(tokens) {
        text = text.replace(token, word);
    }
    raw::execute(&location, &text).await;
    let rows = world.db.rows(STAGED, args![]).await.expect("rows");
    raw::execute(&location, "DELETE FROM log_entry").await;
    for row in rows {
        let batch = cbor::sequence::<Entry>(&row.blob(1).expect("bytes")).expect("a batch");
        assert!(batch.len() > 1, "more than one was placed at once");
        for (place, entry) in (row.int(0).expect("a place")..).zip(batch) {
            let bytes = raw::hex(&entry.to_bytes());
            let bytes = if sqlite { format!("X'{bytes}'") } else { format!("'\\x{bytes}'") };
            let insert = format!("INSERT INTO log_entry (place, entry) VALUES ({place}, {bytes})");
            raw::execute(&location, &insert).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_version_logged_is_placed_published_and_found() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        let mut log = Log::follow(&world.connect().await, Head::EMPTY).expect("a log");
        // Some is published: a receipt, too.
        let erased = home.ada.guardian.erase(home.child, &[]).await.expect("it is erased");
        world.work().await;
        world.work().await;
        let seen = log.advance().await.expect("a log");
        // Some has a place, but can't be published.
        let child = home.ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let toy = Toy::camera(&world, &mut home.ada, child).await;
        let in_the_way = world.log_folder.join("checkpoint.new");
        std::fs::create_dir(&in_the_way).expect("the disk works");
        log::publish(&world.app).await.expect_err("something is in the way");
        std::fs::remove_dir(&in_the_way).expect("the disk works");
        // And some waits: a link, and the entry alone that says that a toy is gone for good.
        let before = counts(&world).await;
        home.ada.guardian.remove_toy(toy.key()).await.expect("removed");
        let waits = counts(&world).await;
        assert_eq!([waits[0] - before[0], waits[1] - before[1]], [0, 2]);
        age(&world).await;

        let config = world.config.clone();
        let world = world.again(config).await;
        let after = counts(&world).await;
        assert_eq!((after[0], after[2]), (waits[0], waits[2]), "{:?}", world.engine);
        assert!(after[1] >= waits[1] && after[2] >= 1, "{after:?} after {waits:?}");
        // The old server's lease ends.
        world.clock.advance_ms(60_000);
        log::publish(&world.app).await.expect("nothing is in the way");
        assert_eq!(counts(&world).await[1..], [0, 0]);
        home.ada.family().await;
        let activity = home.ada.guardian.activity(&mut log).await;
        assert_eq!(activity.expect("it is proven").unlogged, []);
        assert!(log.seen().size > seen.size);
        let receipted = home.ada.guardian.receipted(erased).await.expect("it is proven");
        assert!(receipted.expect("a receipt").proven.is_some(), "it is found by its name");
        let notice = Ask::get("/v1/publications/direct");
        let notice = world.nobody().ask(notice).await.expect(200).json();
        assert!(!notice["logged"].is_null(), "so is what was published");
        let kinds = audited(&world);
        let count = |kind| kinds.iter().filter(|each| **each == kind).count();
        // The keys aren't logged once more, nor is anything lost.
        assert_eq!((count(Kind::Key), count(Kind::Erasure)), (2, 1));
        assert_eq!(count(Kind::Link) as u64, home.ada.family().await.seen().seq + 1);
        let found = rows::examine(&world.app).await.expect("the rows can be examined");
        assert_eq!(found, [], "nobody has tampered");
    }
}
