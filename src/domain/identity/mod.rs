//! Identities at outside providers: how they open accounts, and how they come to do so.

mod attempt;

pub use attempt::{AttemptRow, NewAttempt, begin, resume};

use std::collections::HashMap;

use entity::identity::{ActiveModel, Column, Entity};
use entity::{IdentityId, Timestamp, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::domain::Viewer;
use crate::domain::account::{self, NewAccount};
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::{Denied, Problem, ProblemCode, Refusal};
use crate::domain::revocation;
use crate::domain::session::{self, Device, Grant, Tokens};
use crate::domain::text::{Email, pretends};
use crate::provider::OutsideIdentity;
use crate::store::dialect::take_turns;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_cell, row};

row! {
    /// An identity, as its owner sees it.
    pub struct IdentityRow of identity {
        /// The id.
        pub id: IdentityId = Id,
        /// The account that it opens.
        pub user_id: UserId = UserId,
        /// The provider.
        pub issuer: String = Issuer,
        /// The address that the provider told.
        pub email: Option<String> = Email,
        /// When it was linked.
        pub created_at: Timestamp = CreatedAt,
        /// When it was last used to sign in.
        pub last_used_at: Timestamp = LastUsedAt,
    }
}

/// The identities of a user, the oldest first; at most 100.
///
/// # Errors
/// When the database fails.
pub async fn list_of(database: &impl Reads, user: UserId) -> Result<Vec<IdentityRow>, DbErr> {
    let mut statement = Query::select();
    IdentityRow::select(&mut statement);
    statement
        .from(Entity)
        .and_where(Column::UserId.eq(user))
        .order_by(Column::Id, Order::Asc)
        .limit(100);
    fetch(database, &statement).await
}

/// Of the identities with these ids, those of the viewer's own account.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    ids: &[IdentityId],
) -> Result<HashMap<IdentityId, IdentityRow>, DbErr> {
    let Some(user) = account::sees_own(database, viewer).await? else {
        return Ok(HashMap::new());
    };
    let own = list_of(database, user).await?.into_iter();
    Ok(own
        .filter(|row| ids.contains(&row.id))
        .map(|row| (row.id, row))
        .collect())
}

/// The account that an identity opens.
///
/// # Errors
/// When the database fails.
pub async fn holder(database: &impl Reads, issuer: &str, subject: &str) -> Result<Option<UserId>, DbErr> {
    let statement = Query::select()
        .column(Column::UserId)
        .from(Entity)
        .and_where(Column::Issuer.eq(issuer))
        .and_where(Column::Subject.eq(subject))
        .take();
    fetch_cell(database, &statement).await
}

/// Signs in whoever an outside provider vouches for; an identity that nobody has yet is linked to the account with the
/// same address, or to a new one, if the provider verified that address. With `linking`, it is linked to that account.
///
/// # Errors
/// A problem when the provider does not vouch for an address, the identity is another's, sign-up is closed, or the account
/// is disabled.
pub async fn sign_in(
    accounts: &Accounts,
    identity: OutsideIdentity,
    linking: Option<UserId>,
    device: &Device,
) -> Result<Tokens, Refusal> {
    let transaction = accounts.store.write().await?;
    take_turns(&transaction).await?;
    let known = holder(&transaction, &identity.issuer, &identity.subject).await?;
    let user = match (known, linking) {
        (Some(known), Some(linking)) if known != linking => {
            let message = "This identity belongs to another account already.";
            return Err(Problem::whole(ProblemCode::Taken, message).into());
        }
        (Some(known), _) => {
            touch(&transaction, &identity).await?;
            known
        }
        (None, Some(linking)) => {
            link(&transaction, linking, &identity, device).await?;
            linking
        }
        (None, None) => {
            let user = by_address(&transaction, accounts, &identity, device).await?;
            link(&transaction, user, &identity, device).await?;
            user
        }
    };
    let account = account::by_id(&transaction, user).await?;
    if account.is_none_or(|account| account.disabled_at.is_some()) {
        return Err(account::disabled());
    }
    let tokens = session::start(&transaction, accounts, Grant::own(user), device).await?;
    account::record_sign_in(&transaction, user, device, &identity.issuer).await?;
    transaction.commit().await?;
    Ok(tokens)
}

