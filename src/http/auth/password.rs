use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use entity::one_time_link::LinkPurpose;

use super::{Shared, attempt, device, look_into_letters, refused, show, show_linked, signed_in};
use crate::domain::account;
use crate::http::input::Fields;
use crate::http::page::{Field, Form};
use crate::token::Secret;

/// The page on which somebody asks for a link.
pub async fn get_forgot(request: HttpRequest, state: Shared) -> HttpResponse {
    show(&request, &state, forgot)
}

fn forgot(fields: &Fields) -> Form {
    Form {
        title: "Set a password",
        texts: vec!["We send you a link to set a new password, if there is an account with your address.".to_owned()],
        action: "/auth/forgot-password".to_owned(),
        fields: vec![Field::new("email", "E-mail address", "email", "username").value(fields.text("email"))],
        buttons: vec![("act", "send", "Send the link".to_owned())],
        links: vec![("/auth/sign-in".to_owned(), "Sign in".to_owned())],
        ..Form::default()
    }
}

/// Sends the link.
pub async fn post_forgot(request: HttpRequest, body: Bytes, state: Shared) -> HttpResponse {
    let input = match attempt(&request, &body, &state, Some("email")).await {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let email = input.fields.text("email");
    match account::forgot_password(&state.accounts, &email, &device(&request)).await {
        Ok(()) => look_into_letters(&input),
        Err(refusal) => refused(&input, &state, &refusal, forgot),
    }
}

/// The page that the link leads to.
pub async fn get_reset(request: HttpRequest, state: Shared) -> HttpResponse {
    show_linked(&request, &state, &[LinkPurpose::SetPassword], |_| reset()).await
}

fn reset() -> Form {
    Form {
        title: "Choose a password",
        action: "/auth/reset-password".to_owned(),
        fields: vec![Field::new(
            "password",
            "New password, 8 characters or more",
            "password",
            "new-password",
        )],
        buttons: vec![("act", "set", "Set the password".to_owned())],
        ..Form::default()
    }
}

/// Sets the password, and signs in.
pub async fn post_reset(request: HttpRequest, body: Bytes, state: Shared) -> HttpResponse {
    let input = match attempt(&request, &body, &state, None).await {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let secret = Secret::given(input.fields.text("token"));
    let password = input.fields.text("password");
    match account::reset_password(&state.accounts, &secret, password, &device(&request)).await {
        Ok(tokens) => signed_in(&input, &state, &tokens),
        Err(refusal) => refused(&input, &state, &refusal, |_| reset()),
    }
}
