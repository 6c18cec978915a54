//! What is done with OAuth clients.

use async_graphql::{Context, ID, InputObject, Object};

use super::{OauthClient, OauthGrantType};
use crate::domain::accounts::Accounts;
use crate::domain::oauth_client::{self, ClientChange, GrantType, NewClient};
use crate::domain::refusal::Refusal;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::id::{NodeType, given};
use crate::graphql::payload::payload;
use crate::graphql::scope::{self, Scope};
use crate::store::Transaction;

/// An application to be registered.
#[derive(InputObject)]
pub struct OauthClientCreateInput {
    /// What people know it by, at most 100 characters.
    name: String,
    /// Whether it can keep a secret: a server can, a browser or phone cannot.
    is_confidential: bool,
    /// Where codes may be sent: whole addresses, compared as they are; at most 20.
    redirect_uris: Vec<String>,
    /// What it may be let do: any but `ACCOUNT`.
    scopes: Vec<Scope>,
    /// How it may get tokens.
    grant_types: Vec<OauthGrantType>,
    /// Whether people are not asked for their consent.
    #[graphql(default)]
    is_trusted: bool,
}

/// What to change of an application; what is left out stays.
#[derive(InputObject)]
pub struct OauthClientUpdateInput {
    /// The application's global id.
    id: ID,
    /// What people know it by.
    name: Option<String>,
    /// Where codes may be sent.
    redirect_uris: Option<Vec<String>>,
    /// What it may be let do.
    scopes: Option<Vec<Scope>>,
    /// Whether people are not asked for their consent.
    is_trusted: Option<bool>,
}

/// Which application gets another secret.
#[derive(InputObject)]
pub struct OauthClientRotateSecretInput {
    /// The application's global id.
    id: ID,
}

/// Which application to remove.
#[derive(InputObject)]
pub struct OauthClientDeleteInput {
    /// The application's global id.
    id: ID,
}

payload! {
    /// What `oauthClientCreate` did.
    OauthClientCreatePayload {
        /// The application.
        oauth_client: Option<OauthClient>,
        /// Its secret, told now and never again; none for an application that cannot keep one.
        secret: Option<String>,
    }
}

payload! {
    /// What `oauthClientUpdate` did.
    OauthClientUpdatePayload {
        /// The application, as it is now.
        oauth_client: Option<OauthClient>,
    }
}

payload! {
    /// What `oauthClientRotateSecret` did.
    OauthClientRotateSecretPayload {
        /// The application.
        oauth_client: Option<OauthClient>,
        /// Its secret from now on, told now and never again.
        secret: Option<String>,
    }
}

payload! {
    /// What `oauthClientDelete` did.
    OauthClientDeletePayload {
        /// The application, as it was.
        oauth_client: Option<OauthClient>,
    }
}

/// Keeps what a verb did, and lets what it revoked take effect.
async fn kept<T>(
    accounts: &Accounts,
    transaction: Transaction,
    outcome: std::result::Result<T, Refusal>,
) -> std::result::Result<T, Refusal> {
    let done = outcome?;
    transaction.commit().await?;
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(done)
}

/// Applications, of the mutation.
#[derive(Default)]
pub struct OauthClientMutation;

#[Object]
impl OauthClientMutation {
    /// Registers an application. For administrators, with the scope `admin`.
    async fn oauth_client_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The application.")] input: OauthClientCreateInput,
    ) -> Result<Option<OauthClientCreatePayload>> {
        let request = RequestContext::of(context)?;
        let new = NewClient {
            name: input.name,
            is_confidential: input.is_confidential,
            redirect_uris: input.redirect_uris,
            scopes: scope::given(input.scopes),
            grant_types: input.grant_types.into_iter().map(GrantType::from).collect(),
            is_trusted: input.is_trusted,
        };
        let transaction = request.accounts.store.write().await?;
        let outcome = oauth_client::create(&transaction, request.viewer(), new).await;
        let outcome = kept(&request.accounts, transaction, outcome).await;
        let outcome = outcome.map(|(row, secret)| (Some(row.into()), secret.map(|secret| secret.expose().to_owned())));
        OauthClientCreatePayload::told(request, outcome).map(Some)
    }

    /// Changes an application. For administrators, with the scope `admin`.
    async fn oauth_client_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one, and what.")] input: OauthClientUpdateInput,
    ) -> Result<Option<OauthClientUpdatePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::OauthClient, &input.id);
        let change = ClientChange {
            name: input.name,
            redirect_uris: input.redirect_uris,
            scopes: input.scopes.map(scope::given),
            is_trusted: input.is_trusted,
        };
        let transaction = request.accounts.store.write().await?;
        let outcome = oauth_client::update(&transaction, request.viewer(), id, change).await;
        let outcome = kept(&request.accounts, transaction, outcome).await;
        OauthClientUpdatePayload::told(request, outcome.map(|row| (Some(row.into()),))).map(Some)
    }

    /// Gives an application another secret; the old one is worth nothing at once. For administrators, with the scope
    /// `admin`.
    async fn oauth_client_rotate_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: OauthClientRotateSecretInput,
    ) -> Result<Option<OauthClientRotateSecretPayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::OauthClient, &input.id);
        let transaction = request.accounts.store.write().await?;
        let outcome = oauth_client::rotate_secret(&transaction, request.viewer(), id).await;
        let outcome = kept(&request.accounts, transaction, outcome).await;
        let outcome = outcome.map(|(row, secret)| (Some(row.into()), Some(secret.expose().to_owned())));
        OauthClientRotateSecretPayload::told(request, outcome).map(Some)
    }

    /// Removes an application and ends the sessions that it has. For administrators, with the scope `admin`.
    async fn oauth_client_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: OauthClientDeleteInput,
    ) -> Result<Option<OauthClientDeletePayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::OauthClient, &input.id);
        let transaction = request.accounts.store.write().await?;
        let outcome = oauth_client::delete(&transaction, request.viewer(), id).await;
        let outcome = kept(&request.accounts, transaction, outcome).await;
        OauthClientDeletePayload::told(request, outcome.map(|row| (Some(row.into()),))).map(Some)
    }
}
