//! Sessions of the viewer.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{ID, InputObject};
use entity::SessionId;

use super::consent::ApplicationById;
use super::{Mutation, node, scope};
use crate::domain::page::{Position, SortKind};
use crate::domain::scope::Scopes;
use crate::domain::session::{self, SessionRow};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::{NodeType, given};
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Fields, Leaf, Listed, NoArguments, Object, Payload, returns};

/// A session.
#[derive(Clone)]
pub struct Session(pub Arc<SessionRow>);

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for Session {
    const DESCRIPTION: &'static str = "A session of a browser or an OAuth client.";

    fn type_name() -> Cow<'static, str> {
        "Session".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Session, |session| session.0.id);
        fields.text(
            "userAgent",
            "`User-Agent` of the browser or client; may be empty.",
            |session| &session.0.user_agent,
        );
        fields.text(
            "address",
            "IP address from which the session was last used; may be empty.",
            |session| &session.0.address,
        );
        fields.each(
            "isCurrent",
            "Whether this request uses the session.",
            |session, _: &NoArguments, request| {
                let viewer = request.viewer();
                let current = viewer.actor().and_then(|actor| actor.session());
                Ok(Leaf(current == Some(session.0.id)))
            },
        );
        fields.related(
            "application",
            "OAuth client of the session; null for a browser session on Quoin itself.",
            ApplicationById,
            |session| session.0.client_id,
        );
        fields.value("scopes", "Scopes of the session.", |session| {
            scope::list(Scopes::stored(&session.0.scope))
        });
        fields.value("authenticatedAt", "Time of the last authentication.", |session| {
            session.0.authenticated_at
        });
        fields.value("createdAt", "Creation time.", |session| session.0.created_at);
        fields.value("lastUsedAt", "Time of the last use.", |session| session.0.last_used_at);
        fields.value("expiresAt", "Expiry time, extended by each use.", |session| {
            session.0.expires_at
        });
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

by_id! {
    /// Sessions of the viewer by id.
    SessionById: SessionId => Session, |source, ids| session::by_ids(&source.database, source.viewer, ids)
}

/// The mutations of sessions.
pub(super) fn mutation(fields: &mut Fields<Mutation>) {
    fields.mutation(
        "sessionEnd",
        "Ends a session of the viewer. Its access tokens stop working within a second. Requires the `account` scope.",
        returns("session", "The ended session."),
        |request, input| Box::pin(end(request, input)),
    );
    fields.mutation(
        "sessionEndAll",
        "Ends all sessions of the viewer, including the current one unless `exceptCurrent` is true. Requires the \
         `account` scope.",
        |payload: &mut Fields<Payload<usize>>| {
            payload.value("endedCount", "Number of ended sessions.", |payload| {
                payload.done().copied()
            });
        },
        |request, input| Box::pin(end_all(request, input)),
    );
}

#[derive(InputObject)]
struct SessionEndInput {
    /// Global id of the session.
    id: ID,
}

async fn end(request: &RequestContext, input: SessionEndInput) -> Result<Payload<Session>> {
    let id = given(NodeType::Session, &input.id);
    let ended = session::end_own(&request.accounts, request.viewer(), id).await;
    Payload::of(request, ended.map(Session::from))
}

#[derive(InputObject)]
struct SessionEndAllInput {
    /// Whether the current session is kept.
    #[graphql(default)]
    except_current: bool,
}

async fn end_all(request: &RequestContext, input: SessionEndAllInput) -> Result<Payload<usize>> {
    let ended = session::end_every_own(&request.accounts, request.viewer(), input.except_current).await;
    Payload::of(request, ended)
}
