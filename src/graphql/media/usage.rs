use std::collections::HashMap;

use async_graphql::SimpleObject;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::domain::media::quota;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Result;
use crate::graphql::loader::{Relation, Source};

/// Room that files take, of an account or a publication.
#[derive(Clone, SimpleObject)]
pub struct MediaUsage {
    /// Bytes of all files, including uploads in progress.
    pub(in crate::graphql) byte_size: i64,
    /// How many bytes are allowed; uploads beyond are refused with `QUOTA_EXCEEDED`.
    pub(in crate::graphql) byte_limit: i64,
}

impl MediaUsage {
    fn new(byte_size: i64, limit: u64) -> Self {
        let byte_limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Self { byte_size, byte_limit }
    }

    /// Room that the files of an account take.
    pub async fn of_account(request: &RequestContext, account: Uuid) -> Result<Self> {
        let used = quota::of_accounts(request.database(), &[account]).await?;
        let used = used.get(&account).copied().unwrap_or_default();
        Ok(Self::new(used, request.library.settings.quotas.account_bytes))
    }

    /// Room that the files of a publication take.
    pub async fn of_publication(request: &RequestContext, publication: Uuid) -> Result<Self> {
        let used = request.reader.child(PublicationUsage, publication).await?;
        Ok(Self::in_publication(request, used))
    }

    /// Room that files of this many bytes take in a publication.
    pub fn in_publication(request: &RequestContext, used: i64) -> Self {
        Self::new(used, request.library.settings.quotas.publication_bytes)
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
