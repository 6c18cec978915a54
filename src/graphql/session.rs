//! Sessions: where somebody is signed in.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::SessionId;

use super::consent::{Application, ApplicationById};
use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, encode, given};
use super::loader::by_id;
use super::page::Listed;
use super::payload::payload;
use super::plan::{Plan, Step};
use super::scope::{self, Scope};
use crate::domain::page::{Position, SortKind};
use crate::domain::scope::Scopes;
use crate::domain::session::{self, SessionRow};

/// A sign-in that lasts: a browser, or an application that was let in.
#[derive(Clone)]
pub struct Session(pub(super) Arc<SessionRow>);

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Listed for Session {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("u-", SortKind::Time)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

impl Plan for Session {
    fn plan(step: &mut Step<'_, Self>) {
        if step.selected().name() == "application" {
            step.follow(ApplicationById, |session| session.0.client_id);
        }
    }
}

/// A sign-in that lasts: a browser, or an application that was let in.
#[Object]
impl Session {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Session, self.0.id)
    }

    /// What the browser or application calls itself; may be empty.
    async fn user_agent(&self) -> &str {
        &self.0.user_agent
    }

    /// The network address that it was last used from; may be empty.
    async fn address(&self) -> &str {
        &self.0.address
    }

    /// Whether the request at hand comes with this session.
    async fn is_current(&self, context: &Context<'_>) -> Result<bool> {
        let viewer = RequestContext::of(context)?.viewer();
        let current = viewer.actor().and_then(|actor| actor.session());
        Ok(current == Some(self.0.id))
    }

    /// The application; none for a browser at Quoin itself.
    async fn application(&self, context: &Context<'_>) -> Result<Option<Application>> {
        match self.0.client_id {
            Some(id) => RequestContext::of(context)?.reader.child(ApplicationById, id).await,
            None => Ok(None),
        }
    }

    /// What it allows.
    async fn scopes(&self) -> Vec<Scope> {
        scope::list(Scopes::stored(&self.0.scope))
    }

    /// When the person last proved who they are.
    async fn authenticated_at(&self) -> DateTime<Utc> {
        self.0.authenticated_at
    }

    /// When it began.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last used.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }

    /// When it ends by itself, should it not be used again.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }
}

by_id! {
    /// The viewer's own sessions by id.
    SessionById: SessionId => Session, |source, ids| session::by_ids(&source.database, source.viewer, ids)
}

/// Which session to end.
#[derive(InputObject)]
pub struct SessionEndInput {
    /// The session's global id.
    id: ID,
}

payload! {
    /// What `sessionEnd` did.
    SessionEndPayload {
        /// The session, as it was.
        session: Option<Session>,
    }
}

payload! {
    /// What `sessionEndOthers` did.
    SessionEndOthersPayload {
        /// How many sessions were ended.
        ended_count: Option<usize>,
    }
}

payload! {
    /// What `sessionEndAll` did.
    SessionEndAllPayload {
        /// How many sessions were ended.
        ended_count: Option<usize>,
    }
}

/// Sessions, of the mutation.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Ends one of the viewer's sessions: its access tokens stop working within a second. Takes the scope `account`.
    async fn session_end(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: SessionEndInput,
    ) -> Result<Option<SessionEndPayload>> {
        let request = RequestContext::of(context)?;
        let id = given(NodeType::Session, &input.id);
        let ended = session::end_own(&request.accounts, request.viewer(), id).await;
        SessionEndPayload::told(request, ended.map(|row| (Some(row.into()),))).map(Some)
    }

    /// Ends all of the viewer's sessions but the one at hand. Takes the scope `account`.
    async fn session_end_others(&self, context: &Context<'_>) -> Result<Option<SessionEndOthersPayload>> {
        let request = RequestContext::of(context)?;
        let ended = session::end_every_own(&request.accounts, request.viewer(), true).await;
        SessionEndOthersPayload::told(request, ended.map(|count| (Some(count),))).map(Some)
    }

    /// Ends all of the viewer's sessions, the one at hand too. Takes the scope `account`.
    async fn session_end_all(&self, context: &Context<'_>) -> Result<Option<SessionEndAllPayload>> {
        let request = RequestContext::of(context)?;
        let ended = session::end_every_own(&request.accounts, request.viewer(), false).await;
        SessionEndAllPayload::told(request, ended.map(|count| (Some(count),))).map(Some)
    }
}
