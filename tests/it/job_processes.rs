//! Jobs of real processes: what one leaves that is killed, another does.

use std::net::TcpListener;
use std::path::Path;

use entity::job::{Entity, JobStatus, Model};
use quoin::domain::letter::{Posting, post};
use quoin::mail::Letter;
use sea_orm::EntityTrait;

use crate::support::Town;
use crate::support::accounts::SECRET;
use crate::support::command::{Outcome, quoin};
use crate::support::jobs::until;
use crate::support::serving::Serving;

/// Asks for letters.
async fn write(town: &Town, count: usize) {
    let transaction = town.accounts.store.write().await.unwrap();
    for number in 0..count {
        let letter = Letter::new(&format!("reader{number}@example.com"), "News", "All is well.").unwrap();
        post(&town.accounts, &transaction, &letter, Posting::Sent)
            .await
            .unwrap();
    }
    town.accounts.commit(transaction).await.unwrap();
}

async fn jobs(town: &Town) -> Vec<Model> {
    Entity::find().all(town.store().read()).await.unwrap()
}

async fn all_done(town: &Town) -> bool {
    jobs(town).await.iter().all(|job| job.status == JobStatus::Done)
}

/// To whom the letters in an outbox are.
fn sent(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.join("data/outbox")) else {
        return Vec::new();
    };
    let files = entries.map(|entry| entry.unwrap().path());
    // Whoever is killed may leave half a file, under another name.
    let letters = files.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
    let letters = letters.map(|path| std::fs::read_to_string(path).unwrap());
    let to = letters.map(|letter| {
        let line = letter.lines().find_map(|line| line.strip_prefix("To: "));
        line.unwrap().to_owned()
    });
    let mut to: Vec<_> = to.collect();
    to.sort();
    to
}

#[tokio::test]
async fn what_a_killed_process_held_is_done_by_another_after_its_lease() {
    let town = Town::new().await;
    // A mail server that takes the connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mail = format!("smtp://{}", silent.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let common = [
        ("DATABASE_URL", town.database.url()),
        ("QUOIN_AUTH__SECRET", SECRET),
        ("QUOIN_JOBS__LEASE_SECONDS", "1"),
    ];
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    std::fs::create_dir_all(&one).unwrap();
    std::fs::create_dir_all(&two).unwrap();
    let hanging = [common.as_slice(), &[("QUOIN_MAIL__SMTP_URL", mail.as_str())]].concat();
    let mut hanging = Serving::start(&one, &hanging);
    hanging.address();
    write(&town, 1).await;
    // It is in the middle of it.
    let (_talking, _) = tokio::task::spawn_blocking(move || silent.accept().unwrap())
        .await
        .unwrap();
    assert_eq!(jobs(&town).await[0].status, JobStatus::Running);
    hanging.kill();

    let mut other = Serving::start(&two, &common);
    other.address();
    until(async || all_done(&town).await).await;
    assert_eq!(sent(&two), ["reader0@example.com"]);
    assert_eq!(jobs(&town).await[0].attempts, 2);
}

#[tokio::test]
async fn two_processes_share_the_work_and_one_may_be_killed_in_the_middle_of_it() {
    let town = Town::new().await;
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("DATABASE_URL", town.database.url()),
        ("QUOIN_AUTH__SECRET", SECRET),
        ("QUOIN_JOBS__LEASE_SECONDS", "1"),
    ];
    // With a folder in common: a letter that was sent twice lies there twice.
    let mut killed = Serving::start(folder.path(), &variables);
    let mut other = Serving::start(folder.path(), &variables);
    killed.address();
    other.address();
    write(&town, 40).await;
    until(async || jobs(&town).await.iter().any(|job| job.status == JobStatus::Done)).await;
    killed.kill();
    until(async || all_done(&town).await).await;
    let mut sent = sent(folder.path());
    // Whatever was handed over and not noted is sent again: at most what the workers of the killed one held.
    assert!((40..=42).contains(&sent.len()), "{}", sent.len());
    sent.dedup();
    assert_eq!(sent.len(), 40);
}

#[tokio::test]
async fn a_process_without_workers_leaves_jobs_to_others() {
    let town = Town::new().await;
    write(&town, 1).await;
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("DATABASE_URL", town.database.url()),
        ("QUOIN_AUTH__SECRET", SECRET),
        ("QUOIN_JOBS__WORKERS", "0"),
    ];
    let mut serving = Serving::start(folder.path(), &variables);
    serving.address();
    assert_eq!(serving.stop("-TERM").code(), Some(0));
    let job = jobs(&town).await.remove(0);
    assert_eq!((job.status, job.attempts), (JobStatus::Ready, 0));
}

#[tokio::test]
async fn what_waits_when_a_process_ends_is_sent_when_it_is_started_again() {
    let town = Town::new().await;
    let folder = tempfile::tempdir().unwrap();
    let variables = [("DATABASE_URL", town.database.url()), ("QUOIN_AUTH__SECRET", SECRET)];
    for count in 1..=2 {
        write(&town, 1).await;
        let mut serving = Serving::start(folder.path(), &variables);
        serving.address();
        until(async || all_done(&town).await).await;
        assert_eq!(serving.stop("-TERM").code(), Some(0));
        assert_eq!(sent(folder.path()).len(), count);
    }
    let mut list = quoin(folder.path(), &["jobs", "list", "--status", "done"]);
    let listed = Outcome::of(list.envs(variables)).succeeded();
    assert_eq!(listed.lines().count(), 2, "{listed}");
}
