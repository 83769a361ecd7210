//! The cells of the table of rules that no link can realise, so that all others must be tried.

use treehouse_protocol::chain::LinkType;
use treehouse_protocol::chain::rules::{Signer, Target};

/// Cells that no link can realise, and why.
pub struct Unreal {
    pub links: &'static [LinkType],
    pub signers: &'static [Signer],
    pub targets: &'static [Target],
    #[expect(dead_code, reason = "the reason is for whoever reads the table")]
    why: &'static str,
}

const OF_CHILDREN: &[LinkType] = &[
    LinkType::ChildRemove,
    LinkType::KeyVersion,
    LinkType::Grant,
    LinkType::Promote,
    LinkType::Erase,
    LinkType::ContactApprove,
    LinkType::ContactRevoke,
];
const WITH_CHILDREN: &[LinkType] = &[
    LinkType::ChildRemove,
    LinkType::KeyVersion,
    LinkType::Grant,
    LinkType::Promote,
    LinkType::Erase,
    LinkType::ContactApprove,
    LinkType::ContactRevoke,
    LinkType::DeviceAdd,
    LinkType::DeviceRemove,
    LinkType::Revoke,
];
const ALL: &[Signer] = &Signer::ALL;
const NO_GUARDIANS: &[Signer] = &[Signer::Teen, Signer::Device, Signer::Server];
const CHILDREN: &[Target] = &[Target::OwnChild, Target::OtherChild, Target::Teen];

pub const UNREAL: &[Unreal] = &[
    unreal(
        &[LinkType::Genesis, LinkType::GuardianAdd, LinkType::Policy, LinkType::Purge],
        ALL,
        &[Target::Itself, Target::Guardian, Target::OwnChild, Target::OtherChild, Target::Teen],
        "it is about the family and nobody in particular",
    ),
    unreal(
        &[LinkType::RecoverySet],
        ALL,
        &[Target::Family, Target::Guardian, Target::OwnChild, Target::OtherChild, Target::Teen],
        "it has no field for anybody but its signer",
    ),
    unreal(
        &[LinkType::GuardianRemove, LinkType::Recover],
        ALL,
        &[Target::Family, Target::OwnChild, Target::OtherChild, Target::Teen],
        "it is about a guardian",
    ),
    unreal(
        &[LinkType::Recover],
        ALL,
        &[Target::Itself],
        "a device brings back a guardian, and no guardian is a device",
    ),
    unreal(&[LinkType::Freeze], ALL, CHILDREN, "only guardians are frozen, or the family"),
    unreal(
        &[LinkType::GuardianRemove, LinkType::Freeze],
        NO_GUARDIANS,
        &[Target::Itself],
        "the signer isn't a guardian, so it can't be about itself",
    ),
    unreal(
        OF_CHILDREN,
        ALL,
        &[Target::Family, Target::Itself, Target::Guardian],
        "it is about a child",
    ),
    unreal(
        &[LinkType::DeviceAdd, LinkType::DeviceRemove],
        ALL,
        &[Target::Itself, Target::Guardian],
        "a device is a child's or the family's",
    ),
    unreal(
        WITH_CHILDREN,
        &[Signer::Owner],
        &[Target::OtherChild],
        "an owner decides for every child that wasn't promoted",
    ),
    unreal(
        WITH_CHILDREN,
        &[Signer::Device, Signer::Server],
        &[Target::OwnChild],
        "it decides for no child",
    ),
    unreal(
        &[LinkType::ChildAdd],
        ALL,
        &[Target::Family, Target::Guardian, Target::Teen],
        "it is about a new child",
    ),
    unreal(
        &[LinkType::ChildAdd],
        &[Signer::Owner, Signer::Carer],
        &[Target::Itself, Target::OtherChild],
        "a child that a guardian adds is in its care",
    ),
    unreal(
        &[LinkType::ChildAdd],
        NO_GUARDIANS,
        &[Target::OwnChild],
        "a new child is in no care of the signer's",
    ),
    unreal(
        &[LinkType::ChildAdd],
        &[Signer::Device, Signer::Server],
        &[Target::Itself],
        "it isn't a child",
    ),
    unreal(
        &[LinkType::Revoke],
        ALL,
        &[Target::Guardian],
        "calling off is the family's matter, or the one's whom it's about",
    ),
    unreal(&[LinkType::Revoke], NO_GUARDIANS, &[Target::Itself], "nobody brings back its key"),
];

const fn unreal(
    links: &'static [LinkType],
    signers: &'static [Signer],
    targets: &'static [Target],
    why: &'static str,
) -> Unreal {
    Unreal { links, signers, targets, why }
}

impl Unreal {
    pub fn names(&self, link: LinkType, signer: Signer, target: Target) -> bool {
        self.links.contains(&link)
            && self.signers.contains(&signer)
            && self.targets.contains(&target)
    }
}
