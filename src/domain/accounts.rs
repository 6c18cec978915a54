//! What the verbs of accounts stand on beside the database: passwords, mail, keys, and what was revoked.

use std::sync::Arc;
use std::time::Duration;

use entity::UserId;
use sea_orm::DbErr;
use url::Url;

use crate::domain::api_key::KnownKeys;
use crate::domain::job::Bell;
use crate::domain::outside::KnownOutside;
use crate::domain::post::DeskSettings;
use crate::domain::publication::PublicationSettings;
use crate::domain::refusal::Refusal;
use crate::domain::revocation::Revocations;
use crate::domain::signing_key::{KeyError, Keys};
use crate::domain::sweep;
use crate::domain::text::Email;
use crate::limit::{Limiter, Quota};
use crate::mail::Mailer;
use crate::password::Passwords;
use crate::provider::trusted::TrustedIssuers;
use crate::store::{Store, Transaction, clock, log_failure};
use crate::token::{Algorithm, Master, Validator};

/// How accounts are kept.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// Where this installation is reached, without a trailing slash; tokens are issued in this name.
    pub base_url: Url,
    /// How tokens are signed.
    pub algorithm: Algorithm,
    /// How long access tokens live; at most 15 minutes.
    pub access_lifetime: Duration,
    /// How long a session lasts without being used.
    pub session_lifetime: Duration,
    /// Whether anybody may sign up.
    pub sign_up_open: bool,
    /// Counts what may be done only so often.
    pub limiter: Limiter,
    /// How many letters one address may be sent.
    pub letters: Quota,
    /// How often somebody who is signed in may try the password of their account.
    pub proofs: Quota,
    /// How the desk is kept: its verbs stand on the same parts.
    pub desk: DeskSettings,
    /// Who creates publications, and which one is the default.
    pub publications: PublicationSettings,
    /// The outside issuers whose tokens are taken, if there are any.
    pub issuers: Option<Arc<TrustedIssuers>>,
}

impl AccountSettings {
    /// The name that tokens are issued in: the address without a trailing slash.
    pub fn issuer(&self) -> &str {
        self.base_url.as_str().trim_end_matches('/')
    }
}

/// The accounts of this installation. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<Parts>);

/// What [`Accounts`] is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Sends letters; verbs leave that to jobs.
    pub mailer: Mailer,
    /// Wakes a worker of this process.
    pub bell: Bell,
    /// The installation's secret.
    pub master: Master,
    /// The keys that sign tokens.
    pub keys: Keys,
    /// Checks the form of tokens.
    pub validator: Validator,
    /// What was revoked lately.
    pub revocations: Revocations,
    /// API keys that were checked lately.
    pub known_keys: KnownKeys,
    /// Whose accounts were found behind outside tokens lately.
    pub known_outside: KnownOutside,
    /// How accounts are kept.
    pub settings: AccountSettings,
    watch: tokio::task::AbortHandle,
}

impl std::ops::Deref for Accounts {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// How often this process looks what others revoked. Well below the second within which it must hold.
const REVOCATIONS_EVERY: Duration = Duration::from_millis(300);
/// How many of those looks pass between two looks at the signing keys: 6 seconds.
const KEYS_EVERY: u32 = 20;
/// How many pass between two removals of what is no longer of use: 10 minutes.
const SWEEP_EVERY: u32 = 2_000;

impl Accounts {
    /// Accounts on a migrated database. Makes the first signing key where there is none, and keeps itself up to date in
    /// the background as long as it is held.
    ///
    /// # Errors
    /// When the database fails, or holds keys that were sealed with another secret.
    pub async fn open(
        store: Store,
        passwords: Passwords,
        mailer: Mailer,
        master: Master,
        settings: AccountSettings,
    ) -> Result<Self, KeyError> {
        let keys = Keys::open(&store, &master, settings.algorithm).await?;
        let revocations = Revocations::open(&store).await?;
        let watch = tokio::spawn(watch(store.clone(), keys.clone(), revocations.clone())).abort_handle();
        Ok(Self(Arc::new(Parts {
            validator: Validator::new(settings.issuer()),
            known_keys: KnownKeys::default(),
            known_outside: KnownOutside::default(),
            store,
            passwords,
            mailer,
            bell: Bell::default(),
            master,
            keys,
            revocations,
            settings,
            watch,
        })))
    }

    /// Takes one of the letters that may go to an address: whoever asks for them need not be its owner.
    ///
    /// # Errors
    /// When there were too many.
    pub async fn may_write_to(&self, email: &Email) -> Result<(), Refusal> {
        self.take(&self.settings.letters, email.as_str()).await
    }

    /// Takes one of the tries that somebody at a session has to prove that the account is theirs.
    ///
    /// # Errors
    /// When there were too many.
    pub async fn may_prove(&self, user: UserId) -> Result<(), Refusal> {
        self.take(&self.settings.proofs, &user.to_string()).await
    }

    async fn take(&self, quota: &Quota, key: &str) -> Result<(), Refusal> {
        match self.settings.limiter.take(quota, key).await.retry_after {
            None => Ok(()),
            Some(wait) => Err(Refusal::TooOften(wait)),
        }
    }

    /// Commits what asked for jobs, and wakes a worker.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commit(&self, transaction: Transaction) -> Result<(), DbErr> {
        transaction.commit().await?;
        self.bell.ring();
        Ok(())
    }

    /// An address of this installation.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.settings.issuer())
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

async fn watch(store: Store, keys: Keys, revocations: Revocations) {
    let mut interval = tokio::time::interval(REVOCATIONS_EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for round in 1_u32.. {
        interval.tick().await;
        if store.is_unreachable() {
            continue;
        }
        note("revocations cannot be read", revocations.refresh(&store).await);
        if round % KEYS_EVERY == 0 {
            note("signing keys cannot be read", keys.refresh(&store).await);
        }
        if round % SWEEP_EVERY == 1 {
            note("the clock of the database cannot be read", check_clock(&store).await);
        }
        if round % SWEEP_EVERY == 0 {
            note("old rows cannot be removed", sweep::sweep(&store).await);
        }
    }
}

/// Warns when clocks differ: tokens, revocations, schedules and leases compare times that different machines wrote.
async fn check_clock(store: &Store) -> Result<(), DbErr> {
    match clock::skew(store.read()).await? {
        Some(skew) if skew.abs() > clock::MAX_SKEW => {
            let seconds = skew.as_seconds_f64();
            tracing::warn!(
                seconds,
                "the clock of the database is ahead of this machine's: synchronise both (NTP)"
            );
        }
        _ => {}
    }
    Ok(())
}

/// What failed is tried again soon; what depends on it asks the database itself meanwhile.
fn note<E: Into<KeyError>>(failure: &'static str, outcome: Result<(), E>) {
    match outcome.map_err(Into::into) {
        Ok(()) => {}
        Err(KeyError::Database(error)) => log_failure(&error, failure),
        Err(error) => tracing::error!(%error, "{failure}"),
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Database(error) => Self::Database(error),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<DbErr> for KeyError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}
