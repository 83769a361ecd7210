//! One row for each route: what it uses up, which thing its address names, and a request that is
//! as right as the one who asks can make it.

use reqwest::Method;
use treehouse_protocol::id::{FamilyId, Hash};
use treehouse_protocol::secret::Secret;
use treehouse_server::random;

use super::bodies;
use super::cast::{Cast, Consumes, Household, Who};
use crate::http::{Answer, Ask};
use crate::world::World;

/// Whose thing is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The address names nothing.
    Plain,
    Own,
    Erased,
    /// Another family's, under this family's address.
    Mixed,
    /// Nobody's, under this family's address.
    NoThing,
    /// Nobody's.
    None,
}

impl Relation {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Own => "what is there",
            Self::Erased => "what was erased",
            Self::Mixed => "another family's, under this one's address",
            Self::NoThing => "what never was in this family",
            Self::None => "what never was",
        }
    }
}

/// What an address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    Nothing,
    Family,
    Record,
    Blob,
    OpenBlob,
    Pairing,
    FamilyInvitation,
    Receipt,
    Recovery,
    Toy,
    Slot,
    Session,
    Invitation,
    Verification,
    Form,
    Recommended,
}

/// A row.
pub struct Route {
    pub name: &'static str,
    pub consumes: Consumes,
    thing: Thing,
}

const fn row(name: &'static str, thing: Thing, consumes: Consumes) -> Route {
    Route { name, consumes, thing }
}

