//! Links about devices and teens, and about how the family is governed.

use crate::cbor::{Reader, Writer};
use crate::chain::body::accept::{NewKey, write_body};
use crate::chain::link_type::LinkType;
use crate::error::Refused;
use crate::id::{ChildId, Day, KeyId};
use crate::keys::PublicKeys;
use crate::registry::Coded;

/// What a device can do, for the notice and for the parent's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps(u8);

impl Caps {
    /// It has a camera.
    pub const CAMERA: u8 = 1;
    /// It has a microphone.
    pub const MICROPHONE: u8 = 2;
    /// It knows where it is.
    pub const LOCATION: u8 = 4;
    /// It has a screen.
    pub const SCREEN: u8 = 8;
    /// It may bring a guardian back, if the policy permits it.
    pub const RECOVERY: u8 = 16;

    /// The capabilities with these bits.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits < 32 { Some(Self(bits)) } else { None }
    }

    /// Their bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether all of `bits` are among them.
    #[must_use]
    pub const fn has(self, bits: u8) -> bool {
        self.0 & bits == bits
    }
}

/// Links a toy or another device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceAdd {
    /// Its keys.
    pub keys: PublicKeys,
    /// The child that plays with it; `None` for a device of the whole family.
    pub child: Option<ChildId>,
    /// What it can do.
    pub caps: Caps,
    /// The new key's proof of possession.
    pub accept_sig: [u8; 64],
}

impl NewKey for DeviceAdd {
    const TYPE: LinkType = LinkType::DeviceAdd;

    fn keys(&self) -> &PublicKeys {
        &self.keys
    }

    fn accept_sig(&mut self) -> &mut [u8; 64] {
        &mut self.accept_sig
    }

    fn write_with(&self, proof: Option<&[u8; 64]>, writer: &mut Writer) {
        write_body(2 + PublicKeys::ITEMS, proof, writer, |writer| {
            self.keys.write(writer);
            let child = self.child.as_ref().map(|child| child.bytes().as_slice());
            writer.optional_bytes(child).uint(self.caps.bits());
        });
    }
}

impl DeviceAdd {
    pub(super) fn write(&self, writer: &mut Writer) {
        self.write_with(Some(&self.accept_sig), writer);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("body", 3 + PublicKeys::ITEMS)?;
        let keys = PublicKeys::read(reader)?;
        let child = reader.optional(|reader| reader.fixed("cid").map(ChildId::from_bytes))?;
        let caps = Caps::from_bits(reader.uint("caps")?);
        let caps = caps.ok_or_else(|| reader.refuse("caps", "must have known bits only"))?;
        Ok(Self { keys, child, caps, accept_sig: reader.fixed("accept_sig")? })
    }
}

/// Makes a child its own principal, at the age of consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promote {
    /// The child.
    pub child: ChildId,
    /// The keys that the teen's device made.
    pub keys: PublicKeys,
    /// The new key's proof of possession.
    pub accept_sig: [u8; 64],
}

impl NewKey for Promote {
    const TYPE: LinkType = LinkType::Promote;

    fn keys(&self) -> &PublicKeys {
        &self.keys
    }

    fn accept_sig(&mut self) -> &mut [u8; 64] {
        &mut self.accept_sig
    }

    fn write_with(&self, proof: Option<&[u8; 64]>, writer: &mut Writer) {
        write_body(1 + PublicKeys::ITEMS, proof, writer, |writer| {
            writer.bytes(self.child.bytes());
            self.keys.write(writer);
        });
    }
}

impl Promote {
    pub(super) fn write(&self, writer: &mut Writer) {
        self.write_with(Some(&self.accept_sig), writer);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("body", 2 + PublicKeys::ITEMS)?;
        let child = ChildId::from_bytes(reader.fixed("cid")?);
        let keys = PublicKeys::read(reader)?;
        Ok(Self { child, keys, accept_sig: reader.fixed("accept_sig")? })
    }
}

/// How the family decides. It is never laxer than the default. A stricter one is a wish that any
/// owner can take back, at once: what guards an owner against another is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How many other owners must agree to remove a guardian at once: 1 to 8.
    pub quorum: u8,
    /// The days between the announcement of a removal and its effect: 14 to 90.
    pub timelock_days: u32,
    /// Whether a linked toy may bring a guardian back.
    pub toy_recovery: bool,
}

impl Policy {
    /// What holds until a `policy` link says otherwise.
    pub const DEFAULT: Self = Self { quorum: 1, timelock_days: 14, toy_recovery: false };

    pub(super) fn write(self, writer: &mut Writer) {
        writer.array(3).uint(self.quorum).uint(self.timelock_days).uint(self.toy_recovery);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("body", 3)?;
        let (quorum, timelock_days) = (reader.uint("quorum")?, reader.uint("timelock_days")?);
        reader.require((1..=8).contains(&quorum), "quorum", "must be 1 to 8")?;
        let right = (14..=90).contains(&timelock_days);
        reader.require(right, "timelock_days", "must be 14 to 90")?;
        let toy_recovery = match reader.uint::<u8>("toy_recovery")? {
            0 => false,
            1 => true,
            _ => return Err(reader.refuse("toy_recovery", "must be 0 or 1")),
        };
        Ok(Self { quorum, timelock_days, toy_recovery })
    }
}

/// Why the operator froze something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreezeReason {
    /// A court or an authority demands it.
    LegalDemand,
    /// Guardians dispute who may decide.
    Dispute,
    /// An account seems to be in wrong hands.
    Takeover,
}

impl Coded for FreezeReason {
    const FIELD: &'static str = "reason";
    const ALL: &'static [(Self, u8, &'static str)] = &[
        (Self::LegalDemand, 1, "legal-demand"),
        (Self::Dispute, 2, "dispute"),
        (Self::Takeover, 3, "takeover"),
    ];
}

/// Stops whatever widens access, for a while. It ends by itself, so the server needs no right to
/// lift it, which would widen access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freeze {
    /// The guardian who is frozen; `None` for the whole family.
    pub guardian: Option<KeyId>,
    /// The first day on which it's over; at most 90 days after the link's.
    pub until: Day,
    /// Why.
    pub reason: FreezeReason,
}

impl Freeze {
    pub(super) fn write(&self, writer: &mut Writer) {
        let guardian = self.guardian.as_ref().map(|kid| kid.bytes().as_slice());
        writer.array(3).optional_bytes(guardian).uint(self.until.0).uint(self.reason.code());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("body", 3)?;
        let guardian = reader.optional(|reader| reader.fixed("kid").map(KeyId::from_bytes))?;
        let until = Day(reader.uint("until")?);
        Ok(Self { guardian, until, reason: FreezeReason::read(reader)? })
    }
}
