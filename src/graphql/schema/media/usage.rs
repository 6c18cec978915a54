//! Storage used by media files.

use std::borrow::Cow;
use std::collections::HashMap;

use sea_orm::DbErr;
use uuid::Uuid;

use crate::domain::media::quota;
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::Result;
use crate::graphql::engine::loader::{Relation, Source};
use crate::graphql::engine::scalar::BigInt;
use crate::graphql::engine::{Fields, Object};

/// Storage used by the files of an account or a publication.
#[derive(Clone)]
pub struct MediaUsage {
    byte_size: i64,
    byte_limit: i64,
}

impl MediaUsage {
    fn new(byte_size: i64, limit: u64) -> Self {
        let byte_limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Self { byte_size, byte_limit }
    }

    /// The storage used by the files of an account.
    pub async fn of_account(request: &RequestContext, account: Uuid) -> Result<Self> {
        let used = quota::of_accounts(request.database(), &[account]).await?;
        let used = used.get(&account).copied().unwrap_or_default();
        Ok(Self::new(used, request.library.settings.quotas.account_bytes))
    }

    /// The storage used by files of `used` bytes in a publication.
    pub(super) fn in_publication(request: &RequestContext, used: i64) -> Self {
        Self::new(used, request.library.settings.quotas.publication_bytes)
    }
}

impl Object for MediaUsage {
    const DESCRIPTION: &'static str = "Storage used by the files of an account or a publication.";

    fn type_name() -> Cow<'static, str> {
        "MediaUsage".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.value(
            "byteSize",
            "Total size of all files in bytes, including uploads in progress.",
            |usage| BigInt(usage.byte_size),
        );
        fields.value(
            "byteLimit",
            "Maximum total size in bytes; uploads beyond it fail with `QUOTA_EXCEEDED`.",
            |usage| BigInt(usage.byte_limit),
        );
    }
}

/// Bytes of the files of publications.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicationUsage;

impl Relation for PublicationUsage {
    type Parent = Uuid;
    type Child = i64;

    async fn load(&self, source: &Source, parents: &[Uuid]) -> std::result::Result<HashMap<Uuid, i64>, DbErr> {
        quota::of_publications(&source.database, parents).await
    }
}
