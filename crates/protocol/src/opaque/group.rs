//! The group of OPAQUE: ristretto255 (RFC 9496), by the curve library that also signs and seals.
//!
//! opaque-ke has this group over an older release of that library. With it, every program would
//! carry two of them, a browser would fetch both, and a server's own multiples of the base point
//! would do without the tables. Nothing is computed here: points and scalars are the library's.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, IsIdentity};
use elliptic_curve::hash2curve::{ExpandMsg, ExpandMsgXmd, Expander};
use opaque_ke::errors::{InternalError, ProtocolError};
use opaque_ke::generic_array::GenericArray;
use opaque_ke::generic_array::typenum::{IsLess, IsLessOrEqual, U32, U256};
use opaque_ke::key_exchange::group::Group;
use opaque_ke::key_exchange::tripledh::DiffieHellman;
use opaque_ke::rand::{CryptoRng, RngCore};
use opaque_sha2::Sha512;
use opaque_sha2::digest::core_api::BlockSizeUser;
use opaque_sha2::digest::{FixedOutput, HashMarker};
use subtle::Choice;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// `DeriveDiffieHellmanKeyPair` of RFC 9807 section 6.4.2 hashes with this name.
const KEY_PAIR: &[u8] = b"OPAQUE-DeriveDiffieHellmanKeyPair";

/// Ristretto255 with SHA-512, for passwords (RFC 9497 section 4.1) and for the key exchange.
/// Public so that the published vectors can be checked over it.
pub struct Ristretto255;

impl voprf::CipherSuite for Ristretto255 {
    const ID: &'static str = "ristretto255-SHA512";
    type Group = Self;
    type Hash = Sha512;
}

/// `expand_message_xmd` of RFC 9380, to the 64 bytes from which a point or a scalar is made.
fn expand<H>(input: &[&[u8]], dst: &[&[u8]]) -> Result<Zeroizing<[u8; 64]>, voprf::InternalError>
where
    H: BlockSizeUser + Default + FixedOutput + HashMarker,
    H::OutputSize: IsLess<U256> + IsLessOrEqual<H::BlockSize>,
{
    let mut uniform = Zeroizing::new([0; 64]);
    ExpandMsgXmd::<H>::expand_message(input, dst, uniform.len())
        .map_err(|_| voprf::InternalError::Input)?
        .fill_bytes(uniform.as_mut_slice());
    Ok(uniform)
}

/// A point other than the identity, in its canonical encoding.
fn point(bytes: &[u8]) -> Option<RistrettoPoint> {
    let compressed = CompressedRistretto::from_slice(bytes).ok()?;
    compressed.decompress().filter(|point| !point.is_identity())
}

/// A scalar other than zero, in its canonical encoding.
fn scalar(bytes: &[u8]) -> Option<Scalar> {
    let scalar: Option<Scalar> = Scalar::from_canonical_bytes(bytes.try_into().ok()?).into();
    scalar.filter(|scalar| *scalar != Scalar::ZERO)
}

fn random(rng: &mut (impl RngCore + CryptoRng)) -> Scalar {
    let mut uniform = Zeroizing::new([0; 64]);
    loop {
        rng.fill_bytes(uniform.as_mut_slice());
        let scalar = Scalar::from_bytes_mod_order_wide(&uniform);
        if scalar != Scalar::ZERO {
            return scalar;
        }
    }
}

impl voprf::Group for Ristretto255 {
    type Elem = RistrettoPoint;
    type ElemLen = U32;
    type Scalar = Scalar;
    type ScalarLen = U32;

    fn hash_to_curve<H>(
        input: &[&[u8]],
        dst: &[&[u8]],
    ) -> Result<RistrettoPoint, voprf::InternalError>
    where
        H: BlockSizeUser + Default + FixedOutput + HashMarker,
        H::OutputSize: IsLess<U256> + IsLessOrEqual<H::BlockSize>,
    {
        expand::<H>(input, dst).map(|uniform| RistrettoPoint::from_uniform_bytes(&uniform))
    }

