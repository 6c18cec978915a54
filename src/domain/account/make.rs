use entity::user::{ActiveModel, Column, Entity};
use entity::{Hidden, UserId, password};
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait};

use super::by_email;
use crate::domain::Viewer;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::slug::Slug;
use crate::domain::text::Email;
use crate::domain::user;
use crate::store::dialect::take_turns;

/// An account to be made, of somebody who proved to have the address.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The address.
    pub email: Email,
    /// The name on bylines.
    pub display_name: String,
    /// What the username is made of.
    pub username: String,
    /// The hash of the password, where one was chosen.
    pub password: Option<Hidden>,
    /// Whether they look after the installation.
    pub is_administrator: bool,
}

/// Makes an account, or gives its owner the imported author with the same address. None when there is an account with
/// this address already; nothing is changed then.
///
/// # Errors
/// When the database fails.
pub async fn make(transaction: &impl ConnectionTrait, new: NewAccount, address: &str) -> Result<Option<UserId>, DbErr> {
    // Two who sign up at the same time, for one name, come one after the other.
    take_turns(transaction).await?;
    let now = entity::now();
    let known = by_email(transaction, &new.email).await?;
    let (id, event) = match known {
        Some(known) if known.claimed_at.is_some() || known.disabled_at.is_some() => return Ok(None),
        Some(byline) => {
            claim(transaction, byline.id).await?;
            (byline.id, EventKind::AccountClaimed)
        }
        None => {
            let id = UserId::new();
            let username = user::place()
                .number(transaction, &Slug::from_text(&new.username, "user"))
                .await?;
            let row = ActiveModel {
                id: ActiveValue::Set(id),
                username: ActiveValue::Set(username),
                display_name: ActiveValue::Set(new.display_name),
                email: ActiveValue::Set(Some(new.email.to_string())),
                bio: ActiveValue::Set(String::new()),
                website_url: ActiveValue::Set(None),
                claimed_at: ActiveValue::Set(Some(now)),
                is_administrator: ActiveValue::Set(false),
                disabled_at: ActiveValue::Set(None),
                access_ended_at: ActiveValue::Set(None),
                created_at: ActiveValue::Set(now),
                updated_at: ActiveValue::Set(now),
            };
            row.insert(transaction).await?;
            (id, EventKind::SignedUp)
        }
    };
    if new.is_administrator {
        let promote = Query::update()
            .table(Entity)
            .value(Column::IsAdministrator, true)
            .and_where(Column::Id.eq(id))
            .take();
        transaction.execute(&promote).await?;
    }
    if let Some(hash) = new.password {
        set_password(transaction, id, hash).await?;
    }
    audit::record(
        transaction,
        Viewer::Anonymous,
        Event::new(event).user(id).address(address),
    )
    .await?;
    Ok(Some(id))
}

/// Makes an imported author an account.
pub(super) async fn claim(transaction: &impl ConnectionTrait, id: UserId) -> Result<(), DbErr> {
    let statement = Query::update()
        .table(Entity)
        .value(Column::ClaimedAt, entity::now())
        .value(Column::UpdatedAt, entity::now())
        .and_where(Column::Id.eq(id))
        .and_where(Column::ClaimedAt.is_null())
        .take();
    transaction.execute(&statement).await.map(drop)
}

/// Gives an account a password.
pub(super) async fn set_password(transaction: &impl ConnectionTrait, id: UserId, hash: Hidden) -> Result<(), DbErr> {
    let row = password::ActiveModel {
        user_id: ActiveValue::Set(id),
        hash: ActiveValue::Set(hash),
        changed_at: ActiveValue::Set(entity::now()),
    };
    let replace = OnConflict::column(password::Column::UserId)
        .update_columns([password::Column::Hash, password::Column::ChangedAt])
        .to_owned();
    password::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await
        .map(drop)
}
