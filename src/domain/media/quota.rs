//! How much an account and a publication may upload: bytes in all, and files in an hour. Imports and other commands of the
//! operator are never refused, but their files count.

use std::collections::HashMap;

use entity::{PublicationId, UserId, media, media_upload, user};
use sea_orm::sea_query::{Expr, ExprTrait, IntoTableRef, LockType, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QuerySelect};
use uuid::Uuid;

use super::Library;
use crate::domain::organise;
use crate::domain::refusal::{Problem, ProblemCode, Refusal, try_again};
use crate::domain::text::counted;
use crate::limit::Quota;
use crate::store::read::Reads;
use crate::store::row::fetch_counts;
use crate::store::sql::scalar;

/// What may be uploaded.
#[derive(Clone, Debug)]
pub struct UploadQuotas {
    /// Bytes of all files that one account uploaded.
    pub account_bytes: u64,
    /// Bytes of all files of one publication.
    pub publication_bytes: u64,
    /// Files that one account may upload in an hour.
    pub account_files: Quota,
    /// Files that may be uploaded to one publication in an hour.
    pub publication_files: Quota,
}

impl Default for UploadQuotas {
    fn default() -> Self {
        Self {
            account_bytes: 10_000_000_000,
            publication_bytes: 100_000_000_000,
            account_files: Quota::per_hour("account-uploads", 500),
            publication_files: Quota::per_hour("publication-uploads", 2_000),
        }
    }
}

/// What a quota is about.
#[derive(Clone, Copy, Debug)]
enum Holder {
    Account(UserId),
    Publication(PublicationId),
}

impl Holder {
    fn name(self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Publication(_) => "publication",
        }
    }
}

/// An account that uploads to a publication.
#[derive(Clone, Copy)]
pub(super) struct Uploader<'a> {
    pub(super) library: &'a Library,
    pub(super) account: UserId,
    pub(super) publication: PublicationId,
    /// The input field that problems name.
    pub(super) field: &'static str,
}

impl Uploader<'_> {
    /// Takes one of the files that the account and the publication may upload in an hour.
    ///
    /// # Errors
    /// A problem when there is none left.
    pub(super) async fn take_file(self) -> Result<(), Refusal> {
        let settings = &self.library.settings;
        for holder in self.holders() {
            let (quota, id) = match holder {
                Holder::Account(id) => (&settings.quotas.account_files, id.0),
                Holder::Publication(id) => (&settings.quotas.publication_files, id.0),
            };
            let decision = settings.limiter.take(quota, &id.to_string()).await;
            if let Some(wait) = decision.retry_after {
                let (name, files) = (holder.name(), counted(decision.limit, "file", "files"));
                return Err(self.exceeded(format!(
                    "This {name} uploaded {files} within an hour, as many as are allowed \
                     (`limits.{name}_uploads_per_hour`). {}",
                    try_again(wait)
                )));
            }
        }
        Ok(())
    }

    /// Makes sure, until the transaction ends, that there is room for a file of `size` bytes. Two uploads at once cannot take
    /// the same room: each waits for the other's transaction.
    ///
    /// # Errors
    /// A problem when there is none.
    pub(super) async fn reserve(self, transaction: &impl ConnectionTrait, size: u64) -> Result<(), Refusal> {
        organise::lock(transaction, self.publication).await?;
        // Waits on PostgreSQL alone: a SQLite transaction that writes is alone already.
        let account = user::Entity::find_by_id(self.account).lock(LockType::NoKeyUpdate);
        account.one(transaction).await?;
        self.check(transaction, size).await
    }

    /// Whether there is room for a file of `size` bytes now.
    ///
    /// # Errors
    /// A problem when there is none.
    pub(super) async fn check(self, database: &impl Reads, size: u64) -> Result<(), Refusal> {
        let quotas = &self.library.settings.quotas;
        for holder in self.holders() {
            let limit = match holder {
                Holder::Account(_) => quotas.account_bytes,
                Holder::Publication(_) => quotas.publication_bytes,
            };
            let used = used(database, holder).await?;
            if used.saturating_add(size) > limit {
                let (name, limit) = (holder.name(), counted(limit, "byte", "bytes"));
                return Err(self.exceeded(format!(
                    "This {name} holds {used} of {limit} of files (`limits.{name}_media_bytes`); there is no room for \
                     {size} more. Delete files, or ask an administrator to raise the limit."
                )));
            }
        }
        Ok(())
    }

    fn holders(self) -> [Holder; 2] {
        [Holder::Account(self.account), Holder::Publication(self.publication)]
    }

    fn exceeded(self, message: String) -> Refusal {
        Problem::new(ProblemCode::QuotaExceeded, self.field, message).into()
    }
}

async fn used(database: &impl Reads, holder: Holder) -> Result<u64, DbErr> {
    let used = match holder {
        Holder::Account(id) => of_accounts(database, &[id.0]).await?.remove(&id.0),
        Holder::Publication(id) => of_publications(database, &[id.0]).await?.remove(&id.0),
    };
    Ok(used.and_then(|used| u64::try_from(used).ok()).unwrap_or_default())
}

/// Bytes of the files that accounts uploaded, uploads under way included.
///
/// # Errors
/// When the database fails.
pub async fn of_accounts(database: &impl Reads, accounts: &[Uuid]) -> Result<HashMap<Uuid, i64>, DbErr> {
    let (files, uploads) = (media::Column::UploaderId, media_upload::Column::UploaderId);
    fetch_counts(database, accounts, |id| sums(files, uploads, &id)).await
}

/// Bytes of the files of publications, uploads under way included.
///
/// # Errors
/// When the database fails.
pub async fn of_publications(database: &impl Reads, publications: &[Uuid]) -> Result<HashMap<Uuid, i64>, DbErr> {
    let (files, uploads) = (media::Column::PublicationId, media_upload::Column::PublicationId);
    fetch_counts(database, publications, |id| sums(files, uploads, &id)).await
}

/// Bytes of the files, and of the uploads under way, whose column has this value.
fn sums(files: media::Column, uploads: media_upload::Column, id: &Expr) -> SelectStatement {
    let files = sum(media::Column::ByteSize, media::Entity, files.into_expr().eq(id.clone()));
    let uploads = sum(
        media_upload::Column::ByteSize,
        media_upload::Entity,
        uploads.into_expr().eq(id.clone()),
    );
    Query::select().expr(scalar(files).add(scalar(uploads))).take()
}

fn sum(column: impl ColumnTrait, table: impl IntoTableRef, which: Expr) -> SelectStatement {
    Query::select()
        .expr(Expr::expr(Expr::expr(column.into_expr().sum()).if_null(0)).cast_as("bigint"))
        .from(table)
        .and_where(which)
        .take()
}
