use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use super::{Shared, attempt, device, refused, show, signed_in};
use crate::domain::account::{self, SignIn};
use crate::http::State;
use crate::http::browser::return_to;
use crate::http::input::Fields;
use crate::http::page::{Field, Form};

/// The page.
pub async fn get(request: HttpRequest, state: Shared) -> HttpResponse {
    show(&request, &state, |fields| form(fields, &state))
}

fn form(fields: &Fields, state: &State) -> Form {
    let onward = return_to(fields.get("returnTo"), state);
    let query = onward.map(|onward| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("returnTo", &onward)
            .finish();
        format!("?{query}")
    });
    let query = query.unwrap_or_default();
    let mut links: Vec<_> = state
        .providers
        .list()
        .map(|provider| {
            let label = format!("Sign in with {}", provider.label);
            (format!("/auth/oauth/{}{query}", provider.name), label)
        })
        .collect();
    if state.accounts.settings.sign_up_open {
        links.push((format!("/auth/sign-up{query}"), "Sign up".to_owned()));
    }
    links.push(("/auth/forgot-password".to_owned(), "Forgot your password?".to_owned()));
    Form {
        title: "Sign in",
        action: "/auth/sign-in".to_owned(),
        fields: vec![
            Field::new("email", "E-mail address", "email", "username").value(fields.text("email")),
            Field::new("password", "Password", "password", "current-password"),
        ],
        buttons: vec![("act", "sign-in", "Sign in".to_owned())],
        links,
        ..Form::default()
    }
}

/// Signs in.
pub async fn post(request: HttpRequest, body: Bytes, state: Shared) -> HttpResponse {
    let input = match attempt(&request, &body, &state, Some("email")).await {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let credentials = SignIn {
        email: input.fields.text("email"),
        password: input.fields.text("password"),
    };
    match account::sign_in(&state.accounts, credentials, &device(&request)).await {
        Ok(tokens) => signed_in(&input, &state, &tokens),
        Err(refusal) => refused(&input, &state, &refusal, |fields| form(fields, &state)),
    }
}
