//! Audit events: security-relevant changes of accounts, roles and publications.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::Enum;
use entity::AuditEventId;

use super::guarded::guarded_list;
use super::json::JsonValue;
use super::publication::PublicationById;
use super::user::Byline;
use super::{Query, listing, node};
use crate::domain::account;
use crate::domain::audit::{self, About, EventKind, EventRow, policy};
use crate::domain::page::{Position, SortKind};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Connection, Fields, Listed, LookAhead, Object, One, PageArguments};

/// Kind of an audit event.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "EventKind")]
pub enum AuditEventKind {
    /// Account created.
    SignedUp,
    /// Imported author turned into an account.
    AccountClaimed,
    /// Sign-in.
    SignedIn,
    /// Failed sign-in.
    SignInFailed,
    /// Session ended.
    SessionEnded,
    /// Refresh token or code used twice, which ended its session.
    TokenReplayed,
    /// Password reset link requested.
    PasswordResetRequested,
    /// Password set or changed.
    PasswordChanged,
    /// Email address of an account changed.
    EmailChanged,
    /// Account deleted.
    AccountDeleted,
    /// Account disabled: it can no longer sign in.
    AccountDisabled,
    /// Account enabled again: it can sign in.
    AccountEnabled,
    /// Account made an administrator of the instance.
    AdministratorMade,
    /// Account linked with an external identity provider.
    IdentityLinked,
    /// Link with an external identity provider removed.
    IdentityUnlinked,
    /// API key created.
    ApiKeyCreated,
    /// API key revoked.
    ApiKeyRevoked,
    /// Consent given to an OAuth client.
    ConsentGiven,
    /// Consent to an OAuth client withdrawn.
    ConsentWithdrawn,
    /// OAuth client registered.
    ClientCreated,
    /// OAuth client changed.
    ClientChanged,
    /// OAuth client deleted.
    ClientDeleted,
    /// Trusted documents registered.
    DocumentsTrusted,
    /// Trusted document removed.
    DocumentRemoved,
    /// User invited to a publication.
    MemberInvited,
    /// Invitation revoked.
    InvitationRevoked,
    /// Member joined a publication.
    MemberJoined,
    /// Role of a member changed.
    RoleChanged,
    /// Member removed from a publication.
    MemberRemoved,
    /// Member left a publication.
    MemberLeft,
    /// Post, or its working copy, published.
    PostPublished,
    /// Publication of a post, or of its working copy, scheduled.
    PostScheduled,
    /// Post unpublished.
    PostUnpublished,
    /// Post archived: no longer public, but kept.
    PostArchived,
    /// Post moved to the trash.
    PostDeleted,
    /// Post restored from the trash.
    PostRestored,
    /// Post deleted for good.
    PostErased,
    /// Publication created.
    PublicationMade,
    /// Settings of a publication changed.
    PublicationChanged,
    /// Signing key rotated.
    SigningKeyRotated,
}

/// An audit event.
#[derive(Clone)]
pub struct AuditEvent(pub Arc<EventRow>);

impl From<EventRow> for AuditEvent {
    fn from(row: EventRow) -> Self {
        Self(Arc::new(row))
    }
}

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

by_id! {
    /// Audit events by id that the viewer may see.
    AuditEventById: AuditEventId => AuditEvent, |source, ids| audit::by_ids(&source.database, source.viewer, ids)
}

guarded_list! {
    /// A list of audit events of publications.
    PublicationAudit, PublicationAuditCount: AuditEvent, audit::of_publications, audit::counts_of_publications
}

/// A page of the events about a user, or of all events. The caller checks that the viewer may see them.
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
