//! The viewer's identities at external identity providers.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{ID, InputObject};
use entity::IdentityId;

use super::viewer::Viewer;
use super::{Mutation, node};
use crate::domain::identity::{self, IdentityRow};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Fields, Object, Payload, returns};

/// An identity at an external identity provider.
#[derive(Clone)]
pub struct Identity(pub Arc<IdentityRow>);

impl From<IdentityRow> for Identity {
    fn from(row: IdentityRow) -> Self {
        Self(Arc::new(row))
    }
}

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

by_id! {
    /// Identities of the viewer by id.
    IdentityById: IdentityId => Identity, |source, ids| identity::by_ids(&source.database, source.viewer, ids)
}

/// The mutations of identities.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "accountUnlinkIdentity",
        "Unlinks an identity at an external identity provider from the viewer's account. Requires the `account` scope \
         and a session.",
        returns("viewer", "The viewer after the change."),
        |request, input| Box::pin(unlink(request, input)),
    );
}

#[derive(InputObject)]
struct AccountUnlinkIdentityInput {
    /// Global id of the identity.
    id: ID,
}

async fn unlink(request: &RequestContext, input: AccountUnlinkIdentityInput) -> Result<Payload<Option<Viewer>>> {
    let id = given(NodeType::Identity, &input.id);
    let unlinked = identity::unlink(&request.accounts, request.viewer(), id).await;
    Viewer::after(request, unlinked).await
}
