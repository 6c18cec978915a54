use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::{Shared, attempt, device, refused, session_of, show, signed_in};
use crate::domain::member;
use crate::domain::session::SessionRow;
use crate::domain::{Actor, Credential, Viewer, scope::Scopes};
use crate::http::error;
use crate::http::input::Fields;
use crate::http::page::{self, Field, Form};
use crate::token::Secret;

/// The page that the link in an invitation leads to.
pub async fn get(request: HttpRequest, state: Shared) -> HttpResponse {
    let fields = Fields::of_form(request.query_string().as_bytes()).unwrap_or_default();
    let secret = Secret::given(fields.text("token"));
    let found = member::by_invitation_secret(state.accounts.store.read(), &secret).await;
    let title = match found {
        Ok(Some((_, title))) => title,
        Ok(None) => {
            let text = "This invitation was accepted or taken back, or is too old. Ask for a new one.";
            return page::message(StatusCode::NOT_FOUND, "No such invitation", text);
        }
        Err(cause) => return error::refusal_page(&cause.into()),
    };
    let session = match session_of(&request, &state).await {
        Ok(session) => session,
        Err(refusal) => return refusal,
    };
    show(&request, &state, |fields| form(fields, Some(&title), session.is_some()))
}

fn form(fields: &Fields, title: Option<&str>, is_signed_in: bool) -> Form {
    let text = title.map(|title| format!("You are invited to \u{201c}{title}\u{201d}."));
    let new = vec![
        Field::new("displayName", "Name", "text", "name").value(fields.text("displayName")),
        Field::new("password", "Password, 8 characters or more", "password", "new-password"),
    ];
    let onward = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("returnTo", &format!("/auth/invitation?token={}", fields.text("token")))
        .finish();
    let sign_in = (
        format!("/auth/sign-in?{onward}"),
        "I have an account: sign in".to_owned(),
    );
    Form {
        title: "Accept the invitation",
        texts: text.into_iter().collect(),
        action: "/auth/invitation".to_owned(),
        fields: if is_signed_in { Vec::new() } else { new },
        buttons: vec![("act", "accept", "Accept".to_owned())],
        links: if is_signed_in { Vec::new() } else { vec![sign_in] },
        ..Form::default()
    }
}

/// Accepts: as whoever is signed in, or with a new account.
pub async fn post(request: HttpRequest, body: Bytes, state: Shared) -> HttpResponse {
    let input = match attempt(&request, &body, &state, None).await {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let session = match session_of(&request, &state).await {
        Ok(session) => session,
        Err(refusal) => return refusal,
    };
    let secret = Secret::given(input.fields.text("token"));
    let is_signed_in = session.is_some();
    let make = |fields: &Fields| form(fields, None, is_signed_in);
    if let Some(session) = session {
        return match member::accept(&state.accounts, viewer(&session), &secret).await {
            Ok(_) if input.is_json => HttpResponse::Ok().json(json!({ "status": "ACCEPTED" })),
            Ok(_) => page::message(StatusCode::OK, "Welcome", "You are a member now."),
            Err(refusal) => refused(&input, &state, &refusal, make),
        };
    }
    let (name, password) = (input.fields.text("displayName"), input.fields.text("password"));
    match member::accept_as_new(&state.accounts, &secret, &name, password, &device(&request)).await {
        Ok(tokens) => signed_in(&input, &state, &tokens),
        Err(refusal) => refused(&input, &state, &refusal, make),
    }
}

/// Whoever sits at a browser with this session.
pub fn viewer(session: &SessionRow) -> Viewer {
    Viewer::User(Actor {
        user: session.user_id,
        scopes: Scopes::stored(&session.scope),
        credential: Credential::Session(session.id),
    })
}
