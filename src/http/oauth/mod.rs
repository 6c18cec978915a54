//! `/oauth`: Quoin as an authorization server, after OAuth 2.1 (draft-ietf-oauth-v2-1) and OpenID Connect Core 1.0.

mod authorize;
mod client;
mod fault;
mod introspect;
mod metadata;
mod request;
mod revoke;
mod token;
mod userinfo;

use actix_web::web::{ServiceConfig, post};

use super::error;

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    let read = |path| error::resource(path, error::READ);
    config
        .service(
            error::resource("/oauth/authorize", "GET, HEAD, POST, OPTIONS")
                .route(error::read().to(authorize::get))
                .route(post().to(authorize::post)),
        )
        .service(error::resource("/oauth/token", "POST, OPTIONS").route(post().to(token::post)))
        .service(error::resource("/oauth/revoke", "POST, OPTIONS").route(post().to(revoke::post)))
        .service(error::resource("/oauth/introspect", "POST, OPTIONS").route(post().to(introspect::post)))
        .service(
            error::resource("/oauth/userinfo", "GET, HEAD, POST, OPTIONS")
                .route(error::read().to(userinfo::get))
                .route(post().to(userinfo::get)),
        )
        .service(read("/.well-known/jwks.json").route(error::read().to(metadata::jwks)))
        .service(
            read("/.well-known/oauth-authorization-server").route(error::read().to(metadata::authorization_server)),
        )
        .service(read("/.well-known/openid-configuration").route(error::read().to(metadata::openid)));
}
