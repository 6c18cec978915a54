//! Removes what is no longer of use to anybody: it would only grow. Every replica does it.

use chrono::TimeDelta;
use entity::{authorization_code, invitation, one_time_link, revocation, session, sign_in_attempt};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::domain::{job, revision};
use crate::store::{Store, changes};

/// How long ended things are kept: sessions, so that people see where they were; the rest, since a second use of it
/// still tells of a theft.
const KEPT: TimeDelta = TimeDelta::days(30);
/// How long somebody may take to sign in at an outside provider, and some more.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::hours(1);
/// How long revocations are kept: longer than any access token lives.
const REVOCATIONS_KEPT: TimeDelta = TimeDelta::hours(1);

/// Removes old rows.
///
/// # Errors
/// When the database fails.
pub async fn sweep(store: &Store) -> Result<(), DbErr> {
    let database = store.read();
    let now = entity::now();
    let sessions = session::Entity::delete_many().filter(session::Column::ExpiresAt.lt(now - KEPT));
    sessions.exec(database).await?;
    let codes = authorization_code::Entity::delete_many().filter(authorization_code::Column::CreatedAt.lt(now - KEPT));
    codes.exec(database).await?;
    let attempts =
        sign_in_attempt::Entity::delete_many().filter(sign_in_attempt::Column::CreatedAt.lt(now - ATTEMPTS_KEPT));
    attempts.exec(database).await?;
    let links = one_time_link::Entity::delete_many().filter(one_time_link::Column::ExpiresAt.lt(now));
    links.exec(database).await?;
    let invitations = invitation::Entity::delete_many().filter(invitation::Column::ExpiresAt.lt(now - KEPT));
    invitations.exec(database).await?;
    let revocations =
        revocation::Entity::delete_many().filter(revocation::Column::CreatedAt.lt(now - REVOCATIONS_KEPT));
    revocations.exec(database).await?;
    revision::sweep(database).await?;
    changes::sweep(database).await?;
    job::sweep(database).await
}