    fn hash_to_scalar<H>(input: &[&[u8]], dst: &[&[u8]]) -> Result<Scalar, voprf::InternalError>
    where
        H: BlockSizeUser + Default + FixedOutput + HashMarker,
        H::OutputSize: IsLess<U256> + IsLessOrEqual<H::BlockSize>,
    {
        expand::<H>(input, dst).map(|uniform| Scalar::from_bytes_mod_order_wide(&uniform))
    }

    fn base_elem() -> RistrettoPoint {
        RISTRETTO_BASEPOINT_POINT
    }

    fn identity_elem() -> RistrettoPoint {
        RistrettoPoint::identity()
    }

    fn serialize_elem(elem: RistrettoPoint) -> GenericArray<u8, U32> {
        elem.compress().to_bytes().into()
    }

    fn deserialize_elem(bytes: &[u8]) -> voprf::Result<RistrettoPoint> {
        point(bytes).ok_or(voprf::Error::Deserialization)
    }

    fn random_scalar<R: RngCore + CryptoRng>(rng: &mut R) -> Scalar {
        random(rng)
    }

    fn invert_scalar(scalar: Scalar) -> Scalar {
        scalar.invert()
    }

    fn is_zero_scalar(scalar: Scalar) -> Choice {
        subtle::ConstantTimeEq::ct_eq(&scalar, &Scalar::ZERO)
    }

    fn serialize_scalar(scalar: Scalar) -> GenericArray<u8, U32> {
        scalar.to_bytes().into()
    }

    fn deserialize_scalar(bytes: &[u8]) -> voprf::Result<Scalar> {
        scalar(bytes).ok_or(voprf::Error::Deserialization)
    }
}

/// A public key of the key exchange, with its encoding: a log-in hashes and sends it several times,
/// and to encode a point costs as much as a tenth of a multiplication.
#[derive(Clone, Copy)]
pub struct PublicPoint {
    point: RistrettoPoint,
    encoded: [u8; 32],
}

impl From<RistrettoPoint> for PublicPoint {
    fn from(point: RistrettoPoint) -> Self {
        Self { point, encoded: point.compress().to_bytes() }
    }
}

/// A private key of the key exchange: a scalar other than zero. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PrivateScalar(Scalar);

impl Group for Ristretto255 {
    type Pk = PublicPoint;
    type PkLen = U32;
    type Sk = PrivateScalar;
    type SkLen = U32;

    fn serialize_pk(public: &PublicPoint) -> GenericArray<u8, U32> {
        public.encoded.into()
    }

    fn deserialize_take_pk(bytes: &mut &[u8]) -> Result<PublicPoint, ProtocolError> {
        let encoded = take(bytes)?;
        // Only its canonical encoding is a point, so these bytes are what it would be encoded to.
        let point = point(&encoded).ok_or(ProtocolError::SerializationError)?;
        Ok(PublicPoint { point, encoded })
    }

    fn random_sk<R: RngCore + CryptoRng>(rng: &mut R) -> PrivateScalar {
        PrivateScalar(random(rng))
    }

    fn derive_scalar(seed: GenericArray<u8, U32>) -> Result<PrivateScalar, InternalError> {
        let derived = voprf::derive_key::<Self>(&seed, KEY_PAIR, voprf::Mode::Oprf);
        derived.map(PrivateScalar).map_err(InternalError::from)
    }

    fn public_key(private: &PrivateScalar) -> PublicPoint {
        RistrettoPoint::mul_base(&private.0).into()
    }

    fn serialize_sk(private: &PrivateScalar) -> GenericArray<u8, U32> {
        private.0.to_bytes().into()
    }

    fn deserialize_take_sk(bytes: &mut &[u8]) -> Result<PrivateScalar, ProtocolError> {
        let private = scalar(&take(bytes)?).map(PrivateScalar);
        private.ok_or(ProtocolError::SerializationError)
    }
}

impl DiffieHellman<Ristretto255> for PrivateScalar {
    fn diffie_hellman(&self, public: &PublicPoint) -> GenericArray<u8, U32> {
        (public.point * self.0).compress().to_bytes().into()
    }
}

/// Takes 32 bytes off the front.
fn take(bytes: &mut &[u8]) -> Result<[u8; 32], ProtocolError> {
    let (taken, rest) = bytes.split_first_chunk().ok_or(ProtocolError::SerializationError)?;
    *bytes = rest;
    Ok(*taken)
}
