//! The audit: what happened to accounts and rights, for those who answer for them. Rows are written in the transaction
//! of the act, and never changed.

pub mod policy;
mod seen;

pub use seen::{by_ids, counts_of_publications, of_publications};

use entity::audit_event::{ActiveModel, Column, Entity};
use entity::{AuditEventId, PublicationId, Timestamp, UserId, membership};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr};
use serde_json::{Map, Value};

use crate::domain::Viewer;
use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_count, row};
use crate::store::sql::count_all;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $kind:ident = $name:literal,)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($(#[doc = $doc])* $kind,)*
        }

        impl EventKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name in the database.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// An account was made.
    SignedUp = "SIGNED_UP",
    /// An imported author became an account.
    AccountClaimed = "ACCOUNT_CLAIMED",
    /// Somebody signed in.
    SignedIn = "SIGNED_IN",
    /// Somebody tried to.
    SignInFailed = "SIGN_IN_FAILED",
    /// A session was ended.
    SessionEnded = "SESSION_ENDED",
    /// A refresh token or code was used twice, and its session ended.
    TokenReplayed = "TOKEN_REPLAYED",
    /// A link to set a password was asked for.
    PasswordResetRequested = "PASSWORD_RESET_REQUESTED",
    /// A password was set.
    PasswordChanged = "PASSWORD_CHANGED",
    /// An account got another address.
    EmailChanged = "EMAIL_CHANGED",
    /// An account was deleted.
    AccountDeleted = "ACCOUNT_DELETED",
    /// An account may no longer sign in.
    AccountDisabled = "ACCOUNT_DISABLED",
    /// An account may sign in again.
    AccountEnabled = "ACCOUNT_ENABLED",
    /// An account looks after the installation from now on.
    AdministratorMade = "ADMINISTRATOR_MADE",
    /// An account was linked with an outside provider.
    IdentityLinked = "IDENTITY_LINKED",
    /// Such a link was removed.
    IdentityUnlinked = "IDENTITY_UNLINKED",
    /// An API key was made.
    ApiKeyCreated = "API_KEY_CREATED",
    /// An API key was revoked.
    ApiKeyRevoked = "API_KEY_REVOKED",
    /// An application was let in.
    ConsentGiven = "CONSENT_GIVEN",
    /// An application is no longer let in.
    ConsentWithdrawn = "CONSENT_WITHDRAWN",
    /// An application was registered.
    ClientCreated = "CLIENT_CREATED",
    /// An application was changed.
    ClientChanged = "CLIENT_CHANGED",
    /// An application was removed.
    ClientDeleted = "CLIENT_DELETED",
    /// Documents were registered that clients may name.
    DocumentsTrusted = "DOCUMENTS_TRUSTED",
    /// Such a document was removed.
    DocumentRemoved = "DOCUMENT_REMOVED",
    /// Somebody was invited to a publication.
    MemberInvited = "MEMBER_INVITED",
    /// An invitation was taken back.
    InvitationRevoked = "INVITATION_REVOKED",
    /// Somebody became a member.
    MemberJoined = "MEMBER_JOINED",
    /// A member got another role.
    RoleChanged = "ROLE_CHANGED",
    /// A member was removed.
    MemberRemoved = "MEMBER_REMOVED",
    /// A member left.
    MemberLeft = "MEMBER_LEFT",
    /// A post, or its working copy, went public.
    PostPublished = "POST_PUBLISHED",
    /// It was decided when it will.
    PostScheduled = "POST_SCHEDULED",
    /// A post was taken back.
    PostUnpublished = "POST_UNPUBLISHED",
    /// A post was taken down, and kept.
    PostArchived = "POST_ARCHIVED",
    /// A post went to the trash.
    PostDeleted = "POST_DELETED",
    /// A post came back from there.
    PostRestored = "POST_RESTORED",
    /// A post was erased.
    PostErased = "POST_ERASED",
    /// A publication was made.
    PublicationMade = "PUBLICATION_MADE",
    /// The settings of a publication were changed.
    PublicationChanged = "PUBLICATION_CHANGED",
    /// A new signing key was made.
    SigningKeyRotated = "SIGNING_KEY_ROTATED",
}

impl EventKind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// What owners of a publication learn of its members, wherever it happens.
    const OF_MEMBERS: [Self; 5] = [
        Self::SignedIn,
        Self::SignInFailed,
        Self::TokenReplayed,
        Self::PasswordChanged,
        Self::EmailChanged,
    ];
}

