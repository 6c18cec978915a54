//! Tokens of outside issuers that this installation trusts: whose account they act for.

use std::time::Duration;

use entity::{IdentityId, Timestamp, UserId, identity, user};
use moka::sync::Cache;
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{ColumnTrait, DbErr};

use crate::domain::accounts::Accounts;
use crate::domain::authenticate::Unrecognised;
use crate::domain::identity::link;
use crate::domain::refusal::Refusal;
use crate::domain::revocation::Coverage;
use crate::domain::scope::Scopes;
use crate::domain::session::Device;
use crate::domain::text::Email;
use crate::domain::{Actor, Credential, Viewer, account};
use crate::provider::OutsideIdentity;
use crate::provider::trusted::{OutsideToken, TokenFault as OutsideFault};
use crate::store::dialect::take_turns;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch_one, row};
use crate::token::TokenFault;

/// How long the account behind a subject is not looked up again; a revocation ends it sooner.
const KNOWN_FOR: Duration = Duration::from_secs(60);
/// How many subjects are known at most.
const MOST_KNOWN: u64 = 10_000;

/// Whose accounts were found lately, by issuer and subject.
pub struct KnownOutside(Cache<(String, String), Known>);

#[derive(Clone, Copy)]
struct Known {
    user: UserId,
    identity: IdentityId,
    access_ended_at: Option<Timestamp>,
    checked_at: Timestamp,
}

impl Default for KnownOutside {
    fn default() -> Self {
        let cache = Cache::builder().max_capacity(MOST_KNOWN).time_to_live(KNOWN_FOR);
        Self(cache.build())
    }
}

row! {
    /// The identity behind a token.
    struct IdentityRow of identity {
        /// The id.
        pub id: IdentityId = Id,
        /// The account that it opens.
        pub user_id: UserId = UserId,
    }
}

row! {
    /// Its account.
    struct HolderRow of user {
        /// Since when they may not sign in.
        pub disabled_at: Option<Timestamp> = DisabledAt,
        /// Tokens from before are not taken.
        pub access_ended_at: Option<Timestamp> = AccessEndedAt,
    }
}

/// Who comes with a token, if it is of an outside issuer that is trusted; none when it is not, and may be ours.
///
/// # Errors
/// When the token is not good, belongs to nobody here, or it cannot be found out.
pub(in crate::domain) async fn recognise(accounts: &Accounts, token: &str) -> Result<Option<Viewer>, Unrecognised> {
    let Some(issuers) = &accounts.settings.issuers else {
        return Ok(None);
    };
    if !issuers.knows_issuer_of(token) {
        return Ok(None);
    }
    let token = issuers.verify(token).await.map_err(fault)?;
    let user = user_of(accounts, &token).await?;
    let names = token.scopes.join(" ");
    Ok(Some(Viewer::User(Actor {
        user,
        scopes: Scopes::stored(&names).within(Scopes::of_keys()),
        credential: Credential::Outside,
    })))
}

/// The account that a token acts for.
async fn user_of(accounts: &Accounts, token: &OutsideToken) -> Result<UserId, Unrecognised> {
    let name = (token.issuer.clone(), token.subject.clone());
    let mut known = accounts.known_outside.0.get(&name);
    if let Some(Known { checked_at, .. }) = known
        && is_revoked(accounts, known, checked_at.timestamp()).await?
    {
        known = None;
    }
    let found = if let Some(known) = known {
        known
    } else {
        let found = look_up(accounts, token).await.map_err(Unrecognised::Refused)?;
        let found = found.ok_or(Unrecognised::Token(TokenFault::NoAccount))?;
        accounts.known_outside.0.insert(name, found);
        found
    };
    let is_old = found
        .access_ended_at
        .is_some_and(|ended_at| token.issued_at <= ended_at);
    if is_old || is_revoked(accounts, Some(found), token.issued_at.timestamp()).await? {
        Err(Unrecognised::Token(TokenFault::Revoked))
    } else {
        Ok(found.user)
    }
}

