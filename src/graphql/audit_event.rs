//! The audit: what happened to accounts and rights.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Json, Object};
use chrono::{DateTime, Utc};
use entity::AuditEventId;

use super::context::RequestContext;
use super::error::Result;
use super::guarded::guarded_list;
use super::id::{NodeType, encode};
use super::loader::by_id;
use super::page::{Connection, Listed, PageArguments, Total};
use super::plan::{Plan, Step};
use super::publication::{Publication, PublicationById};
use super::user::{Byline, User};
use crate::domain::account;
use crate::domain::audit::{self, About, EventKind, EventRow, policy};
use crate::domain::page::{Position, SortKind};

/// What happened.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "EventKind")]
pub enum AuditEventKind {
    /// An account was made.
    SignedUp,
    /// An imported author became an account.
    AccountClaimed,
    /// Somebody signed in.
    SignedIn,
    /// Somebody tried to.
    SignInFailed,
    /// A session was ended.
    SessionEnded,
    /// A refresh token or code was used twice, and its session ended.
    TokenReplayed,
    /// A link to set a password was asked for.
    PasswordResetRequested,
    /// A password was set.
    PasswordChanged,
    /// An account got another address.
    EmailChanged,
    /// An account was deleted.
    AccountDeleted,
    /// An account may no longer sign in.
    AccountDisabled,
    /// An account may sign in again.
    AccountEnabled,
    /// An account looks after the installation from now on.
    AdministratorMade,
    /// An account was linked with an outside provider.
    IdentityLinked,
    /// Such a link was removed.
    IdentityUnlinked,
    /// An API key was made.
    ApiKeyCreated,
    /// An API key was revoked.
    ApiKeyRevoked,
    /// An application was let in.
    ConsentGiven,
    /// An application is no longer let in.
    ConsentWithdrawn,
    /// An application was registered.
    ClientCreated,
    /// An application was changed.
    ClientChanged,
    /// An application was removed.
    ClientDeleted,
    /// Documents were registered that clients may name.
    DocumentsTrusted,
    /// Such a document was removed.
    DocumentRemoved,
    /// Somebody was invited to a publication.
    MemberInvited,
    /// An invitation was taken back.
    InvitationRevoked,
    /// Somebody became a member.
    MemberJoined,
    /// A member got another role.
    RoleChanged,
    /// A member was removed.
    MemberRemoved,
    /// A member left.
    MemberLeft,
    /// A post, or its working copy, went public.
    PostPublished,
    /// It was decided when it will.
    PostScheduled,
    /// A post was taken back.
    PostUnpublished,
    /// A post was taken down, and kept.
    PostArchived,
    /// A post went to the trash.
    PostDeleted,
    /// A post came back from there.
    PostRestored,
    /// A post was erased.
    PostErased,
    /// A publication was made.
    PublicationMade,
    /// The settings of a publication were changed.
    PublicationChanged,
    /// A new signing key was made.
    SigningKeyRotated,
}

/// Something that happened to an account or to rights. Never changed, and never a secret in it.
#[derive(Clone)]
pub struct AuditEvent(pub(super) Arc<EventRow>);

impl From<EventRow> for AuditEvent {
    fn from(row: EventRow) -> Self {
        Self(Arc::new(row))
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

impl Plan for AuditEvent {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "actor" => step.follow(Byline, |event| event.0.actor_id),
            "user" => step.follow(Byline, |event| event.0.user_id),
            "publication" => step.follow(PublicationById, |event| event.0.publication_id),
            _ => {}
        }
    }
}

/// Something that happened to an account or to rights. Never changed, and never a secret in it.
#[Object]
impl AuditEvent {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::AuditEvent, self.0.id)
    }

    /// What kind of event; none when a newer version of Quoin wrote it, which knows more kinds.
    async fn kind(&self) -> Option<AuditEventKind> {
        EventKind::named(&self.0.kind).map(AuditEventKind::from)
    }

    /// Who did it; none when nobody was signed in, or the account is gone.
    async fn actor(&self, context: &Context<'_>) -> Result<Option<User>> {
        match self.0.actor_id {
            Some(id) => RequestContext::of(context)?.reader.child(Byline, id).await,
            None => Ok(None),
        }
    }

    /// Whom it concerns; none when it concerns nobody, or the account is gone.
    async fn user(&self, context: &Context<'_>) -> Result<Option<User>> {
        match self.0.user_id {
            Some(id) => RequestContext::of(context)?.reader.child(Byline, id).await,
            None => Ok(None),
        }
    }

    /// The publication that it concerns.
    async fn publication(&self, context: &Context<'_>) -> Result<Option<Publication>> {
        match self.0.publication_id {
            Some(id) => RequestContext::of(context)?.reader.child(PublicationById, id).await,
            None => Ok(None),
        }
    }

    /// From which network address; may be empty.
    async fn address(&self) -> &str {
        &self.0.address
    }

    /// What else there is to say: an object.
    async fn detail(&self) -> Json<&serde_json::Value> {
        Json(&self.0.detail)
    }

    /// When it happened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

guarded_list! {
    /// The events of publications.
    PublicationAudit, PublicationAuditCount, plan_audit: AuditEvent,
    audit::of_publications, audit::counts_of_publications
}

by_id! {
    /// Events by id, of those that the viewer may read.
    AuditEventById: AuditEventId => AuditEvent, |source, ids| audit::by_ids(&source.database, source.viewer, ids)
}

/// A page of the events about something, for a viewer who may read them.
pub async fn events(context: &Context<'_>, about: About, page: &PageArguments) -> Result<Connection<AuditEvent>> {
    let request = RequestContext::of(context)?;
    let page = audit::list(request.database(), about, &page.request::<AuditEvent>(())?).await?;
    let page = Arc::new(page.map(AuditEvent::from));
    request.plan(context, &page).await?;
    let total = Total::Counted(Arc::new(move |request: &RequestContext| {
        Box::pin(async move { Ok(audit::count(request.database(), about).await?) })
    }));
    Ok(Connection::new(page, (), total))
}

/// The audit, of the query.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Everything that happened to accounts and rights, the newest first. For administrators, with the scope `admin`.
    async fn audit_events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<AuditEvent>>> {
        let request = RequestContext::of(context)?;
        policy::may_read_all(account::standing(request.database(), request.viewer()).await?)?;
        let page = PageArguments::given(context, first, after, last, before);
        events(context, About::Installation, &page).await.map(Some)
    }
}
