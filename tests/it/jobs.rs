//! Jobs: kept with what asked for them, begun in time, done once, tried again, and given up in the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use entity::job::JobStatus;
use futures_util::FutureExt;
use quoin::domain::job::{self, Failure, NewJob};
use quoin::jobs::{JobSettings, Work};
use sea_orm::ActiveValue::Set;

use crate::support::jobs::{Bench, eager, task, trace, tracing, until};

const LEASE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_job_is_kept_with_the_transaction_that_asked_for_it_or_not_at_all() {
    let bench = Bench::new().await;
    let transaction = bench.store().write().await.unwrap();
    job::enqueue(&transaction, NewJob::new(task())).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(bench.jobs().await, []);
    let transaction = bench.store().write().await.unwrap();
    job::enqueue(&transaction, NewJob::new(task())).await.unwrap();
    drop(transaction);
    assert_eq!(bench.runner(eager(), || Ok(tracing())).run_due().await.unwrap(), 0);
    bench.ask(NewJob::new(task())).await;
    assert_eq!(bench.status().await, JobStatus::Ready);
}

#[tokio::test]
async fn a_job_and_what_it_does_are_done_together() {
    let bench = Bench::new().await;
    bench.ask(NewJob::new(task()).unique("the one".to_owned())).await;
    assert_eq!(bench.runner(eager(), || Ok(tracing())).run_due().await.unwrap(), 1);
    let job = bench.job().await;
    assert_eq!(
        (job.status, job.attempts, bench.traces().await),
        (JobStatus::Done, 1, 1)
    );
    assert_eq!(job.payload, serde_json::json!({}), "what it took is gone");
    assert!(job.finished_at.is_some() && job.claim.is_none() && job.locked_until.is_none() && job.unique_key.is_none());
}

#[tokio::test]
async fn workers_of_two_processes_never_do_one_job_twice() {
    let bench = Bench::new().await;
    for _ in 0..40 {
        bench.ask(NewJob::new(task())).await;
    }
    let running: Vec<_> = (0..2)
        .map(|_| bench.runner(eager(), || Ok(tracing())).start())
        .collect();
    until(async || bench.jobs().await.iter().all(|job| job.status == JobStatus::Done)).await;
    for running in running {
        running.stop().await;
    }
    // A worker that waited too long for the database may have begun one in vain.
    assert_eq!(bench.traces().await, 40);
}

#[tokio::test]
async fn who_lost_a_job_cannot_finish_it() {
    let bench = Bench::new().await;
    bench.ask(NewJob::new(task())).await;
    let slow = bench.claim(LEASE).await.unwrap();
    assert!(bench.claim(LEASE).await.is_none(), "it has one owner");
    bench.time_passes().await;
    job::reclaim(bench.store().read()).await.unwrap();
    let quick = bench.claim(LEASE).await.unwrap();
    assert_eq!((slow.id, slow.attempts, quick.attempts), (quick.id, 1, 2));

    let read = bench.store().read();
    assert!(!job::extend(read, &slow, LEASE).await.unwrap());
    let failure = Failure::last("broken");
    let failed = job::fail(read, &slow, &failure, Default::default()).await.unwrap();
    assert_eq!(failed, None);
    job::give_back(read, &slow).await.unwrap();
    let transaction = bench.store().write().await.unwrap();
    assert!(!job::finish(&transaction, &slow).await.unwrap());
    assert!(job::finish(&transaction, &quick).await.unwrap());
    assert!(!job::finish(&transaction, &quick).await.unwrap(), "once");
    transaction.commit().await.unwrap();
    assert_eq!(bench.status().await, JobStatus::Done);
}

