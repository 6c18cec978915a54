use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use entity::one_time_link::LinkPurpose;
use serde_json::json;

use super::{Shared, attempt, device, refused, show_linked, signed_in};
use crate::domain::account::{self, Proof};
use crate::domain::refusal::Refusal;
use crate::http::error;
use crate::http::input::Fields;
use crate::http::page::{self, Field, Form};
use crate::token::Secret;

/// The page that the link in a letter leads to. It only asks: mail programs open links too.
pub async fn get(request: HttpRequest, state: Shared) -> HttpResponse {
    let purposes = [LinkPurpose::SignUp, LinkPurpose::ChangeEmail];
    show_linked(&request, &state, &purposes, |_| form(false)).await
}

fn form(with_password: bool) -> Form {
    let password = Field::new(
        "password",
        "The password that you chose",
        "password",
        "current-password",
    );
    Form {
        title: "Confirm your address",
        action: "/auth/verify-email".to_owned(),
        fields: with_password.then_some(password).into_iter().collect(),
        buttons: vec![("act", "confirm", "Confirm".to_owned())],
        ..Form::default()
    }
}

/// Confirms an address: of a new account, which is made and signed in, or of one that has another so far.
pub async fn post(request: HttpRequest, body: Bytes, state: Shared) -> HttpResponse {
    let input = match attempt(&request, &body, &state, None).await {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let accounts = &state.accounts;
    let secret = Secret::given(input.fields.text("token"));
    let is_change = match account::find_link(accounts.store.read(), &secret, LinkPurpose::ChangeEmail).await {
        Ok(link) => link.is_some(),
        Err(cause) => return error::refusal(&cause.into()),
    };
    if is_change {
        return match account::confirm_email(accounts, &secret).await {
            Ok(()) if input.is_json => HttpResponse::Ok().json(json!({ "status": "EMAIL_CHANGED" })),
            Ok(()) => page::message(
                StatusCode::OK,
                "Your address was changed",
                "From now on, sign in with it.",
            ),
            Err(refusal) => refused(&input, &state, &refusal, |_| form(false)),
        };
    }
    let proof = match input.fields.get("password") {
        Some(password) => Proof::Password(password.to_owned()),
        None => Proof::Browser(input.browser.digest()),
    };
    match account::confirm_sign_up(accounts, &secret, proof, &device(&request)).await {
        Ok(tokens) => signed_in(&input, &state, &tokens),
        Err(refusal) => {
            let asks_password = matches!(&refusal, Refusal::Invalid(problems)
                if problems.iter().any(|problem| problem.field == Some("password")));
            let make = |_: &Fields| form(asks_password);
            refused(&input, &state, &refusal, make)
        }
    }
}
