//! Identities at outside providers, as their owners see them.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::IdentityId;

use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, encode, given};
use super::loader::by_id;
use super::payload::payload;
use super::viewer::Viewer;
use crate::domain::identity::{self, IdentityRow};

/// An identity at an outside provider, which the viewer signs in with.
#[derive(Clone)]
pub struct Identity(pub(super) Arc<IdentityRow>);

impl From<IdentityRow> for Identity {
    fn from(row: IdentityRow) -> Self {
        Self(Arc::new(row))
    }
}

/// An identity at an outside provider, which the viewer signs in with.
#[Object]
impl Identity {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Identity, self.0.id)
    }

    /// The provider's address.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The e-mail address that the provider told.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// When it was linked.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last used to sign in.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }
}

by_id! {
    /// The viewer's own identities by id.
    IdentityById: IdentityId => Identity, |source, ids| identity::by_ids(&source.database, source.viewer, ids)
}

/// Which identity to unlink.
#[derive(InputObject)]
pub struct AccountUnlinkIdentityInput {
    /// The identity's global id.
    id: ID,
}

payload! {
    /// What `accountUnlinkIdentity` did.
    AccountUnlinkIdentityPayload {
        /// Whose identity it was.
        viewer: Option<Viewer>,
    }
}

/// Identities, of the mutation.
#[derive(Default)]
pub struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Removes the link between the viewer's account and an outside provider. Takes the scope `account` and a sign-in.
    async fn account_unlink_identity(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: AccountUnlinkIdentityInput,
    ) -> Result<Option<AccountUnlinkIdentityPayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Identity, &input.id);
        let outcome = identity::unlink(&request.accounts, request.viewer(), id).await;
        AccountUnlinkIdentityPayload::told(request, Viewer::after(request, outcome).await?).map(Some)
    }
}
