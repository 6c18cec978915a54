//! A provider that speaks OpenID Connect.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreGrantType, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthType, AuthorizationCode, ClaimsVerificationError,
    CsrfToken, EndUserEmail, EndUserName, EndUserUsername, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdTokenVerifier, IssuerUrl, LocalizedClaim, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, Scope, SignatureVerificationError, SubjectIdentifier, TokenResponse, UserInfoError,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::fault::{Cause, ProviderFault};
use super::identity::OutsideIdentity;
use super::time::{is_future, numeric_date};
use super::{Attempt, Begun, CallbackParameters, Registration};
use crate::outbound::{Exchange, ExchangeError};

/// How long a provider's metadata and keys are believed.
const FRESH: Duration = Duration::from_hours(1);

/// What may sign an ID token: nothing that shares a secret, and never nothing.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What RFC 9207 adds to a provider's metadata.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct IssuerIdentification {
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl AdditionalProviderMetadata for IssuerIdentification {}

type Metadata = ProviderMetadata<
    IssuerIdentification,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// With the endpoints that discovery gives.
type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// A provider, and what is known of it.
#[derive(Debug)]
pub(super) struct OpenId {
    issuer: IssuerUrl,
    /// Locked while it is fetched, so that it is fetched once.
    discovered: Mutex<Option<(Instant, Arc<Metadata>)>>,
}

impl OpenId {
    pub fn new(issuer: IssuerUrl) -> Self {
        Self {
            issuer,
            discovered: Mutex::new(None),
        }
    }

    pub async fn begin(&self, registration: &Registration, exchange: &Exchange) -> Result<Begun, ProviderFault> {
        let metadata = self.metadata(exchange).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client(registration, &metadata)
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(["email", "profile"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        Ok(Begun {
            url,
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            pkce_verifier: verifier.into_secret(),
        })
    }

    pub async fn finish(
        &self,
        registration: &Registration,
        exchange: &Exchange,
        attempt: &Attempt,
        parameters: &CallbackParameters,
    ) -> Result<OutsideIdentity, ProviderFault> {
        let metadata = self.metadata(exchange).await?;
        check_issuer(&metadata, parameters.iss.as_deref())?;
        let code = AuthorizationCode::new(parameters.code()?);
        let client = client(registration, &metadata);
        let token = client
            .exchange_code(code)?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.pkce_verifier.clone()))
            .request_async(exchange)
            .await?;
        let id_token = token
            .id_token()
            .ok_or_else(|| ProviderFault::protocol("token: there is no ID token"))?;
        let nonce = Nonce::new(attempt.nonce.clone());
        let claims = match verify(registration, &metadata, id_token, token.access_token(), &nonce) {
            // The provider may have new keys since they were fetched.
            Err(error) if may_be_another_key(&error) => {
                let metadata = self.fetch(exchange).await?;
                verify(registration, &metadata, id_token, token.access_token(), &nonce)
            }
            other => other,
        }?;
        let said = Said {
            email: claims.email(),
            email_verified: claims.email_verified(),
            name: claims.name(),
            username: claims.preferred_username(),
        };
        if said.email.is_some() || metadata.userinfo_endpoint().is_none() {
            return Ok(said.identity(None, metadata.issuer(), claims.subject()));
        }
        // Refuses a subject that is not the ID token's.
        let request = client.user_info(token.access_token().clone(), Some(claims.subject().clone()))?;
        let answer: Result<CoreUserInfoClaims, UserInfoError<ExchangeError>> = request.request_async(exchange).await;
        let answer = answer?;
        let more = Said {
            email: answer.email(),
            email_verified: answer.email_verified(),
            name: answer.name(),
            username: answer.preferred_username(),
        };
        Ok(said.identity(Some(&more), metadata.issuer(), claims.subject()))
    }

    /// What is known of the provider, fetched when it is not fresh.
    async fn metadata(&self, exchange: &Exchange) -> Result<Arc<Metadata>, ProviderFault> {
        let mut discovered = self.discovered.lock().await;
        if let Some((at, metadata)) = &*discovered
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(metadata));
        }
        let metadata = self.discover(exchange).await?;
        *discovered = Some((Instant::now(), Arc::clone(&metadata)));
        Ok(metadata)
    }

    /// What is known of the provider, fetched now.
    async fn fetch(&self, exchange: &Exchange) -> Result<Arc<Metadata>, ProviderFault> {
        let metadata = self.discover(exchange).await?;
        *self.discovered.lock().await = Some((Instant::now(), Arc::clone(&metadata)));
        Ok(metadata)
    }

    async fn discover(&self, exchange: &Exchange) -> Result<Arc<Metadata>, ProviderFault> {
        let metadata = Metadata::discover_async(self.issuer.clone(), exchange).await?;
        // The browser is sent there.
        if !matches!(metadata.authorization_endpoint().url().scheme(), "http" | "https") {
            return Err(ProviderFault::protocol(
                "metadata: the authorization endpoint is no web address",
            ));
        }
        Ok(Arc::new(metadata))
    }
}

