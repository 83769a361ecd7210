//! The operator's word that an account is an adult's.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::Hash;
use treehouse_protocol::registry::{Coded, Method as Verified};
use treehouse_protocol::sign::Signed;

use super::Guardian;
use crate::error::ClientError;
use crate::http::{B64, Call, b64};
use crate::server::Server;

#[derive(Deserialize)]
struct VerificationAnswer {
    verification: String,
    method: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    reached_at: Option<String>,
    #[serde(default)]
    pay_at: Option<String>,
    #[serde(default)]
    price: Option<String>,
    #[serde(default)]
    show_at: Option<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    attestation: Option<B64>,
}

/// A verification under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Its id.
    pub id: String,
    /// The word of its method.
    pub method: String,
    /// The code on the form, or to be read out to the staff.
    pub code: Option<String>,
    /// Where the staff is reached that talks to the parent: a number, or an address.
    pub reached_at: Option<String>,
    /// The page of the payment provider where the parent pays.
    pub pay_at: Option<String>,
    /// What is paid there and given back, such as `USD 0.50`.
    pub price: Option<String>,
    /// The verifier's page where the parent shows a document.
    pub show_at: Option<String>,
    /// `asked`, `submitted`, `recommended`, `attested` or `declined`.
    pub state: String,
    attestation: Option<Vec<u8>>,
}

impl Guardian {
    /// Confirms a verification by e-mail, with the token of the letter.
    ///
    /// # Errors
    /// The link was used or is over; or the system says that it isn't an adult's.
    pub async fn confirm(server: &Server, token: &str) -> Result<(), ClientError> {
        server.require_adult()?;
        let body = json!({ "token": token });
        let call = Call::send(Method::POST, "/v1/verifications/confirm".to_owned(), body);
        server.call(call, &[]).await.map(drop)
    }

    /// Asks to be verified as an adult by a method, after having read the notice with this hash.
    ///
    /// # Errors
    /// The keys are locked, or the server doesn't offer the method.
    pub async fn ask_verification(
        &self,
        method: Verified,
        notice: Hash,
    ) -> Result<Verification, ClientError> {
        self.ask_with(method, notice, None).await
    }

    /// Asks to be verified by a text message, which goes to this mobile number: `+`, the country's
    /// code and the rest.
    ///
    /// # Errors
    /// The keys are locked, the server doesn't text anybody, or it isn't a number.
    pub async fn ask_by_sms(
        &self,
        number: &str,
        notice: Hash,
    ) -> Result<Verification, ClientError> {
        self.ask_with(Verified::TextPlus, notice, Some(number)).await
    }

    async fn ask_with(
        &self,
        method: Verified,
        notice: Hash,
        number: Option<&str>,
    ) -> Result<Verification, ClientError> {
        self.server().require_adult()?;
        let mut body = json!({
            "method": method.word(),
            "signing_key": b64(self.keys()?.private.sig.verify_key().bytes()),
            "notice": notice.to_string(),
            "adult": true,
        });
        if let Some(number) = number {
            body["number"] = json!(number);
        }
        let call = Call::send(Method::POST, "/v1/verifications".to_owned(), body);
        let answer: VerificationAnswer = self.caller.call(call).await?.json()?;
        Ok(verification_of(answer))
    }

    /// Types the code of the text message.
    ///
    /// # Errors
    /// It's another, or its time is over.
    pub async fn type_code(&self, id: &str, code: &str) -> Result<(), ClientError> {
        let path = format!("/v1/verifications/{id}/code");
        let call = Call::send(Method::POST, path, json!({ "code": code }));
        self.caller.call(call).await.map(drop)
    }

    /// Has the verifier make questions about somebody, `{"name", "born_on", "address"}`; answers them
    /// as the server gives them.
    ///
    /// # Errors
    /// The verification isn't by questions, too many were shown, or the verifier can't make any.
    pub async fn ask_questions(&self, id: &str, person: Value) -> Result<Value, ClientError> {
        let path = format!("/v1/verifications/{id}/questions");
        self.caller.call(Call::send(Method::POST, path, person)).await?.json()
    }

    /// Answers them: of each the place of a choice. How the verification stands then.
    ///
    /// # Errors
    /// It waits for no answers, or not for these.
    pub async fn answer_questions(
        &self,
        id: &str,
        chosen: &[u8],
    ) -> Result<Verification, ClientError> {
        let path = format!("/v1/verifications/{id}/answers");
        let call = Call::send(Method::POST, path, json!({ "chosen": chosen }));
        Ok(verification_of(self.caller.call(call).await?.json()?))
    }

    /// Has the server look whether the payment has come; answers how the verification stands then.
    ///
    /// # Errors
    /// There is no such verification, or it isn't by a card.
    pub async fn look_for_payment(&self, id: &str) -> Result<Verification, ClientError> {
        let path = format!("/v1/verifications/{id}/payment");
        let call = Call::send(Method::POST, path, json!({}));
        Ok(verification_of(self.caller.call(call).await?.json()?))
    }

    /// How a verification stands.
    ///
    /// # Errors
    /// There is no such verification.
    pub async fn verification(&self, id: &str) -> Result<Verification, ClientError> {
        let call = Call::get(format!("/v1/verifications/{id}"));
        Ok(verification_of(self.caller.call(call).await?.json()?))
    }

    /// The form to be signed, as PDF.
    ///
    /// # Errors
    /// The verification isn't by form.
    pub async fn form(&self, id: &str) -> Result<Vec<u8>, ClientError> {
        Ok(self.caller.call(Call::get(format!("/v1/verifications/{id}/form"))).await?.body)
    }

    /// Sends the signed form: a PDF, JPEG or PNG.
    ///
    /// # Errors
    /// Another format, too large, or the verification doesn't wait for it.
    pub async fn send_form(&self, id: &str, scan: &[u8]) -> Result<(), ClientError> {
        let kinds: [(&[u8], &str); 3] = [
            (b"%PDF-", "application/pdf"),
            (b"\xff\xd8\xff", "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
        ];
        let kind = kinds.iter().find(|(start, _)| scan.starts_with(start));
        let (_, kind) = kind.ok_or(ClientError::NotNow("the form must be a PDF, JPEG or PNG"))?;
        let path = format!("/v1/verifications/{id}/scan");
        let call = Call::bytes(Method::PUT, path, kind, scan);
        self.caller.call(call).await.map(drop)
    }

    /// The operator's word that this guardian is a verified adult.
    pub(super) fn attestation(verification: &Verification) -> Result<Signed, ClientError> {
        let missing = ClientError::NotNow("the verification isn't finished");
        Ok(Signed::from_bytes(verification.attestation.as_deref().ok_or(missing)?)?)
    }
}

fn verification_of(answer: VerificationAnswer) -> Verification {
    Verification {
        id: answer.verification,
        method: answer.method,
        code: answer.code,
        reached_at: answer.reached_at,
        pay_at: answer.pay_at,
        price: answer.price,
        show_at: answer.show_at,
        state: answer.state,
        attestation: answer.attestation.map(|bytes| bytes.0),
    }
}
