use url::Url;

use super::fault::OauthFault;
use crate::domain::oauth::Challenge;
use crate::domain::oauth_client::{self, ClientRow, GrantType};
use crate::domain::refusal::Refusal;
use crate::domain::scope::Scopes;
use crate::http::State;
use crate::http::input::Fields;

/// A request for a code that is in order.
pub struct Wanted {
    /// Who asks.
    pub client: ClientRow,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// What the application wants to find again in the answer.
    pub state: Option<String>,
    /// What it asks for.
    pub scopes: Scopes,
    /// The PKCE challenge.
    pub challenge: Challenge,
    /// OpenID's `nonce`.
    pub nonce: Option<String>,
    /// What the person is to be asked at least (OpenID Connect Core §3.1.2.1).
    pub prompt: Prompt,
    /// How many seconds ago they may have proved who they are.
    pub max_age: Option<i64>,
}

/// What a person is to be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Nothing at all.
    pub none: bool,
    /// To sign in anew.
    pub login: bool,
    /// To consent anew.
    pub consent: bool,
}

/// Why a request for a code gets none.
pub enum Wrong {
    /// Nothing can be sent to the application, since it is not known, or not at this address: the person is told. Sending
    /// the browser on regardless would make this an open redirector.
    Page(String),
    /// The application is told.
    Redirect(Back, OauthFault),
    /// It cannot be found out.
    Refused(Refusal),
}

/// Where the answer goes.
#[derive(Clone, Debug)]
pub struct Back {
    /// The registered address.
    pub redirect_uri: String,
    /// What the application wants to find again in the answer.
    pub state: Option<String>,
}

impl Back {
    /// The address with an answer in its query; the issuer stands beside it (RFC 9207).
    pub fn with(&self, state: &State, answer: &[(&str, &str)]) -> String {
        let Ok(mut url) = Url::parse(&self.redirect_uri) else {
            return self.redirect_uri.clone();
        };
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(answer);
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
            query.append_pair("iss", state.accounts.settings.issuer());
        }
        url.into()
    }
}

impl Wanted {
    /// Where the answer goes.
    pub fn back(&self) -> Back {
        Back {
            redirect_uri: self.redirect_uri.clone(),
            state: self.state.clone(),
        }
    }

    /// Reads a request (OAuth 2.1 §4.1.1).
    ///
    /// # Errors
    /// Why it gets no code.
    pub async fn read(query: &str, state: &State) -> Result<Self, Wrong> {
        let Some(fields) = Fields::of_form(query.as_bytes()) else {
            return Err(Wrong::Page("The application sent a parameter twice.".to_owned()));
        };
        let found = oauth_client::by_name(state.accounts.store.read(), &fields.text("client_id")).await;
        let Some(client) = found.map_err(|error| Wrong::Refused(error.into()))? else {
            return Err(Wrong::Page(
                "The application that sent you here is not known.".to_owned(),
            ));
        };
        let registered = client.redirect_uris();
        let redirect_uri = match (fields.get("redirect_uri"), registered.as_slice()) {
            (Some(given), _) if oauth_client::is_registered(&registered, given) => given.to_owned(),
            (None, [only]) => only.clone(),
            _ => {
                let message = "The application that sent you here did not say, or not rightly, where to send you back.";
                return Err(Wrong::Page(message.to_owned()));
            }
        };
        let back = Back {
            redirect_uri: redirect_uri.clone(),
            state: fields.get("state").map(str::to_owned),
        };
        match Self::check(&fields, client, back.clone()) {
            Ok(wanted) => Ok(wanted),
            Err(fault) => Err(Wrong::Redirect(back, fault)),
        }
    }

    fn check(fields: &Fields, client: ClientRow, back: Back) -> Result<Self, OauthFault> {
        if fields.get("request").is_some() || fields.get("request_uri").is_some() {
            return Err(OauthFault::new(
                "request_not_supported",
                "Send the parameters themselves.",
            ));
        }
        if fields.get("response_type") != Some("code") {
            return Err(OauthFault::new(
                "unsupported_response_type",
                "response_type must be code.",
            ));
        }
        if fields.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(OauthFault::request("response_mode must be query."));
        }
        if !client.has_grant(GrantType::AuthorizationCode) {
            return Err(OauthFault::new(
                "unauthorized_client",
                "The client may not ask for codes.",
            ));
        }
        if fields.get("code_challenge_method") != Some("S256") {
            return Err(OauthFault::request("code_challenge_method must be S256."));
        }
        let challenge = fields.get("code_challenge").and_then(Challenge::parse);
        let challenge =
            challenge.ok_or_else(|| OauthFault::request("code_challenge must be a SHA-256 in base64url."))?;
        let scopes = match fields.get("scope").map(Scopes::parse) {
            None => client.scopes(),
            Some(Ok(scopes)) if client.scopes().covers(scopes) => scopes,
            Some(_) => {
                let message = format!("The client may ask for: {}.", client.scopes());
                return Err(OauthFault::new("invalid_scope", message));
            }
        };
        let max_age = match fields.get("max_age").map(str::parse::<u32>) {
            None => None,
            Some(Ok(seconds)) => Some(i64::from(seconds)),
            Some(Err(_)) => return Err(OauthFault::request("max_age must be a number of seconds.")),
        };
        Ok(Self {
            prompt: prompt(fields.get("prompt").unwrap_or_default())?,
            nonce: fields.get("nonce").map(str::to_owned),
            client,
            redirect_uri: back.redirect_uri,
            state: back.state,
            scopes,
            challenge,
            max_age,
        })
    }
}

fn prompt(text: &str) -> Result<Prompt, OauthFault> {
    let mut prompt = Prompt::default();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.none = true,
            // There is one account in a browser: to select another is to sign in anew.
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => {
                return Err(OauthFault::request(
                    "prompt must be none, login, consent or select_account.",
                ));
            }
        }
    }
    if prompt.none && (prompt.login || prompt.consent) {
        return Err(OauthFault::request("prompt=none stands alone."));
    }
    Ok(prompt)
}
