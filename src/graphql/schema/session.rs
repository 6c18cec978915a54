//! Sessions of the viewer.

use std::borrow::Cow;

use super::node;
use crate::domain::page::{Position, SortKind};
use crate::domain::scope::Scopes;
use crate::graphql::consent::ApplicationById;
use crate::graphql::engine::{Fields, Leaf, Listed, NoArguments, Object};
use crate::graphql::id::NodeType;
use crate::graphql::scope;
use crate::graphql::session::Session;

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
