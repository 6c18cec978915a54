use chrono::TimeDelta;
use entity::{OauthClientId, SessionId, Timestamp, UserId, refresh_token, session, user};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait};

use super::end::revoke;
use super::start::{expiry, next_secret};
use super::{Device, Subject, Tokens, access_token};
use crate::domain::Viewer;
use crate::domain::accounts::Accounts;
use crate::domain::audit::{self, Event, EventKind};
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::scope::Scopes;
use crate::store::row::{Row, fetch_one, row};
use crate::token::Secret;

/// How long after its use a browser's refresh token still gives an access token (and no new refresh token): two tabs
/// that wake up together send the same cookie.
const TABS: TimeDelta = TimeDelta::seconds(10);

/// What a second use of a refresh token means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Theft, at any time: applications get their tokens one after the other.
    Never,
    /// Theft, unless it comes at once: browsers have tabs.
    AmongTabs,
}

row! {
    /// A refresh token.
    struct TokenRow of refresh_token {
        /// When it was used.
        pub used_at: Option<Timestamp> = UsedAt,
    }
}

row! {
    /// Its session.
    struct FamilyRow of session {
        /// The id.
        pub id: SessionId = Id,
        /// Whose it is.
        pub user: UserId = UserId,
        /// The application.
        pub client: Option<OauthClientId> = ClientId,
        /// What it may do.
        pub scope: String = Scope,
        /// When the person last proved who they are.
        pub authenticated_at: Timestamp = AuthenticatedAt,
        /// When it ends by itself.
        pub expires_at: Timestamp = ExpiresAt,
        /// When it was ended.
        pub ended_at: Option<Timestamp> = EndedAt,
    }
}

row! {
    /// Its user.
    struct HolderRow of user {
        /// Since when they may not sign in.
        pub disabled_at: Option<Timestamp> = DisabledAt,
    }
}

/// Exchanges a refresh token for new tokens. `client` must be the application that it was given to; `scopes` may narrow
/// what the new access token allows (RFC 6749 §6).
///
/// # Errors
/// A problem `EXPIRED` for a token that is not, or no longer, good; its session is ended when it was used before.
pub async fn refresh(
    accounts: &Accounts,
    secret: &Secret,
    client: Option<OauthClientId>,
    scopes: Option<Scopes>,
    reuse: Reuse,
    device: &Device,
) -> Result<Tokens, Refusal> {
    let transaction = accounts.store.write().await?;
    let mut statement = Query::select();
    <(TokenRow, (FamilyRow, HolderRow))>::select(&mut statement);
    statement
        .from(refresh_token::Entity)
        .inner_join(
            session::Entity,
            session::Column::Id
                .into_expr()
                .eq(refresh_token::Column::SessionId.into_expr()),
        )
        .inner_join(
            user::Entity,
            user::Column::Id.into_expr().eq(session::Column::UserId.into_expr()),
        )
        .and_where(refresh_token::Column::Digest.eq(secret.digest()));
    let found: Option<(TokenRow, (FamilyRow, HolderRow))> = fetch_one(&transaction, &statement).await?;
    let now = entity::now();
    let Some((token, (family, holder))) = found.filter(|(_, (family, _))| family.client == client) else {
        return Err(expired());
    };
    if family.ended_at.is_some() || family.expires_at <= now || holder.disabled_at.is_some() {
        return Err(expired());
    }
    let granted = Scopes::stored(&family.scope);
    let scopes = scopes.unwrap_or(granted);
    if !granted.covers(scopes) {
        let message = "The scope asks for more than was granted.";
        return Err(Problem::new(ProblemCode::NotAllowed, "scope", message).into());
    }
    // Whoever marks it first has used it: of two at the same time, the other finds it used.
    let mark = Query::update()
        .table(refresh_token::Entity)
        .value(refresh_token::Column::UsedAt, now)
        .and_where(refresh_token::Column::Digest.eq(secret.digest()))
        .and_where(refresh_token::Column::UsedAt.is_null())
        .take();
    let is_first = transaction.execute(&mark).await?.rows_affected() == 1;
    let is_tab = reuse == Reuse::AmongTabs && token.used_at.is_none_or(|used_at| now - used_at < TABS);
    if !is_first && !is_tab {
        revoke(&transaction, family.id).await?;
        let event = Event::new(EventKind::TokenReplayed)
            .user(family.user)
            .address(&device.address)
            .detail("session", family.id.to_string());
        audit::record(&transaction, Viewer::Anonymous, event).await?;
        transaction.commit().await?;
        accounts.revocations.refresh(&accounts.store).await?;
        tracing::warn!(session = %family.id, "a refresh token was used twice: its session is ended");
        return Err(expired());
    }
    let refresh = if is_first {
        let used = Query::update()
            .table(session::Entity)
            .value(session::Column::LastUsedAt, now)
            .value(session::Column::ExpiresAt, expiry(accounts, now))
            .value(session::Column::Address, device.address.clone())
            .value(session::Column::UserAgent, device.user_agent.clone())
            .and_where(Expr::col(session::Column::Id).eq(family.id))
            .and_where(Expr::col(session::Column::EndedAt).is_null())
            .take();
        // Somebody may have ended it since it was read.
        if transaction.execute(&used).await?.rows_affected() != 1 {
            return Err(expired());
        }
        Some(next_secret(&transaction, family.id).await?)
    } else {
        None
    };
    transaction.commit().await?;
    let subject = Subject::Session {
        user: family.user,
        session: family.id,
        client,
        authenticated_at: family.authenticated_at,
    };
    Ok(Tokens {
        user: family.user,
        session: family.id,
        access: access_token(accounts, subject, scopes)?,
        refresh,
        scopes,
        authenticated_at: family.authenticated_at,
    })
}

fn expired() -> Refusal {
    Problem::whole(ProblemCode::Expired, "The session has ended. Sign in again.").into()
}
