//! The use cases: functions over [`App`], one file a noun. Each decides with `access` and the
//! chain, then reads or writes through `store`.

pub mod account;
pub mod alarm;
pub mod blob;
pub mod breach;
pub mod bury;
pub mod card;
pub mod chain;
pub mod closing;
pub mod complaint;
pub mod destruction;
pub mod evidence;
pub mod families;
pub mod house;
pub mod idempotency;
pub mod incident;
pub mod inquiry;
pub mod invitation;
pub mod letter;
pub mod log;
pub mod notice;
pub mod pairing;
pub mod record;
pub mod recovery;
pub mod retention;
pub mod rows;
pub mod scan;
pub mod scope;
pub mod screens;
pub mod session;
pub mod sms;
pub mod steward;
pub mod toy;
pub mod verification;

use std::sync::Arc;

use treehouse_protocol::id::{Day, Hash};
use treehouse_protocol::outer;
use treehouse_protocol::sign::Signed;
use treehouse_protocol::trust::Trust;

use crate::claims::Claims;
use crate::config::Limits;
use crate::domain::operator::Operator;
use crate::domain::row_seal::RowSeal;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::live::Bells;
use crate::outer::OuterKeys;
use crate::port::blob::BlobStore;
use crate::port::card::Cards;
use crate::port::clock::{Clock, Time};
use crate::port::hook::Hook;
use crate::port::room::Room;
use crate::port::sms::Sms;
use crate::port::verifier::Verifier;
use crate::random;
use crate::registers::{Fault, Registers};
use crate::secrets::Secrets;
use crate::store::db::Db;
use crate::tripwire::Tripwires;
use families::Families;
use notice::Notices;

/// Everything that the use cases work with. Made once at start.
pub struct App {
    /// The name of this deployment, which sign-in is bound to.
    pub deployment: String,
    /// Where clients reach it, such as `https://treehouse.example`, without a slash at the end.
    pub public_url: String,
    /// Who runs it, for forms and letters.
    pub operator: Operator,
    /// What the operator must be able to show, without which no further child is served.
    pub registers: Registers,
    /// What parents are told, and what is offered.
    pub notices: Notices,
    /// Which sentences of the notices aren't shown to be so.
    pub claims: Claims,
    /// The impact assessment of what is on.
    pub impact_assessment: String,
    /// Its hash, to which the operator's reviews are compared.
    pub impact_assessment_hash: Hash,
    /// What anybody may ask for at most.
    pub limits: Limits,
    /// After how many days without any use an account ends.
    pub inactive_days: u32,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The database.
    pub db: Db,
    /// The outer keys, in a database of their own.
    pub outer: OuterKeys,
    /// The deployment's secrets.
    pub secrets: Secrets,
    /// The transparency log.
    pub ledger: Ledger,
    /// What no honest reader does.
    pub tripwires: Tripwires,
    /// What the server has found when it looked at itself.
    pub scans: scan::Scans,
    /// What the configuration says of keys and backups.
    pub premises: house::Premises,
    /// Of which reports' clocks the operator was told.
    pub due_told: incident::Told,
    /// Who is told of it besides the operator's mailbox.
    pub hook: Option<Hook>,
    /// How parents are texted, if they are.
    pub sms: Option<Sms>,
    /// Who takes cards, if anybody does.
    pub cards: Option<Box<Cards>>,
    /// Who verifies parents by questions or documents, if anybody does.
    pub verifier: Option<Box<Verifier>>,
    /// Whose word counts in chains.
    pub trust: Trust,
    /// The services and third parties that families may grant something to.
    pub listings: Vec<Signed>,
    /// The families that were replayed.
    pub families: Families,
    /// Where blobs lie.
    pub blobs: BlobStore,
    /// Whether there is room on the disks.
    pub room: Room,
    /// The doorbells.
    pub bells: Bells,
    /// Wakes who destroys.
    pub work: tokio::sync::Notify,
    /// Wakes who posts letters.
    pub post: tokio::sync::Notify,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("deployment", &self.deployment).finish_non_exhaustive()
    }
}

impl App {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Today.
    #[must_use]
    pub fn today(&self) -> Day {
        self.clock.now().day()
    }

    /// Wakes the jobs: there is a letter to post, or something to destroy.
    pub fn wake(&self) {
        self.work.notify_one();
        self.post.notify_one();
    }

    /// Whether both databases and the blob store answer.
    ///
    /// # Errors
    /// The first that doesn't.
    pub async fn ready(&self) -> Result<(), Error> {
        self.db.ping().await?;
        self.outer.db().ping().await?;
        self.blobs.ping().await?;
        Ok(())
    }

    /// What the operator must mend before a further child is served.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = self.registers.faults(self.today());
        faults.extend(self.cards.as_ref().and_then(|_| self.registers.payment_fault()));
        faults.extend(self.verifier.as_ref().and_then(|_| self.registers.verifier_fault()));
        faults.extend(self.registers.assessment_fault(self.impact_assessment_hash));
        faults.extend(self.claims.demanded().map(Fault::ClaimBroken));
        faults
    }

    /// Refuses to let a further child in while the operator's registers have a fault, or a notice
    /// must say what isn't shown to be so.
    ///
    /// # Errors
    /// [`Error::NotReady`], with every fault.
    fn require_ready(&self) -> Result<(), Error> {
        let faults: Vec<String> = self.faults().iter().map(ToString::to_string).collect();
        if faults.is_empty() { Ok(()) } else { Err(Error::NotReady(faults.join("; "))) }
    }

    /// Seals rows that let somebody in.
    #[must_use]
    pub fn row_seal(&self) -> RowSeal {
        RowSeal::new(&self.secrets.index)
    }

    /// Seals what a client carries from one request to the next.
    fn seal_ticket(&self, purpose: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(outer::seal(&self.secrets.ticket, purpose, plain, &mut random::rng())?)
    }

    /// Opens what [`App::seal_ticket`] made for the same purpose.
    fn open_ticket(&self, purpose: &[u8], sealed: &[u8]) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        outer::open(&self.secrets.ticket, purpose, sealed).ok().map(Into::into)
    }
}
