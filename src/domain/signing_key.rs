//! The keys that sign tokens: made at the first start, kept sealed in the database so that replicas share them, rotated
//! with an overlap.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::TimeDelta;
use entity::signing_key::{ActiveModel, Column, Entity};
use entity::{Hidden, SigningKeyId, Timestamp};
use sea_orm::sea_query::{ExprTrait, Order, Query};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr};

use crate::domain::Viewer;
use crate::domain::audit::{self, Event, EventKind};
use crate::store::Store;
use crate::store::dialect::take_turns;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, row};
use crate::token::{Algorithm, KeyBroken, Keyring, Master, SealBroken, SigningKey};

/// How long a new key is published before it signs, so that whoever keeps our public keys has it by then: the lifetime
/// that the JWKS endpoint tells its readers.
pub const PUBLISHED_BEFORE: TimeDelta = TimeDelta::minutes(10);
/// How long tokens of a key are taken after it signed the last: their longest lifetime, and a minute for clocks.
const VERIFIES_AFTER: TimeDelta = TimeDelta::minutes(16);
/// What private keys are sealed as.
const SEAL: &str = "signing key";

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database failed.
    #[error("the database failed: {}", crate::store::driver_text(.0))]
    Database(DbErr),
    /// They were sealed with another secret.
    #[error(
        "the signing keys in the database were sealed with another secret: set auth.secret (or the file secret.key in \
         the data folder) to what it was, or make new keys with `quoin key rotate --now`"
    )]
    Sealed(#[from] SealBroken),
    /// A key is none.
    #[error("a signing key in the database is broken: make new ones with `quoin key rotate --now`")]
    Broken(#[from] KeyBroken),
    /// There is none that signs.
    #[error("there is no signing key: make one with `quoin key rotate --now`")]
    Missing,
}

row! {
    /// A key as it is kept.
    pub struct KeyRow of signing_key {
        /// The id.
        pub id: SigningKeyId = Id,
        /// How it signs.
        pub algorithm: String = Algorithm,
        /// The private key, sealed.
        pub sealed: Hidden = Sealed,
        /// When it was made.
        pub created_at: Timestamp = CreatedAt,
        /// From when it signs.
        pub signs_from: Timestamp = SignsFrom,
        /// Until when its tokens are taken; none while no other follows it.
        pub verifies_until: Option<Timestamp> = VerifiesUntil,
    }
}

/// What a key does at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It is published, and signs later.
    Next,
    /// It signs.
    Signing,
    /// It signs no longer; its tokens are taken.
    Retiring,
    /// It does nothing.
    Retired,
}

/// The keys with what each does at a time, the newest first.
pub fn states(rows: &[KeyRow], at: Timestamp) -> Vec<KeyState> {
    let mut signing = None;
    let state = |row: &KeyRow| {
        if row.verifies_until.is_some_and(|until| until <= at) {
            KeyState::Retired
        } else if row.signs_from > at {
            KeyState::Next
        } else if signing.is_none() {
            signing = Some(row.id);
            KeyState::Signing
        } else {
            KeyState::Retiring
        }
    };
    rows.iter().map(state).collect()
}

/// All keys, the latest to sign first.
pub async fn list(database: &impl Reads) -> Result<Vec<KeyRow>, DbErr> {
    let mut statement = Query::select();
    KeyRow::select(&mut statement);
    statement
        .from(Entity)
        .order_by(Column::SignsFrom, Order::Desc)
        .order_by(Column::Id, Order::Desc)
        .limit(100);
    fetch(database, &statement).await
}

/// The keys of this moment, shared by all requests. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    ring: Arc<RwLock<Arc<Keyring>>>,
    master: Master,
}

impl Keys {
    /// The keys of the database; the first is made where there is none, or none of this algorithm.
    pub(in crate::domain) async fn open(
        store: &Store,
        master: &Master,
        algorithm: Algorithm,
    ) -> Result<Self, KeyError> {
        let rows = list(store.read()).await?;
        let ring = match ring(&rows, master) {
            Ok(ring) if newest_is(&rows, algorithm) => ring,
            Ok(_) | Err(KeyError::Missing) => {
                make_first(store, master, algorithm).await?;
                ring(&list(store.read()).await?, master)?
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            ring: Arc::new(RwLock::new(Arc::new(ring))),
            master: master.clone(),
        })
    }

