//! The tables of Quoin as `SeaORM` entities: one file per table, newtype ids, stored enums.
//!
//! This crate knows neither rules nor protocols. What may be seen or done lives in `quoin::domain`; how it is shown
//! lives in `quoin::graphql`. Timestamps are UTC, cut to microseconds by [`now`], because PostgreSQL keeps no more.

pub mod api_key;
pub mod audit_event;
pub mod authorization_code;
pub mod category;
pub mod cdn_purge;
pub mod change;
pub mod change_clock;
pub mod comment;
pub mod consent;
pub mod id;
pub mod identity;
pub mod import_record;
pub mod invitation;
pub mod job;
pub mod listing;
pub mod listing_count;
pub mod media;
pub mod media_upload;
pub mod media_use;
pub mod media_variant;
pub mod membership;
pub mod navigation_item;
pub mod oauth_client;
pub mod one_time_link;
pub mod password;
pub mod post;
pub mod post_author;
pub mod post_category;
pub mod post_tag;
pub mod preview_token;
pub mod process;
pub mod publication;
pub mod redirect;
pub mod refresh_token;
pub mod replica;
pub mod revision;
pub mod revocation;
pub mod schema_compatibility;
pub mod series;
pub mod session;
pub mod sign_in_attempt;
pub mod signing_key;
pub mod tag;
pub mod trusted_document;
pub mod user;

mod hidden;
mod term_name;
mod text;

pub use hidden::Hidden;
pub use id::{
    ApiKeyId, AuditEventId, CategoryId, CommentId, IdentityId, InvitationId, JobId, MediaId, NavigationItemId,
    OauthClientId, PostId, PreviewTokenId, PublicationId, RedirectId, RevisionId, RevocationId, SeriesId, SessionId,
    SigningKeyId, TagId, TrustedDocumentId, UserId,
};
pub use term_name::folded;

use chrono::{DateTime, SubsecRound, Utc};

/// A point in time, UTC.
pub type Timestamp = DateTime<Utc>;

/// The current time as the database keeps it: microseconds, so that a stored value compares equal to its original.
pub fn now() -> Timestamp {
    to_stored(Utc::now())
}

/// Cuts a time to the microseconds that PostgreSQL keeps.
pub fn to_stored(time: Timestamp) -> Timestamp {
    time.trunc_subsecs(6)
}
