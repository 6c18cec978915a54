use std::time::Duration;

use entity::{ApiKeyId, Hidden, Timestamp, UserId, api_key, user};
use moka::sync::Cache;
use sea_orm::sea_query::{Condition, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::domain::accounts::Accounts;
use crate::domain::revocation::Coverage;
use crate::domain::scope::Scopes;
use crate::domain::{Actor, Credential};
use crate::store::row::{Row, fetch_one, row};
use crate::store::{Store, log_failure};
use crate::token::{digest, matches};

/// How every key begins, so that people and scanners know one when they see it.
pub const PREFIX: &str = "qn_";

/// How long a key that was checked is not looked up again; a revocation ends it sooner.
const KNOWN_FOR: Duration = Duration::from_secs(60);
/// How many keys are known at most.
const MOST_KNOWN: u64 = 10_000;
/// How exactly the last use is kept.
const USE_NOTED_EVERY: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// Keys that were checked lately, by their digests.
pub struct KnownKeys(Cache<String, Known>);

#[derive(Clone, Copy)]
struct Known {
    actor: Actor,
    key: ApiKeyId,
    expires_at: Option<Timestamp>,
    checked_at: Timestamp,
}

impl Default for KnownKeys {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MOST_KNOWN)
                .time_to_live(KNOWN_FOR)
                .build(),
        )
    }
}

impl KnownKeys {
    /// Forgets all of them: the next use looks each up again.
    pub fn forget(&self) {
        self.0.invalidate_all();
    }
}

row! {
    /// A key as it is checked.
    struct StoredRow of api_key {
        /// For whom it acts.
        pub user_id: UserId = UserId,
        /// The digest of its secret.
        pub digest: Hidden = Digest,
        /// What it may do.
        pub scope: String = Scope,
        /// Until when it works.
        pub expires_at: Option<Timestamp> = ExpiresAt,
        /// When it was last used.
        pub last_used_at: Option<Timestamp> = LastUsedAt,
    }
}

/// Who comes with a key; none when it is not, or no longer, good. Asks the database once a minute for each key.
///
/// # Errors
/// When the database fails.
pub async fn check(accounts: &Accounts, text: &str) -> Result<Option<Actor>, DbErr> {
    let Some((id, secret)) = parts(text) else {
        return Ok(None);
    };
    let name = digest(text).expose().to_owned();
    let now = entity::now();
    let known = match accounts.known_keys.0.get(&name) {
        Some(known) => known,
        None => match look_up(&accounts.store, id, secret, now).await? {
            Some(known) => {
                accounts.known_keys.0.insert(name.clone(), known);
                known
            }
            None => return Ok(None),
        },
    };
    let subjects = [known.key.0, known.actor.user.0];
    let checked_at = known.checked_at.timestamp();
    let coverage = accounts
        .revocations
        .cover(&accounts.store, &subjects, checked_at)
        .await?;
    if coverage != Coverage::None {
        accounts.known_keys.0.invalidate(&name);
        // Revoked, or looked up in the very second in which something was: the database knows.
        return Ok(look_up(&accounts.store, id, secret, now)
            .await?
            .map(|known| known.actor));
    }
    Ok(known
        .expires_at
        .is_none_or(|expires_at| expires_at > now)
        .then_some(known.actor))
}

/// The id and the secret.
fn parts(text: &str) -> Option<(ApiKeyId, &str)> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let well_formed = id.len() == 32 && secret.len() == 43;
    let id = Uuid::try_parse(id).ok().filter(|_| well_formed)?;
    Some((ApiKeyId(id), secret))
}

async fn look_up(store: &Store, id: ApiKeyId, secret: &str, now: Timestamp) -> Result<Option<Known>, DbErr> {
    let mut statement = Query::select();
    StoredRow::select(&mut statement);
    statement
        .from(api_key::Entity)
        .inner_join(
            user::Entity,
            user::Column::Id.into_expr().eq(api_key::Column::UserId.into_expr()),
        )
        .and_where(api_key::Column::Id.eq(id))
        .and_where(user::Column::DisabledAt.is_null())
        .cond_where(
            Condition::any()
                .add(api_key::Column::ExpiresAt.is_null())
                .add(api_key::Column::ExpiresAt.gt(now)),
        );
    let stored: Option<StoredRow> = fetch_one(store.read(), &statement).await?;
    let Some(stored) = stored.filter(|stored| matches(stored.digest.expose(), digest(secret).expose())) else {
        return Ok(None);
    };
    if stored
        .last_used_at
        .is_none_or(|used_at| now - used_at >= USE_NOTED_EVERY)
    {
        let note = Query::update()
            .table(api_key::Entity)
            .value(api_key::Column::LastUsedAt, now)
            .and_where(api_key::Column::Id.eq(id))
            .take();
        // The key is good whether or not that can be noted.
        if let Err(error) = store.read().execute(&note).await {
            log_failure(&error, "the last use of an API key cannot be stored");
        }
    }
    Ok(Some(Known {
        actor: Actor {
            user: stored.user_id,
            scopes: Scopes::stored(&stored.scope),
            credential: Credential::ApiKey(id),
        },
        key: id,
        expires_at: stored.expires_at,
        checked_at: now,
    }))
}
