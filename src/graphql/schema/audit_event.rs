//! Audit events: security-relevant changes of accounts, roles and publications.

use std::borrow::Cow;

use super::guarded::GuardedList;
use super::json::JsonValue;
use super::{Query, listing, node};
use crate::domain::account;
use crate::domain::audit::{self, About, EventKind, policy};
use crate::domain::page::{Position, SortKind};
use crate::graphql::audit_event::{AuditEvent, AuditEventKind, PublicationAudit, PublicationAuditCount};
use crate::graphql::context::RequestContext;
use crate::graphql::engine::{Connection, Fields, Listed, LookAhead, Object, One, PageArguments};
use crate::graphql::error::Result;
use crate::graphql::id::NodeType;
use crate::graphql::publication::PublicationById;
use crate::graphql::user::Byline;

impl Object for AuditEvent {
    const DESCRIPTION: &'static str = "A security-relevant event. Events never change and contain no secrets.";

    fn type_name() -> Cow<'static, str> {
        "AuditEvent".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::AuditEvent, |event| event.0.id);
        fields.value(
            "kind",
            "Kind of the event; null if a newer version of Quoin recorded a kind that this version does not know.",
            |event| EventKind::named(&event.0.kind).map(AuditEventKind::from),
        );
        fields.related(
            "actor",
            "User who caused the event; null for anonymous requests and deleted accounts.",
            Byline,
            |event| event.0.actor_id,
        );
        fields.related(
            "user",
            "User affected by the event; null if there is none or the account was deleted.",
            Byline,
            |event| event.0.user_id,
        );
        fields.related(
            "publication",
            "Publication affected by the event.",
            PublicationById,
            |event| event.0.publication_id,
        );
        fields.text("address", "IP address of the request; may be empty.", |event| {
            &event.0.address
        });
        fields.value("detail", "Details, a JSON object that depends on the kind.", |event| {
            JsonValue::new(&event.0.detail)
        });
        fields.value("createdAt", "Time of the event.", |event| event.0.created_at);
    }
}

impl Listed for AuditEvent {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("c-", SortKind::Time)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

impl GuardedList for PublicationAudit {
    type Node = AuditEvent;
    type Count = PublicationAuditCount;

    fn order(&self) {}

    fn count(&self) -> PublicationAuditCount {
        PublicationAuditCount
    }
}

/// A page of the events about something, for a viewer who may read them.
pub(super) async fn events(
    request: &RequestContext,
    about: About,
    arguments: &PageArguments,
    look_ahead: &LookAhead,
) -> Result<Connection<AuditEvent>> {
    let database = request.database();
    let page = arguments.request::<AuditEvent>((), look_ahead)?;
    let events = audit::list(database, about, &page);
    listing::connection(look_ahead, events, audit::count(database, about)).await
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "auditEvents",
        "All audit events, newest first. Requires an administrator and the `admin` scope.",
        |one| Box::pin(all(one)),
    );
}

async fn all(one: One<'_, Query, PageArguments>) -> Result<Option<Connection<AuditEvent>>> {
    let request = one.request;
    policy::may_read_all(account::standing(request.database(), request.viewer()).await?)?;
    events(request, About::Installation, &one.arguments, one.look_ahead)
        .await
        .map(Some)
}