/// The account with the address that the provider verified, or a new one.
async fn by_address(
    transaction: &impl ConnectionTrait,
    accounts: &Accounts,
    identity: &OutsideIdentity,
    device: &Device,
) -> Result<UserId, Refusal> {
    let email = identity.email.as_deref().filter(|_| identity.email_verified);
    let Some(Ok(email)) = email.map(Email::parse) else {
        let message = "The provider does not vouch for an e-mail address of yours. Sign in with your password, and link the \
                       provider to your account from there.";
        return Err(Problem::whole(ProblemCode::NotAllowed, message).into());
    };
    let known = account::by_email(transaction, &email).await?;
    let is_byline = known.as_ref().is_some_and(|known| known.claimed_at.is_none());
    if let Some(known) = known.filter(|known| known.claimed_at.is_some()) {
        return Ok(known.id);
    }
    if !accounts.settings.sign_up_open && !is_byline {
        return Err(Problem::whole(ProblemCode::NotAllowed, "Accounts are made by invitation here.").into());
    }
    let name = identity
        .name
        .as_deref()
        .or(identity.username.as_deref())
        .unwrap_or(email.local());
    let display_name: String = name
        .chars()
        .filter(|letter| !letter.is_control() && !pretends(*letter))
        .take(100)
        .collect();
    let new = NewAccount {
        username: identity.username.clone().unwrap_or_else(|| display_name.clone()),
        display_name,
        email,
        password: None,
        is_administrator: false,
    };
    let made = account::make(transaction, new, &device.address).await?;
    made.ok_or_else(account::disabled)
}

/// Lets an identity open an account.
pub(in crate::domain) async fn link(
    transaction: &impl ConnectionTrait,
    user: UserId,
    identity: &OutsideIdentity,
    device: &Device,
) -> Result<(), DbErr> {
    let now = entity::now();
    let row = ActiveModel {
        id: ActiveValue::Set(IdentityId::new()),
        user_id: ActiveValue::Set(user),
        issuer: ActiveValue::Set(identity.issuer.clone()),
        subject: ActiveValue::Set(identity.subject.clone()),
        email: ActiveValue::Set(identity.email.as_deref().map(str::to_lowercase)),
        created_at: ActiveValue::Set(now),
        last_used_at: ActiveValue::Set(now),
    };
    row.insert(transaction).await?;
    let event = Event::new(EventKind::IdentityLinked)
        .user(user)
        .address(&device.address)
        .detail("issuer", identity.issuer.clone());
    audit::record(transaction, Viewer::Anonymous, event).await
}

async fn touch(transaction: &impl ConnectionTrait, identity: &OutsideIdentity) -> Result<(), DbErr> {
    let statement = Query::update()
        .table(Entity)
        .value(Column::LastUsedAt, entity::now())
        .and_where(Column::Issuer.eq(identity.issuer.as_str()))
        .and_where(Column::Subject.eq(identity.subject.as_str()))
        .take();
    transaction.execute(&statement).await.map(drop)
}

/// Removes the link between the viewer's account and an identity.
///
/// # Errors
/// Not found; a problem when it is the only way to sign in; a viewer who may not.
pub async fn unlink(accounts: &Accounts, viewer: Viewer, id: IdentityId) -> Result<(), Refusal> {
    let transaction = accounts.store.write().await?;
    account::policy::may_change(account::standing(&transaction, viewer).await?.own(true))?;
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    let own = list_of(&transaction, actor.user).await?;
    let found = own.iter().find(|identity| identity.id == id);
    let issuer = found.ok_or(Refusal::NotFound("identity"))?.issuer.clone();
    if own.len() == 1 && !account::has_password(&transaction, actor.user).await? {
        let message = "This is the only way to sign in to the account: set a password first.";
        return Err(Problem::whole(ProblemCode::NotAllowed, message).into());
    }
    let delete = Entity::delete_many().filter(Expr::col(Column::Id).eq(id));
    delete.exec(&transaction).await?;
    revocation::revoke(&transaction, vec![id.0]).await?;
    let event = Event::new(EventKind::IdentityUnlinked)
        .user(actor.user)
        .detail("issuer", issuer);
    audit::record(&transaction, viewer, event).await?;
    transaction.commit().await?;
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(())
}
