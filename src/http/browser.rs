//! Browsers: their cookies, and the proof that a form or a script of ours sent what comes with them.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{HeaderName, HeaderValue, ORIGIN};
use actix_web::{HttpRequest, HttpResponse};
use entity::Hidden;
use url::Url;

use super::State;
use crate::token::Secret;

/// The header in which scripts send the form token.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("quoin-csrf");
/// The field in which forms send it.
pub const CSRF_FIELD: &str = "csrfToken";

const SESSION: &str = "quoin_session";
const BROWSER: &str = "quoin_browser";
/// What form tokens are signed as.
const PURPOSE: &str = "csrf";
/// How long a browser is known.
const KNOWN_FOR: Duration = Duration::days(365);

/// A browser, known by a secret in a cookie. It says nothing of who sits there: it binds forms, and sign-ins that are
/// under way elsewhere, to the browser that began them.
pub struct Browser {
    secret: Secret,
    is_new: bool,
}

impl Browser {
    /// The browser that sent a request; a new one where it has no cookie.
    pub fn of(request: &HttpRequest, state: &State) -> Self {
        let known = cookie(request, state, BROWSER).filter(|secret| secret.expose().len() == 43);
        Self {
            is_new: known.is_none(),
            secret: known.unwrap_or_default(),
        }
    }

    /// What the database keeps of it.
    pub fn digest(&self) -> Hidden {
        self.secret.digest()
    }

    /// The token that forms and scripts of this browser send along.
    pub fn csrf_token(&self, state: &State) -> String {
        state.accounts.master.sign(PURPOSE, self.secret.expose())
    }

    /// Whether this is that token.
    pub fn has_sent(&self, state: &State, token: &str) -> bool {
        !self.is_new && state.accounts.master.verifies(PURPOSE, self.secret.expose(), token)
    }

    /// Has the browser remember itself.
    pub fn remember(&self, state: &State, response: &mut HttpResponse) {
        if self.is_new {
            set(state, response, BROWSER, self.secret.expose().to_owned(), KNOWN_FOR);
        }
    }
}

/// The refresh token of the browser's session, if it has one.
pub fn session(request: &HttpRequest, state: &State) -> Option<Secret> {
    cookie(request, state, SESSION)
}

/// Has the browser keep the refresh token of its session.
pub fn keep_session(state: &State, response: &mut HttpResponse, secret: &Secret) {
    let lifetime = state.accounts.settings.session_lifetime.as_secs();
    let lifetime = Duration::seconds(i64::try_from(lifetime).unwrap_or_default());
    set(state, response, SESSION, secret.expose().to_owned(), lifetime);
}

/// Has the browser forget its session.
pub fn forget_session(state: &State, response: &mut HttpResponse) {
    set(state, response, SESSION, String::new(), Duration::ZERO);
}

/// Whether the request bears any of our cookies.
pub fn bears_cookies(request: &HttpRequest, state: &State) -> bool {
    [SESSION, BROWSER]
        .iter()
        .any(|name| cookie(request, state, name).is_some())
}

fn is_secure(state: &State) -> bool {
    state.accounts.settings.base_url.scheme() == "https"
}

/// The name of a cookie. With the prefix, browsers take it from this very host by https alone (RFC 6265bis §4.1.3.2);
/// without https, as on a developer's machine, they would not take it at all.
fn name(state: &State, name: &str) -> String {
    if is_secure(state) {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

fn cookie(request: &HttpRequest, state: &State, of: &str) -> Option<Secret> {
    let cookie = request.cookie(&name(state, of))?;
    Some(cookie.value().to_owned())
        .filter(|value| !value.is_empty())
        .map(Secret::given)
}

fn set(state: &State, response: &mut HttpResponse, of: &str, value: String, lifetime: Duration) {
    let cookie = Cookie::build(name(state, of), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_secure(state))
        .max_age(lifetime)
        .finish();
    // Fails for names and values that no header can hold; ours are letters and digits.
    let added = response.add_cookie(&cookie);
    debug_assert!(added.is_ok(), "a cookie of ours is a header");
}

/// Whether a page of this installation, or of a front end that it trusts, sent the request; also when no browser did, as
/// browsers say where a POST comes from (Fetch Metadata; RFC 6454 §7).
pub fn is_from_home(request: &HttpRequest, state: &State) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_trusted = |origin: &str| state.settings.cors_origins.iter().any(|known| known == origin);
    let origin = request.headers().get(ORIGIN).map(HeaderValue::to_str);
    let origin = match origin {
        None => None,
        Some(Ok(origin)) => Some(origin),
        Some(Err(_)) => return false,
    };
    let is_origin_fine = origin.is_none_or(|origin| is_trusted(origin) || is_own(origin, state, header("host")));
    let is_site_fine = match header("sec-fetch-site") {
        None | Some("same-origin" | "none") => true,
        Some(_) => origin.is_some_and(is_trusted),
    };
    is_origin_fine && is_site_fine
}

/// Whether an origin is this installation's: by the address that readers use, or the one that this request was sent to.
fn is_own(origin: &str, state: &State, host: Option<&str>) -> bool {
    let Ok(url) = Url::parse(origin) else {
        return false;
    };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    url.origin() == state.accounts.settings.base_url.origin() || (authority.is_some() && authority == host)
}

/// Where a browser may be sent after a sign-in: a path of this installation, or a page of a front end that it trusts.
pub fn return_to(given: Option<&str>, state: &State) -> Option<String> {
    let given = given?;
    let base = &state.accounts.settings.base_url;
    let is_plain = !given.contains(['\\', '\0']) && !given.contains(char::is_control) && given.len() <= 4_000;
    if given.starts_with('/') {
        // Resolved as a browser would: what begins like a path may be another host's address.
        let resolved = base.join(given).ok()?;
        return (is_plain && !given.starts_with("//") && resolved.origin() == base.origin()).then(|| given.to_owned());
    }
    let url = Url::parse(given).ok()?;
    let origin = url.origin().ascii_serialization();
    let is_trusted = matches!(url.scheme(), "http" | "https") && state.settings.cors_origins.contains(&origin);
    (is_plain && is_trusted).then(|| url.into())
}