#[tokio::test]
async fn what_a_worker_did_that_lost_its_job_is_not_kept() {
    let bench = Arc::new(Bench::new().await);
    bench.ask(NewJob::new(task()).unique("the one".to_owned())).await;
    // It is replaced in its own transaction, which is so on every database.
    let replaced = bench.runner(eager(), || {
        let replace = async |transaction: &quoin::store::Transaction| {
            trace(transaction).await?;
            let again = NewJob::new(task()).unique("the one".to_owned());
            job::enqueue(transaction, again).await.map_err(Failure::from)
        };
        Ok(Work::inside(move |transaction| replace(transaction).boxed()))
    });
    assert_eq!(replaced.run_due().await.unwrap(), 1);
    let job = bench.job().await;
    assert_eq!((job.status, bench.traces().await), (JobStatus::Ready, 0));
    assert_eq!(
        job.last_error.as_deref(),
        Some("it was replaced or taken away while it ran")
    );
    if !bench.has_many_writers() {
        return; // While one writes, nobody takes its job.
    }
    bench.time_passes().await;
    let others = Arc::clone(&bench);
    let taken = bench.runner(
        JobSettings {
            lease: Duration::from_secs(1),
            ..eager()
        },
        move || {
            let others = Arc::clone(&others);
            let take = async move |transaction: &quoin::store::Transaction| {
                trace(transaction).await?;
                others.change(|row| row.claim = Set(Some(uuid::Uuid::now_v7()))).await;
                std::future::pending().await
            };
            Ok(Work::inside(move |transaction| {
                Box::pin(async move { take(transaction).await })
            }))
        },
    );
    assert_eq!(taken.run_due().await.unwrap(), 1);
    assert_eq!((bench.status().await, bench.traces().await), (JobStatus::Running, 0));
}

#[tokio::test]
async fn a_job_whose_worker_is_not_heard_of_is_begun_again_and_in_the_end_given_up() {
    let bench = Bench::new().await;
    bench.ask(NewJob::new(task())).await;
    let most = bench.job().await.most_attempts;
    for attempt in 1..=most {
        let claim = bench.claim(LEASE).await.unwrap();
        assert_eq!(claim.attempts, attempt);
        job::reclaim(bench.store().read()).await.unwrap();
        assert_eq!(bench.status().await, JobStatus::Running, "its lease is not over");
        bench.time_passes().await;
        job::reclaim(bench.store().read()).await.unwrap();
    }
    let job = bench.job().await;
    assert_eq!(job.status, JobStatus::Dead);
    assert_eq!(job.last_error.as_deref(), Some("its worker stopped in the middle"));
    assert!(bench.claim(LEASE).await.is_none());
}

#[tokio::test]
async fn a_worker_takes_over_what_another_left() {
    let bench = Bench::new().await;
    bench.ask(NewJob::new(task())).await;
    bench.claim(Duration::ZERO).await.unwrap();
    assert_eq!(bench.runner(eager(), || Ok(tracing())).run_due().await.unwrap(), 1);
    let job = bench.job().await;
    assert_eq!(
        (job.status, job.attempts, bench.traces().await),
        (JobStatus::Done, 2, 1)
    );
}

#[tokio::test]
async fn as_long_as_a_worker_is_at_a_job_nobody_else_gets_it() {
    let bench = Bench::new().await;
    bench.ask(NewJob::new(task())).await;
    let settings = JobSettings {
        lease: Duration::from_millis(300),
        ..eager()
    };
    let (tell, told) = tokio::sync::watch::channel(false);
    let running = bench
        .runner(settings, move || {
            let mut told = told.clone();
            Ok(Work::outside(async move {
                let _ = told.wait_for(|is_told| *is_told).await;
                Ok(())
            }))
        })
        .start();
    until(async || bench.status().await == JobStatus::Running).await;
    let first = bench.job().await.locked_until.unwrap();
    // Two leases later it has asked for more time twice, and others found nothing.
    let other = bench.runner(eager(), || Ok(tracing()));
    until(async || {
        assert_eq!(other.run_due().await.unwrap(), 0);
        bench.job().await.locked_until.unwrap() > first + TimeDelta::milliseconds(600)
    })
    .await;
    tell.send_replace(true);
    until(async || bench.status().await == JobStatus::Done).await;
    running.stop().await;
    assert_eq!((bench.job().await.attempts, bench.traces().await), (1, 0));
}

#[tokio::test]
async fn a_job_that_fails_is_tried_again_after_longer_and_longer_pauses_and_then_given_up() {
    let bench = Bench::new().await;
    bench.ask(NewJob::new(task())).await;
    let runner = bench.runner(eager(), || {
        let fail = async |transaction: &quoin::store::Transaction| {
            trace(transaction).await?;
            Err(Failure::passing("no\0 ink"))
        };
        Ok(Work::inside(move |transaction| fail(transaction).boxed()))
    });
    let mut pauses = Vec::new();
    loop {
        let before = entity::now();
        assert_eq!(runner.run_due().await.unwrap(), 1);
        let job = bench.job().await;
        assert_eq!(job.last_error.as_deref(), Some("no  ink"));
        if job.status == JobStatus::Dead {
            assert!(job.finished_at.unwrap() >= before);
            break;
        }
        assert_eq!(job.status, JobStatus::Ready);
        // What the statements took is the machine's.
        pauses.push((job.run_at - before).num_milliseconds());
        assert_eq!(runner.run_due().await.unwrap(), 0, "not before its time");
        bench.time_passes().await;
    }
    let job = bench.job().await;
    assert_eq!((job.attempts, job.attempts), (job.most_attempts, 16));
    assert_eq!(runner.run_due().await.unwrap(), 0, "the dead rest");
    assert_eq!(bench.traces().await, 0, "what failed left nothing");
    for (doublings, pause) in pauses.into_iter().take(12).enumerate() {
        let whole = 1_000 << doublings;
        assert!(pause >= whole / 2 && pause <= whole + 30_000, "{doublings}: {pause}");
    }
}

