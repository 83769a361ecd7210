//! An address that is taken before anybody listens there: its port is known, and nobody else gets it
//! meanwhile.

use std::net::{SocketAddr, TcpListener};

use super::serve::ServeError;

/// An address that is taken.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    /// Takes an address; with port 0, any port that is free. Whoever connects waits until somebody
    /// listens.
    ///
    /// # Errors
    /// Somebody else has it.
    pub async fn to(address: SocketAddr) -> Result<Self, ServeError> {
        let taken = |_| ServeError::Listen(address);
        let listener = tokio::net::TcpListener::bind(address).await.map_err(taken)?;
        let listener = listener.into_std().map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        Ok(Self { listener, address })
    }

    /// Where it is.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn into_parts(self) -> (TcpListener, SocketAddr) {
        (self.listener, self.address)
    }
}
