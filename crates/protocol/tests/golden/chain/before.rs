//! The chain at some point of the story, and what somebody would add to it there.

use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::chain::{ChainRefused, Family, Link};
use treehouse_protocol::error::Refused;
use treehouse_protocol::grant::{Grant, Header};
use treehouse_protocol::id::{Day, Hash};
use treehouse_protocol::kem::KemPublic;
use treehouse_protocol::registry::{Category, Coded, GranteeKind, Purpose, Rights};
use treehouse_protocol::sign::{Signed, SigningKey, VerifyKey};

use super::cast::{self, Person};
use super::now;
use super::story::{Story, emma};
use crate::json::{Entry, Json, hex};
use crate::seeds::{self, Drawn};

/// The chain before the first link of which `why` is told, and what was added to it since.
#[derive(Clone)]
pub struct Before<'s> {
    pub story: &'s Story,
    pub count: usize,
    pub family: Family,
    pub day: Day,
    more: Vec<Vec<u8>>,
}

pub fn key(name: &str) -> SigningKey {
    Person::new(name).keys.sig
}

pub fn server() -> SigningKey {
    cast::signing_key("server")
}

impl<'s> Before<'s> {
    pub fn new(story: &'s Story, why: &str) -> Self {
        let found = story.links.iter().position(|link| link.why.contains(why));
        let count = found.expect(why);
        let links = story.links[..count].iter().map(|link| link.bytes.as_slice());
        let genesis = story.family.genesis();
        let family = Family::replay(genesis, links, &story.trust, story.day).unwrap();
        let day = Signed::from_bytes(&story.links[count].bytes).unwrap();
        let day: Link = day.verify(&story.signer_key(count)).unwrap();
        Self { story, count, family, day: day.day, more: Vec::new() }
    }

    /// The same, so many days later.
    pub fn later(mut self, days: u32) -> Self {
        self.day = self.day.plus(days);
        self
    }

    /// The same, with one more link, which is right and stands in the vector.
    pub fn and(mut self, key: &SigningKey, body: Body) -> Self {
        let link = self.link(body).sign(key);
        self.family.apply(&link, &self.story.trust, self.day).unwrap();
        self.more.push(link);
        self
    }

    pub fn link(&self, body: Body) -> Link {
        let seen = self.family.seen();
        let (family, seq, prev) = (self.family.id(), seen.seq + 1, seen.head);
        Link { family, seq, prev, day: self.day, body }
    }

    /// A link whose body no honest client would write, in the place of one of this type.
    pub fn odd(&self, like: Body, key: &SigningKey, body: &dyn Fn(&mut Writer)) -> Vec<u8> {
        Signed::sign(key, &Odd { link: self.link(like), body }).to_bytes()
    }

    /// The link that the story has here.
    pub fn next(&self) -> &'s [u8] {
        &self.story.links[self.count].bytes
    }

    /// A link that a replay must refuse.
    pub fn refuses(&self, name: &str, key: &SigningKey, body: Body) -> Json {
        self.replay(name, &self.link(body).sign(key))
    }

    /// The same of a link that is written already.
    pub fn replay(&self, name: &str, link: &[u8]) -> Json {
        let refused = self.family.clone().apply(link, &self.story.trust, self.day);
        let refused = refused.expect_err(name);
        self.entry(name, "must be refused by whoever replays", &[link], &refused)
    }

    /// A batch that a server must refuse.
    pub fn append(&self, name: &str, batch: &[&[u8]]) -> Json {
        let refused = self.family.append(batch, &self.story.trust, self.day);
        let shows = "must be refused by the server to which it's sent";
        self.entry(name, shows, batch, &refused.unwrap_err())
    }

    fn entry(&self, name: &str, shows: &str, links: &[&[u8]], refused: &ChainRefused) -> Json {
        let before = self.more.iter().map(Vec::as_slice);
        let links: Vec<_> = before.chain(links.iter().copied()).map(hex).collect();
        Entry::new(&format!("refused: {name}"), shows)
            .inputs([
                ("after_links", (self.count as u64).into()),
                ("today", u64::from(self.day.0).into()),
                ("links", links.into()),
            ])
            .refused_at(refused.seq, &refused.cause)
            .into()
    }

    /// What was added, as links that everybody takes, and what holds after them.
    pub fn taken(&self, name: &str, shows: &str) -> Json {
        Entry::new(&format!("taken: {name}"), shows)
            .inputs([
                ("after_links", (self.count as u64).into()),
                ("today", u64::from(self.day.0).into()),
                ("links", self.more.iter().map(hex).collect::<Vec<_>>().into()),
            ])
            .outputs([("now", now::now(&self.family, self.story, self.day, &self.more))])
            .into()
    }

    /// A header for the current key of one of emma's categories, counting from today on.
    pub fn header(
        &self,
        (grantee_kind, to): (GranteeKind, &KemPublic),
        (category, rights): (Category, Rights),
        purpose: Purpose,
    ) -> Header {
        let made = self.family.keys(emma(), category).and_then(|line| line.current());
        let version = made.map_or(1, |made| made.version.version);
        Header {
            suite: to.suite(),
            key: KeyName { family: self.family.id(), child: emma(), category, version },
            grantee_kind,
            grantee: to.id(),
            rights,
            purpose,
            notice: Hash::of(b"the notice that was shown"),
            not_before: self.day,
            expires: None,
            nonce: *seeds::bytes("nonce of what is refused").first_chunk().unwrap(),
        }
    }

    /// One header, sealed to its grantee. A key that nobody made is one that nobody knows.
    pub fn sealed(&self, header: Header, to: &KemPublic) -> Grant {
        let mut known = self.story.keys.iter().filter(|(name, _)| *name == header.key);
        let key = known.next().map_or_else(unknown, |(_, key)| key.clone());
        let key = header.rights.reads().then_some(&key);
        let mut rng = Drawn::new("what is refused");
        Grant::seal(vec![(header, key)], to, &mut rng).unwrap()
    }
}

/// A key that stands in no chain.
pub fn unknown() -> CategoryKey {
    CategoryKey::from_secret(seeds::seed("a key that nobody made"))
}

impl Story {
    fn signer_key(&self, index: usize) -> VerifyKey {
        let signed = Signed::from_bytes(&self.links[index].bytes).unwrap();
        let member = self.family.members().find(|(kid, _)| *kid == signed.signer());
        member.map_or(server().verify_key(), |(_, member)| member.keys.sig)
    }
}

/// A link with any body.
struct Odd<'b> {
    link: Link,
    body: &'b dyn Fn(&mut Writer),
}

impl Canonical for Odd<'_> {
    const NAME: &'static str = Link::NAME;
    const BYTES_MAX: usize = Link::BYTES_MAX;

    fn encode(&self, writer: &mut Writer) {
        let link = &self.link;
        writer.array(7).text(Self::NAME).bytes(link.family.bytes()).uint(link.seq);
        writer.bytes(link.prev.bytes()).uint(link.day.0).uint(link.body.link_type().code());
        (self.body)(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        Err(reader.refuse("body", "is only ever written"))
    }
}
