//! The keys that sign tokens are made once, rotated with an overlap, and worth nothing without the secret.

use chrono::TimeDelta;
use entity::{revocation, signing_key as signing_key_row};
use quoin::domain::accounts::Accounts;
use quoin::domain::signing_key::{self, KeyError, KeyState, PUBLISHED_BEFORE};
use quoin::domain::{account, sweep};
use quoin::token::{Algorithm, Master, TokenFault};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::accounts::accounts_with;
use crate::support::town::{PASSWORD, fault};
use crate::support::{TestDb, Town};

async fn rotate(town: &Town, algorithm: Algorithm, at_once: bool) -> entity::SigningKeyId {
    let transaction = town.store().write().await.unwrap();
    let id = signing_key::rotate(&transaction, &town.accounts.master, algorithm, at_once)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    town.accounts.keys.refresh(&town.accounts.store).await.unwrap();
    id
}

async fn states(town: &Town, later: TimeDelta) -> Vec<KeyState> {
    let rows = signing_key::list(town.store().read()).await.unwrap();
    signing_key::states(&rows, entity::now() + later)
}

async fn keys(database: &TestDb) -> u64 {
    signing_key_row::Entity::find()
        .count(database.store().read())
        .await
        .unwrap()
}

#[tokio::test]
async fn processes_that_start_at_the_same_time_make_one_key() {
    let database = TestDb::new().await;
    let open = || accounts_with(database.store(), database.outbox(), |_| ());
    let (one, other) = tokio::join!(open(), open());
    assert_eq!(keys(&database).await, 1);
    assert_eq!(one.keys.ring().public(), other.keys.ring().public());
}

#[tokio::test]
async fn a_rotated_key_is_published_first_signs_then_and_the_old_one_retires() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let old = town.accounts.keys.ring().public().keys[0].common.key_id.clone();
    rotate(&town, Algorithm::EdDsa, false).await;
    let published = town.accounts.keys.ring().public().keys;
    assert_eq!(published.len(), 2, "readers of the JWKS have it before it signs");
    assert_eq!(published[0].common.key_id, old);
    assert_eq!(fault(&town.accounts, ann.jwt()).await, None);
    let again = town.sign_in("ann", PASSWORD).await.unwrap();
    assert_eq!(fault(&town.accounts, again.jwt()).await, None);
    let after = PUBLISHED_BEFORE + TimeDelta::seconds(1);
    assert_eq!(
        states(&town, TimeDelta::zero()).await,
        [KeyState::Next, KeyState::Signing]
    );
    assert_eq!(states(&town, after).await, [KeyState::Signing, KeyState::Retiring]);
    assert_eq!(
        states(&town, PUBLISHED_BEFORE + TimeDelta::minutes(15)).await,
        [KeyState::Signing, KeyState::Retiring],
        "the last token of the old key lives for so long"
    );
    assert_eq!(
        states(&town, PUBLISHED_BEFORE + TimeDelta::minutes(17)).await,
        [KeyState::Signing, KeyState::Retired]
    );
}

#[tokio::test]
async fn rotated_twice_in_a_row_there_is_always_one_that_signs() {
    let town = Town::new().await;
    rotate(&town, Algorithm::EdDsa, false).await;
    rotate(&town, Algorithm::Es256, false).await;
    for minutes in 0..60 {
        let states = states(&town, TimeDelta::minutes(minutes)).await;
        let signing = states.iter().filter(|state| **state == KeyState::Signing).count();
        assert_eq!(signing, 1, "after {minutes} minutes: {states:?}");
    }
}

#[tokio::test]
async fn at_once_the_old_keys_are_worth_nothing() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    rotate(&town, Algorithm::EdDsa, false).await;
    rotate(&town, Algorithm::EdDsa, true).await;
    assert_eq!(fault(&town.accounts, ann.jwt()).await, Some(TokenFault::UnknownKey));
    assert_eq!(
        states(&town, TimeDelta::seconds(1)).await,
        [KeyState::Retired, KeyState::Signing, KeyState::Retired],
        "in the order of signing"
    );
    let again = town.sign_in("ann", PASSWORD).await.unwrap();
    assert_eq!(fault(&town.accounts, again.jwt()).await, None);
}

#[tokio::test]
async fn another_algorithm_makes_one_more_key_however_often_one_starts() {
    let database = TestDb::new().await;
    let open = async |algorithm| -> Accounts {
        accounts_with(database.store(), database.outbox(), |settings| {
            settings.algorithm = algorithm;
        })
        .await
    };
    let first = open(Algorithm::EdDsa).await;
    for _ in 0..3 {
        let later = open(Algorithm::Es256).await;
        assert_eq!(keys(&database).await, 2);
        assert_eq!(
            later.keys.ring().algorithm(),
            Algorithm::EdDsa,
            "the new one is published before it signs"
        );
    }
    drop(first);
}

#[tokio::test]
async fn with_another_secret_the_keys_are_not_opened_and_the_error_says_how_to_go_on() {
    let town = Town::new().await;
    let accounts = &town.accounts;
    let open = || {
        let other = Master::new("another secret, of 32 characters and more");
        Accounts::open(
            town.store().clone(),
            accounts.passwords.clone(),
            accounts.mailer.clone(),
            other,
            accounts.settings.clone(),
        )
    };
    let Err(error) = open().await else {
        panic!("opened with another secret")
    };
    assert!(matches!(error, KeyError::Sealed(_)));
    let text = error.to_string();
    assert!(
        text.contains("auth.secret") && text.contains("quoin key rotate --now"),
        "{text}"
    );
    let other = Master::new("another secret, of 32 characters and more");
    let transaction = town.store().write().await.unwrap();
    signing_key::rotate(&transaction, &other, Algorithm::EdDsa, true)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert!(open().await.is_ok(), "what the error advises helps");
}

#[tokio::test]
async fn what_was_revoked_long_ago_is_forgotten() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    account::disable(&town.accounts, quoin::domain::Viewer::Operator, ann.id)
        .await
        .unwrap();
    assert!(town.accounts.revocations.count() >= 2, "her session and herself");
    let long_ago = entity::now() - TimeDelta::minutes(61);
    let change = revocation::Entity::update_many().col_expr(revocation::Column::CreatedAt, Expr::value(long_ago));
    change.exec(town.store().read()).await.unwrap();
    assert_eq!(town.replica().await.revocations.count(), 0);
    sweep::sweep(town.store()).await.unwrap();
    assert_eq!(revocation::Entity::find().count(town.store().read()).await.unwrap(), 0);
}
