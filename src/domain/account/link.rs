use chrono::TimeDelta;
use entity::one_time_link::{ActiveModel, Column, Entity, LinkPurpose};
use entity::{Hidden, Timestamp, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr};

use crate::domain::refusal::{Problem, ProblemCode};
use crate::store::read::Reads;
use crate::store::row::{Row, fetch_one, row};
use crate::token::Secret;

row! {
    /// A link that was sent.
    pub struct LinkRow of one_time_link {
        /// What it does.
        pub purpose: LinkPurpose = Purpose,
        /// The account that it concerns.
        pub user_id: Option<UserId> = UserId,
        /// The address that it proves.
        pub email: Option<String> = Email,
        /// What else was kept.
        pub detail: Hidden = Detail,
        /// Until when it works.
        pub expires_at: Timestamp = ExpiresAt,
    }
}

/// What a new link is for.
pub(super) struct NewLink<'a> {
    pub purpose: LinkPurpose,
    pub user: Option<UserId>,
    pub email: Option<&'a str>,
    pub detail: String,
    pub lifetime: TimeDelta,
}

/// Makes a link; its secret is for the letter alone.
pub(super) async fn make(transaction: &impl ConnectionTrait, new: NewLink<'_>) -> Result<Secret, DbErr> {
    let (secret, now) = (Secret::new(), entity::now());
    let row = ActiveModel {
        digest: ActiveValue::Set(secret.digest()),
        purpose: ActiveValue::Set(new.purpose),
        user_id: ActiveValue::Set(new.user),
        email: ActiveValue::Set(new.email.map(str::to_owned)),
        detail: ActiveValue::Set(Hidden(new.detail)),
        created_at: ActiveValue::Set(now),
        expires_at: ActiveValue::Set(now + new.lifetime),
    };
    row.insert(transaction).await?;
    Ok(secret)
}

/// The link with this secret, if it still works. Looking does not use it up: mail programs look too.
///
/// # Errors
/// When the database fails.
pub async fn find(database: &impl Reads, secret: &Secret, purpose: LinkPurpose) -> Result<Option<LinkRow>, DbErr> {
    let mut statement = Query::select();
    LinkRow::select(&mut statement);
    statement
        .from(Entity)
        .and_where(Column::Digest.eq(secret.digest()))
        .and_where(Column::Purpose.eq(purpose))
        .and_where(Column::ExpiresAt.gt(entity::now()));
    fetch_one(database, &statement).await
}

/// Uses a link up; of two who come at the same time, one gets it.
pub(super) async fn take(
    transaction: &impl ConnectionTrait,
    secret: &Secret,
    purpose: LinkPurpose,
) -> Result<Option<LinkRow>, DbErr> {
    let Some(link) = find(transaction, secret, purpose).await? else {
        return Ok(None);
    };
    let delete = Query::delete()
        .from_table(Entity)
        .and_where(Column::Digest.eq(secret.digest()))
        .take();
    let is_ours = transaction.execute(&delete).await?.rows_affected() == 1;
    Ok(is_ours.then_some(link))
}

/// Makes every link of a user worthless that was sent for this purpose.
pub(super) async fn cancel(
    transaction: &impl ConnectionTrait,
    user: UserId,
    purpose: LinkPurpose,
) -> Result<(), DbErr> {
    let delete = Query::delete()
        .from_table(Entity)
        .and_where(Column::UserId.eq(user))
        .and_where(Column::Purpose.eq(purpose))
        .take();
    transaction.execute(&delete).await.map(drop)
}

/// What whoever follows a used or old link reads.
pub const EXPIRED: &str = "This link was used already, or is too old. Ask for a new one.";

/// The problem of a used or old link.
pub(super) fn expired() -> Problem {
    Problem::new(ProblemCode::Expired, "token", EXPIRED)
}