pub const ROUTES: &[Route] = &[
    row("GET /healthz", Thing::Nothing, Consumes::Nothing),
    row("GET /readyz", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/openapi.json", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/deployment", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/notices/{kind}", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/publications/{kind}", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/breaches", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/complaints", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/live", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/accounts/links", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/accounts/start", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/accounts", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/account", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/account/password/start", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/account/password", Thing::Nothing, Consumes::Session),
    row("GET /v1/account/keys", Thing::Nothing, Consumes::Nothing),
    row("PUT /v1/account/keys", Thing::Nothing, Consumes::Slot),
    row("PUT /v1/account/slots", Thing::Nothing, Consumes::Nothing),
    row("DELETE /v1/account/slots/{slot}", Thing::Slot, Consumes::Slot),
    row("PUT /v1/account/recovery", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/account/recovery", Thing::Nothing, Consumes::Nothing),
    row("DELETE /v1/account/recovery", Thing::Nothing, Consumes::Recovery),
    row("POST /v1/sessions/start", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/sessions", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/sessions", Thing::Nothing, Consumes::Nothing),
    row("DELETE /v1/sessions", Thing::Nothing, Consumes::Session),
    row("DELETE /v1/sessions/current", Thing::Nothing, Consumes::Session),
    row("DELETE /v1/sessions/{session}", Thing::Session, Consumes::NamedSession),
    row("POST /v1/families", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/families/{family}/chain", Thing::Family, Consumes::Nothing),
    row("POST /v1/families/{family}/chain", Thing::Family, Consumes::Nothing),
    row("POST /v1/families/{family}/reductions", Thing::Family, Consumes::SpareToy),
    row("GET /v1/families/{family}/log", Thing::Family, Consumes::Nothing),
    row("GET /v1/families/{family}/receipts", Thing::Family, Consumes::Nothing),
    row("GET /v1/families/{family}/receipts/{link}", Thing::Receipt, Consumes::Nothing),
    row("GET /v1/families/{family}/recoveries", Thing::Family, Consumes::Nothing),
    row(
        "POST /v1/families/{family}/recoveries/{account}/answer",
        Thing::Recovery,
        Consumes::Recovery,
    ),
    row("GET /v1/families/{family}/records", Thing::Family, Consumes::Nothing),
    row("POST /v1/families/{family}/records", Thing::Family, Consumes::Nothing),
    row("GET /v1/families/{family}/records/{record}", Thing::Record, Consumes::Nothing),
    row("DELETE /v1/families/{family}/records/{record}", Thing::Record, Consumes::Record),
    row("POST /v1/families/{family}/blobs", Thing::Family, Consumes::Nothing),
    row("GET /v1/families/{family}/blobs/{blob}", Thing::Blob, Consumes::Nothing),
    row("DELETE /v1/families/{family}/blobs/{blob}", Thing::Blob, Consumes::Blob),
    row("GET /v1/families/{family}/blobs/{blob}/status", Thing::Blob, Consumes::Nothing),
    row("POST /v1/families/{family}/blobs/{blob}/complete", Thing::OpenBlob, Consumes::OpenBlob),
    row("PUT /v1/families/{family}/blobs/{blob}/parts/{part}", Thing::OpenBlob, Consumes::Nothing),
    row("GET /v1/families/{family}/invitations", Thing::Family, Consumes::Nothing),
    row("POST /v1/families/{family}/invitations", Thing::Family, Consumes::Nothing),
    row(
        "DELETE /v1/families/{family}/invitations/{invitation}",
        Thing::FamilyInvitation,
        Consumes::Invitation,
    ),
    row("POST /v1/families/{family}/pairings", Thing::Family, Consumes::Code),
    row("GET /v1/families/{family}/pairings/{pairing}", Thing::Pairing, Consumes::Nothing),
    row("PUT /v1/families/{family}/pairings/{pairing}", Thing::Pairing, Consumes::Pairing),
    row("GET /v1/families/{family}/toys", Thing::Family, Consumes::Nothing),
    row("PUT /v1/families/{family}/toys/{key}/name", Thing::Toy, Consumes::Nothing),
    row("POST /v1/families/{family}/toys/{key}/wipe", Thing::Toy, Consumes::SpareToy),
    row("GET /v1/invitations/{invitation}", Thing::Invitation, Consumes::Nothing),
    row("POST /v1/invitations/{invitation}/answer", Thing::Invitation, Consumes::Invitation),
    row("POST /v1/toys/code", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/toys/progress", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/toys/accept", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/toys/wiped", Thing::Nothing, Consumes::OwnToy),
    row("POST /v1/verifications", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/verifications", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/payments/events", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/verifier/events", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/verifications/{verification}/answers", Thing::Verification, Consumes::Nothing),
    row("POST /v1/verifications/{verification}/questions", Thing::Verification, Consumes::Nothing),
    row("POST /v1/verifications/confirm", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/verifications/{verification}/code", Thing::Verification, Consumes::Nothing),
    row("POST /v1/verifications/{verification}/payment", Thing::Verification, Consumes::Nothing),
    row("GET /v1/verifications/{verification}", Thing::Verification, Consumes::Nothing),
    row("GET /v1/verifications/{verification}/acts", Thing::Verification, Consumes::Nothing),
    row("GET /v1/verifications/{verification}/form", Thing::Verification, Consumes::Nothing),
    row("PUT /v1/verifications/{verification}/scan", Thing::Verification, Consumes::Scan),
    row("GET /v1/steward/forms", Thing::Nothing, Consumes::Nothing),
    row("POST /v1/steward/forms/{verification}/scan", Thing::Form, Consumes::Nothing),
    row("POST /v1/steward/forms/{verification}/recommend", Thing::Form, Consumes::Form),
    row("POST /v1/steward/talks", Thing::Nothing, Consumes::Talk),
    row("POST /v1/steward/forms/{verification}/decide", Thing::Recommended, Consumes::Recommended),
    row("GET /v1/steward/acts", Thing::Nothing, Consumes::Nothing),
    row("GET /v1/steward/house", Thing::Nothing, Consumes::Nothing),
    // The very last: who may, is no one afterwards.
    row("DELETE /v1/account", Thing::Nothing, Consumes::Account),
];

impl Route {
    /// Which things are asked for.
    pub fn relations(&self) -> Vec<Relation> {
        use Relation::{Erased, Mixed, NoThing, None, Own, Plain};
        match self.thing {
            Thing::Nothing => vec![Plain],
            Thing::Record | Thing::Blob => vec![Own, Erased, Mixed, NoThing, None],
            Thing::OpenBlob
            | Thing::Pairing
            | Thing::FamilyInvitation
            | Thing::Receipt
            | Thing::Recovery
            | Thing::Toy => vec![Own, Mixed, NoThing, None],
            _ => vec![Own, None],
        }
    }

    /// Asks.
    pub async fn ask(
        &self,
        world: &World,
        cast: &mut Cast,
        who: Who,
        relation: Relation,
    ) -> Answer {
        let ask = self.request(world, cast, who, relation).await;
        cast.caller(who).ask(ask).await
    }

    /// The request that this one would send.
    pub async fn request(
        &self,
        world: &World,
        cast: &mut Cast,
        who: Who,
        relation: Relation,
    ) -> Ask {
        let (method, path) = self.name.split_once(' ').expect("a method and a path");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let stranger = FamilyId::random(&mut random::rng());
        let family = if relation == Relation::None { stranger } else { cast.own.family };
        let mut path = path.replace("{family}", &family.to_string()).replace("{part}", "0");
        path = path.replace("{kind}", "direct");
        if let (Some(open), Some(close)) = (path.find('{'), path.find('}')) {
            path.replace_range(open..=close, &self.id(cast, relation));
        }
        bodies::fill(self.name, Ask::new(method, path), world, cast, who, family).await
    }

    /// The id in the address, beside the family's.
    fn id(&self, cast: &Cast, relation: Relation) -> String {
        let secret = Secret::<32>::random(&mut random::rng());
        let none = Hash::of(secret.expose()).to_string();
        let none = if self.thing == Thing::Receipt { &none } else { &none[..32] };
        match relation {
            Relation::Plain | Relation::None | Relation::NoThing => none.to_owned(),
            Relation::Own => self.of_account(cast).unwrap_or_else(|| self.of_family(&cast.own)),
            Relation::Mixed => self.of_family(&cast.other),
            Relation::Erased if self.thing == Thing::Record => cast.own.deleted_record.to_string(),
            Relation::Erased => cast.own.deleted_blob.to_string(),
        }
    }

    fn of_account(&self, cast: &Cast) -> Option<String> {
        match self.thing {
            Thing::Slot => Some(cast.slot.clone()),
            Thing::Session => Some(cast.session.clone()),
            Thing::Verification => Some(cast.verification.clone()),
            Thing::Form => Some(cast.form.clone()),
            Thing::Recommended => Some(cast.recommended.clone()),
            _ => None,
        }
    }

    fn of_family(&self, household: &Household) -> String {
        match self.thing {
            Thing::Record => household.record.to_string(),
            Thing::Blob => household.blob.to_string(),
            Thing::OpenBlob => household.open_blob.to_string(),
            Thing::Pairing => household.pairing.clone(),
            Thing::FamilyInvitation | Thing::Invitation => household.invitation.clone(),
            Thing::Receipt => household.receipt.to_string(),
            Thing::Recovery => household.owner.guardian.account().to_string(),
            Thing::Toy => format!("{:?}", household.spare_toy),
            other => panic!("a family has no {other:?}"),
        }
    }
}
