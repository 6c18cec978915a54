//! The viewer's identities at external identity providers.

use std::borrow::Cow;

use super::node;
use crate::graphql::engine::{Fields, Object};
use crate::graphql::id::NodeType;
use crate::graphql::identity::Identity;

impl Object for Identity {
    const DESCRIPTION: &'static str = "An identity at an external identity provider, linked to the viewer's account.";

    fn type_name() -> Cow<'static, str> {
        "Identity".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Identity, |identity| identity.0.id);
        fields.text("issuer", "Issuer URL of the identity provider.", |identity| {
            &identity.0.issuer
        });
        fields.optional_text(
            "email",
            "Email address reported by the identity provider.",
            |identity| identity.0.email.as_deref(),
        );
        fields.value("createdAt", "Time when the identity was linked.", |identity| {
            identity.0.created_at
        });
        fields.value("lastUsedAt", "Time of the last sign-in with it.", |identity| {
            identity.0.last_used_at
        });
    }
}
