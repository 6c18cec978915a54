//! Letters are jobs: kept sealed until they are sent, and sent once what they tell of is kept.

use entity::job::{Entity, JobStatus, Model};
use quoin::domain::account;
use quoin::domain::job::{self, NewJob, Task};
use quoin::domain::letter::{Posting, SealedLetter};
use quoin::mail::Letter;
use quoin::token::Master;
use sea_orm::{EntityTrait, QueryOrder};

use crate::support::Town;
use crate::support::accounts::run_jobs;
use crate::support::town::{device, email};

async fn jobs(town: &Town) -> Vec<Model> {
    let found = Entity::find().order_by_asc(entity::job::Column::Id);
    found.all(town.store().read()).await.unwrap()
}

#[tokio::test]
async fn a_letter_lies_sealed_until_it_is_sent_and_leaves_nothing_behind() {
    let town = Town::new().await;
    town.resident("ann").await;
    account::forgot_password(&town.accounts, &email("ann"), &device())
        .await
        .unwrap();
    let waiting = jobs(&town).await.pop().unwrap();
    assert_eq!(
        (waiting.kind.as_str(), waiting.status),
        ("send-letter", JobStatus::Ready)
    );
    let stored = format!("{waiting:?}");
    let letter = town.letter().await;
    assert!(
        !stored.contains(&email("ann")) && !stored.contains("Set your password"),
        "{stored}"
    );
    assert!(!stored.contains(letter.secret().expose()), "{stored}");
    let sent = jobs(&town).await.pop().unwrap();
    assert_eq!(
        (sent.id, sent.status, sent.payload),
        (waiting.id, JobStatus::Done, serde_json::json!({}))
    );
}

#[tokio::test]
async fn a_letter_to_nobody_cannot_be_told_from_others_until_it_is_not_sent() {
    let town = Town::new().await;
    town.resident("ann").await;
    run_jobs(&town.accounts).await;
    let before = town.letters().await.len();
    for name in ["ann", "nobody"] {
        account::forgot_password(&town.accounts, &email(name), &device())
            .await
            .unwrap();
    }
    let waiting = jobs(&town).await.split_off(before);
    let told: Vec<_> = waiting
        .iter()
        .map(|job| (&job.kind, job.status, job.attempts))
        .collect();
    assert_eq!(told[0], told[1]);
    assert_eq!(run_jobs(&town.accounts).await, 2);
    assert!(jobs(&town).await.iter().all(|job| job.status == JobStatus::Done));
    assert_eq!(town.letters().await.len(), before + 1);
}

#[tokio::test]
async fn a_refused_act_sends_no_letter() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let count = jobs(&town).await.len();
    let refused = account::change_email(&town.accounts, ann.viewer(), "new@example.com", "wrong".to_owned()).await;
    assert!(refused.is_err());
    assert!(
        account::forgot_password(&town.accounts, "nobody", &device())
            .await
            .is_err()
    );
    assert_eq!(jobs(&town).await.len(), count);
}

#[tokio::test]
async fn a_letter_that_cannot_be_opened_is_given_up_and_told_without_its_text() {
    let town = Town::new().await;
    let letter = Letter::new("ann@example.com", "Hello", "token=hunter2").unwrap();
    let other = Master::new("another secret, of 32 characters and more");
    let foreign = SealedLetter::seal(&other, &letter, Posting::Sent).unwrap();
    let broken = SealedLetter(entity::Hidden("hunter2".to_owned()));
    let transaction = town.store().write().await.unwrap();
    for sealed in [foreign, broken] {
        job::enqueue(&transaction, NewJob::new(Task::SendLetter(sealed)))
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    assert_eq!(run_jobs(&town.accounts).await, 2);
    for job in jobs(&town).await {
        assert_eq!(job.status, JobStatus::Dead);
        let told = job.last_error.unwrap();
        assert!(
            told.contains("sealed with another secret") && !told.contains("hunter2"),
            "{told}"
        );
    }
    assert!(town.letters().await.is_empty());
}
