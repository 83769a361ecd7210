//! The transparency log of this deployment: leaves get their places, and the public files grow.
//!
//! One server at a time holds the log's lease. Placing leaves is one transaction; the public files
//! follow from it alone, so a crash anywhere between the steps is made good by doing them again:
//! the same entries give the same files. Only then does the checkpoint move on, and only with the
//! cosignatures of as many witnesses as are needed.

mod files;
mod witnesses;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand_core::CryptoRng;
use treehouse_protocol::error::Refused as KeyRefused;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::error::Refused;
use treehouse_tlog::frontier::Frontier;
use treehouse_tlog::key::{KeyName, LogKey, LogSigner};
use treehouse_tlog::note::Note;
use treehouse_tlog::proof::Head;
use treehouse_tlog::standalone::Proof;

pub use self::files::Files;
pub use self::witnesses::Witnesses;
use crate::error::Error;
use crate::port::clock::Clock;
use crate::store::db::Db;
use crate::store::leaf::{self, GiveBack, Grown, Place, Progress, Publish};

/// How long a lease lasts unless it's renewed, in milliseconds.
const LEASE_MS: i64 = 30_000;

/// The log and the right to grow it.
#[derive(Debug)]
pub struct Ledger {
    signer: LogSigner,
    files: Files,
    witnesses: Witnesses,
    /// Whether the published checkpoint is known to carry the cosignatures that are needed now.
    witnessed: AtomicBool,
    /// Drawn at start: names this process as the holder of the lease.
    holder: [u8; 16],
    /// The right edge of the published tree; none before the first turn, or after a failed one.
    frontier: tokio::sync::Mutex<Option<Frontier>>,
    /// When the log was last known to be whole and published, by [`Clock::passed`].
    whole: Mutex<Duration>,
    /// How many entries another server had published when this one looked last.
    elsewhere: AtomicU64,
    behind_max: Duration,
    clock: Arc<dyn Clock>,
}

/// Why the log isn't opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The folder can't be used.
    #[error("the log's folder can't be made or read")]
    Folder,
    /// The public files are ahead of the database.
    #[error(
        "the log has published {published} entries and the database knows of {known}: an old \
         database was put back. Restore with `treehouse restore`, or find the newer one"
    )]
    RolledBack {
        /// Entries under the published checkpoint.
        published: u64,
        /// Entries that the database has given a place.
        known: u64,
    },
    /// The public files don't fit together.
    #[error("the log's files are damaged; see what `treehouse-audit verify` says of them")]
    Damaged,
    /// The witnesses of the configuration can't be used.
    #[error(
        "each log.witness must have the key of a witness, all different, and log.witnesses_needed \
         must be at most their number"
    )]
    Witnesses,
    /// The public address can't name a log.
    #[error("server.public_url can't name a log")]
    Name,
}

impl From<KeyRefused> for LedgerError {
    fn from(_: KeyRefused) -> Self {
        Self::Name
    }
}

/// The name of the log of the deployment that is reached there, as checkpoints bear it: the
/// address without `https://`, then `/log`.
///
/// # Errors
/// The address has characters that a log's name can't.
pub fn origin(public_url: &str) -> Result<KeyName, LedgerError> {
    let host = public_url.strip_prefix("https://").unwrap_or(public_url);
    KeyName::parse(&format!("{host}/log")).map_err(|_| LedgerError::Name)
}

impl Ledger {
    /// The log in this folder. Once it is more than `behind_max` behind, nothing is handed out.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn open(
        signer: LogSigner,
        folder: &Path,
        witnesses: Witnesses,
        behind_max: Duration,
        clock: Arc<dyn Clock>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, LedgerError> {
        let mut holder = [0; 16];
        rng.fill_bytes(&mut holder);
        Ok(Self {
            signer,
            files: Files::open(folder).map_err(|_| LedgerError::Folder)?,
            witnesses,
            witnessed: AtomicBool::new(false),
            holder,
            frontier: tokio::sync::Mutex::new(None),
            whole: Mutex::new(clock.passed()),
            elsewhere: AtomicU64::new(0),
            behind_max,
            clock,
        })
    }

    /// The public key of the log, as C2SP writes it: what every client pins.
    #[must_use]
    pub fn verifier(&self) -> String {
        self.signer.key().to_string()
    }

    /// Who must have seen a checkpoint before it is published.
    #[must_use]
    pub const fn witnesses(&self) -> &Witnesses {
        &self.witnesses
    }

    /// The public files.
    #[must_use]
    pub const fn files(&self) -> &Files {
        &self.files
    }

    /// The checkpoint that is published, if one is.
    ///
    /// # Errors
    /// The folder can't be read, or what lies there isn't signed by this log.
    pub fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, LedgerError> {
        published(&self.files, self.signer.key())
    }

    /// Signs a text that isn't a checkpoint with the log's key.
    ///
    /// # Errors
    /// The text may not be signed; see [`Note::sign`].
    pub fn sign(&self, text: String) -> Result<Note, Refused> {
        Note::sign(text, &self.signer)
    }

    /// Compares the public files with the database: what was published can't be taken back.
    ///
    /// # Errors
    /// The database is older than the files, or they are damaged.
    pub async fn examine(&self, db: &Db) -> Result<(), LedgerError> {
        let Progress { size, .. } = leaf::progress(db).await.map_err(|_| LedgerError::Damaged)?;
        let Some(published) = published(&self.files, self.signer.key())? else {
            return Ok(());
        };
        let published = published.head();
        if published.size > size {
            return Err(LedgerError::RolledBack { published: published.size, known: size });
        }
        let frontier = Frontier::load(published.size, &self.files);
        let same = frontier.is_ok_and(|frontier| frontier.root() == published.root);
        if same { Ok(()) } else { Err(LedgerError::Damaged) }
    }

