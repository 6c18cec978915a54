//! What a form or a script sends to the pages of accounts: fields of text, as a form or as JSON.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use mime_guess::mime::{self, Mime};
use serde_json::Value;

use super::browser::{self, Browser, CSRF_FIELD, CSRF_HEADER};
use super::error::refuse;
use super::{State, page};
use crate::graphql::limits::BAD_REQUEST;

/// The most bytes of such a body.
pub const MOST_BYTES: usize = 65_536;

/// Fields of text by name.
#[derive(Default)]
pub struct Fields(HashMap<String, String>);

impl Fields {
    /// Reads a query string or a form. A field that is given twice makes it unreadable (RFC 6749 §3.1).
    pub fn of_form(text: &[u8]) -> Option<Self> {
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(text) {
            if value.contains('\0') || fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return None;
            }
        }
        Some(Self(fields))
    }

    fn of_json(text: &[u8]) -> Option<Self> {
        let Ok(Value::Object(members)) = serde_json::from_slice(text) else {
            return None;
        };
        let text = |(name, value)| match value {
            Value::String(text) if !text.contains('\0') => Some(Some((name, text))),
            Value::Null => Some(None),
            _ => None,
        };
        let fields: Option<Vec<_>> = members.into_iter().map(text).collect();
        Some(Self(fields?.into_iter().flatten().collect()))
    }

    /// A field; empty counts as missing.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A field's text; empty when it is missing.
    pub fn text(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut names: Vec<_> = self.0.keys().collect();
        names.sort();
        write!(formatter, "Fields({names:?})")
    }
}

/// What was sent, by which browser.
pub struct Input {
    /// The fields.
    pub fields: Fields,
    /// Whether a script sent it, which gets JSON in turn.
    pub is_json: bool,
    /// The browser.
    pub browser: Browser,
}

impl Input {
    /// A POST without a body, of a script; guarded as [`Input::read`] does.
    ///
    /// # Errors
    /// The answer that refuses it.
    pub fn bare(request: &HttpRequest, state: &State) -> Result<Self, HttpResponse> {
        Self::guarded(request, state, Fields::default(), true)
    }

    /// Reads a POST, and makes sure that no page of somebody else had the browser send it: the browser says so, and what
    /// bears cookies brings the form token too.
    ///
    /// # Errors
    /// The answer that refuses it.
    pub fn read(request: &HttpRequest, body: &Bytes, state: &State) -> Result<Self, HttpResponse> {
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()?.parse::<Mime>().ok());
        let is_json = kind
            .as_ref()
            .is_some_and(|kind| kind.essence_str() == mime::APPLICATION_JSON);
        let is_form = kind.is_some_and(|kind| kind.essence_str() == mime::APPLICATION_WWW_FORM_URLENCODED);
        if !is_json && !is_form {
            let message = "The body must be application/json or application/x-www-form-urlencoded.";
            return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, BAD_REQUEST, message));
        }
        let fields = if is_json {
            Fields::of_json(body)
        } else {
            Fields::of_form(body)
        };
        let Some(fields) = fields else {
            let message = "The body must hold each field once, as text without NUL.";
            return Err(refuse(StatusCode::BAD_REQUEST, BAD_REQUEST, message));
        };
        Self::guarded(request, state, fields, is_json)
    }

    fn guarded(request: &HttpRequest, state: &State, fields: Fields, is_json: bool) -> Result<Self, HttpResponse> {
        let browser = Browser::of(request, state);
        let token = request.headers().get(CSRF_HEADER).and_then(|token| token.to_str().ok());
        let token = token.or(fields.get(CSRF_FIELD)).unwrap_or_default();
        let is_bound = !browser::bears_cookies(request, state) || browser.has_sent(state, token);
        if !browser::is_from_home(request, state) || !is_bound {
            return Err(if is_json {
                let message = "Send the header Quoin-CSRF with the token of /auth/csrf, from a page of this site.";
                refuse(StatusCode::FORBIDDEN, super::error::FORBIDDEN, message)
            } else {
                let text =
                    "This form is too old, or came from another site. Go back, load the page anew, and try again.";
                page::message(StatusCode::FORBIDDEN, "Please try again", text)
            });
        }
        Ok(Self {
            fields,
            is_json,
            browser,
        })
    }
}