/// A client for what the provider has.
fn client(registration: &Registration, metadata: &Metadata) -> Client {
    let client = CoreClient::from_provider_metadata(
        metadata.clone(),
        registration.client_id.clone(),
        Some(registration.client_secret.clone()),
    );
    // Basic is the default of the standard; some providers only take the secret in the body.
    let methods = metadata.token_endpoint_auth_methods_supported();
    let is_body_only = methods.is_some_and(|methods| {
        methods.contains(&CoreClientAuthMethod::ClientSecretPost)
            && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
    });
    let auth_type = if is_body_only {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    };
    client
        .set_redirect_uri(registration.callback.clone())
        .set_auth_type(auth_type)
}

/// RFC 9207, section 2.4: whoever says that it sends `iss` must, and whoever sends it must be the one that was asked.
fn check_issuer(metadata: &Metadata, iss: Option<&str>) -> Result<(), ProviderFault> {
    let expected = metadata.issuer().as_str();
    let is_promised = metadata
        .additional_metadata()
        .authorization_response_iss_parameter_supported
        .unwrap_or(false);
    match iss {
        Some(iss) if iss == expected => Ok(()),
        None if !is_promised => Ok(()),
        iss => {
            let cause = format!("iss is {iss:?}, expected {expected:?}");
            Err(ProviderFault::WrongIssuer(Cause::new(cause)))
        }
    }
}

/// The claims of an ID token that is proven (OpenID Connect Core 1.0, section 3.1.3.7).
fn verify(
    registration: &Registration,
    metadata: &Metadata,
    token: &CoreIdToken,
    access_token: &AccessToken,
    nonce: &Nonce,
) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
    let verifier = IdTokenVerifier::new_public_client(
        registration.client_id.clone(),
        metadata.issuer().clone(),
        metadata.jwks().clone(),
    )
    .set_allowed_algs(ALGORITHMS)
    .set_issue_time_verifier_fn(|issued_at| {
        if is_future(issued_at) {
            return Err("the ID token was issued in the future".to_owned());
        }
        Ok(())
    });
    let claims = token.claims(&verifier, nonce)?;
    check_not_before(token)?;
    if claims
        .authorized_party()
        .is_some_and(|party| *party != registration.client_id)
    {
        let text = "the ID token was made for another client".to_owned();
        return Err(ClaimsVerificationError::InvalidAudience(text));
    }
    if let Some(expected) = claims.access_token_hash() {
        let signature = ClaimsVerificationError::SignatureVerification;
        let algorithm = token.signing_alg().map_err(signature)?;
        let key = token.signing_key(&verifier).map_err(signature)?;
        let found = AccessTokenHash::from_token(access_token, algorithm, key)
            .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        if found != *expected {
            let text = "the access token is not the one of the ID token".to_owned();
            return Err(ClaimsVerificationError::Other(text));
        }
    }
    Ok(claims.clone())
}

/// RFC 7519, section 4.1.5, which the library leaves out: a token that is valid later is not valid now.
fn check_not_before(token: &CoreIdToken) -> Result<(), ClaimsVerificationError> {
    #[derive(Deserialize)]
    struct Claims {
        nbf: Option<serde_json::Value>,
    }
    let other = |text: &str| ClaimsVerificationError::Other(text.to_owned());
    // The signature was verified before.
    let claims: Claims = jsonwebtoken::dangerous::insecure_decode_claims(token.to_string())
        .map_err(|_| other("the claims are not understood"))?;
    match claims.nbf.as_ref().map(numeric_date) {
        Some(None) => Err(other("the claim nbf is not understood")),
        Some(Some(time)) if is_future(time) => Err(other("the ID token is not valid yet")),
        None | Some(Some(_)) => Ok(()),
    }
}

/// Whether other keys could verify what these could not.
fn may_be_another_key(error: &ClaimsVerificationError) -> bool {
    matches!(
        error,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey
                | SignatureVerificationError::CryptoError(_)
                | SignatureVerificationError::AmbiguousKeyId(_)
        )
    )
}

/// What a provider says in an ID token, or in userinfo.
struct Said<'a> {
    email: Option<&'a EndUserEmail>,
    email_verified: Option<bool>,
    name: Option<&'a LocalizedClaim<EndUserName>>,
    username: Option<&'a EndUserUsername>,
}

impl Said<'_> {
    /// What it says first, and for what that leaves open, then. An address and its proof come from the same place.
    fn identity(&self, then: Option<&Said<'_>>, issuer: &IssuerUrl, subject: &SubjectIdentifier) -> OutsideIdentity {
        let mail = then.filter(|_| self.email.is_none()).unwrap_or(self);
        let name = self.name.or(then.and_then(|then| then.name));
        let username = self.username.or(then.and_then(|then| then.username));
        OutsideIdentity {
            issuer: issuer.to_string(),
            subject: subject.to_string(),
            email: mail.email.map(|email| email.to_string()),
            email_verified: mail.email_verified.unwrap_or(false),
            name: name.and_then(|name| name.get(None)).map(|name| name.to_string()),
            username: username.map(|name| name.to_string()),
        }
    }
}
