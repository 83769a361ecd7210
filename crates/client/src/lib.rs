//! Guardian and toy as a library: the SDK that a toy maker embeds, and what the command line, the
//! tests and the drill are made of.
//!
//! A [`Server`] is a connection to one deployment whose public keys were pinned at the first
//! contact. A [`guardian::Guardian`] signs in, founds a family, consents, links toys, reads and
//! takes away. A [`toy::Toy`] is linked, seals what a child makes, keeps it while it is offline and
//! sends it later. Everything that the server says is checked against the family's chain.
//!
//! ```no_run
//! # async fn story() -> Result<(), treehouse_client::ClientError> {
//! use treehouse_client::{Server, guardian::Guardian, opaque::Ksf};
//!
//! let server = Server::connect("https://treehouse.example", None).await?;
//! let mut guardian = Guardian::sign_in(&server, "ada@example.org", "a long password", &Ksf::standard()).await?;
//! guardian.unlock().await?;
//! guardian.sync().await?;
//! for child in guardian.family()?.children() {
//!     println!("{}", child.0);
//! }
//! # Ok(()) }
//! ```
//!
//! Two examples live whole lives, against the server of `cargo xtask demo` (which prints its folder):
//! ```text
//! cargo run -p treehouse-client --example guardian -- https://localhost:8443 FOLDER me@example.org
//! cargo run -p treehouse-client --example toy -- https://localhost:8443 FOLDER/certificate.pem toy tree.jpg
//! ```
//! The guardian registers, consents, links the toy whose line is pasted, and opens what it sends;
//! the toy is linked, takes pictures offline and sends them. A third, `picture`, shows what becomes
//! of a photograph before it is sealed.

pub mod age_signal;
mod caller;
mod chain;
pub mod content;
mod data;
mod dpop;
mod error;
pub mod guardian;
mod http;
pub mod limits;
#[cfg(not(target_family = "wasm"))]
pub mod live;
mod local;
pub mod log;
mod memory;
mod notice;
pub mod pairing;
pub mod picture;
mod platform;
mod random;
pub mod recording;
mod server;
pub mod toy;

pub use chain::Chain;
pub use error::{ClientError, Problem};
pub use http::hex;
pub use memory::Memory;
pub use notice::{Notice, NoticeSection};
#[cfg(target_family = "wasm")]
pub use platform::files;
pub use server::{Pinned, Server};
pub use treehouse_protocol::opaque;
