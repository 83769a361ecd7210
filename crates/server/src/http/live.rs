//! The live channel: a WebSocket that rings when there is something to fetch.

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRef, State};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::broadcast::{self, error::RecvError};
use treehouse_protocol::id::FamilyId;

use super::Service;
use super::principal::{Member, Refusal};
use crate::access;
use crate::app::families;
use crate::domain::principal::Principal;
use crate::error::Error;
use crate::live::Ring;

/// Bytes that a client may send; it has nothing to say but to answer pings.
const MESSAGE_BYTES_MAX: usize = 1024;
/// How often the server asks whether somebody is still there, in seconds.
const PING_S: u64 = 30;
/// Bytes that are read at once. It's held as long as the connection, so it counts a thousandfold.
const READ_BYTES: usize = 1024;

/// Opens the live channel of the asker's family.
///
/// # Errors
/// Not a member of any family, or as many listen as may.
pub async fn live(
    State(service): State<Service>,
    Member(principal): Member,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let upgrade = upgrade.map_err(|_| Error::invalid("upgrade", "must be that of a WebSocket"))?;
    let family = principal.family().ok_or(Error::NotFound)?;
    still_member(&service, &principal, family).await?;
    let listeners_max = service.app.limits.live_per_family_max;
    let rings = service.app.bells.listen(family, listeners_max);
    let rings = rings.ok_or(Error::TooMany { retry_s: PING_S })?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    let upgrade = upgrade.read_buffer_size(READ_BYTES);
    let listener = Listener { principal, family, rings };
    Ok(upgrade.on_upgrade(move |socket| listen(service, listener, socket)).into_response())
}

async fn still_member(
    service: &Service,
    principal: &Principal,
    family: FamilyId,
) -> Result<(), Error> {
    let family = families::find(&service.app, family).await?;
    access::read_family(principal, &family).map(drop)
}

/// Who listens, and to what.
struct Listener {
    principal: Principal,
    family: FamilyId,
    rings: broadcast::Receiver<Ring>,
}

async fn listen(service: Service, listener: Listener, mut socket: WebSocket) {
    let Listener { principal, family, mut rings } = listener;
    let mut ping = tokio::time::interval(std::time::Duration::from_secs(PING_S));
    ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut closing = service.closing.subscribe();
    // Whoever comes when the server has begun to stop would never see that change.
    while !*closing.borrow_and_update() {
        let message = tokio::select! {
            ring = rings.recv() => match ring {
                Ok(ring) => {
                    // Whoever was removed is told nothing more.
                    if matches!(ring, Ring::Chain(_))
                        && still_member(&service, &principal, family).await.is_err()
                    {
                        break;
                    }
                    text(ring)
                }
                Err(RecvError::Lagged(_)) => text(Ring::Family),
                Err(RecvError::Closed) => break,
            },
            _ = ping.tick() => Message::Ping(bytes::Bytes::new()),
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => continue,
            },
            _ = closing.changed() => break,
        };
        if socket.send(message).await.is_err() {
            return;
        }
    }
    // The other side may be gone; there is nobody to tell then.
    drop(socket.send(Message::Close(None)).await);
}

fn text(ring: Ring) -> Message {
    let event = match ring {
        Ring::Chain(seq) => json!({ "chain": seq }),
        Ring::Feed(feed) => json!({ "feed": feed }),
        Ring::Family => json!({ "family": true }),
    };
    Message::text(event.to_string())
}

impl FromRef<Service> for std::sync::Arc<crate::app::App> {
    fn from_ref(service: &Service) -> Self {
        Self::clone(&service.app)
    }
}