/// An event to be written.
#[derive(Clone, Debug)]
pub struct Event {
    kind: EventKind,
    user: Option<UserId>,
    publication: Option<PublicationId>,
    address: String,
    detail: Map<String, Value>,
}

impl Event {
    /// An event of this kind.
    pub fn new(kind: EventKind) -> Self {
        Self {
            kind,
            user: None,
            publication: None,
            address: String::new(),
            detail: Map::new(),
        }
    }

    /// Whom it concerns.
    #[must_use]
    pub fn user(self, user: impl Into<Option<UserId>>) -> Self {
        Self {
            user: user.into(),
            ..self
        }
    }

    /// Which publication it concerns.
    #[must_use]
    pub fn publication(self, publication: PublicationId) -> Self {
        Self {
            publication: Some(publication),
            ..self
        }
    }

    /// From which network address.
    #[must_use]
    pub fn address(self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..self
        }
    }

    /// Something else about it; never a secret.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }
}

/// Writes an event that `actor` brought about.
pub async fn record(transaction: &impl ConnectionTrait, actor: Viewer, event: Event) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: ActiveValue::Set(AuditEventId::new()),
        kind: ActiveValue::Set(event.kind.name().to_owned()),
        actor_id: ActiveValue::Set(actor.actor().map(|actor| actor.user)),
        user_id: ActiveValue::Set(event.user),
        publication_id: ActiveValue::Set(event.publication),
        address: ActiveValue::Set(event.address),
        detail: ActiveValue::Set(Value::Object(event.detail)),
        created_at: ActiveValue::Set(entity::now()),
    };
    row.insert(transaction).await.map(drop)
}

row! {
    /// What happened.
    pub struct EventRow of audit_event {
        /// The id.
        pub id: AuditEventId = Id,
        /// What kind of event.
        pub kind: String = Kind,
        /// Who did it.
        pub actor_id: Option<UserId> = ActorId,
        /// Whom it concerns.
        pub user_id: Option<UserId> = UserId,
        /// The publication that it concerns.
        pub publication_id: Option<PublicationId> = PublicationId,
        /// From which network address; may be empty.
        pub address: String = Address,
        /// What else there is to say.
        pub detail: Value = Detail,
        /// When.
        pub created_at: Timestamp = CreatedAt,
    }
}

impl EventRow {
    /// Its place in the list, which is ordered by time.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Time(self.created_at),
            id: self.id.0,
        }
    }
}

/// Whose events are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// Everybody's.
    Installation,
    /// Those of a publication, and what its members' accounts went through.
    Publication(PublicationId),
    /// Those of one account.
    User(UserId),
}

impl About {
    fn condition(self) -> Condition {
        match self {
            Self::Installation => Condition::all(),
            Self::User(user) => Condition::all().add(Column::UserId.eq(user)),
            Self::Publication(publication) => of_publication(Expr::val(publication)),
        }
    }
}

/// What concerns a publication, and what its members' accounts went through.
fn of_publication(publication: Expr) -> Condition {
    let members = Query::select()
        .column(membership::Column::UserId)
        .from(membership::Entity)
        .and_where(membership::Column::PublicationId.into_expr().eq(publication.clone()))
        .take();
    let of_members = Condition::all()
        .add(Column::UserId.in_subquery(members))
        .add(Column::Kind.is_in(EventKind::OF_MEMBERS.map(EventKind::name)));
    Condition::any()
        .add(Column::PublicationId.into_expr().eq(publication))
        .add(of_members)
}

fn events(about: About) -> SelectStatement {
    Query::select().from(Entity).cond_where(about.condition()).take()
}

/// A page of events, the newest first.
pub async fn list(database: &impl Reads, about: About, request: &PageRequest) -> Result<Page<EventRow>, DbErr> {
    let mut statement = events(about);
    EventRow::select(&mut statement);
    request.apply(
        &mut statement,
        &Column::CreatedAt.into_expr(),
        &Column::Id.into_expr(),
        true,
    );
    Ok(Page::new(fetch(database, &statement).await?, request))
}

/// How many events there are.
pub async fn count(database: &impl Reads, about: About) -> Result<i64, DbErr> {
    let statement = events(about).expr(Expr::expr(count_all())).take();
    fetch_count(database, &statement).await
}
