//! API keys, for builds and servers.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::ApiKeyId;

use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, encode, given};
use super::loader::by_id;
use super::page::Listed;
use super::payload::payload;
use super::plan::{Plan, Step};
use super::scope::{self, Scope};
use crate::domain::api_key::{self, ApiKeyRow, NewApiKey};
use crate::domain::page::{Position, SortKind};
use crate::domain::scope::Scopes;

/// An API key: acts for the account that made it, within its scopes. The secret is told once, when it is made.
#[derive(Clone)]
pub struct ApiKey(pub(super) Arc<ApiKeyRow>);

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Listed for ApiKey {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("c-", SortKind::Time)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

impl Plan for ApiKey {
    fn plan(_: &mut Step<'_, Self>) {}
}

/// An API key: acts for the account that made it, within its scopes. The secret is told once, when it is made.
#[Object]
impl ApiKey {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::ApiKey, self.0.id)
    }

    /// What its owner knows it by.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may do, as far as its owner may.
    async fn scopes(&self) -> Vec<Scope> {
        scope::list(Scopes::stored(&self.0.scope))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Until when it works; none: until it is revoked.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// When it was last used, to the minute; none: never yet.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }
}

by_id! {
    /// The viewer's own keys by id.
    ApiKeyById: ApiKeyId => ApiKey, |source, ids| api_key::by_ids(&source.database, source.viewer, ids)
}

/// A key to be made.
#[derive(InputObject)]
pub struct ApiKeyCreateInput {
    /// What its owner knows it by, at most 100 characters.
    name: String,
    /// What it may do: some of `READ`, `READ_DRAFTS`, `WRITE`, `PUBLICATION` and `ADMIN`.
    scopes: Vec<Scope>,
    /// Until when it works; until it is revoked when left out.
    expires_at: Option<DateTime<Utc>>,
}

/// Which key to revoke.
#[derive(InputObject)]
pub struct ApiKeyRevokeInput {
    /// The key's global id.
    id: ID,
}

payload! {
    /// What `apiKeyCreate` did.
    ApiKeyCreatePayload {
        /// The key.
        api_key: Option<ApiKey>,
        /// The text to send as bearer token. It is told now and never again.
        secret: Option<String>,
    }
}

payload! {
    /// What `apiKeyRevoke` did.
    ApiKeyRevokePayload {
        /// The key, as it was.
        api_key: Option<ApiKey>,
    }
}

/// API keys, of the mutation.
#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Makes an API key for the viewer. Takes the scope `account` and a sign-in, so that no key makes another.
    async fn api_key_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The key to be made.")] input: ApiKeyCreateInput,
    ) -> Result<Option<ApiKeyCreatePayload>> {
        let request = RequestContext::of(context)?;
        let new = NewApiKey {
            name: input.name,
            scopes: scope::given(input.scopes),
            expires_at: input.expires_at,
        };
        let made = api_key::create(&request.accounts, request.viewer(), new).await;
        let made = made.map(|(row, secret)| (Some(row.into()), Some(secret.expose().to_owned())));
        ApiKeyCreatePayload::told(request, made).map(Some)
    }

    /// Revokes one of the viewer's API keys: it stops working within a second. Takes the scope `account` and a sign-in.
    async fn api_key_revoke(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: ApiKeyRevokeInput,
    ) -> Result<Option<ApiKeyRevokePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::ApiKey, &input.id);
        let revoked = api_key::revoke(&request.accounts, request.viewer(), id).await;
        ApiKeyRevokePayload::told(request, revoked.map(|row| (Some(row.into()),))).map(Some)
    }
}
