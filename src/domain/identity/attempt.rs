use entity::sign_in_attempt::{ActiveModel, Column, Entity};
use entity::{Hidden, Timestamp, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait};

use crate::domain::accounts::Accounts;
use crate::domain::refusal::Refusal;
use crate::store::row::{Row, fetch_one, row};
use crate::token::{Secret, matches};

/// How long somebody may take at the provider.
const ATTEMPT_LASTS: chrono::TimeDelta = chrono::TimeDelta::minutes(15);

/// A sign-in that begins at an outside provider.
pub struct NewAttempt<'a> {
    /// The provider's name in the configuration.
    pub provider: &'a str,
    /// The `state` that the provider sends back.
    pub state: &'a Secret,
    /// The digest of what the browser holds.
    pub browser: Hidden,
    /// What the ID token must repeat.
    pub nonce: String,
    /// The PKCE verifier.
    pub pkce_verifier: String,
    /// Where the browser goes afterwards.
    pub return_to: String,
    /// The account that the identity is to be linked to.
    pub user: Option<UserId>,
}

row! {
    /// A sign-in that is under way.
    pub struct AttemptRow of sign_in_attempt {
        /// The provider's name in the configuration.
        pub provider: String = Provider,
        /// The digest of what the browser holds.
        pub browser: Hidden = Browser,
        /// What the ID token must repeat.
        pub nonce: Hidden = Nonce,
        /// The PKCE verifier.
        pub pkce_verifier: Hidden = PkceVerifier,
        /// Where the browser goes afterwards.
        pub return_to: String = ReturnTo,
        /// The account that the identity is to be linked to.
        pub user_id: Option<UserId> = UserId,
        /// When it began.
        pub created_at: Timestamp = CreatedAt,
    }
}

/// Takes note of a sign-in that begins.
///
/// # Errors
/// When the database fails.
pub async fn begin(accounts: &Accounts, new: NewAttempt<'_>) -> Result<(), Refusal> {
    let row = ActiveModel {
        digest: ActiveValue::Set(new.state.digest()),
        provider: ActiveValue::Set(new.provider.to_owned()),
        browser: ActiveValue::Set(new.browser),
        nonce: ActiveValue::Set(Hidden(new.nonce)),
        pkce_verifier: ActiveValue::Set(Hidden(new.pkce_verifier)),
        return_to: ActiveValue::Set(new.return_to),
        user_id: ActiveValue::Set(new.user),
        created_at: ActiveValue::Set(entity::now()),
    };
    row.insert(accounts.store.read()).await?;
    Ok(())
}

/// The sign-in that a `state` belongs to, for the browser that began it. It is used up by being asked for, by whichever
/// browser: a `state` is good once.
///
/// # Errors
/// When the database fails.
pub async fn resume(accounts: &Accounts, state: &Secret, browser: &Hidden) -> Result<Option<AttemptRow>, Refusal> {
    let transaction = accounts.store.write().await?;
    let mut statement = Query::select();
    AttemptRow::select(&mut statement);
    statement.from(Entity).and_where(Column::Digest.eq(state.digest()));
    let found: Option<AttemptRow> = fetch_one(&transaction, &statement).await?;
    let deleted = Entity::delete_by_id(state.digest()).exec(&transaction).await?;
    transaction.commit().await?;
    let oldest = entity::now() - ATTEMPT_LASTS;
    Ok(found.filter(|attempt| {
        deleted.rows_affected == 1 && attempt.created_at > oldest && matches(attempt.browser.expose(), browser.expose())
    }))
}
