//! Mutations of OAuth clients.

use async_graphql::{ID, InputObject};

use super::{OauthClient, OauthGrantType};
use crate::domain::accounts::Accounts;
use crate::domain::oauth_client::{self, ClientChange, GrantType, NewClient};
use crate::domain::refusal::Refusal;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::{Fields, Payload, returns};
use crate::graphql::schema::Mutation;
use crate::graphql::schema::scope::{self, Scope};
use crate::store::Transaction;

/// The mutations of OAuth clients.
pub(in crate::graphql::schema) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "oauthClientCreate",
        "Registers an OAuth client. Requires an administrator and the `admin` scope.",
        |payload: &mut Fields<Payload<(OauthClient, Option<String>)>>| {
            payload.embedded("oauthClient", "The client.", |payload| {
                payload.done().map(|(client, _)| client.clone())
            });
            payload.value(
                "secret",
                "Secret of the client, returned only here and never again; null for a client that is not confidential.",
                |payload| payload.done().and_then(|(_, secret)| secret.clone()),
            );
        },
        |request, input| Box::pin(create(request, input)),
    );
    fields.mutation(
        "oauthClientUpdate",
        "Changes an OAuth client. Requires an administrator and the `admin` scope.",
        returns("oauthClient", "The client after the change."),
        |request, input| Box::pin(update(request, input)),
    );
    fields.mutation(
        "oauthClientRotateSecret",
        "Replaces the secret of a confidential OAuth client. The old secret stops working at once. Requires an \
         administrator and the `admin` scope.",
        |payload: &mut Fields<Payload<(OauthClient, String)>>| {
            payload.embedded("oauthClient", "The client.", |payload| {
                payload.done().map(|(client, _)| client.clone())
            });
            payload.value(
                "secret",
                "New secret of the client, returned only here and never again.",
                |payload| payload.done().map(|(_, secret)| secret.clone()),
            );
        },
        |request, input| Box::pin(rotate_secret(request, input)),
    );
    fields.mutation(
        "oauthClientDelete",
        "Deletes an OAuth client and ends its sessions. Requires an administrator and the `admin` scope.",
        returns("oauthClient", "The deleted client."),
        |request, input| Box::pin(delete(request, input)),
    );
}

/// Commits what an operation did, and lets what it revoked take effect.
async fn commit<T>(
    accounts: &Accounts,
    transaction: Transaction,
    outcome: std::result::Result<T, Refusal>,
) -> std::result::Result<T, Refusal> {
    let done = outcome?;
    transaction.commit().await?;
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(done)
}

#[derive(InputObject)]
struct OauthClientCreateInput {
    /// Display name, 1 to 100 characters.
    name: String,
    /// Whether the client is confidential, that is, has a secret. Servers can keep one; browser and mobile apps cannot.
    is_confidential: bool,
    /// Allowed redirect URIs, compared exactly; at most 20.
    redirect_uris: Vec<String>,
    /// Scopes that the client may request, one or more: any but `ACCOUNT`.
    scopes: Vec<Scope>,
    /// Grant types that the client may use.
    grant_types: Vec<OauthGrantType>,
    /// Whether the client is trusted: users are not asked for consent.
    #[graphql(default)]
    is_trusted: bool,
}

async fn create(
    request: &RequestContext,
    input: OauthClientCreateInput,
) -> Result<Payload<(OauthClient, Option<String>)>> {
    let new = NewClient {
        name: input.name,
        is_confidential: input.is_confidential,
        redirect_uris: input.redirect_uris,
        scopes: scope::given(input.scopes),
        grant_types: input.grant_types.into_iter().map(GrantType::from).collect(),
        is_trusted: input.is_trusted,
    };
    let transaction = request.accounts.store.write().await?;
    let created = oauth_client::create(&transaction, request.viewer(), new).await;
    let created = commit(&request.accounts, transaction, created).await;
    let created = created.map(|(row, secret)| {
        let secret = secret.map(|secret| secret.expose().to_owned());
        (OauthClient::from(row), secret)
    });
    Payload::of(request, created)
}

#[derive(InputObject)]
struct OauthClientUpdateInput {
    /// Global id of the client.
    id: ID,
    /// New display name, 1 to 100 characters; unchanged by default.
    name: Option<String>,
    /// New allowed redirect URIs, compared exactly; at most 20; unchanged by default.
    redirect_uris: Option<Vec<String>>,
    /// New scopes that the client may request, one or more: any but `ACCOUNT`; unchanged by default.
    scopes: Option<Vec<Scope>>,
    /// Whether the client is trusted: users are not asked for consent; unchanged by default.
    is_trusted: Option<bool>,
}

async fn update(request: &RequestContext, input: OauthClientUpdateInput) -> Result<Payload<OauthClient>> {
    let id = given(NodeType::OauthClient, &input.id);
    let change = ClientChange {
        name: input.name,
        redirect_uris: input.redirect_uris,
        scopes: input.scopes.map(scope::given),
        is_trusted: input.is_trusted,
    };
    let transaction = request.accounts.store.write().await?;
    let updated = oauth_client::update(&transaction, request.viewer(), id, change).await;
    let updated = commit(&request.accounts, transaction, updated).await;
    Payload::of(request, updated.map(OauthClient::from))
}

#[derive(InputObject)]
struct OauthClientRotateSecretInput {
    /// Global id of the client.
    id: ID,
}

async fn rotate_secret(
    request: &RequestContext,
    input: OauthClientRotateSecretInput,
) -> Result<Payload<(OauthClient, String)>> {
    let id = given(NodeType::OauthClient, &input.id);
    let transaction = request.accounts.store.write().await?;
    let rotated = oauth_client::rotate_secret(&transaction, request.viewer(), id).await;
    let rotated = commit(&request.accounts, transaction, rotated).await;
    let rotated = rotated.map(|(row, secret)| (OauthClient::from(row), secret.expose().to_owned()));
    Payload::of(request, rotated)
}

#[derive(InputObject)]
struct OauthClientDeleteInput {
    /// Global id of the client.
    id: ID,
}

async fn delete(request: &RequestContext, input: OauthClientDeleteInput) -> Result<Payload<OauthClient>> {
    let id = given(NodeType::OauthClient, &input.id);
    let transaction = request.accounts.store.write().await?;
    let deleted = oauth_client::delete(&transaction, request.viewer(), id).await;
    let deleted = commit(&request.accounts, transaction, deleted).await;
    Payload::of(request, deleted.map(OauthClient::from))
}
