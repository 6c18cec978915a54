use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mime_guess::mime::{self, Mime};
use percent_encoding::percent_decode_str;

use super::fault::OauthFault;
use crate::domain::oauth_client::{self, ClientRow};
use crate::domain::refusal::Refusal;
use crate::http::input::Fields;
use crate::http::{State, address, throttle};

/// What an application sent, and which one it is.
pub struct Call {
    /// The fields.
    pub fields: Fields,
    /// The application, which proved to be it if it has a secret.
    pub client: ClientRow,
}

/// Reads a form, and finds out which application sent it (RFC 6749 §2.3.1): by the header `Authorization: Basic`, by
/// `client_secret` in the form, or, if it has no secret, by `client_id` alone. Those who have none, or the wrong one, are
/// held to the stricter limit.
///
/// # Errors
/// The answer that refuses it.
pub async fn call(request: &HttpRequest, body: &Bytes, state: &State) -> Result<Call, HttpResponse> {
    let kind = request.headers().get(actix_web::http::header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()?.parse::<Mime>().ok());
    if kind.is_none_or(|kind| kind.essence_str() != mime::APPLICATION_WWW_FORM_URLENCODED) {
        let message = "The body must be application/x-www-form-urlencoded.";
        return Err(OauthFault::request(message).answer());
    }
    let Some(fields) = Fields::of_form(body) else {
        return Err(OauthFault::request("Each parameter may be given once, as text without NUL.").answer());
    };
    let found = identified(request, &fields, state).await;
    let is_proven = found.as_ref().is_ok_and(ClientRow::is_confidential);
    if !is_proven {
        let quota = &state.settings.limits.tokens;
        if let Err(limited) = throttle::check(&state.limiter, quota, &address::key(request)).await {
            return Err(limited.answer(request));
        }
    }
    match found {
        Ok(client) => Ok(Call { fields, client }),
        Err(fault) => Err(fault.answer()),
    }
}

async fn identified(request: &HttpRequest, fields: &Fields, state: &State) -> Result<ClientRow, OauthFault> {
    let by_header = match request.headers().get(AUTHORIZATION) {
        Some(header) => Some(
            header
                .to_str()
                .ok()
                .and_then(basic)
                .ok_or_else(|| OauthFault::client("The header Authorization must be Basic."))?,
        ),
        None => None,
    };
    let (name, secret) = match (by_header, fields.get("client_secret")) {
        (Some(_), Some(_)) => {
            return Err(OauthFault::request(
                "Send the client's secret once: in the header or in the body.",
            ));
        }
        (Some((name, secret)), None) => {
            if fields.get("client_id").is_some_and(|given| given != name) {
                return Err(OauthFault::request("client_id is not the client of the header."));
            }
            (name, Some(secret))
        }
        (None, secret) => (fields.text("client_id"), secret.map(str::to_owned)),
    };
    let found = oauth_client::by_name(state.accounts.store.read(), &name).await;
    let found = found.map_err(|error| OauthFault::of(&Refusal::Database(error)))?;
    // One answer for all: it tells nobody which clients there are.
    let wrong = || OauthFault::client("The client is unknown, or its secret is wrong.");
    let client = found.ok_or_else(wrong)?;
    let is_right = match (&client.secret_digest, secret) {
        (Some(_), Some(secret)) => client.has_secret(&secret),
        (None, None) => true,
        _ => false,
    };
    if is_right { Ok(client) } else { Err(wrong()) }
}

/// Id and secret, each encoded as in a form (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (name, secret) = text.split_once(':')?;
    let plain = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().ok().map(String::from)
    };
    scheme.eq_ignore_ascii_case("basic").then_some(())?;
    Some((plain(name)?, plain(secret)?))
}
