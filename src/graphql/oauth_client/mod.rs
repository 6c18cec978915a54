//! OAuth clients, for those who look after the installation.

mod change;

pub use change::OauthClientMutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::OauthClientId;

use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, decode_as, encode};
use super::loader::by_id;
use super::page::{Connection, Listed, PageArguments, Total};
use super::plan::{Plan, Step};
use super::scope::{self, Scope};
use crate::domain::account;
use crate::domain::oauth_client::{self, ClientRow, GrantType, policy};
use crate::domain::page::{Position, SortKind};
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
pub struct OauthClient(pub(super) Arc<ClientRow>);

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
