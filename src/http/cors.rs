use actix_cors::Cors;
use actix_web::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};

use super::bearer;
use super::browser::CSRF_HEADER;
use super::graphql::PREFLIGHT;
use super::guard::REQUEST_ID;
use super::throttle;

/// How long a browser may remember what it was allowed, in seconds.
const MAX_AGE: usize = 3_600;

/// Lets pages of exactly these origins read answers.
pub fn allow(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT"])
        .allowed_headers([ACCEPT, AUTHORIZATION, CONTENT_TYPE, REQUEST_ID])
        .allowed_headers(PREFLIGHT)
        .allowed_header(CSRF_HEADER)
        .allowed_header(bearer::PREVIEW)
        .supports_credentials()
        .expose_headers([RETRY_AFTER, REQUEST_ID])
        .expose_headers(throttle::HEADERS)
        .max_age(MAX_AGE);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
