use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use super::{Shared, attempt, look_into_letters, refused, show};
use crate::domain::account::{self, SignUp};
use crate::http::input::Fields;
use crate::http::page::{Field, Form};

/// The page.
pub async fn get(request: HttpRequest, state: Shared) -> HttpResponse {
    show(&request, &state, form)
}

fn form(fields: &Fields) -> Form {
    Form {
        title: "Sign up",
        action: "/auth/sign-up".to_owned(),
        fields: vec![
            Field::new("displayName", "Name", "text", "name").value(fields.text("displayName")),
            Field::new("email", "E-mail address", "email", "email").value(fields.text("email")),
            Field::new("password", "Password, 8 characters or more", "password", "new-password"),
        ],
        buttons: vec![("act", "sign-up", "Sign up".to_owned())],
        links: vec![("/auth/sign-in".to_owned(), "Sign in instead".to_owned())],
        ..Form::default()
    }
}

/// Signs up: a letter goes out.
pub async fn post(request: HttpRequest, body: Bytes, state: Shared) -> HttpResponse {
    let input = match attempt(&request, &body, &state, Some("email")).await {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let new = SignUp {
        email: input.fields.text("email"),
        password: input.fields.text("password"),
        display_name: input.fields.text("displayName"),
        browser: Some(input.browser.digest()),
    };
    match account::sign_up(&state.accounts, new).await {
        Ok(()) => {
            let mut response = look_into_letters(&input);
            input.browser.remember(&state, &mut response);
            response
        }
        Err(refusal) => refused(&input, &state, &refusal, form),
    }
}
