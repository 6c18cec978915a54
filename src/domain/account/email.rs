use chrono::TimeDelta;
use entity::one_time_link::LinkPurpose;
use entity::user::{Column, Entity};
use sea_orm::ColumnTrait;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::Query;

use super::link::{self, NewLink};
use super::password::{own_account, prove};
use super::{by_email, by_id, letter};
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::Refusal;
use crate::domain::text::Email;
use crate::store::dialect::take_turns;
use crate::token::Secret;

/// How long there is to confirm the new address.
const CONFIRM: TimeDelta = TimeDelta::hours(24);

/// Sends a link to the viewer's new address; following it makes the change. Whether somebody else has the address, only
/// its owner learns.
///
/// # Errors
/// Problems with the address or the password; a viewer who may not.
pub async fn change_email(accounts: &Accounts, viewer: Viewer, email: &str, password: String) -> Result<(), Refusal> {
    let account = own_account(accounts, viewer).await?;
    let email = Email::parse(email)?;
    prove(accounts, account.id, "password", password).await?;
    accounts.may_write_to(&email).await?;
    let transaction = accounts.store.write().await?;
    link::cancel(&transaction, account.id, LinkPurpose::ChangeEmail).await?;
    let new = NewLink {
        purpose: LinkPurpose::ChangeEmail,
        user: Some(account.id),
        email: Some(email.as_str()),
        detail: String::new(),
        lifetime: CONFIRM,
    };
    let secret = link::make(&transaction, new).await?;
    letter::change_email(accounts, &transaction, email.as_str().into(), &secret).await?;
    Ok(accounts.commit(transaction).await?)
}

/// Gives an account the address that a link was sent to.
///
/// # Errors
/// A problem with the link; also when somebody else has the address by now.
pub async fn confirm_email(accounts: &Accounts, secret: &Secret) -> Result<(), Refusal> {
    let transaction = accounts.store.write().await?;
    take_turns(&transaction).await?;
    let taken = link::take(&transaction, secret, LinkPurpose::ChangeEmail).await?;
    let Some((user, email)) = taken.and_then(|link| link.user_id.zip(link.email)) else {
        return Err(link::expired().into());
    };
    let email = Email::stored(email);
    let account = by_id(&transaction, user)
        .await?
        .filter(|account| account.disabled_at.is_none());
    let is_free = by_email(&transaction, &email).await?.is_none();
    let Some(account) = account.filter(|_| is_free) else {
        return Err(link::expired().into());
    };
    let change = Query::update()
        .table(Entity)
        .value(Column::Email, email.as_str())
        .value(Column::UpdatedAt, entity::now())
        .and_where(Column::Id.eq(user))
        .take();
    transaction.execute(&change).await?;
    link::cancel(&transaction, user, LinkPurpose::SetPassword).await?;
    let event = Event::new(EventKind::EmailChanged).user(user);
    audit::record(&transaction, Viewer::Anonymous, event).await?;
    if let Some(old) = account.email {
        letter::email_changed(accounts, &transaction, old.as_str().into(), email.as_str()).await?;
    }
    Ok(accounts.commit(transaction).await?)
}
