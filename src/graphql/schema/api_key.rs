//! API keys of the viewer.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::ApiKeyId;

use super::scope::{self, Scope};
use super::{Mutation, node};
use crate::domain::api_key::{self, ApiKeyRow, NewApiKey};
use crate::domain::page::{Position, SortKind};
use crate::domain::scope::Scopes;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Fields, Listed, Object, Payload, returns};

/// An API key.
#[derive(Clone)]
pub struct ApiKey(pub Arc<ApiKeyRow>);

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for ApiKey {
    const DESCRIPTION: &'static str =
        "An API key: acts for its owner, within the scopes of the key. The secret is returned only on creation.";

    fn type_name() -> Cow<'static, str> {
        "ApiKey".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::ApiKey, |key| key.0.id);
        fields.text("name", "Name given by the owner.", |key| &key.0.name);
        fields.value(
            "scopes",
            "Scopes of the key. It can do no more than its owner may.",
            |key| scope::list(Scopes::stored(&key.0.scope)),
        );
        fields.value("createdAt", "Creation time.", |key| key.0.created_at);
        fields.value(
            "expiresAt",
            "Expiry time; null if the key works until it is revoked.",
            |key| key.0.expires_at,
        );
        fields.value(
            "lastUsedAt",
            "Time of the last use, to the minute; null if the key was never used.",
            |key| key.0.last_used_at,
        );
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

by_id! {
    /// API keys of the viewer by id.
    ApiKeyById: ApiKeyId => ApiKey, |source, ids| api_key::by_ids(&source.database, source.viewer, ids)
}

/// The mutations of API keys.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "apiKeyCreate",
        "Creates an API key for the viewer. Requires the `account` scope and a session: a key cannot create keys.",
        |payload: &mut Fields<Payload<(ApiKey, String)>>| {
            payload.embedded("apiKey", "The API key.", |payload| {
                payload.done().map(|(key, _)| key.clone())
            });
            payload.value(
                "secret",
                "Secret of the key, which is sent as bearer token. Returned only here and never again.",
                |payload| payload.done().map(|(_, secret)| secret.clone()),
            );
        },
        |request, input| Box::pin(create(request, input)),
    );
    fields.mutation(
        "apiKeyRevoke",
        "Revokes an API key of the viewer. It stops working within a second. Requires the `account` scope and a \
         session.",
        returns("apiKey", "The revoked API key."),
        |request, input| Box::pin(revoke(request, input)),
    );
}

#[derive(InputObject)]
struct ApiKeyCreateInput {
    /// Name given by the owner, 1 to 100 characters.
    name: String,
    /// Scopes of the key: one or more of `READ`, `READ_DRAFTS`, `WRITE`, `PUBLICATION` and `ADMIN`.
    scopes: Vec<Scope>,
    /// Expiry time, in the future; default: none, the key works until it is revoked.
    expires_at: Option<DateTime<Utc>>,
}

async fn create(request: &RequestContext, input: ApiKeyCreateInput) -> Result<Payload<(ApiKey, String)>> {
    let new = NewApiKey {
        name: input.name,
        scopes: scope::given(input.scopes),
        expires_at: input.expires_at,
    };
    let created = api_key::create(&request.accounts, request.viewer(), new).await;
    let created = created.map(|(row, secret)| (ApiKey::from(row), secret.expose().to_owned()));
    Payload::of(request, created)
}

#[derive(InputObject)]
struct ApiKeyRevokeInput {
    /// Global id of the API key.
    id: ID,
}

async fn revoke(request: &RequestContext, input: ApiKeyRevokeInput) -> Result<Payload<ApiKey>> {
    let id = given(NodeType::ApiKey, &input.id);
    let revoked = api_key::revoke(&request.accounts, request.viewer(), id).await;
    Payload::of(request, revoked.map(ApiKey::from))
}
