//! GitHub, which speaks OAuth without OpenID: who somebody is has to be asked of its API.

use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::http::header::{ACCEPT, AUTHORIZATION};
use oauth2::http::{Request, StatusCode};
use oauth2::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, CsrfToken, EndpointNotSet, EndpointSet, PkceCodeChallenge,
    PkceCodeVerifier, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::fault::{Cause, ProviderFault, TokenError, place};
use super::identity::OutsideIdentity;
use super::{Attempt, Begun, CallbackParameters, Registration, SetupError};
use crate::outbound::Exchange;

/// With the endpoints that GitHub has.
type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// GitHub, or one of its enterprise servers.
#[derive(Debug)]
pub(super) struct GitHub {
    issuer: String,
    authorize: AuthUrl,
    token: TokenUrl,
    user: Url,
    emails: Url,
}

/// A user of GitHub, as its API answers.
#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
}

/// An e-mail address of a user of GitHub.
#[derive(Deserialize)]
struct Email {
    #[serde(rename = "email")]
    address: String,
    primary: bool,
    verified: bool,
}

/// What GitHub answers instead of a token, with status 200.
#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

impl GitHub {
    /// An API may stand below a path, so addresses are put together as text.
    pub fn new(web: &Url, api: &Url) -> Result<Self, SetupError> {
        let web = web.as_str().trim_end_matches('/');
        let api = api.as_str().trim_end_matches('/');
        Ok(Self {
            issuer: web.to_owned(),
            authorize: AuthUrl::new(format!("{web}/login/oauth/authorize")).map_err(SetupError::new)?,
            token: TokenUrl::new(format!("{web}/login/oauth/access_token")).map_err(SetupError::new)?,
            user: Url::parse(&format!("{api}/user")).map_err(SetupError::new)?,
            emails: Url::parse(&format!("{api}/user/emails")).map_err(SetupError::new)?,
        })
    }

    pub fn begin(&self, registration: &Registration) -> Begun {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = self
            .client(registration)
            .authorize_url(CsrfToken::new_random)
            .add_scopes(["read:user", "user:email"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        Begun {
            url,
            state: state.into_secret(),
            // GitHub has no ID token that it could come back in.
            nonce: String::new(),
            pkce_verifier: verifier.into_secret(),
        }
    }

    pub async fn finish(
        &self,
        registration: &Registration,
        exchange: &Exchange,
        attempt: &Attempt,
        parameters: &CallbackParameters,
    ) -> Result<OutsideIdentity, ProviderFault> {
        // GitHub promises no `iss`; an authorization server there would be called by its host, or by the path of OAuth.
        if let Some(iss) = &parameters.iss
            && *iss != self.issuer
            && *iss != format!("{}/login/oauth", self.issuer)
        {
            let cause = format!("iss is {iss:?}, expected {:?}", self.issuer);
            return Err(ProviderFault::WrongIssuer(Cause::new(cause)));
        }
        let token: Result<BasicTokenResponse, TokenError> = self
            .client(registration)
            .exchange_code(AuthorizationCode::new(parameters.code()?))
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.pkce_verifier.clone()))
            .request_async(exchange)
            .await;
        let token = token.map_err(refusal)?;
        let user: User = ask(exchange, &self.user, token.access_token()).await?;
        let emails: Vec<Email> = ask(exchange, &self.emails, token.access_token()).await?;
        let primary = emails.into_iter().find(|email| email.primary);
        Ok(OutsideIdentity {
            issuer: self.issuer.clone(),
            subject: user.id.to_string(),
            email_verified: primary.as_ref().is_some_and(|email| email.verified),
            email: primary.map(|email| email.address),
            name: user.name,
            username: Some(user.login),
        })
    }

    fn client(&self, registration: &Registration) -> Client {
        BasicClient::new(registration.client_id.clone())
            .set_client_secret(registration.client_secret.clone())
            .set_auth_uri(self.authorize.clone())
            .set_token_uri(self.token.clone())
            .set_redirect_uri(registration.callback.clone())
            .set_auth_type(AuthType::RequestBody)
    }
}

/// GitHub's refusals come with status 200, as if they were tokens.
fn refusal(error: TokenError) -> ProviderFault {
    if let RequestTokenError::Parse(_, body) = &error
        && let Ok(refusal) = serde_json::from_slice::<Refusal>(body)
    {
        return ProviderFault::of_code(&refusal.error, refusal.error_description.as_deref());
    }
    error.into()
}

/// Asks the API in the name of a person.
async fn ask<T: DeserializeOwned>(exchange: &Exchange, url: &Url, token: &AccessToken) -> Result<T, ProviderFault> {
    let request = Request::builder()
        .uri(url.as_str())
        .header(ACCEPT, "application/vnd.github+json")
        .header(AUTHORIZATION, format!("Bearer {}", token.secret()))
        .header("X-GitHub-Api-Version", "2022-11-28")
        .body(Vec::new())
        .map_err(|_| ProviderFault::protocol("the access token cannot be sent"))?;
    let answer = exchange.ask(request).await?;
    if answer.status() != StatusCode::OK {
        return Err(ProviderFault::protocol(format_args!(
            "{url} answered {}",
            answer.status()
        )));
    }
    serde_json::from_slice(answer.body())
        .map_err(|error| ProviderFault::protocol(format_args!("{url}: {}", place("the answer", &error))))
}
