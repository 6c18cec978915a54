//! The viewer: whoever is signed in.

use std::sync::Arc;

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use entity::UserId;

use super::api_key::ApiKey;
use super::audit_event::{AuditEvent, events};
use super::consent::Consent;
use super::context::RequestContext;
use super::error::{Fault, Result};
use super::identity::Identity;
use super::media::MediaUsage;
use super::member::Member;
use super::page::{Connection, PageArguments, Total};
use super::scope::{self, Scope};
use super::session::Session;
use super::user::{Byline, User};
use crate::domain::account::{self, AccountRow, policy};
use crate::domain::audit::About;
use crate::domain::policy::Standing;
use crate::domain::refusal::Refusal;
use crate::domain::{api_key, identity, member, oauth_client, publication, session};

/// Whoever is signed in, and what is theirs alone.
#[derive(Clone)]
pub struct Viewer {
    pub(super) account: Arc<AccountRow>,
    pub(super) standing: Standing,
}

impl Viewer {
    /// Whoever makes the request at hand; none when nobody is signed in.
    pub async fn of(request: &RequestContext) -> Result<Option<Self>> {
        let (database, viewer) = (request.database(), request.viewer());
        let Some(account) = account::of_viewer(database, viewer).await? else {
            return Ok(None);
        };
        let standing = account::standing(database, viewer).await?.own(true);
        Ok(Some(Self {
            account: Arc::new(account),
            standing,
        }))
    }

    /// What a mutation of one's own account answers: the viewer as they are now.
    pub async fn after(
        request: &RequestContext,
        outcome: std::result::Result<(), Refusal>,
    ) -> Result<std::result::Result<(Option<Self>,), Refusal>> {
        match outcome {
            Ok(()) => Ok(Ok((Self::of(request).await?,))),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    pub(super) fn id(&self) -> UserId {
        self.account.id
    }
}

/// Whoever is signed in, and what is theirs alone.
#[Object]
impl Viewer {
    /// How others see them.
    async fn user(&self, context: &Context<'_>) -> Result<User> {
        let user = RequestContext::of(context)?.reader.child(Byline, self.id()).await?;
        user.ok_or(Fault::Unavailable)
    }

    /// The address, which they proved to have. None when the token has neither of the scopes `account` and `email`.
    async fn email(&self) -> Option<&str> {
        let email = self.account.email.as_deref();
        email.filter(|_| policy::may_see_address(self.standing).is_ok())
    }

    /// What the token or key at hand allows.
    async fn scopes(&self) -> Vec<Scope> {
        scope::list(self.standing.scopes)
    }

    /// Whether they look after the installation. Takes the scope `read`.
    async fn is_administrator(&self) -> Result<bool> {
        policy::may_see_roles(self.standing)?;
        Ok(self.account.is_administrator)
    }

    /// Whether the viewer may create publications (`publicationCreate`).
    async fn can_create_publications(&self, context: &Context<'_>) -> Result<bool> {
        let creators = RequestContext::of(context)?.accounts.settings.publications.create;
        Ok(publication::policy::may_create(self.standing, creators).is_ok())
    }

    /// Whether they have a password, or sign in with an outside provider alone. Takes the scope `account`.
    async fn has_password(&self, context: &Context<'_>) -> Result<bool> {
        policy::may_see_own(self.standing)?;
        Ok(account::has_password(RequestContext::of(context)?.database(), self.id()).await?)
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.account.created_at
    }

    /// Where they are signed in, the last used first. Takes the scope `account`.
    async fn sessions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Session>> {
        policy::may_see_own(self.standing)?;
        let (request, user) = (RequestContext::of(context)?, self.id());
        let page = PageArguments::given(context, first, after, last, before).request::<Session>(())?;
        let page = session::list_of(request.database(), user, &page).await?;
        let page = Arc::new(page.map(Session::from));
        request.plan(context, &page).await?;
        let total = Total::Counted(Arc::new(move |request: &RequestContext| {
            Box::pin(async move { Ok(session::count_of(request.database(), user).await?) })
        }));
        Ok(Connection::new(page, (), total))
    }

    /// Their API keys, the newest first. Takes the scope `account` and a sign-in: a key does not see its like.
    async fn api_keys(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<ApiKey>> {
        api_key::policy::may_manage(self.standing)?;
        let (request, user) = (RequestContext::of(context)?, self.id());
        let page = PageArguments::given(context, first, after, last, before).request::<ApiKey>(())?;
        let page = api_key::list_of(request.database(), user, &page).await?;
        let total = Total::Counted(Arc::new(move |request: &RequestContext| {
            Box::pin(async move { Ok(api_key::count_of(request.database(), user).await?) })
        }));
        Ok(Connection::new(Arc::new(page.map(ApiKey::from)), (), total))
    }

    /// Where they are a member, the oldest first; at most 100. Takes the scope `read`.
    async fn memberships(&self, context: &Context<'_>) -> Result<Vec<Member>> {
        policy::may_see_roles(self.standing)?;
        let request = RequestContext::of(context)?;
        let rows = member::of_user(request.database(), self.id()).await?;
        let memberships: Vec<_> = rows.into_iter().map(Member::from).collect();
        request.plan(context, &memberships).await?;
        Ok(memberships)
    }

    /// Room that the files take which the viewer uploaded. Takes the scope `read`.
    async fn media_usage(&self, context: &Context<'_>) -> Result<MediaUsage> {
        policy::may_see_roles(self.standing)?;
        MediaUsage::of_account(RequestContext::of(context)?, self.id().0).await
    }

    /// What happened to their account, the newest first. Takes the scope `account`.
    async fn audit_events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<AuditEvent>> {
        policy::may_see_own(self.standing)?;
        let page = PageArguments::given(context, first, after, last, before);
        events(context, About::User(self.id()), &page).await
    }

    /// The outside providers that they sign in with, the oldest first; at most 100. Takes the scope `account`.
    async fn identities(&self, context: &Context<'_>) -> Result<Vec<Identity>> {
        policy::may_see_own(self.standing)?;
        let rows = identity::list_of(RequestContext::of(context)?.database(), self.id()).await?;
        Ok(rows.into_iter().map(Identity::from).collect())
    }

    /// The applications that they let in, the latest first; at most 100. Takes the scope `account`.
    async fn consents(&self, context: &Context<'_>) -> Result<Vec<Consent>> {
        policy::may_see_own(self.standing)?;
        let rows = oauth_client::consents(RequestContext::of(context)?.database(), self.id()).await?;
        Ok(rows.into_iter().map(Consent::from).collect())
    }
}

/// The viewer, of the query.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Whoever is signed in; none when nobody is.
    async fn viewer(&self, context: &Context<'_>) -> Result<Option<Viewer>> {
        Viewer::of(RequestContext::of(context)?).await
    }
}
