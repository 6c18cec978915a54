use entity::{Hidden, Timestamp, UserId, password, user};
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait};

use super::make::set_password;
use super::password::NewPassword;
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::session::{self, Device, Grant, Tokens};
use crate::domain::text::Email;
use crate::password::{Attempt, Verdict};
use crate::store::read::Reads;
use crate::store::row::{Row, fetch_one, row};

/// What somebody signs in with.
#[derive(Clone)]
pub struct SignIn {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
}

row! {
    /// Who it may be.
    struct CandidateRow of user {
        /// The id.
        pub id: UserId = Id,
        /// Since when they may not sign in.
        pub disabled_at: Option<Timestamp> = DisabledAt,
    }
}

row! {
    /// Their password.
    struct PasswordRow of password {
        /// Whose it is, which tells that there is one.
        pub _user_id: UserId = UserId,
        /// Its hash.
        pub hash: Hidden = Hash,
    }
}

/// Signs somebody in. An unknown address and a wrong password are one answer, after the same work.
///
/// # Errors
/// `WRONG_CREDENTIALS`; `NOT_ALLOWED` for a disabled account; too much to hash at the moment.
pub async fn sign_in(accounts: &Accounts, input: SignIn, device: &Device) -> Result<Tokens, Refusal> {
    let found = match Email::parse(&input.email) {
        Ok(email) => candidate(accounts.store.read(), &email).await?,
        Err(_) => None,
    };
    let (user, stored) = match &found {
        Some((user, password)) => (Some(user), password.as_ref().map(|password| password.hash.expose())),
        None => (None, None),
    };
    let verdict = match Attempt::parse(input.password.clone()) {
        Ok(attempt) => accounts.passwords.verify(attempt, stored).await?,
        Err(_) => Verdict::Wrong,
    };
    let is_right = verdict != Verdict::Wrong && stored.is_some();
    let fresh = match verdict {
        // The rules for new passwords do not hold up somebody whose password is older than they.
        Verdict::RightButOutdated if is_right => match NewPassword::choose("password", input.password, &[]) {
            Ok(password) => password.hash(accounts).await.ok(),
            Err(_) => None,
        },
        _ => None,
    };
    let transaction = accounts.store.write().await?;
    let Some(user) = user.filter(|user| is_right && user.disabled_at.is_none()) else {
        let event = Event::new(EventKind::SignInFailed)
            .user(user.map(|user| user.id))
            .address(&device.address)
            .detail("userAgent", device.user_agent.clone());
        audit::record(&transaction, Viewer::Anonymous, event).await?;
        transaction.commit().await?;
        return Err(if is_right { disabled() } else { wrong() });
    };
    if let Some(hash) = fresh {
        set_password(&transaction, user.id, hash).await?;
    }
    let tokens = session::start(&transaction, accounts, Grant::own(user.id), device).await?;
    record(&transaction, user.id, device, "password").await?;
    transaction.commit().await?;
    Ok(tokens)
}

async fn candidate(
    database: &impl Reads,
    email: &Email,
) -> Result<Option<(CandidateRow, Option<PasswordRow>)>, Refusal> {
    let mut statement = Query::select();
    <(CandidateRow, Option<PasswordRow>)>::select(&mut statement);
    statement
        .from(user::Entity)
        .left_join(
            password::Entity,
            password::Column::UserId.into_expr().eq(user::Column::Id.into_expr()),
        )
        .and_where(user::Column::Email.eq(email.as_str()))
        .and_where(user::Column::ClaimedAt.is_not_null());
    Ok(fetch_one(database, &statement).await?)
}

/// Notes that somebody signed in.
pub(in crate::domain) async fn record(
    transaction: &impl ConnectionTrait,
    user: UserId,
    device: &Device,
    by: &str,
) -> Result<(), Refusal> {
    let event = Event::new(EventKind::SignedIn)
        .user(user)
        .address(&device.address)
        .detail("by", by)
        .detail("userAgent", device.user_agent.clone());
    Ok(audit::record(transaction, Viewer::Anonymous, event).await?)
}

fn wrong() -> Refusal {
    Problem::whole(
        ProblemCode::WrongCredentials,
        "The e-mail address or the password is wrong.",
    )
    .into()
}

/// What somebody reads whose account may not sign in.
pub(in crate::domain) fn disabled() -> Refusal {
    let message = "This account is disabled. Write to those who look after this installation.";
    Problem::whole(ProblemCode::NotAllowed, message).into()
}
