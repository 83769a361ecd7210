//! Calls to a program of the operator's, such as one that wakes somebody up: signed as Standard
//! Webhooks 1.0 (standardwebhooks.com) says, so that libraries for many languages can check them.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, Mac as _};
use reqwest::{Client, header};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::clock::Time;
use super::secret_text::SecretText;
use super::web;

/// How long a call may take, in seconds.
const CALL_S_MAX: u64 = 5;
/// Bytes of a secret, as Standard Webhooks demands.
const SECRET_BYTES_MIN: usize = 24;
const SECRET_BYTES_MAX: usize = 64;
/// What the text of a secret begins with.
const SECRET_START: &str = "whsec_";

/// Why a call wasn't taken, or can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// The secret isn't one.
    #[error(
        "the secret must be `{SECRET_START}` and {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} random \
         bytes in Base64"
    )]
    Secret,
    /// The authorities to trust aren't there; what is wrong with their file.
    #[error("the file of its authority {0}")]
    Authorities(&'static str),
    /// There is no client to call with.
    #[error("calls can't be made on this machine")]
    Client,
    /// Nobody answered in time.
    #[error("nobody answers there in time; check the address")]
    Unreachable,
    /// It was answered, and not with a status from 200 to 299.
    #[error("the call was refused: HTTP status {0}")]
    Refused(u16),
}

/// Where calls go, and what they are signed with.
pub struct Hook {
    url: String,
    secret: Zeroizing<Vec<u8>>,
    client: Client,
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password of the operator's.
        f.write_str("Hook(●●)")
    }
}

impl Hook {
    /// Calls to this address, signed with a secret as it stands in its file. The other end's
    /// certificate must be of an authority in `ca_file`, or else of one that everybody trusts.
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// [`HookError::Secret`], [`HookError::Authorities`] or [`HookError::Client`].
    pub fn new(
        url: String,
        secret: &SecretText,
        ca_file: Option<&Path>,
    ) -> Result<Self, HookError> {
        let text = secret.expose().trim();
        let text = text.strip_prefix(SECRET_START).ok_or(HookError::Secret)?;
        let secret = Zeroizing::new(Base64::decode_vec(text).map_err(|_| HookError::Secret)?);
        if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&secret.len()) {
            return Err(HookError::Secret);
        }
        let roots = web::trusted(ca_file).map_err(HookError::Authorities)?;
        let client = web::client(Duration::from_secs(CALL_S_MAX), roots);
        let client = client.ok_or(HookError::Client)?;
        Ok(Self { url, secret, client })
    }

    /// Makes a call. A call that is made again must have the same id: then who is called can tell.
    ///
    /// # Errors
    /// [`HookError::Unreachable`], although it may have been heard, or [`HookError::Refused`].
    pub async fn call(&self, id: &str, now: Time, body: String) -> Result<(), HookError> {
        let at_s = now.0.div_euclid(1000);
        let signature = self.sign(id, at_s, &body)?;
        let request = self
            .client
            .post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at_s)
            .header("webhook-signature", signature)
            .body(body);
        // What the transport says of an error may hold an address.
        let answer = request.send().await.map_err(|_| HookError::Unreachable)?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(HookError::Refused(status.as_u16())) }
    }

    fn sign(&self, id: &str, at_s: i64, body: &str) -> Result<String, HookError> {
        let mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&self.secret);
        let mac = mac.map_err(|_| HookError::Secret)?;
        let mac = mac.chain_update(format!("{id}.{at_s}.{body}")).finalize().into_bytes();
        Ok(format!("v1,{}", Base64::encode_string(&mac)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(secret: &str) -> Result<Hook, HookError> {
        Hook::new("https://alarms.example".to_owned(), &SecretText::new(secret.to_owned()), None)
    }

    /// The example of the reference libraries of Standard Webhooks.
    #[test]
    fn a_signature_is_what_other_libraries_make() {
        let hook = hook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let signature =
            hook.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_weak_or_foreign_secret_is_refused_and_a_good_one_not_printed() {
        for secret in
            ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%"]
        {
            assert_eq!(hook(secret).unwrap_err(), HookError::Secret, "{secret}");
        }
        let hook = hook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(format!("{hook:?}"), "Hook(●●)");
    }
}
