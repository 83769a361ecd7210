//! What a browser remembers of a deployment from one visit to the next: the keys that it was known
//! by, the newest head of its log, and how far families' chains had come. Only what the server knows,
//! too. The command line and toys keep the first two beside what else they keep.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use treehouse_protocol::chain::Family;
use treehouse_protocol::id::{FamilyId, Seen};

use crate::chain::require_seen;
use crate::error::ClientError;
use crate::http::hash;
use crate::log::{Kept, Log};
use crate::platform::files;
use crate::server::Server;

const PINNED: &str = "pinned";
const HEAD: &str = "head";

/// A folder that knows one deployment.
#[derive(Debug, Clone)]
pub struct Memory {
    folder: PathBuf,
}

impl Memory {
    /// What lies in this folder, which needn't be there yet.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The deployment at this address, compared with what was pinned; who was never there pins what
    /// it shows. `authority_pem` as for [`Server::connect`].
    ///
    /// # Errors
    /// [`ClientError::Impostor`] if it shows other keys than before; it can't be reached; what is kept
    /// can't be read, or not be written.
    pub async fn server(
        &self,
        url: &str,
        authority_pem: Option<&str>,
    ) -> Result<Server, ClientError> {
        let Some(pinned) = self.read(PINNED)? else {
            let server = Server::connect(url, authority_pem).await?;
            self.write(PINNED, server.pinned())?;
            return Ok(server);
        };
        let server = Server::known(pinned)?;
        if server.pinned().url != url.trim_end_matches('/') {
            return Err(ClientError::Local("it remembers a deployment at another address"));
        }
        server.check().await?;
        Ok(server)
    }

    /// Follows the deployment's log from the head that was seen last.
    ///
    /// # Errors
    /// What is kept can't be read.
    pub fn log(&self, server: &Server) -> Result<Log, ClientError> {
        let seen: Option<Kept> = self.read(HEAD)?;
        Log::follow(server, Kept::head_of(seen.as_ref())?)
    }

    /// Remembers how far the log has come.
    ///
    /// # Errors
    /// It can't be written.
    pub fn keep(&self, log: &Log) -> Result<(), ClientError> {
        self.write(HEAD, &Kept::from(log.seen()))
    }

    /// Compares a family's chain with what was seen of it, and remembers how far it has come.
    ///
    /// # Errors
    /// [`ClientError::Nonsense`] if it is shorter than it was, or another; what is kept can't be read,
    /// or not be written.
    pub fn compare(&self, family: &Family) -> Result<(), ClientError> {
        let (name, newest) = (file_of(family.id()), family.seen());
        if let Some((seq, head)) = self.read::<(u64, String)>(&name)? {
            let seen = Seen { seq, head: hash(&head)? };
            require_seen(family, &seen)?;
            if seen == newest {
                return Ok(());
            }
        }
        self.write(&name, &(newest.seq, newest.head.to_string()))
    }

    /// Forgets a family.
    ///
    /// # Errors
    /// What is kept can't be deleted.
    pub fn forget(&self, family: FamilyId) -> Result<(), ClientError> {
        let removed = files::remove(&self.folder, &file_of(family));
        removed.map_err(|_| ClientError::Local("a file can't be deleted"))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ClientError> {
        // It isn't forgotten then: that would let the server become another, and its log go back.
        let unreadable = ClientError::Local("what it remembers can't be read; check whose it is");
        let bytes = files::read(&self.folder, name).map_err(|_| unreadable)?;
        let read = bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose();
        read.map_err(|_| ClientError::Local("what it remembers is damaged"))
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), ClientError> {
        const FAILED: ClientError = ClientError::Local("it can't be written; is the disk full?");
        let bytes = serde_json::to_vec(value).map_err(|_| FAILED)?;
        files::make(&self.folder).map_err(|_| FAILED)?;
        files::write(&self.folder, name, &bytes).map_err(|_| FAILED)
    }
}

fn file_of(family: FamilyId) -> String {
    format!("{family}.seen")
}
