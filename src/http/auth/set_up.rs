use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use entity::one_time_link::LinkPurpose;

use super::{Shared, attempt, device, refused, show_linked, signed_in};
use crate::domain::account::{self, SetUp};
use crate::http::input::Fields;
use crate::http::page::{Field, Form};
use crate::token::Secret;

/// The page that the link in the terminal leads to.
pub async fn get(request: HttpRequest, state: Shared) -> HttpResponse {
    show_linked(&request, &state, &[LinkPurpose::SetUp], form).await
}

fn form(fields: &Fields) -> Form {
    Form {
        title: "Set Quoin up",
        texts: vec![
            "This makes the first account. It looks after this installation, and owns its publications.".to_owned(),
        ],
        action: "/auth/setup".to_owned(),
        fields: vec![
            Field::new("displayName", "Name", "text", "name").value(fields.text("displayName")),
            Field::new("email", "E-mail address", "email", "email").value(fields.text("email")),
            Field::new("password", "Password, 8 characters or more", "password", "new-password"),
            Field::new(
                "publication",
                "Name of the first publication, if there is none yet",
                "text",
                "off",
            )
            .value(fields.text("publication"))
            .optional(),
        ],
        buttons: vec![("act", "set-up", "Make the account".to_owned())],
        ..Form::default()
    }
}

/// Makes the first account.
pub async fn post(request: HttpRequest, body: Bytes, state: Shared) -> HttpResponse {
    let input = match attempt(&request, &body, &state, None).await {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let fields = &input.fields;
    let secret = Secret::given(fields.text("token"));
    let first = SetUp {
        email: fields.text("email"),
        password: fields.text("password"),
        display_name: fields.text("displayName"),
        publication: fields.get("publication").map(str::to_owned),
    };
    match account::set_up(&state.accounts, &secret, first, &device(&request)).await {
        Ok(tokens) => signed_in(&input, &state, &tokens),
        Err(refusal) => refused(&input, &state, &refusal, form),
    }
}
