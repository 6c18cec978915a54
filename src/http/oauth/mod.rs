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

use actix_web::web::{PayloadConfig, ServiceConfig, post};

use super::error;
use super::input::MOST_BYTES;

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    let form = |path, methods| error::resource(path, methods).app_data(PayloadConfig::new(MOST_BYTES));
    let read = |path| error::resource(path, error::READ);
    config
        .service(
            form("/oauth/authorize", "GET, HEAD, POST, OPTIONS")
                .route(error::read().to(authorize::get))
                .route(post().to(authorize::post)),
        )
        .service(form("/oauth/token", "POST, OPTIONS").route(post().to(token::post)))
        .service(form("/oauth/revoke", "POST, OPTIONS").route(post().to(revoke::post)))
        .service(form("/oauth/introspect", "POST, OPTIONS").route(post().to(introspect::post)))
        .service(
            form("/oauth/userinfo", "GET, HEAD, POST, OPTIONS")
                .route(error::read().to(userinfo::get))
                .route(post().to(userinfo::get)),
        )
        .service(read("/.well-known/jwks.json").route(error::read().to(metadata::jwks)))
        .service(
            read("/.well-known/oauth-authorization-server").route(error::read().to(metadata::authorization_server)),
        )
        .service(read("/.well-known/openid-configuration").route(error::read().to(metadata::openid)));
}
