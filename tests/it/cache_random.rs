//! Kept answers under writers and readers at several replicas, at random, while Redis is killed and comes back: none is older
//! than what had been acknowledged when it was asked for.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use entity::{PostId, post};
use futures_util::future::{join, join_all};
use quoin::domain::Viewer;
use quoin::domain::post::{Reach, by_ids};
use quoin::store::Store;
use quoin::store::cache::{Answers, Body, Made, SharedAnswers};
use quoin::store::changes::{Shown, Topic};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::support::Gazette;
use crate::support::accounts::SECRET;
use crate::support::database::CONNECTIONS;
use crate::support::redis::{RedisServer, patient};
use crate::support::server::http_client;
use crate::support::serving::Serving;

const REPLICAS: usize = 3;
const POSTS: usize = 8;
const READERS: usize = 12;
const READS: usize = 200_000;
/// After how many reads Redis is killed, or started again.
const REDIS_LASTS: usize = 20_000;

/// A post whose title is a number that only grows.
struct Counter {
    id: PostId,
    /// The newest number that was acknowledged.
    acknowledged: Cell<u64>,
}

/// A process, as it were.
struct Replica {
    store: Store,
    answers: Answers,
    /// How many answers it has given, and made.
    given: Cell<usize>,
    made: Cell<usize>,
}

impl Replica {
    /// A process that keeps so many bytes in memory, and hands answers on through Redis, if there is one.
    async fn new(database: &str, memory: u64, redis: Option<&RedisServer>) -> Self {
        let shared =
            |redis: &RedisServer| SharedAnswers::new(patient(&redis.url()), "tests", 3_600, 10_000_000).of_thread();
        Self {
            store: Store::open(database, CONNECTIONS).await.unwrap(),
            answers: Answers::new(memory, redis.map(shared)),
            given: Cell::new(0),
            made: Cell::new(0),
        }
    }

    async fn write(&self, counter: &Counter) {
        let number = counter.acknowledged.get() + 1;
        let transaction = self.store.write().await.unwrap();
        post::Entity::update_many()
            .col_expr(post::Column::Title, Expr::val(number.to_string()))
            .filter(post::Column::Id.eq(counter.id))
            .exec(&transaction)
            .await
            .unwrap();
        transaction.changed([Topic::thing(counter.id)]);
        transaction.commit().await.unwrap();
        counter.acknowledged.set(number);
    }

    /// The number that a reader is given; a slow one is held up between reading and keeping what was read.
    async fn read(&self, counter: &Counter, is_slow: bool) -> u64 {
        self.given.set(self.given.get() + 1);
        let mut key = [0; 32];
        key[..16].copy_from_slice(counter.id.0.as_bytes());
        let make = async || {
            self.made.set(self.made.get() + 1);
            let shown = Shown::default();
            let database = self.store.database().noting(shown.clone());
            let mut rows = by_ids(&database, Viewer::Anonymous, Reach::Direct, &[counter.id])
                .await
                .unwrap();
            let row = rows.remove(&counter.id);
            if is_slow {
                tokio::time::sleep(Duration::from_millis(150)).await;
            }
            Made::<()>::Whole(Body::new(row.unwrap().title), shown.topics())
        };
        let kept = match self.answers.get(&self.store, &key).await {
            Some(kept) => kept,
            None => self.answers.get_or_make(&self.store, key, make).await.unwrap(),
        };
        std::str::from_utf8(&kept.body).unwrap().parse().unwrap()
    }
}

/// Numbers that look random, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

#[tokio::test]
async fn no_answer_is_older_than_what_was_acknowledged() {
    let site = Gazette::new().await;
    let mut counters = Vec::new();
    for number in 0..POSTS {
        let id = site
            .post(&format!("post-{number}"), 1, |draft| draft.title = "0".into())
            .await;
        counters.push(Counter {
            id,
            acknowledged: Cell::new(0),
        });
    }
    let redis = RedisServer::start();
    let mut replicas = Vec::new();
    for place in 0..REPLICAS {
        // Where there is Redis, one process has nothing else.
        let memory = if redis.is_some() && place == 1 { 0 } else { 1_000_000 };
        replicas.push(Replica::new(site.database.url(), memory, redis.as_ref()).await);
    }
    let redis = redis.map(RefCell::new);
    let (read, written) = (Cell::new(0), Cell::new(0));
    let writers = counters.iter().enumerate().map(async |(place, counter)| {
        let mut numbers = Numbers(place as u64);
        while read.get() < READS {
            replicas[numbers.below(REPLICAS)].write(counter).await;
            written.set(written.get() + 1);
        }
    });
    let readers = (0..READERS).map(async |reader| {
        let mut numbers = Numbers(1_000 + reader as u64);
        while read.get() < READS {
            let (replica, counter) = (&replicas[numbers.below(REPLICAS)], &counters[numbers.below(POSTS)]);
            let acknowledged = counter.acknowledged.get();
            let given = replica.read(counter, numbers.below(50) == 0).await;
            assert!(
                given >= acknowledged,
                "{given} was given after {acknowledged} had been acknowledged"
            );
            read.set(read.get() + 1);
            if let Some(redis) = redis.as_ref().filter(|_| read.get() % REDIS_LASTS == 0) {
                redis.borrow_mut().toggle();
            }
            tokio::task::yield_now().await;
        }
    });
    join(join_all(writers), join_all(readers)).await;
    for replica in &replicas {
        let (given, made) = (replica.given.get(), replica.made.get());
        assert!(
            made < given * 2 / 3,
            "{made} of {given} answers were made anew: too few were kept to prove anything"
        );
    }
    assert!(written.get() > 20, "too few writes to prove anything");
}

#[tokio::test]
async fn a_replica_that_was_paused_gives_nothing_from_before() {
    let site = Gazette::new().await;
    let id = site.post("lead", 1, |draft| draft.title = "1".into()).await;
    let counter = Counter {
        id,
        acknowledged: Cell::new(1),
    };
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(
        folder.path(),
        &[("DATABASE_URL", site.database.url()), ("QUOIN_AUTH__SECRET", SECRET)],
    );
    let url = format!("http://{}/graphql", serving.address());
    let client = http_client().build().unwrap();
    let title = async || {
        let query = client
            .get(&url)
            .query(&[("query", "{ post(by: { slug: \"lead\" }) { title } }")]);
        let answer: serde_json::Value = query.send().await.unwrap().json().await.unwrap();
        answer["data"]["post"]["title"].as_str().unwrap().to_owned()
    };
    assert_eq!(title().await, "1");
    let writer = Replica::new(site.database.url(), 0, None).await;
    serving.signal("-STOP");
    writer.write(&counter).await;
    serving.signal("-CONT");
    assert_eq!(title().await, "2");
}