#[tokio::test]
async fn what_fails_for_good_is_not_tried_again() {
    let bench = Bench::new().await;
    bench.ask(NewJob::new(task())).await;
    let runner = bench.runner(eager(), || Err(Failure::last("there is no such press")));
    assert_eq!(runner.run_due().await.unwrap(), 1);
    let job = bench.job().await;
    assert_eq!((job.status, job.attempts), (JobStatus::Dead, 1));
    assert_eq!(job.last_error.as_deref(), Some("there is no such press"));
}

#[tokio::test]
async fn a_panic_is_a_failure_of_its_job_and_the_worker_goes_on() {
    let bench = Bench::new().await;
    for _ in 0..2 {
        bench.ask(NewJob::new(task())).await;
    }
    let count = Arc::new(AtomicUsize::new(0));
    let settings = JobSettings { workers: 1, ..eager() };
    let running = bench
        .runner(settings, move || match count.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(Work::inside(|transaction| {
                Box::pin(async move {
                    trace(transaction).await?;
                    panic!("hunter2")
                })
            })),
            _ => Ok(tracing()),
        })
        .start();
    until(async || bench.jobs().await.iter().all(|job| job.status == JobStatus::Done)).await;
    running.stop().await;
    let [panicked, other] = bench.jobs().await.try_into().unwrap();
    assert_eq!((panicked.attempts, other.attempts, bench.traces().await), (2, 1, 2));
    let told = panicked.last_error.unwrap();
    assert!(told.contains("panicked") && !told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn a_job_with_a_key_takes_the_place_of_the_one_before() {
    let bench = Bench::new().await;
    let key = || "publish:a".to_owned();
    let tomorrow = entity::now() + TimeDelta::days(1);
    bench.ask(NewJob::new(task()).at(tomorrow).unique(key())).await;
    assert!(bench.claim(LEASE).await.is_none(), "not before its time");
    bench.ask(NewJob::new(task()).unique(key())).await;
    let first = bench.claim(LEASE).await.unwrap();
    // Also of one that is running, which then cannot be finished.
    bench.ask(NewJob::new(task()).at(tomorrow).unique(key())).await;
    let job = bench.job().await;
    assert_eq!(
        (job.status, job.attempts, job.run_at),
        (JobStatus::Ready, 0, entity::to_stored(tomorrow))
    );
    assert!(!job::finish(bench.store().read(), &first).await.unwrap());
    bench.ask(NewJob::new(task()).unique("publish:b".to_owned())).await;
    assert_eq!(bench.jobs().await.len(), 2);
    assert_eq!(bench.runner(eager(), || Ok(tracing())).run_due().await.unwrap(), 1);
    // What is done keeps no key.
    bench.ask(NewJob::new(task()).unique("publish:b".to_owned())).await;
    assert_eq!(bench.jobs().await.len(), 3);
}

#[tokio::test]
async fn a_job_that_is_taken_back_is_not_done() {
    let bench = Bench::new().await;
    let cancel = async || job::cancel(bench.store().read(), "publish:a").await.unwrap();
    bench.ask(NewJob::new(task()).unique("publish:a".to_owned())).await;
    cancel().await;
    assert_eq!(bench.jobs().await, []);
    bench.ask(NewJob::new(task()).unique("publish:a".to_owned())).await;
    let claim = bench.claim(LEASE).await.unwrap();
    cancel().await;
    assert!(!job::finish(bench.store().read(), &claim).await.unwrap());
    cancel().await;
    assert_eq!(bench.jobs().await, []);
}

#[tokio::test]
async fn a_job_is_begun_when_it_is_due_however_seldom_workers_look() {
    let bench = Bench::new().await;
    let due = entity::now() + TimeDelta::milliseconds(300);
    bench.ask(NewJob::new(task()).at(due)).await;
    let settings = JobSettings {
        poll: Duration::from_secs(60 * 60),
        ..eager()
    };
    let running = bench.runner(settings, || Ok(tracing())).start();
    until(async || bench.status().await == JobStatus::Done).await;
    running.stop().await;
    assert!(bench.job().await.finished_at.unwrap() >= due);
}

#[tokio::test]
async fn what_another_process_asked_for_is_found_without_being_told_of() {
    let bench = Bench::new().await;
    let settings = JobSettings::default();
    assert!(settings.poll <= Duration::from_secs(1), "two seconds are promised");
    let running = bench.runner(settings, || Ok(tracing())).start();
    bench.ask(NewJob::new(task())).await;
    until(async || bench.status().await == JobStatus::Done).await;
    running.stop().await;
}

#[tokio::test]
async fn a_bell_wakes_workers_that_would_sleep_for_long() {
    let bench = Bench::new().await;
    let settings = JobSettings {
        poll: Duration::from_secs(60 * 60),
        ..eager()
    };
    let running = bench.runner(settings, || Ok(tracing())).start();
    for count in 1..=3 {
        bench.ask(NewJob::new(task())).await;
        bench.bell.ring();
        until(async || bench.traces().await == count).await;
    }
    running.stop().await;
}

#[tokio::test]
async fn a_worker_that_is_to_stop_finishes_what_it_holds() {
    let bench = Bench::new().await;
    for _ in 0..2 {
        bench.ask(NewJob::new(task())).await;
    }
    let (tell, told) = tokio::sync::watch::channel(false);
    let settings = JobSettings { workers: 1, ..eager() };
    let running = bench
        .runner(settings, move || {
            let mut told = told.clone();
            Ok(Work::outside(async move {
                let _ = told.wait_for(|is_told| *is_told).await;
                Ok(())
            }))
        })
        .start();
    until(async || bench.jobs().await[0].status == JobStatus::Running).await;
    let stopping = tokio::spawn(running.stop());
    tokio::task::yield_now().await;
    tell.send_replace(true);
    stopping.await.unwrap();
    let [held, other] = bench.jobs().await.try_into().unwrap();
    assert_eq!((held.status, other.status), (JobStatus::Done, JobStatus::Ready));
}

#[tokio::test]
async fn what_takes_longer_than_the_grace_is_given_back_as_it_was() {
    let bench = Bench::new().await;
    bench.ask(NewJob::new(task())).await;
    let settings = JobSettings {
        grace: Duration::from_millis(20),
        ..eager()
    };
    let running = bench
        .runner(settings, || {
            let hang = async |transaction: &quoin::store::Transaction| {
                trace(transaction).await?;
                std::future::pending().await
            };
            Ok(Work::inside(move |transaction| Box::pin(hang(transaction))))
        })
        .start();
    until(async || bench.status().await == JobStatus::Running).await;
    running.stop().await;
    let job = bench.job().await;
    assert_eq!((job.status, job.attempts, job.claim), (JobStatus::Ready, 0, None));
    assert_eq!(bench.traces().await, 0);
    assert_eq!(bench.runner(eager(), || Ok(tracing())).run_due().await.unwrap(), 1);
}

#[tokio::test]
async fn only_what_ended_long_ago_is_swept_away() {
    let bench = Bench::new().await;
    bench.ask(NewJob::new(task())).await;
    for (status, days, is_kept) in [
        (JobStatus::Ready, 400, true),
        (JobStatus::Running, 400, true),
        (JobStatus::Dead, 29, true),
        (JobStatus::Done, 0, true),
        (JobStatus::Dead, 31, false),
    ] {
        bench
            .change(|row| {
                row.status = Set(status);
                row.finished_at = Set(Some(entity::now() - TimeDelta::days(days)));
            })
            .await;
        job::sweep(bench.store().read()).await.unwrap();
        assert_eq!(bench.jobs().await.len(), usize::from(is_kept), "{status:?} {days}");
    }
    bench.ask(NewJob::new(task())).await;
    assert_eq!(bench.runner(eager(), || Ok(tracing())).run_due().await.unwrap(), 1);
    let long_ago = entity::now() - TimeDelta::days(2);
    bench.change(|row| row.finished_at = Set(Some(long_ago))).await;
    job::sweep(bench.store().read()).await.unwrap();
    assert_eq!(bench.jobs().await, []);
}
