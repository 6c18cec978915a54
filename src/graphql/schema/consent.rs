//! Consents that the viewer gave to OAuth clients.

use std::borrow::Cow;

use crate::domain::scope::Scopes;
use crate::domain::session::client_name;
use crate::graphql::consent::{Application, Consent};
use crate::graphql::engine::{Fields, Object};
use crate::graphql::scope;

impl Object for Application {
    const DESCRIPTION: &'static str = "An OAuth client, as users who authorized it see it.";

    fn type_name() -> Cow<'static, str> {
        "Application".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.value("clientId", "The `client_id`.", |application| {
            client_name(application.id)
        });
        fields.text("name", "Display name.", |application| &application.name);
    }
}

impl Object for Consent {
    const DESCRIPTION: &'static str = "The viewer's consent to an OAuth client.";

    fn type_name() -> Cow<'static, str> {
        "Consent".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.embedded("application", "The OAuth client.", |consent| {
            consent.application.clone()
        });
        fields.value("scopes", "Scopes that the viewer consented to.", |consent| {
            scope::list(Scopes::stored(&consent.row.scope))
        });
        fields.value("createdAt", "Time when consent was last given.", |consent| {
            consent.row.created_at
        });
    }
}