/// Whether the account or its link with the issuer ended at this time or later, as far as that is remembered.
async fn is_revoked(accounts: &Accounts, known: Option<Known>, since: i64) -> Result<bool, Unrecognised> {
    let subjects = known.map_or_else(Vec::new, |known| vec![known.user.0, known.identity.0]);
    let coverage = accounts.revocations.cover(&accounts.store, &subjects, since).await;
    let coverage = coverage.map_err(|error| Unrecognised::Refused(error.into()))?;
    Ok(coverage != Coverage::None)
}

async fn look_up(accounts: &Accounts, token: &OutsideToken) -> Result<Option<Known>, Refusal> {
    let checked_at = entity::now();
    let known = |(found, holder): (IdentityRow, HolderRow)| Known {
        user: found.user_id,
        identity: found.id,
        access_ended_at: holder.access_ended_at,
        checked_at,
    };
    let is_enabled = |(_, holder): &(IdentityRow, HolderRow)| holder.disabled_at.is_none();
    if let Some(found) = linked(accounts.store.read(), token).await? {
        return Ok(Some(found).filter(is_enabled).map(known));
    }
    let Some(Ok(email)) = token
        .email
        .as_deref()
        .filter(|_| token.email_verified)
        .map(Email::parse)
    else {
        return Ok(None);
    };
    let is_account = |row: &account::AccountRow| row.claimed_at.is_some() && row.disabled_at.is_none();
    // Most who have no account never will: they are found out without a write.
    if !account::by_email(accounts.store.read(), &email)
        .await?
        .is_some_and(|row| is_account(&row))
    {
        return Ok(None);
    }
    let transaction = accounts.store.write().await?;
    take_turns(&transaction).await?;
    if linked(&transaction, token).await?.is_none() {
        let Some(account) = account::by_email(&transaction, &email).await?.filter(is_account) else {
            return Ok(None);
        };
        let identity = OutsideIdentity {
            issuer: token.issuer.clone(),
            subject: token.subject.clone(),
            email: token.email.clone(),
            email_verified: token.email_verified,
            name: token.name.clone(),
            username: None,
        };
        link(&transaction, account.id, &identity, &Device::default()).await?;
    }
    let found = linked(&transaction, token).await?;
    transaction.commit().await?;
    Ok(found.filter(is_enabled).map(known))
}

async fn linked(database: &impl Reads, token: &OutsideToken) -> Result<Option<(IdentityRow, HolderRow)>, DbErr> {
    let mut statement = Query::select();
    <(IdentityRow, HolderRow)>::select(&mut statement);
    statement
        .from(identity::Entity)
        .inner_join(
            user::Entity,
            user::Column::Id.into_expr().eq(identity::Column::UserId.into_expr()),
        )
        .and_where(identity::Column::Issuer.eq(token.issuer.as_str()))
        .and_where(identity::Column::Subject.eq(token.subject.as_str()));
    fetch_one(database, &statement).await
}

/// What the client may know of a fault; the log has the rest.
#[allow(clippy::needless_pass_by_value)] // It is given to `map_err`.
fn fault(fault: OutsideFault) -> Unrecognised {
    tracing::debug!(%fault, "a token of an outside issuer is refused");
    Unrecognised::Token(match fault {
        OutsideFault::Malformed(_) | OutsideFault::Claim(_) => TokenFault::Malformed,
        OutsideFault::UnknownIssuer | OutsideFault::Audience => TokenFault::WrongAudience,
        OutsideFault::UnknownKey => TokenFault::UnknownKey,
        OutsideFault::Signature => TokenFault::WrongSignature,
        OutsideFault::Expired => TokenFault::Expired,
        OutsideFault::NotYetValid => TokenFault::NotYetValid,
        OutsideFault::Unavailable => {
            tracing::warn!("the keys of a trusted issuer are not to be had");
            return Unrecognised::Refused(Refusal::Busy);
        }
    })
}
