//! GraphiQL, from the binary: `script/vendor-graphiql` makes what `graphiql/` holds.

use std::io::Read;

use actix_web::http::header::{
    self, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use include_dir::{Dir, include_dir};

use super::State;
use super::error::not_found;
use super::pieces::Pieces;

static ASSETS: Dir = include_dir!("$CARGO_MANIFEST_DIR/src/http/graphiql/assets");
const PAGE: &str = include_str!("graphiql/index.html");
const QUERIES: &str = include_str!("graphiql/queries.graphql");

/// Nothing from elsewhere. The editor sets styles from its script, and has its fonts and icons within its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; \
    style-src 'self' 'unsafe-inline'; font-src data:; img-src 'self' data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page, with the ready queries in it.
pub fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((VARY, "Accept"))
        .body(PAGE.replace("{queries}", QUERIES))
}

/// A file of the page. Its name holds a hash of its content, so that it never changes.
pub async fn asset(request: HttpRequest, file: Path<String>, state: Data<State>) -> HttpResponse {
    let Some(packed) = ASSETS
        .get_file(format!("{file}.gz"))
        .filter(|_| state.settings.graphiql)
    else {
        return not_found().await;
    };
    let write_timeout = state.settings.limits.write_timeout;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((
            CONTENT_TYPE,
            mime_guess::from_path(file.as_str()).first_or_octet_stream().as_ref(),
        ))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((VARY, "Accept-Encoding"));
    if takes_gzip(request.headers()) {
        return response
            .insert_header((CONTENT_ENCODING, "gzip"))
            .body(Pieces::new(Bytes::from_static(packed.contents()), write_timeout));
    }
    let mut plain = Vec::new();
    match flate2::read::GzDecoder::new(packed.contents()).read_to_end(&mut plain) {
        Ok(_) => response.body(Pieces::new(plain.into(), write_timeout)),
        Err(_) => not_found().await,
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value: &HeaderValue| value.to_str().ok());
    accepted.is_some_and(|accepted| {
        accepted.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("gzip")
                && parts.all(|weight| !matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    })
}
