//! No secret is ever printed, and each is wiped when it's dropped.
//!
//! Every public type of the crate is either formatted here and searched for the bytes of its
//! secrets, or it can't be formatted, or it stands on the list of those that hold none, with the
//! reason. A new type fails the test until somebody has decided.

#![expect(clippy::unwrap_used, reason = "a failure here is the test's failure")]

mod holders;
mod leak;
mod public;
mod scan;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::marker::PhantomData;

use holders::Holder;
use opaque_ke::key_exchange::group::Group;
use treehouse_protocol::opaque::Ristretto255;
use zeroize::ZeroizeOnDrop;

#[test]
fn no_secret_stands_in_what_its_holders_print() {
    for Holder { name, printed, secrets } in holders::all() {
        assert!(!secrets.is_empty(), "{name} holds something");
        for (text, secret) in printed.iter().flat_map(|text| secrets.iter().map(move |s| (text, s)))
        {
            let leak = leak::found(text, secret);
            assert_eq!(leak, None, "{name} prints a secret: {text}");
        }
    }
}

#[test]
fn every_public_type_is_printed_here_or_said_to_hold_no_secret() {
    let found: Vec<_> = scan::public_types().into_iter().map(|one| one.name).collect();
    let unique: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(unique.len(), found.len(), "each name is one type");
    assert!(found.len() > 90, "the scan finds the crate's types");

    let printed = holders::all().into_iter().map(|holder| holder.name.to_owned());
    let silent = NOT_PRINTED.iter().map(|(name, _)| (*name).to_owned());
    let public = public::WITHOUT_SECRETS.iter().flat_map(|(_, names)| *names);
    let known: Vec<String> =
        printed.chain(silent).chain(public.map(|name| (*name).to_owned())).collect();
    let once: BTreeSet<_> = known.iter().cloned().collect();
    assert_eq!(once.len(), known.len(), "each stands in one list");
    let new: Vec<_> = unique.difference(&once).collect();
    assert!(new.is_empty(), "not decided on: {new:?}");
    let gone: Vec<_> = once.difference(&unique).collect();
    assert!(gone.is_empty(), "no longer there: {gone:?}");
}

/// Whether a type can be formatted: the constant of the type itself, if it has one, wins over that
/// of the trait.
struct Prints<T>(PhantomData<T>);

trait Silent {
    const PRINTS: bool = false;
}

impl<T> Silent for Prints<T> {}

impl<T: Debug> Prints<T> {
    const PRINTS: bool = true;
}

/// Types that reach secrets and can't be formatted at all.
const NOT_PRINTED: [(&str, bool); 7] = [
    ("blob::stream::Sealer", Prints::<treehouse_protocol::blob::stream::Sealer>::PRINTS),
    ("blob::stream::Opener", Prints::<treehouse_protocol::blob::stream::Opener>::PRINTS),
    ("cbor::Reader", Prints::<treehouse_protocol::cbor::Reader<'static>>::PRINTS),
    ("cbor::Writer", Prints::<treehouse_protocol::cbor::Writer>::PRINTS),
    ("franking::Report", Prints::<treehouse_protocol::franking::Report<'static>>::PRINTS),
    ("opaque::group::PrivateScalar", Prints::<<Ristretto255 as Group>::Sk>::PRINTS),
    ("opaque::Ksf", Prints::<treehouse_protocol::opaque::Ksf>::PRINTS),
];

#[test]
fn what_is_said_to_print_nothing_prints_nothing() {
    let control = Prints::<treehouse_protocol::secret::Secret<32>>::PRINTS;
    assert!(control, "the probe sees Debug where it is");
    for (name, prints) in NOT_PRINTED {
        assert!(!prints, "{name} has become printable");
    }
}

/// The suite of OPAQUE but for its KSF, which holds no secret.
struct Suite;

impl opaque_ke::CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = opaque_ke::TripleDh<Ristretto255, opaque_sha2::Sha512>;
    type Ksf = opaque_ke::ksf::Identity;
}

/// What secrets are made of is wiped when it's dropped; and dropping is what the compiler does to
/// all that holds them.
#[test]
fn what_secrets_are_made_of_is_wiped_when_dropped() {
    const fn wiped<T: ZeroizeOnDrop>() {}
    const {
        wiped::<treehouse_protocol::secret::Secret<16>>();
        wiped::<treehouse_protocol::secret::Secret<32>>();
        wiped::<treehouse_protocol::secret::Secret<64>>();
        wiped::<zeroize::Zeroizing<Vec<u8>>>();
        wiped::<ed25519_dalek::SigningKey>();
        wiped::<aes_gcm::Aes256Gcm>();
        wiped::<opaque_ke::ClientRegistration<Suite>>();
        wiped::<opaque_ke::ClientLogin<Suite>>();
        wiped::<opaque_ke::ServerLogin<Suite>>();
        wiped::<<Ristretto255 as Group>::Sk>();
    }
}

/// What the fields of a holder may be: things that wipe themselves, other holders, public things.
#[test]
fn no_holder_keeps_raw_bytes_that_nobody_wipes() {
    let holders: BTreeSet<_> = holders::all().into_iter().map(|holder| holder.name).collect();
    for found in scan::public_types() {
        if !holders.contains(found.name.as_str()) && !found.name.contains("::stream::") {
            continue;
        }
        let (_, fields) = found.text.split_once(['{', '(']).unwrap();
        for field in fields.split([',', '\n']).map(str::trim) {
            let raw = ["[u8;", "Vec<u8>", "String"].iter().any(|raw| field.contains(raw));
            if !raw || field.starts_with("//") || field.contains("Zeroizing<") {
                continue;
            }
            let allowed = public::RAW_FIELDS
                .iter()
                .any(|(name, start, _)| *name == found.name && field.contains(start));
            assert!(allowed, "{} has raw bytes: {field}", found.name);
        }
    }
}
