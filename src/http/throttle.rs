//! How often somebody may ask: the limit of all requests, and the way for handlers to keep to stricter ones.
//!
//! Answers tell the state of the limit in the fields of draft-ietf-httpapi-ratelimit-headers, in the form of one field for
//! each number (up to draft 06), which is the one that clients know.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};

use super::{State, address, error};
use crate::limit::{Decision, Limiter, Quota};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The headers that pages of other origins may read.
pub const HEADERS: [HeaderName; 4] = [LIMIT, REMAINING, RESET, POLICY];

/// Who asks, when it is known: an account or an API key. Put into a request's extensions by what recognises them, it is
/// limited instead of the address.
#[derive(Clone, Debug)]
pub struct Subject(pub String);

/// Somebody asks too often.
#[derive(Clone, Copy, Debug)]
pub struct Limited {
    quota: Quota,
    decision: Decision,
}

/// Takes one of a quota for this key. Handlers call it before anything that is worth a stricter limit than that of all
/// requests: with [`address::key`] for where the request comes from, and with the name of what it is about (the account
/// as it was typed, in small letters) for a second time.
///
/// ```text
/// let quota = &state.settings.limits.sign_ins;
/// for key in [address::key(&request), format!("account {email}")] {
///     if let Err(limited) = throttle::check(&state.limiter, quota, &key).await {
///         return limited.answer(&request);
///     }
/// }
/// ```
///
/// # Errors
/// When there is none left; [`Limited::answer`] says so.
pub async fn check(limiter: &Limiter, quota: &Quota, key: &str) -> Result<Decision, Limited> {
    let decision = limiter.take(quota, key).await;
    if decision.is_allowed() {
        Ok(decision)
    } else {
        Err(Limited {
            quota: *quota,
            decision,
        })
    }
}

impl Limited {
    /// 429 (RFC 6585) in the form of the surface that was asked.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        const MESSAGE: &str = "Too many requests. Please try again later.";
        let seconds = seconds(self.decision.retry_after.unwrap_or_default()).max(1);
        let mut response = error::refuse_in_form(request, StatusCode::TOO_MANY_REQUESTS, error::RATE_LIMITED, MESSAGE);
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
        tell(response.headers_mut(), &self.quota, &self.decision);
        response
    }
}

/// Identity of a client: its account or API key, otherwise its IP address.
pub fn client(request: &impl HttpMessage) -> String {
    let subject = request.extensions().get::<Subject>().cloned();
    subject.map_or_else(|| address::key(request), |subject| subject.0)
}

/// Holds every request to the limit, but for the probes, which nobody else could answer.
pub async fn throttle<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let state = request.app_data::<Data<State>>().cloned();
    let Some(state) = state.filter(|_| !request.path().starts_with("/health/")) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let quota = &state.settings.limits.requests;
    let key = client(&request);
    match check(&state.limiter, quota, &key).await {
        Ok(decision) => {
            let mut response = next.call(request).await?.map_into_left_body();
            // A handler that refused by a stricter limit has told of that one.
            if !response.headers().contains_key(LIMIT) {
                tell(response.headers_mut(), quota, &decision);
            }
            Ok(response)
        }
        Err(limited) => {
            let answer = limited.answer(request.request());
            Ok(request.into_response(answer).map_into_right_body())
        }
    }
}

fn tell(headers: &mut HeaderMap, quota: &Quota, decision: &Decision) {
    headers.insert(LIMIT, decision.limit.into());
    headers.insert(REMAINING, decision.remaining.into());
    headers.insert(RESET, seconds(decision.reset_after).into());
    if let Ok(policy) = HeaderValue::try_from(format!("{};w={}", quota.tokens, quota.per.as_secs())) {
        headers.insert(POLICY, policy);
    }
}

/// Whole seconds, rounded up: who waits them is not refused again.
fn seconds(duration: std::time::Duration) -> u32 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}
