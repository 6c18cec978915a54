use chrono::TimeDelta;
use entity::one_time_link::LinkPurpose;
use entity::{Hidden, UserId, password};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait};

use super::letter::{self, Recipient};
use super::link::{self, NewLink};
use super::make::{claim, set_password};
use super::{AccountRow, by_email, by_id, policy, standing};
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::letter::Posting;
use crate::domain::refusal::{Denied, Problem, ProblemCode, Refusal};
use crate::domain::session::{self, Device, Grant, Tokens};
use crate::domain::text::Email;
use crate::password::{Attempt, Busy, Password, PasswordProblem, Verdict};
use crate::store::row::fetch_cell;
use crate::token::Secret;

/// How long there is to set a password.
pub(super) const RESET: TimeDelta = TimeDelta::hours(1);

/// A new password that is good enough.
pub struct NewPassword(Password);

impl NewPassword {
    /// Checks a new password; `forbidden` are the address and names of the account.
    ///
    /// # Errors
    /// A problem of `field`.
    pub fn choose(field: &'static str, text: String, forbidden: &[&str]) -> Result<Self, Problem> {
        let password = Password::parse(text, forbidden).map_err(|problem| {
            let code = match problem {
                PasswordProblem::TooShort => ProblemCode::TooShort,
                PasswordProblem::TooLong => ProblemCode::TooLong,
                PasswordProblem::TooCommon => ProblemCode::TooCommon,
                PasswordProblem::SameAsAccount | PasswordProblem::Nul => ProblemCode::Invalid,
            };
            Problem::new(code, field, problem.to_string())
        })?;
        Ok(Self(password))
    }

    /// Its hash, made on threads of its own.
    ///
    /// # Errors
    /// When too many wait already.
    pub async fn hash(self, accounts: &Accounts) -> Result<Hidden, Refusal> {
        Ok(Hidden(accounts.passwords.hash(self.0).await?.into_string()))
    }
}

impl From<Busy> for Refusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// Sends a link to set the password of the account with this address; it claims an imported author too. Whether there is
/// one, neither the outcome nor its time tells.
///
/// # Errors
/// A problem when it is no address.
pub async fn forgot_password(accounts: &Accounts, email: &str, device: &Device) -> Result<(), Refusal> {
    let email = Email::parse(email)?;
    accounts.may_write_to(&email).await?;
    let account = by_email(accounts.store.read(), &email).await?;
    let transaction = accounts.store.write().await?;
    let new = NewLink {
        purpose: LinkPurpose::SetPassword,
        user: account.as_ref().map(|account| account.id),
        email: Some(email.as_str()),
        detail: String::new(),
        lifetime: RESET,
    };
    let secret = link::make(&transaction, new).await?;
    let event = Event::new(EventKind::PasswordResetRequested)
        .user(account.as_ref().map(|account| account.id))
        .address(&device.address);
    audit::record(&transaction, Viewer::Anonymous, event).await?;
    let is_known = account.is_some_and(|account| account.disabled_at.is_none());
    let to = Recipient {
        address: email.as_str(),
        posting: if is_known { Posting::Sent } else { Posting::Withheld },
    };
    letter::set_password(accounts, &transaction, to, &secret).await?;
    Ok(accounts.commit(transaction).await?)
}

/// A link to set the password of an account, for the operator to hand over.
///
/// # Errors
/// When the database fails.
pub async fn password_link(transaction: &impl ConnectionTrait, account: &AccountRow) -> Result<Secret, Refusal> {
    let new = NewLink {
        purpose: LinkPurpose::SetPassword,
        user: Some(account.id),
        email: account.email.as_deref(),
        detail: String::new(),
        lifetime: TimeDelta::hours(24),
    };
    Ok(link::make(transaction, new).await?)
}