    /// Proves that the entry of this place is under the published checkpoint, in the text of C2SP
    /// tlog-proof that stands alone; `None` as long as it isn't.
    ///
    /// # Errors
    /// The log's files can't be read.
    pub async fn prove(&self, place: u64) -> Result<Option<String>, Error> {
        let (files, key) = (self.files.clone(), self.signer.key().clone());
        let proof = tokio::task::spawn_blocking(move || {
            let checkpoint = published(&files, &key).ok()?;
            let Some(checkpoint) = checkpoint.filter(|signed| place < signed.head().size) else {
                return Some(None);
            };
            Proof::make(&files, place, &checkpoint).ok().map(|proof| Some(proof.to_string()))
        });
        proof.await.ok().flatten().ok_or(Error::Internal("the log's files"))
    }

    /// Refuses to hand anything out while the log has been behind for too long.
    ///
    /// # Errors
    /// [`Error::Halted`].
    pub fn require_whole(&self) -> Result<(), Error> {
        let whole = *self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        let halted = "the log can't be published, and nothing is handed out without it";
        let behind = self.clock.passed().saturating_sub(whole);
        if behind > self.behind_max { Err(Error::Halted(halted)) } else { Ok(()) }
    }

    /// Gives waiting leaves their places and publishes them. Answers whether more are waiting.
    ///
    /// # Errors
    /// The database or the folder fails; the next turn tries again.
    pub async fn turn(&self, db: &Db, now: i64) -> Result<bool, Error> {
        let mut edge = self.frontier.lock().await;
        let place = Place { holder: self.holder, now, lease_until_ms: now + LEASE_MS };
        let progress = match db.write(place).await? {
            Grown::Here(progress) => progress,
            Grown::Elsewhere { published, waiting } => {
                self.follow(published, waiting);
                return Ok(false);
            }
        };
        // A failure on the way leaves none: the next turn reads it from the files.
        let mut frontier = match edge.take().filter(|edge| edge.size() == progress.published) {
            Some(frontier) => frontier,
            None => Frontier::load(progress.published, &self.files)
                .map_err(|_| Error::Internal("the log's files"))?,
        };
        while frontier.size() < progress.size {
            frontier = self.publish(db, &frontier).await?;
        }
        self.require_witnessed().await?;
        *edge = Some(frontier);
        self.note_whole();
        Ok(progress.size - progress.published >= leaf::BATCH_COUNT_MAX.unsigned_abs())
    }

    /// Watches the server that grows the log. It holds the lease for as long as it tries, so only what it
    /// publishes shows that it can.
    fn follow(&self, published: u64, waiting: bool) {
        let moved = self.elsewhere.swap(published, Ordering::Relaxed) != published;
        if moved || !waiting {
            self.note_whole();
        }
    }

    /// Lets another server grow the log at once: this one stops.
    ///
    /// # Errors
    /// The database fails; the lease ends by itself.
    pub async fn give_back(&self, db: &Db) -> Result<(), Error> {
        Ok(db.write(GiveBack { holder: self.holder }).await?)
    }

    /// Publishes the next batch of placed entries.
    async fn publish(&self, db: &Db, frontier: &Frontier) -> Result<Frontier, Error> {
        let entries = leaf::staged(db, frontier.size()).await?;
        if entries.is_empty() {
            return Err(Error::Internal("log_entry"));
        }
        let grown = frontier.append(&entries).map_err(|_| Error::Internal("log_entry.entry"))?;
        let head = Head { size: grown.frontier.size(), root: grown.frontier.root() };
        let checkpoint = SignedCheckpoint::sign(&self.signer, head);
        let written = self.files.add(grown.files).await;
        written.map_err(|_| Error::Internal("the log's folder"))?;
        self.put_checkpoint(checkpoint).await?;
        let (holder, published) = (self.holder, head.size);
        if db.write(Publish { holder, published }).await? {
            Ok(grown.frontier)
        } else {
            Err(Error::Conflict("another server grows the log"))
        }
    }

    /// Publishes a checkpoint once enough witnesses have cosigned it; the files under it are there.
    async fn put_checkpoint(&self, checkpoint: SignedCheckpoint) -> Result<(), Error> {
        let cosigned = Box::pin(self.witnesses.cosign(&self.files, checkpoint)).await;
        let cosigned = cosigned.map_err(|_| {
            Error::Halted("too few witnesses have cosigned the log; see the warnings")
        })?;
        let put = self.files.put_checkpoint(cosigned.to_string()).await;
        put.map_err(|_| Error::Internal("the log's folder"))?;
        self.witnessed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Has the published checkpoint cosigned again if it carries too little: since it was
    /// published, other witnesses may have been configured.
    async fn require_witnessed(&self) -> Result<(), Error> {
        if self.witnessed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let published = published(&self.files, self.signer.key());
        let published = published.map_err(|_| Error::Internal("the log's files"))?;
        match published {
            Some(published) if self.witnesses.are_enough(&published).is_err() => {
                let again = SignedCheckpoint::sign(&self.signer, published.head());
                self.put_checkpoint(again).await
            }
            _ => {
                self.witnessed.store(true, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    fn note_whole(&self) {
        *self.whole.lock().unwrap_or_else(PoisonError::into_inner) = self.clock.passed();
    }
}

/// The published checkpoint, if there is one.
fn published(files: &Files, key: &LogKey) -> Result<Option<SignedCheckpoint>, LedgerError> {
    let note = files.checkpoint().map_err(|_| LedgerError::Folder)?;
    let signed = note.map(|note| SignedCheckpoint::open(&note, std::slice::from_ref(key)));
    signed.transpose().map_err(|_| LedgerError::Damaged)
}
