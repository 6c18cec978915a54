//! One id type per table, so that a post's id cannot stand where a user's is meant. All are UUID v7 (RFC 9562 §5.7):
//! they sort by the time they were made, which keeps index pages dense.

use postgres_types::{FromSql, Type};
use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($name:ident: $what:literal,)*) => {$(
        #[doc = concat!("The id of ", $what, ".")]
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, later than all that this process made before.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl<'a> FromSql<'a> for $name {
            fn from_sql(
                of: &Type,
                bytes: &'a [u8],
            ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
                Uuid::from_sql(of, bytes).map(Self)
            }

            fn accepts(of: &Type) -> bool {
                <Uuid as FromSql>::accepts(of)
            }
        }

        // SeaORM asks every primary key for this; it serves databases that hand out integers.
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )*};
}

ids! {
    ApiKeyId: "an API key",
    AuditEventId: "an event of the audit",
    CategoryId: "a category",
    CommentId: "a comment",
    IdentityId: "an identity at an outside provider",
    InvitationId: "an invitation",
    JobId: "a job",
    MediaId: "a media item",
    NavigationItemId: "an item of a menu",
    OauthClientId: "an OAuth client",
    PostId: "a post or page",
    PreviewTokenId: "a preview token",
    PublicationId: "a publication",
    RedirectId: "a redirect",
    RevisionId: "a revision",
    RevocationId: "a revocation",
    SeriesId: "a series",
    SessionId: "a session",
    SigningKeyId: "a signing key",
    TagId: "a tag",
    TrustedDocumentId: "a trusted document",
    UserId: "a user",
}
