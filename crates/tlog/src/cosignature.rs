//! Cosignatures: that a witness saw a checkpoint, and when (C2SP tlog-cosignature, v1).

use crate::checkpoint::SignedCheckpoint;
use crate::error::{Refused, require};
use crate::key::{KeyName, SIGNATURE_BYTES, WitnessKey, WitnessSigner};
use crate::note::Signature;

/// Seconds since 1970 that a cosignature may name.
pub const TIME_MAX: u64 = (1 << 63) - 1;
/// Witnesses of a quorum.
pub const WITNESSES_MAX: usize = 32;

const COSIGNATURE: &str = "cosignature/v1";
const TIME_BYTES: usize = 8;

/// A witness that saw a checkpoint, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// The witness.
    pub witness: KeyName,
    /// Seconds since 1970, by the witness' clock.
    pub time: u64,
}

/// The cosignature of a witness over a checkpoint, at `time` in seconds since 1970.
///
/// It says that this is the largest head that the witness saw of this log, and that it extends all
/// that it saw before: only [`Witness`](crate::witness::Witness) can know that.
///
/// # Errors
/// The time is beyond what the format can say.
pub fn cosign(
    signer: &WitnessSigner,
    checkpoint: &SignedCheckpoint,
    time: u64,
) -> Result<Signature, Refused> {
    require(time <= TIME_MAX, COSIGNATURE, "time", "must be below 2^63")?;
    let signature = signer.sign(message(time, checkpoint.note().text()).as_bytes());
    let bytes = [&time.to_be_bytes()[..], &signature].concat();
    let (name, id) = (signer.key().name().clone(), signer.key().id());
    Ok(Signature { name, id, bytes })
}

/// The time of a cosignature, if it is one of this witness over this text.
fn verify(key: &WitnessKey, text: &str, bytes: &[u8]) -> Result<u64, Refused> {
    let refuse = |field, rule| Refused::new(COSIGNATURE, field, rule);
    let length = refuse("bytes", "must be a time and a signature");
    let (time, signature) = bytes.split_first_chunk::<TIME_BYTES>().ok_or(length)?;
    let signature: &[u8; SIGNATURE_BYTES] = signature.try_into().map_err(|_| length)?;
    let time = u64::from_be_bytes(*time);
    require(time <= TIME_MAX, COSIGNATURE, "time", "must be below 2^63")?;
    let valid = key.verify(message(time, text).as_bytes(), signature);
    require(valid, COSIGNATURE, "signature", "must be by the witness that it names")?;
    Ok(time)
}

fn message(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

impl SignedCheckpoint {
    /// Adds what a witness answered: its cosignature lines. Takes those of `witnesses` only.
    ///
    /// # Errors
    /// The answer isn't lines, holds nothing of a known witness, or a known one's is wrong.
    pub fn add_cosignatures(
        &mut self,
        answer: &str,
        witnesses: &[WitnessKey],
    ) -> Result<(), Refused> {
        let refuse = |field, rule| Refused::new(COSIGNATURE, field, rule);
        let lines = answer.strip_suffix('\n').ok_or(refuse("answer", "must be whole lines"))?;
        let mut added = Vec::new();
        for line in lines.split('\n') {
            let signature = Signature::parse(line)?;
            let known = witnesses.iter().find(|key| signature.is_by(key.name(), key.id()));
            if let Some(key) = known {
                verify(key, self.note().text(), &signature.bytes)?;
                added.push(signature);
            }
        }
        require(!added.is_empty(), COSIGNATURE, "answer", "must be of a known witness")?;
        added.into_iter().try_for_each(|signature| self.note_mut().push(signature))
    }
}

/// Whose word is enough: so many of these witnesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    need: usize,
    witnesses: Vec<WitnessKey>,
}

/// Why a checkpoint isn't witnessed well enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuorumError {
    /// Fewer witnesses than are needed have cosigned.
    #[error("{have} of {need} witnesses have cosigned")]
    TooFew {
        /// How many have.
        have: usize,
        /// How many must.
        need: usize,
    },
    /// A known witness' cosignature is wrong; who gave the checkpoint damaged or forged it.
    #[error(transparent)]
    Forged(Refused),
}

impl Quorum {
    /// At least `need` of these.
    ///
    /// # Errors
    /// None is needed, or more than there are, or two are one witness: the same name or key.
    pub fn new(need: usize, witnesses: Vec<WitnessKey>) -> Result<Self, Refused> {
        let refuse = |field, rule| Refused::new("quorum", field, rule);
        if need == 0 || need > witnesses.len() {
            return Err(refuse("need", "must be 1 to the number of witnesses"));
        }
        if witnesses.len() > WITNESSES_MAX {
            return Err(refuse("witnesses", "must be at most 32"));
        }
        for (index, key) in witnesses.iter().enumerate() {
            let others = witnesses.iter().skip(index + 1);
            if others.clone().any(|other| key.is_same_key(other) || key.name() == other.name()) {
                return Err(refuse("witnesses", "must be different, by name and by key"));
            }
        }
        Ok(Self { need, witnesses })
    }

    /// How many are enough.
    #[must_use]
    pub const fn need(&self) -> usize {
        self.need
    }

    /// The witnesses.
    #[must_use]
    pub fn witnesses(&self) -> &[WitnessKey] {
        &self.witnesses
    }

    /// Who of the witnesses cosigned, and when; how fresh that must be is the caller's to say.
    ///
    /// # Errors
    /// Too few did, or a cosignature is wrong.
    pub fn check(&self, checkpoint: &SignedCheckpoint) -> Result<Vec<Cosigned>, QuorumError> {
        let note = checkpoint.note();
        let mut cosigned = Vec::new();
        for key in &self.witnesses {
            let mut last = None;
            for line in note.signatures().iter().filter(|line| line.is_by(key.name(), key.id())) {
                let time = verify(key, note.text(), &line.bytes).map_err(QuorumError::Forged)?;
                last = last.max(Some(time));
            }
            cosigned.extend(last.map(|time| Cosigned { witness: key.name().clone(), time }));
        }
        let (have, need) = (cosigned.len(), self.need);
        if have < need { Err(QuorumError::TooFew { have, need }) } else { Ok(cosigned) }
    }
}
