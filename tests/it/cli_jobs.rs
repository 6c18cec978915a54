//! `quoin jobs` lists what is to be done later, and has what failed tried again.

use std::process::Command;

use entity::job::{Entity, JobStatus};
use quoin::domain::job::NewJob;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::accounts::{accounts, run_jobs};
use crate::support::command::{Outcome, quoin};
use crate::support::jobs::{Bench, task};

/// A database with a job that was given up, since only another version of Quoin knows what it is.
async fn dead() -> (Bench, TempDir) {
    let bench = Bench::new().await;
    bench.ask(NewJob::new(task())).await;
    bench.change(|row| row.kind = Set("paint-fence".to_owned())).await;
    let accounts = accounts(bench.store(), bench.database.outbox()).await;
    assert_eq!(run_jobs(&accounts).await, 1);
    assert_eq!((bench.status().await, bench.job().await.attempts), (JobStatus::Dead, 1));
    (bench, tempfile::tempdir().unwrap())
}

fn run(bench: &Bench, folder: &TempDir, arguments: &[&str]) -> Outcome {
    let mut command: Command = quoin(folder.path(), arguments);
    command
        .env("DATABASE_URL", bench.database.url())
        .env("QUOIN_LISTEN", "127.0.0.1:0");
    Outcome::of(&mut command)
}

#[tokio::test]
async fn an_unknown_kind_is_given_up_and_said_to_be_unknown() {
    let (bench, folder) = dead().await;
    let listed = run(&bench, &folder, &["jobs", "list"]).succeeded();
    assert!(
        listed.contains("dead") && listed.contains("knows no job of the kind \"paint-fence\""),
        "{listed}"
    );
    let doctor = run(&bench, &folder, &["doctor"]);
    assert_eq!(doctor.code, Some(1));
    let line = doctor.stdout.lines().find(|line| line.contains("jobs: ")).unwrap();
    assert!(
        line.starts_with("wrong") && line.contains("1 ") && line.contains("quoin jobs retry"),
        "{line}"
    );
}

#[tokio::test]
async fn jobs_are_listed_for_scripts_too_and_by_where_they_stand() {
    let (bench, folder) = dead().await;
    let listed = run(&bench, &folder, &["jobs", "list", "--status", "dead", "--json"]).succeeded();
    let job: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        (&job["status"], &job["attempts"], &job["kind"]),
        (&"dead".into(), &1.into(), &"paint-fence".into())
    );
    for none in [["--status", "ready"], ["--kind", "send-letter"]] {
        let arguments = [["jobs", "list"], none].concat();
        assert_eq!(run(&bench, &folder, &arguments).succeeded(), "", "{none:?}");
    }
    // More than one page.
    let row = bench.job().await;
    let copies = (0..120).map(|_| {
        let mut copy: entity::job::ActiveModel = row.clone().into();
        copy.id = Set(entity::JobId::new());
        copy
    });
    Entity::insert_many(copies)
        .exec_without_returning(bench.store().read())
        .await
        .unwrap();
    let listed = run(&bench, &folder, &["jobs", "list"]).succeeded();
    assert_eq!(listed.lines().count(), 121);
}

#[tokio::test]
async fn what_was_given_up_is_tried_again_one_by_one_or_all_at_once() {
    let (bench, folder) = dead().await;
    let id = bench.job().await.id.to_string();
    let told = run(&bench, &folder, &["jobs", "retry", &id]).succeeded();
    assert!(told.contains(&id) && told.contains("ready"), "{told}");
    assert_eq!(
        (bench.status().await, bench.job().await.attempts),
        (JobStatus::Ready, 0)
    );
    assert_eq!(
        run(&bench, &folder, &["jobs", "retry", "--all-dead"]).succeeded(),
        "jobs to be tried again: 0\n"
    );
    let mut row: entity::job::ActiveModel = bench.job().await.into();
    row.status = Set(JobStatus::Dead);
    row.update(bench.store().read()).await.unwrap();
    let told = run(&bench, &folder, &["jobs", "retry", "--all-dead", "--json"]).succeeded();
    assert_eq!(told, "{\"retried\":1}\n");
    assert_eq!(bench.status().await, JobStatus::Ready);
    let doctor = run(&bench, &folder, &["doctor"]);
    let line = doctor.stdout.lines().find(|line| line.contains("jobs: ")).unwrap();
    assert_eq!(line, "ok     jobs: none failed for good, 1 job waiting");
}

#[tokio::test]
async fn what_cannot_be_tried_again_is_said_on_one_line() {
    let (bench, folder) = dead().await;
    let unknown = uuid::Uuid::nil().to_string();
    assert_eq!(
        run(&bench, &folder, &["jobs", "retry", &unknown]).failed(),
        "there is no such job"
    );
    bench.change(|row| row.status = Set(JobStatus::Done)).await;
    let id = bench.job().await.id.to_string();
    let line = run(&bench, &folder, &["jobs", "retry", &id]).failed();
    assert_eq!(line, "ID: Only a job that failed can be tried again");
    for wrong in [
        &["jobs", "retry"][..],
        &["jobs", "retry", "nonsense"],
        &["jobs", "retry", &unknown, "--all-dead"],
        &["jobs", "list", "--status", "lost"],
    ] {
        assert_eq!(run(&bench, &folder, wrong).code, Some(2), "{wrong:?}");
    }
}
