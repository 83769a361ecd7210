//! How often anybody may ask. Counters live in this process; what must hold across processes,
//! such as a code that counts once, is decided by the database.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sha2::{Digest, Sha256};
use treehouse_protocol::id::AccountId;
use treehouse_protocol::secret::Secret;

use crate::config::Limits;
use crate::domain::sms::ConsentSmsNumber;
use crate::error::Error;

/// Whom a counter is for: a keyed hash, so that no address lies in memory.
type Key = [u8; 16];

/// All counters.
pub struct Rates {
    salt: Secret<32>,
    clock: DefaultClock,
    anonymous: DefaultKeyedRateLimiter<Key>,
    members: DefaultKeyedRateLimiter<Key>,
    sign_ins: DefaultKeyedRateLimiter<Key>,
    letters: DefaultKeyedRateLimiter<Key>,
    codes: DefaultKeyedRateLimiter<Key>,
    sms: DefaultKeyedRateLimiter<Key>,
    sms_of_all: DefaultKeyedRateLimiter<Key>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// A request without proof, by network address.
    Anonymous,
    /// A request of a session, toy or steward.
    Member,
    /// A sign-in, by e-mail address: each is a guess at a password.
    SignIn,
    /// A letter, by e-mail address.
    Letter,
    /// A toy's code that was typed, or a texted one, by account.
    Code,
    /// A text message, by account and by number.
    Sms,
    /// A text message, of everybody together.
    SmsOfAll,
}

impl Rates {
    /// Fresh counters.
    #[must_use]
    pub fn new(limits: &Limits, rng: &mut dyn rand_core::CryptoRng) -> Self {
        let count = |count: u32| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let minute = |max: u32| RateLimiter::keyed(Quota::per_minute(count(max)));
        let hour = |max: u32| RateLimiter::keyed(Quota::per_hour(count(max)));
        Self {
            salt: Secret::random(rng),
            clock: DefaultClock::default(),
            anonymous: minute(limits.anonymous_per_minute_max),
            members: minute(limits.requests_per_minute_max),
            sign_ins: hour(limits.sign_ins_per_hour_max),
            letters: hour(limits.letters_per_hour_max),
            codes: hour(limits.codes_per_hour_max),
            sms: hour(limits.sms_per_hour_max),
            sms_of_all: hour(limits.sms_of_all_per_hour_max),
        }
    }

    /// Counts one.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the time to wait.
    pub fn count(&self, what: Counted, whom: &[u8]) -> Result<(), Error> {
        let limiter = match what {
            Counted::Anonymous => &self.anonymous,
            Counted::Member => &self.members,
            Counted::SignIn => &self.sign_ins,
            Counted::Letter => &self.letters,
            Counted::Code => &self.codes,
            Counted::Sms => &self.sms,
            Counted::SmsOfAll => &self.sms_of_all,
        };
        limiter.check_key(&self.key(whom)).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            Error::TooMany { retry_s: wait.as_secs() + 1 }
        })
    }

    /// Counts a text message that this account asks for. Only what one account and one number may ask
    /// for counts against what all may: nobody uses that up alone.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the time to wait.
    pub fn count_sms(&self, account: AccountId, number: &ConsentSmsNumber) -> Result<(), Error> {
        self.count(Counted::Sms, account.bytes())?;
        self.count(Counted::Sms, number.text().as_bytes())?;
        self.count(Counted::SmsOfAll, b"all")
    }

    /// Counts a request from this network address; all of an IPv6 network of 64 bits counts as
    /// one, because everybody has at least that many.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the time to wait.
    pub fn count_peer(&self, peer: &SocketAddr) -> Result<(), Error> {
        match peer.ip().to_canonical() {
            IpAddr::V4(ip) => self.count(Counted::Anonymous, &ip.octets()),
            IpAddr::V6(ip) => self.count(Counted::Anonymous, &ip.octets()[..8]),
        }
    }

    fn key(&self, whom: &[u8]) -> Key {
        let digest = Sha256::new().chain_update(self.salt.expose()).chain_update(whom).finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        key
    }

    /// Forgets whoever hasn't asked for a while; to be called now and then.
    pub fn sweep(&self) {
        let counters = [
            &self.anonymous,
            &self.members,
            &self.sign_ins,
            &self.letters,
            &self.codes,
            &self.sms,
            &self.sms_of_all,
        ];
        for limiter in counters {
            limiter.retain_recent();
        }
    }
}

impl std::fmt::Debug for Rates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rates")
    }
}
