//! Limits that replicas share through Redis, and what they do without it.

use std::num::NonZeroU32;
use std::time::Duration;

use quoin::limit::{Limiter, Quota};
use quoin::shared::Redis;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::database::redis_url;
use crate::support::redis::{connect, patient};

const THREE: Quota = Quota {
    name: "tests",
    tokens: NonZeroU32::new(3).unwrap(),
    per: Duration::from_secs(3_600),
};

/// Far more than anything here takes, unless it waits for what does not come.
const LONG: Duration = Duration::from_secs(5);

/// A limiter as one replica has it.
fn replica(url: &str) -> Limiter {
    Limiter::shared(patient(url))
}

/// The same, which goes on without Redis as soon as it usually does.
fn impatient(url: &str) -> Limiter {
    Limiter::shared(Redis::at(url).unwrap())
}

fn key() -> String {
    Uuid::now_v7().to_string()
}

/// The way to Redis, which is cut when the task is aborted.
async fn relay(url: &str) -> (String, JoinHandle<()>) {
    let target = url.trim_start_matches("redis://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("redis://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(&target).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    });
    (address, task)
}

#[tokio::test]
async fn replicas_share_a_bucket() {
    let Some(url) = redis_url() else { return };
    let [first, second] = [replica(&url), replica(&url)];
    let key = key();
    let mut left = Vec::new();
    for limiter in [&first, &second, &first] {
        let decision = limiter.take(&THREE, &key).await;
        assert!(decision.is_allowed() && decision.limit == 3);
        left.push(decision.remaining);
    }
    assert_eq!(left, [2, 1, 0]);
    let refused = second.take(&THREE, &key).await;
    let retry_after = refused.retry_after.unwrap();
    assert!(
        retry_after > Duration::from_secs(1_190) && retry_after <= Duration::from_secs(1_200),
        "{refused:?}"
    );
    assert!(second.take(&THREE, &self::key()).await.is_allowed());
}

#[tokio::test]
async fn a_bucket_that_is_full_again_leaves_redis() {
    let Some(url) = redis_url() else { return };
    let key = key();
    replica(&url).take(&THREE, &key).await;
    let mut connection = connect(&url).await;
    let lifetime: i64 = redis::cmd("PTTL")
        .arg(format!("quoin:limit:tests:{key}"))
        .query_async(&mut connection)
        .await
        .unwrap();
    assert!((1_190_000..=1_200_000).contains(&lifetime), "{lifetime}");
}

#[tokio::test]
async fn concurrent_takers_get_exactly_the_tokens_there_are() {
    let Some(url) = redis_url() else { return };
    let [first, second] = [replica(&url), replica(&url)];
    let key = key();
    let takes = (0..40).map(|index| {
        let limiter = if index % 2 == 0 { &first } else { &second };
        limiter.take(&THREE, &key)
    });
    let decisions = futures_util::future::join_all(takes).await;
    assert_eq!(decisions.iter().filter(|decision| decision.is_allowed()).count(), 3);
}

#[tokio::test]
async fn without_redis_each_process_limits_for_itself() {
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let limiter = impatient(&format!("redis://127.0.0.1:{port}"));
    let key = key();
    for _ in 0..3 {
        assert!(limiter.take(&THREE, &key).await.is_allowed());
    }
    assert!(!limiter.take(&THREE, &key).await.is_allowed());
}

#[tokio::test]
async fn redis_going_away_opens_no_gate() {
    let Some(url) = redis_url() else { return };
    let (address, relay) = relay(&url).await;
    let limiter = impatient(&address);
    let key = key();
    assert_eq!(limiter.take(&THREE, &key).await.remaining, 2);
    relay.abort();
    assert!(relay.await.unwrap_err().is_cancelled());
    let decisions = async {
        let mut allowed = 0;
        for _ in 0..20 {
            allowed += u32::from(limiter.take(&THREE, &key).await.is_allowed());
        }
        allowed
    };
    assert_eq!(timeout(LONG, decisions).await.expect("in time"), 3);
}

#[tokio::test]
async fn a_redis_that_hangs_is_waited_for_once_a_second_at_most() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let limiter = impatient(&format!("redis://{}", silent.local_addr().unwrap()));
    let takes = async {
        for index in 0..20 {
            limiter.take(&THREE, &index.to_string()).await;
        }
    };
    // 20 times 500 ms would be 10 s.
    timeout(LONG, takes).await.expect("in time");
}

#[tokio::test]
async fn a_busy_client_costs_few_journeys_and_gets_no_more_for_it() {
    let Some(url) = redis_url() else { return };
    let [first, second] = [replica(&url), replica(&url)];
    let quota = Quota {
        name: "busy tests",
        tokens: NonZeroU32::new(1_000).unwrap(),
        per: Duration::from_secs(36_000),
    };
    let key = key();
    let mut allowed = 0;
    let mut last = quota.tokens.get();
    for turn in 0..2_000 {
        let limiter = if turn % 3 == 0 { &first } else { &second };
        let decision = limiter.take(&quota, &key).await;
        allowed += u32::from(decision.is_allowed());
        last = last.min(decision.remaining);
    }
    assert!((900..=1_000).contains(&allowed), "{allowed}");
    assert_eq!(last, 0);
}
