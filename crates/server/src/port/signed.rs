//! What somebody outside tells by itself, signed with a secret that both know: `t=SECONDS,v1=HEX`, an
//! HMAC-SHA-256 over the time, a dot and the body ("Verify webhook signatures manually", docs.stripe.com).

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::clock::Time;
use crate::domain::text;

/// How old it may be, or how far ahead, in milliseconds. Within it, what was told may be told again.
const TOLD_MS_MAX: i64 = 5 * 60 * 1000;

/// Whether this was signed with the secret, just now.
#[must_use]
pub fn is_by(secret: &[u8], signature: &str, body: &[u8], now: Time) -> bool {
    let part = |name: &'static str| {
        signature.split(',').filter_map(move |part| part.trim().strip_prefix(name))
    };
    let Some(at) = part("t=").next() else { return false };
    let at_ms = at.parse::<i64>().ok().and_then(|at_s| at_s.checked_mul(1000));
    if at_ms.is_none_or(|at_ms| now.0.abs_diff(at_ms) > TOLD_MS_MAX.unsigned_abs()) {
        return false;
    }
    let Ok(mac) = <Hmac<Sha256> as hmac::Mac>::new_from_slice(secret) else { return false };
    let mac = mac.chain_update(at).chain_update(".").chain_update(body);
    let tags = part("v1=").filter_map(text::hex::<32>);
    tags.map(|tag| mac.clone().verify_slice(&tag)).any(|verified| verified.is_ok())
}
