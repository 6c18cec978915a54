//! Nobody has letters sent to others, or tries passwords, without end.

use quoin::domain::account;
use quoin::domain::refusal::Refusal;
use quoin::domain::scope::Scopes;
use quoin::domain::session::Device;
use quoin::domain::{Actor, Credential, Viewer};
use quoin::limit::Quota;

use crate::support::TestDb;
use crate::support::accounts::{account as make_account, accounts_with, hash};

#[tokio::test]
async fn one_address_is_sent_so_many_letters_whoever_asks_for_them() {
    let database = TestDb::new().await;
    let accounts = accounts_with(database.store(), database.outbox(), |settings| {
        settings.letters = Quota::per_hour("letters", 2);
    })
    .await;
    let ask = async |email: &str| account::forgot_password(&accounts, email, &Device::default()).await;
    // Known or not, and however it is written.
    assert!(ask("ann@quoin.test").await.is_ok());
    assert!(ask(" ANN@quoin.test").await.is_ok());
    let Err(Refusal::TooOften(wait)) = ask("ann@quoin.test").await else {
        panic!("a third letter");
    };
    assert!(wait.as_secs() > 0);
    assert!(ask("bob@quoin.test").await.is_ok());
}

#[tokio::test]
async fn whoever_finds_a_session_open_cannot_try_passwords_without_end() {
    let database = TestDb::new().await;
    let accounts = accounts_with(database.store(), database.outbox(), |settings| {
        settings.proofs = Quota::per_minute("proofs", 3);
    })
    .await;
    let right = "correct horse battery staple";
    let hash = hash(&accounts, right).await;
    let user = make_account(&accounts, "ann@quoin.test", Some(hash), false).await;
    let viewer = Viewer::User(Actor {
        user,
        scopes: Scopes::ALL,
        credential: Credential::Session(entity::SessionId::new()),
    });
    for _ in 0..3 {
        let refused = account::delete(&accounts, viewer, "a guess of mine".into()).await;
        assert!(matches!(refused, Err(Refusal::Invalid(_))), "{refused:?}");
    }
    let refused = account::delete(&accounts, viewer, right.to_owned()).await;
    assert!(matches!(refused, Err(Refusal::TooOften(_))), "{refused:?}");
}