    /// The keyring.
    pub fn ring(&self) -> Arc<Keyring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the keys anew.
    ///
    /// # Errors
    /// When the database fails or a key cannot be opened; the keys stay as they were.
    pub async fn refresh(&self, store: &Store) -> Result<(), KeyError> {
        let new = ring(&list(store.read()).await?, &self.master)?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(())
    }
}

fn ring(rows: &[KeyRow], master: &Master) -> Result<Keyring, KeyError> {
    let mut signing = None;
    let mut others = Vec::new();
    for (row, state) in rows.iter().zip(states(rows, entity::now())) {
        if state == KeyState::Retired {
            continue;
        }
        let algorithm = Algorithm::named(&row.algorithm).ok_or(KeyError::Broken(KeyBroken))?;
        let key = SigningKey::new(row.id, algorithm, &master.open(SEAL, &row.sealed)?);
        if state == KeyState::Signing {
            signing = Some(key);
        } else {
            others.push(key);
        }
    }
    Ok(Keyring::new(signing.ok_or(KeyError::Missing)?, &others)?)
}

/// Whether the key that signs now, or the next one that will, is of this algorithm.
fn newest_is(rows: &[KeyRow], algorithm: Algorithm) -> bool {
    rows.first().is_some_and(|row| row.algorithm == algorithm.name())
}

/// How the key that signs does it, if the keys can be opened; none when there is no key yet.
///
/// # Errors
/// When the database fails, or the keys cannot be used.
pub async fn probe(database: &impl Reads, master: &Master) -> Result<Option<Algorithm>, KeyError> {
    let rows = list(database).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(ring(&rows, master)?.algorithm()))
}

/// Makes the first key, or the first of an algorithm, unless another process just did.
async fn make_first(store: &Store, master: &Master, algorithm: Algorithm) -> Result<(), KeyError> {
    let transaction = store.write().await?;
    take_turns(&transaction).await?;
    let rows = list(&transaction).await?;
    match ring(&rows, master) {
        Ok(_) if newest_is(&rows, algorithm) => return Ok(()),
        Ok(_) | Err(KeyError::Missing) => {}
        Err(error) => return Err(error),
    }
    make(&transaction, master, algorithm, false).await?;
    transaction.commit().await?;
    Ok(())
}

/// Makes a key that follows those that are there.
///
/// With an overlap, it is published now and signs ten minutes later, and tokens of the old keys are taken until they
/// expire. Without one, for keys that became known to others, it signs at once and the old ones are worth nothing.
///
/// # Errors
/// When the database fails or the system gives no random numbers.
pub async fn rotate(
    transaction: &impl ConnectionTrait,
    master: &Master,
    algorithm: Algorithm,
    at_once: bool,
) -> Result<SigningKeyId, KeyError> {
    let id = make(transaction, master, algorithm, at_once).await?;
    let event = Event::new(EventKind::SigningKeyRotated)
        .detail("key", id.to_string())
        .detail("atOnce", at_once);
    audit::record(transaction, Viewer::Operator, event).await?;
    Ok(id)
}

async fn make(
    transaction: &impl ConnectionTrait,
    master: &Master,
    algorithm: Algorithm,
    at_once: bool,
) -> Result<SigningKeyId, KeyError> {
    let (id, now) = (SigningKeyId::new(), entity::now());
    let is_first = list(transaction)
        .await?
        .iter()
        .all(|row| row.verifies_until.is_some_and(|until| until <= now));
    let signs_from = if at_once || is_first {
        now
    } else {
        now + PUBLISHED_BEFORE
    };
    let verifies_until = if at_once { now } else { signs_from + VERIFIES_AFTER };
    let retire = Query::update()
        .table(Entity)
        .value(Column::VerifiesUntil, verifies_until)
        .and_where(
            Column::VerifiesUntil
                .is_null()
                .or(Column::VerifiesUntil.gt(verifies_until)),
        )
        .take();
    transaction.execute(&retire).await?;
    let row = ActiveModel {
        id: ActiveValue::Set(id),
        algorithm: ActiveValue::Set(algorithm.name().to_owned()),
        sealed: ActiveValue::Set(master.seal(SEAL, &SigningKey::generate(algorithm)?)?),
        created_at: ActiveValue::Set(now),
        signs_from: ActiveValue::Set(signs_from),
        verifies_until: ActiveValue::Set(None),
    };
    row.insert(transaction).await?;
    Ok(id)
}
