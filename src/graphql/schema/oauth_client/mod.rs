//! OAuth clients, as administrators see them.

mod mutation;

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject};
use entity::OauthClientId;

pub(super) use mutation::mutation;

use super::{Query, listing, node, scope};
use crate::domain::account;
use crate::domain::oauth_client::{self, ClientRow, GrantType, policy};
use crate::domain::page::{Position, SortKind};
use crate::domain::session::client_name;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Connection, Fields, Listed, Object, One, PageArguments};

/// Grant type of an OAuth client: how it obtains tokens.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "GrantType")]
pub enum OauthGrantType {
    /// `authorization_code`: with an authorization code, on behalf of a user.
    AuthorizationCode,
    /// `refresh_token`: with a refresh token.
    RefreshToken,
    /// `client_credentials`: with the secret of the client, on its own behalf.
    ClientCredentials,
}

/// An OAuth client, as administrators see it.
#[derive(Clone)]
pub struct OauthClient(pub Arc<ClientRow>);

impl From<ClientRow> for OauthClient {
    fn from(row: ClientRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for OauthClient {
    const DESCRIPTION: &'static str =
        "An OAuth client. The secret of a confidential client is returned only when it is created or rotated.";

    fn type_name() -> Cow<'static, str> {
        "OauthClient".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::OauthClient, |client| client.0.id);
        fields.value("clientId", "The `client_id`.", |client| client_name(client.0.id));
        fields.text("name", "Display name.", |client| &client.0.name);
        fields.value(
            "isConfidential",
            "Whether the client is confidential, that is, has a secret. Browser and mobile apps cannot keep one.",
            |client| client.0.is_confidential(),
        );
        fields.value("redirectUris", "Allowed redirect URIs, compared exactly.", |client| {
            client.0.redirect_uris()
        });
        fields.value("scopes", "Scopes that the client may request.", |client| {
            scope::list(client.0.scopes())
        });
        fields.value("grantTypes", "Grant types that the client may use.", |client| {
            let grant_types = client.0.grant_types().into_iter();
            grant_types.map(OauthGrantType::from).collect::<Vec<_>>()
        });
        fields.value(
            "isTrusted",
            "Whether the client is trusted: users are not asked for consent.",
            |client| client.0.is_trusted,
        );
        fields.value("createdAt", "Creation time.", |client| client.0.created_at);
        fields.value("updatedAt", "Time of the last change.", |client| client.0.updated_at);
    }
}

impl Listed for OauthClient {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("n", SortKind::Text)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

by_id! {
    /// OAuth clients by id, for administrators.
    OauthClientById: OauthClientId => OauthClient, |source, ids| {
        oauth_client::by_ids(&source.database, source.viewer, ids)
    }
}

/// Arguments of `oauthClient`.
#[derive(InputObject)]
struct OauthClientArguments {
    /// Global id of the client.
    id: ID,
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "oauthClient",
        "An OAuth client by id. Requires an administrator and the `admin` scope.",
        |one| Box::pin(find(one)),
    );
    fields.resolve(
        "oauthClients",
        "All OAuth clients, by name. Requires an administrator and the `admin` scope.",
        |one| Box::pin(all(one)),
    );
}

async fn find(one: One<'_, Query, OauthClientArguments>) -> Result<Option<OauthClient>> {
    check(one.request).await?;
    node::by_id(one.request, NodeType::OauthClient, OauthClientById, &one.arguments.id).await
}

async fn all(one: One<'_, Query, PageArguments>) -> Result<Option<Connection<OauthClient>>> {
    check(one.request).await?;
    let database = one.request.database();
    let page = one.arguments.request::<OauthClient>((), one.look_ahead)?;
    let clients = oauth_client::list(database, &page);
    listing::connection(one.look_ahead, clients, oauth_client::count(database))
        .await
        .map(Some)
}

/// Whether the viewer may see clients.
async fn check(request: &RequestContext) -> Result<()> {
    policy::may_manage(account::standing(request.database(), request.viewer()).await?)?;
    Ok(())
}
