//! OAuth clients, for those who look after the installation.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::OauthClientId;
use sea_orm::DatabaseTransaction;

use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, decode_as, encode, given};
use super::loader::by_id;
use super::page::{Connection, Listed, PageArguments, Total};
use super::payload::payload;
use super::plan::{Plan, Step};
use super::scope::{self, Scope};
use crate::domain::account;
use crate::domain::accounts::Accounts;
use crate::domain::oauth_client::{self, ClientChange, ClientRow, GrantType, NewClient, policy};
use crate::domain::page::{Position, SortKind};
use crate::domain::refusal::Refusal;
use crate::domain::session::client_name;

/// A way for an application to get tokens.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "GrantType")]
pub enum OauthGrantType {
    /// `authorization_code`: by a code, with a person.
    AuthorizationCode,
    /// `refresh_token`: by a refresh token.
    RefreshToken,
    /// `client_credentials`: by its own secret, on its own behalf.
    ClientCredentials,
}

/// An application that accounts may let in. Its secret, if it has one, is told once.
#[derive(Clone)]
pub struct OauthClient(Arc<ClientRow>);

impl From<ClientRow> for OauthClient {
    fn from(row: ClientRow) -> Self {
        Self(Arc::new(row))
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

impl Plan for OauthClient {
    fn plan(_: &mut Step<'_, Self>) {}
}

/// An application that accounts may let in. Its secret, if it has one, is told once.
#[Object]
impl OauthClient {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::OauthClient, self.0.id)
    }

    /// Its `client_id`.
    async fn client_id(&self) -> String {
        client_name(self.0.id)
    }

    /// What people know it by.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it has a secret: a server can keep one, a browser or phone cannot.
    async fn is_confidential(&self) -> bool {
        self.0.is_confidential()
    }

    /// Where codes may be sent.
    async fn redirect_uris(&self) -> Vec<String> {
        self.0.redirect_uris()
    }

    /// What it may be let do.
    async fn scopes(&self) -> Vec<Scope> {
        scope::list(self.0.scopes())
    }

    /// How it may get tokens.
    async fn grant_types(&self) -> Vec<OauthGrantType> {
        self.0.grant_types().into_iter().map(OauthGrantType::from).collect()
    }

    /// Whether people are not asked for their consent.
    async fn is_trusted(&self) -> bool {
        self.0.is_trusted
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

by_id! {
    /// Applications by id, for those who look after them.
    OauthClientById: OauthClientId => OauthClient, |source, ids| {
        oauth_client::by_ids(&source.database, source.viewer, ids)
    }
}

/// Applications, of the query.
#[derive(Default)]
pub struct OauthClientQuery;

#[Object]
impl OauthClientQuery {
    /// An application. For administrators, with the scope `admin`.
    async fn oauth_client(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<OauthClient>> {
        let request = RequestContext::of(context)?;
        policy::may_manage(account::standing(request.database(), request.viewer()).await?)?;
        match decode_as(NodeType::OauthClient, &id) {
            Some(id) => request.reader.child(OauthClientById, id).await,
            None => Ok(None),
        }
    }

    /// All applications, by name. For administrators, with the scope `admin`.
    async fn oauth_clients(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<OauthClient>>> {
        let request = RequestContext::of(context)?;
        let database = request.database();
        policy::may_manage(account::standing(database, request.viewer()).await?)?;
        let page = PageArguments::given(context, first, after, last, before).request::<OauthClient>(())?;
        let page = oauth_client::list(database, &page).await?.map(OauthClient::from);
        let total = Total::Counted(Arc::new(|request: &RequestContext| {
            Box::pin(async move { Ok(oauth_client::count(request.database()).await?) })
        }));
        Ok(Some(Connection::new(Arc::new(page), (), total)))
    }
}

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
    transaction: DatabaseTransaction,
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
