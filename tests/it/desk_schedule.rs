//! Scheduled posts, with real processes: public when their time has come, once, whoever dies.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use entity::job::JobStatus;
use entity::post::{self, PostKind, PostStatus};
use entity::{PostId, audit_event, job};
use quoin::domain::post::{self as posts, NewPost, Order, PostChange};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::support::Town;
use crate::support::accounts::SECRET;
use crate::support::jobs::until;
use crate::support::serving::Serving;
use crate::support::town::Resident;

async fn draft(town: &Town, ann: &Resident, publication: entity::PublicationId, number: usize) -> PostId {
    let new = NewPost {
        publication,
        kind: PostKind::Article,
        change: PostChange {
            title: Some(format!("Post {number}")),
            source: Some("Words.".into()),
            ..PostChange::default()
        },
    };
    posts::create(&town.accounts, ann.viewer(), new).await.unwrap().id
}

async fn rows(town: &Town) -> Vec<post::Model> {
    post::Entity::find().all(town.store().read()).await.unwrap()
}

async fn published(town: &Town) -> usize {
    let rows = rows(town).await;
    rows.iter().filter(|post| post.status == PostStatus::Published).count()
}

#[tokio::test]
async fn scheduled_posts_go_public_in_time_and_once_though_a_replica_is_killed_in_the_middle() {
    const POSTS: usize = 30;
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let publication = town.publication("gazette", ann.id).await;
    let folder = tempfile::tempdir().unwrap();
    let variables = [("DATABASE_URL", town.database.url()), ("QUOIN_AUTH__SECRET", SECRET)];
    let mut killed = Serving::start(folder.path(), &variables);
    let mut other = Serving::start(folder.path(), &variables);
    killed.address();
    other.address();
    let mut ids = Vec::new();
    for number in 0..POSTS {
        ids.push(draft(&town, &ann, publication, number).await);
    }
    let time = entity::to_stored(entity::now() + TimeDelta::seconds(2));
    for id in &ids {
        let order = Order::Schedule(time);
        Box::pin(posts::perform(&town.accounts, ann.viewer(), *id, None, order))
            .await
            .unwrap();
    }
    // What looking takes at the worst on this machine, while the replicas work.
    let mut slowest = Duration::ZERO;
    let mut look = async || {
        let begun = Instant::now();
        let count = published(&town).await;
        slowest = slowest.max(begun.elapsed());
        count
    };
    until(async || look().await > 0).await;
    killed.kill();
    until(async || look().await == POSTS).await;
    // Two seconds, and what the machine itself was late: each post takes a worker some ten statements.
    let allowed = TimeDelta::seconds(2) + TimeDelta::from_std(slowest * 300).unwrap();
    for row in rows(&town).await {
        assert_eq!(row.published_at, Some(time));
        assert!(row.updated_at >= time, "before its time");
        assert!(row.updated_at - time < allowed, "{} late", row.updated_at - time);
    }
    let events = audit_event::Entity::find()
        .filter(audit_event::Column::Kind.eq("POST_PUBLISHED"))
        .count(town.store().read());
    assert_eq!(events.await.unwrap(), POSTS as u64, "each once");
    until(async || {
        let jobs = job::Entity::find().filter(job::Column::Kind.eq("publish-post"));
        let jobs = jobs.all(town.store().read()).await.unwrap();
        jobs.len() == POSTS && jobs.iter().all(|job| job.status == JobStatus::Done)
    })
    .await;
}

#[tokio::test]
async fn what_was_rescheduled_or_taken_back_does_not_go_public_at_the_old_time() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let publication = town.publication("gazette", ann.id).await;
    let perform = async |id, order| {
        Box::pin(posts::perform(&town.accounts, ann.viewer(), id, None, order))
            .await
            .unwrap();
    };
    let jobs = async || {
        let jobs = job::Entity::find().filter(job::Column::Kind.eq("publish-post"));
        jobs.all(town.store().read()).await.unwrap()
    };
    let soon = entity::now() + TimeDelta::hours(1);
    let later = entity::to_stored(entity::now() + TimeDelta::hours(2));
    let id = draft(&town, &ann, publication, 1).await;
    perform(id, Order::Schedule(soon)).await;
    perform(id, Order::Schedule(later)).await;
    let waiting = jobs().await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].run_at, later);
    perform(id, Order::Unschedule).await;
    assert_eq!(jobs().await.len(), 0);
    perform(id, Order::Schedule(soon)).await;
    perform(id, Order::Publish(None)).await;
    assert_eq!(jobs().await.len(), 0, "it is public already");
    let row = rows(&town).await.remove(0);
    assert!(
        row.published_at.is_some_and(|time| time <= entity::now()),
        "not at the time to come"
    );
}