/// Sets the password of the account that a link was sent for, claims it where nobody has, ends its sessions, and signs
/// its owner in.
///
/// # Errors
/// Problems with the link or the password.
pub async fn reset_password(
    accounts: &Accounts,
    secret: &Secret,
    password: String,
    device: &Device,
) -> Result<Tokens, Refusal> {
    let read = accounts.store.read();
    let found = link::find(read, secret, LinkPurpose::SetPassword).await?;
    let Some(user) = found.and_then(|link| link.user_id) else {
        return Err(link::expired().into());
    };
    let Some(account) = by_id(read, user).await? else {
        return Err(link::expired().into());
    };
    let email = account.email.clone().unwrap_or_default();
    let password = NewPassword::choose(
        "password",
        password,
        &[&email, &account.username, &account.display_name],
    )?;
    let hash = password.hash(accounts).await?;
    let transaction = accounts.store.write().await?;
    let taken = link::take(&transaction, secret, LinkPurpose::SetPassword).await?;
    // Meanwhile the account may have got another address, which this link proves nothing of.
    let is_current = taken.is_some_and(|link| link.email == account.email);
    if !is_current {
        return Err(link::expired().into());
    }
    if account.disabled_at.is_some() {
        return Err(super::sign_in::disabled());
    }
    set_password(&transaction, user, hash).await?;
    if account.claimed_at.is_none() {
        claim(&transaction, user).await?;
        let event = Event::new(EventKind::AccountClaimed)
            .user(user)
            .address(&device.address);
        audit::record(&transaction, Viewer::Anonymous, event).await?;
    }
    changed(&transaction, Viewer::Anonymous, user, None, &device.address).await?;
    let tokens = session::start(&transaction, accounts, Grant::own(user), device).await?;
    tell(accounts, &transaction, account.email.as_deref()).await?;
    accounts.commit(transaction).await?;
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(tokens)
}

/// Changes the viewer's password, which they prove to know, and ends their other sessions. An account that has none, as
/// it signs in with an outside provider, gets its first by a link.
///
/// # Errors
/// Problems with either password; a viewer who may not.
pub async fn change_password(accounts: &Accounts, viewer: Viewer, current: String, new: String) -> Result<(), Refusal> {
    let account = own_account(accounts, viewer).await?;
    let email = account.email.clone().unwrap_or_default();
    prove(accounts, account.id, "currentPassword", current).await?;
    let password = NewPassword::choose("newPassword", new, &[&email, &account.username, &account.display_name])?;
    let hash = password.hash(accounts).await?;
    let transaction = accounts.store.write().await?;
    set_password(&transaction, account.id, hash).await?;
    let session = viewer.actor().and_then(|actor| actor.session());
    changed(&transaction, viewer, account.id, session, "").await?;
    tell(accounts, &transaction, account.email.as_deref()).await?;
    accounts.commit(transaction).await?;
    accounts.revocations.refresh(&accounts.store).await?;
    Ok(())
}

/// Tells the owner, unless the operator made the account without an address.
async fn tell(accounts: &Accounts, transaction: &impl ConnectionTrait, email: Option<&str>) -> Result<(), Refusal> {
    match email {
        Some(email) => letter::password_changed(accounts, transaction, email.into()).await,
        None => Ok(()),
    }
}

async fn changed(
    transaction: &impl ConnectionTrait,
    viewer: Viewer,
    user: UserId,
    keep: Option<entity::SessionId>,
    address: &str,
) -> Result<(), Refusal> {
    link::cancel(transaction, user, LinkPurpose::SetPassword).await?;
    session::end_all(transaction, user, keep).await?;
    let event = Event::new(EventKind::PasswordChanged).user(user).address(address);
    Ok(audit::record(transaction, viewer, event).await?)
}

/// The viewer's account, if they may change it.
pub(super) async fn own_account(accounts: &Accounts, viewer: Viewer) -> Result<AccountRow, Refusal> {
    let read = accounts.store.read();
    policy::may_change(standing(read, viewer).await?.own(true))?;
    let actor = viewer.actor().ok_or(Denied::Unauthenticated)?;
    Ok(by_id(read, actor.user).await?.ok_or(Denied::Unauthenticated)?)
}

/// That the person at the keyboard is the account's owner: a session that was left open is not enough to take the account
/// away from them.
pub(super) async fn prove(
    accounts: &Accounts,
    user: UserId,
    field: &'static str,
    password: String,
) -> Result<(), Refusal> {
    let statement = Query::select()
        .column(password::Column::Hash)
        .from(password::Entity)
        .and_where(password::Column::UserId.eq(user))
        .take();
    let stored: Option<Hidden> = fetch_cell(accounts.store.read(), &statement).await?;
    let Some(stored) = stored else {
        let message = "The account has no password yet: ask for a link to set one first.";
        return Err(Problem::new(ProblemCode::NotAllowed, field, message).into());
    };
    accounts.may_prove(user).await?;
    let verdict = match Attempt::parse(password) {
        Ok(attempt) => accounts.passwords.verify(attempt, Some(stored.expose())).await?,
        Err(_) => Verdict::Wrong,
    };
    if verdict == Verdict::Wrong {
        return Err(Problem::new(ProblemCode::WrongCredentials, field, "The password is wrong.").into());
    }
    Ok(())
}
