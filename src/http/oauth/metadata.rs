//! What Quoin says of itself as an authorization server (RFC 8414, OpenID Connect Discovery 1.0, RFC 7517).

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use serde_json::{Value, json};

use crate::domain::oauth_client::GrantType;
use crate::domain::scope::Scope;
use crate::http::State;

/// How long the keys may be kept, in seconds: shorter than a new key is published before it signs.
const KEYS_KEPT: &str = "public, max-age=300";
/// How long the metadata may be kept, in seconds.
const METADATA_KEPT: &str = "public, max-age=3600";

/// The public keys.
pub async fn jwks(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, KEYS_KEPT))
        .json(state.accounts.keys.ring().public())
}

/// RFC 8414.
pub async fn authorization_server(state: Data<State>) -> HttpResponse {
    told(shared(&state))
}

/// OpenID Connect Discovery 1.0.
pub async fn openid(state: Data<State>) -> HttpResponse {
    let mut metadata = shared(&state);
    metadata["userinfo_endpoint"] = state.accounts.address("/oauth/userinfo").into();
    metadata["subject_types_supported"] = json!(["public"]);
    metadata["id_token_signing_alg_values_supported"] = json!([state.accounts.keys.ring().algorithm().name()]);
    metadata["claims_supported"] = json!([
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "name",
        "preferred_username",
        "website",
        "email",
        "email_verified"
    ]);
    metadata["prompt_values_supported"] = json!(["none", "login", "consent", "select_account"]);
    metadata["claims_parameter_supported"] = false.into();
    metadata["request_parameter_supported"] = false.into();
    metadata["request_uri_parameter_supported"] = false.into();
    told(metadata)
}

fn told(metadata: Value) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, METADATA_KEPT))
        .json(metadata)
}

fn shared(state: &State) -> Value {
    let accounts = &state.accounts;
    let with_secret = ["client_secret_basic", "client_secret_post"];
    let with_or_without = ["client_secret_basic", "client_secret_post", "none"];
    json!({
        "issuer": accounts.settings.issuer(),
        "authorization_endpoint": accounts.address("/oauth/authorize"),
        "token_endpoint": accounts.address("/oauth/token"),
        "revocation_endpoint": accounts.address("/oauth/revoke"),
        "introspection_endpoint": accounts.address("/oauth/introspect"),
        "jwks_uri": accounts.address("/.well-known/jwks.json"),
        "scopes_supported": Scope::ALL.map(Scope::name),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GrantType::ALL.map(GrantType::name),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": with_or_without,
        "revocation_endpoint_auth_methods_supported": with_or_without,
        "introspection_endpoint_auth_methods_supported": with_secret,
        "authorization_response_iss_parameter_supported": true,
    })
}
