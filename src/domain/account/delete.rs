use entity::user::{Column, Entity};
use entity::{UserId, api_key, comment, consent, identity, membership, one_time_link, password, post_author, session};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::password::{own_account, prove};
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::member;
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::revocation;
use crate::store::changes::Topic;
use crate::store::dialect::take_turns;
use crate::store::read::Reads;
use crate::store::row::fetch_cell;

/// Deletes the viewer's account, which they prove to be theirs. What they published keeps their byline, as that of an
/// author nobody has claimed, without address, texts about them or any way to sign in; without a byline the row goes.
///
/// # Errors
/// A problem with the password; for the last owner of a publication, who must first hand it over; a viewer who may not.
pub async fn delete(accounts: &Accounts, viewer: Viewer, password: String) -> Result<(), Refusal> {
    let account = own_account(accounts, viewer).await?;
    prove(accounts, account.id, "password", password).await?;
    let transaction = accounts.store.write().await?;
    take_turns(&transaction).await?;
    if let Some(title) = member::owned_alone(&transaction, account.id).await? {
        let message = format!("You are the last owner of \u{201c}{title}\u{201d}: make somebody else an owner first.");
        return Err(Problem::whole(ProblemCode::NotAllowed, message).into());
    }
    let user = account.id;
    let event = Event::new(EventKind::AccountDeleted).user(user);
    audit::record(&transaction, viewer, event).await?;
    revocation::revoke(&transaction, vec![user.0]).await?;
    let comments = Query::update()
        .table(comment::Entity)
        .value(comment::Column::AuthorEmail, None::<String>)
        .value(comment::Column::AuthorUrl, None::<String>)
        .and_where(comment::Column::AuthorId.eq(user))
        .take();
    transaction.execute(&comments).await?;
    if has_byline(&transaction, user).await? {
        forget(&transaction, user).await?;
    } else {
        Entity::delete_by_id(user).exec(&transaction).await?;
    }
    // Their comments stand in more places than is worth looking up.
    transaction.changed([Topic::EVERYTHING]);
    transaction.commit().await?;
    accounts.known_keys.forget();
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(())
}

async fn has_byline(database: &impl Reads, user: UserId) -> Result<bool, DbErr> {
    let byline = Query::select()
        .expr(Expr::val(1))
        .from(post_author::Entity)
        .and_where(post_author::Column::UserId.eq(user))
        .limit(1)
        .take();
    Ok(fetch_cell::<i32>(database, &byline).await?.is_some())
}

/// Removes everything of an account but its byline.
async fn forget(transaction: &impl ConnectionTrait, user: UserId) -> Result<(), DbErr> {
    let delete = password::Entity::delete_many().filter(password::Column::UserId.eq(user));
    delete.exec(transaction).await?;
    let delete = identity::Entity::delete_many().filter(identity::Column::UserId.eq(user));
    delete.exec(transaction).await?;
    let delete = session::Entity::delete_many().filter(session::Column::UserId.eq(user));
    delete.exec(transaction).await?;
    let delete = api_key::Entity::delete_many().filter(api_key::Column::UserId.eq(user));
    delete.exec(transaction).await?;
    let delete = consent::Entity::delete_many().filter(consent::Column::UserId.eq(user));
    delete.exec(transaction).await?;
    let delete = membership::Entity::delete_many().filter(membership::Column::UserId.eq(user));
    delete.exec(transaction).await?;
    let delete = one_time_link::Entity::delete_many().filter(one_time_link::Column::UserId.eq(user));
    delete.exec(transaction).await?;
    let strip = Query::update()
        .table(Entity)
        .value(Column::Email, None::<String>)
        .value(Column::Bio, "")
        .value(Column::WebsiteUrl, None::<String>)
        .value(Column::ClaimedAt, None::<entity::Timestamp>)
        .value(Column::IsAdministrator, false)
        .value(Column::UpdatedAt, entity::now())
        .and_where(Column::Id.eq(user))
        .take();
    transaction.execute(&strip).await.map(drop)
}
