//! A CDN is told what changed: all of it, whatever fails in between, and nothing that readers do not see.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use entity::job::{Column, Entity, JobStatus, Model};
use entity::membership::Role;
use entity::{Hidden, PostId, change, change_clock};
use quoin::cdn::{Cdn, CdnSettings, Provider, keys_of_changes};
use quoin::domain::cdn_purge;
use quoin::domain::job::{self, PURGE_CDN};
use quoin::http::CacheSettings;
use quoin::jobs::{Runner, duties};
use quoin::outbound::{Exchange, Reach};
use quoin::store::changes::Topic;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tracing::instrument::WithSubscriber;

use crate::support::jobs::{eager, until};
use crate::support::log::{Log, of_process};
use crate::support::office::text;
use crate::support::press::{Press, Writer};
use crate::support::recorder::{Answer, Asked, Recorder};
use crate::support::serving::Serving;

const TOKEN: &str = "a-token-that-nobody-may-see";

/// A publication whose CDN is a recorder.
struct Edge {
    press: Press,
    recorder: Recorder,
    owner: Writer,
    provider: Provider,
    again_after: Duration,
}

fn usual(provider: Provider) -> Answer {
    match provider {
        Provider::Fastly => Answer::new("200 OK", "{\"status\": \"ok\"}"),
        Provider::Cloudflare => Answer::new("200 OK", "{\"success\": true, \"errors\": []}"),
    }
}

impl Edge {
    /// The CDN was told up to now, so that only news follow.
    async fn new(provider: Provider) -> Self {
        let edge = Self::fresh(provider).await;
        edge.change([Topic::thing(PostId::new())]).await;
        edge.run().await;
        // And once more.
        edge.time_passes().await;
        edge.run().await;
        edge.recorder.asked();
        edge
    }

    /// The CDN was told nothing yet.
    async fn fresh(provider: Provider) -> Self {
        let press = Press::served(|settings| {
            settings.cache = CacheSettings {
                shared_seconds: 3_600,
                cdn: Some(provider),
                ..CacheSettings::default()
            };
        })
        .await;
        let owner = press.member("owner", Role::Owner).await;
        cdn_purge::follow(&press.server.store);
        Self {
            recorder: Recorder::start(usual(provider)).await,
            press,
            owner,
            provider,
            again_after: Duration::from_secs(60 * 60),
        }
    }

    fn cdn(&self) -> Cdn {
        let settings = CdnSettings {
            provider: self.provider,
            zone: "zone/1".to_owned(),
            token: Hidden(TOKEN.to_owned()),
            api: self.recorder.url().parse().unwrap(),
            again_after: self.again_after,
        };
        Cdn::new(settings, Exchange::new(Reach::Any, Duration::from_secs(30)).unwrap())
    }

    fn runner(&self) -> Runner {
        let accounts = &self.press.server.accounts;
        let duties = duties(accounts, Some(Arc::new(self.cdn())));
        Runner::new(accounts.store.clone(), accounts.bell.clone(), eager(), duties)
    }

    /// Does all that is due.
    async fn run(&self) {
        self.runner().run_due().await.unwrap();
    }

    /// What it was asked by doing all that is due.
    async fn told(&self) -> Vec<Asked> {
        self.run().await;
        self.recorder.asked()
    }

    async fn change(&self, topics: impl IntoIterator<Item = Topic>) {
        let transaction = self.press.server.store.write().await.unwrap();
        transaction.changed(topics);
        transaction.commit().await.unwrap();
    }

    /// The jobs that tell it, that are not done.
    async fn jobs(&self) -> Vec<Model> {
        let open = Entity::find()
            .filter(Column::Kind.eq(PURGE_CDN))
            .filter(Column::Status.ne(JobStatus::Done))
            .order_by_asc(Column::RunAt);
        open.all(self.press.server.store.read()).await.unwrap()
    }

    /// Has the pause of every job be over.
    async fn time_passes(&self) {
        let past = entity::now() - TimeDelta::hours(2);
        let update = Entity::update_many().col_expr(Column::RunAt, Expr::val(past));
        update.exec(self.press.server.store.read()).await.unwrap();
    }

    /// Begins a post and publishes it.
    async fn publish(&self, title: &str) {
        self.press.publish(&self.owner, title).await;
    }

    async fn draft(&self, title: &str) -> String {
        let fields = json!({ "publicationId": self.press.id, "title": title, "bodySource": "Words." });
        let post = self.press.done(&self.owner, "postCreate", "post { id }", fields).await;
        text(&post["post"]["id"])
    }

    /// The keys that an answer is marked with.
    async fn marks(&self, query: &str) -> BTreeSet<String> {
        let server = &self.press.server;
        let request = server.client.get(server.url("/graphql")).query(&[("query", query)]);
        let answer = request.send().await.unwrap();
        let marks = answer.headers()[self.provider.header()].to_str().unwrap().to_owned();
        marks.split(self.provider.separator()).map(str::to_owned).collect()
    }

    /// The keys that requests name.
    fn keys(&self, asked: &[Asked]) -> Vec<Vec<String>> {
        let keys = asked.iter().map(|asked| match self.provider {
            Provider::Fastly => asked.headers["surrogate-key"].split(' ').map(str::to_owned).collect(),
            Provider::Cloudflare => {
                let body: Value = serde_json::from_str(&asked.body).unwrap();
                body["tags"].as_array().unwrap().iter().map(text).collect()
            }
        });
        keys.collect()
    }

    /// Whether it was told once to drop everything.
    #[track_caller]
    fn assert_everything(&self, asked: &[Asked]) {
        let [asked] = asked else { panic!("{asked:?}") };
        match self.provider {
            Provider::Fastly => assert_eq!(asked.line, "POST /service/zone%2F1/purge_all"),
            Provider::Cloudflare => {
                assert_eq!(asked.line, "POST /client/v4/zones/zone%2F1/purge_cache");
                assert_eq!(
                    serde_json::from_str::<Value>(&asked.body).unwrap(),
                    json!({ "purge_everything": true })
                );
            }
        }
    }
}

fn things(count: usize) -> Vec<Topic> {
    (0..count).map(|_| Topic::thing(PostId::new())).collect()
}

#[tokio::test]
async fn a_cdn_that_was_never_told_anything_drops_everything_first() {
    for provider in [Provider::Fastly, Provider::Cloudflare] {
        let edge = Edge::fresh(provider).await;
        edge.change(things(1)).await;
        edge.assert_everything(&edge.told().await);
        edge.change(things(1)).await;
        assert_eq!(edge.keys(&edge.told().await)[0].len(), 3, "from then on the news alone");
    }
}

#[tokio::test]
async fn an_answer_that_shows_what_changed_is_purged_in_the_form_of_its_provider() {
    for provider in [Provider::Fastly, Provider::Cloudflare] {
        let edge = Edge::new(provider).await;
        let marks = edge.marks("{ posts { nodes { title } } }").await;
        edge.publish("Lead").await;
        let asked = edge.told().await;
        assert_eq!(asked.len(), 1, "{asked:?}");
        let (line, proof) = match provider {
            Provider::Fastly => ("POST /service/zone%2F1/purge", ("fastly-key", TOKEN.to_owned())),
            Provider::Cloudflare => (
                "POST /client/v4/zones/zone%2F1/purge_cache",
                ("authorization", format!("Bearer {TOKEN}")),
            ),
        };
        assert_eq!((asked[0].line.as_str(), &asked[0].headers[proof.0]), (line, &proof.1));
        let keys = &edge.keys(&asked)[0];
        assert!(keys.iter().any(|key| marks.contains(key)), "{keys:?} {marks:?}");
    }
}

#[tokio::test]
async fn what_readers_do_not_see_is_not_purged() {
    let edge = Edge::new(Provider::Fastly).await;
    let waiting = edge.jobs().await.len();
    edge.draft("Draft").await;
    let transaction = edge.press.server.store.write().await.unwrap();
    transaction.changed(things(1));
    transaction.rollback().await.unwrap();
    assert_eq!(edge.jobs().await.len(), waiting);
    assert_eq!(edge.told().await, []);
}

#[tokio::test]
async fn many_changes_are_told_at_once_in_requests_as_large_as_its_provider_takes() {
    for (provider, most) in [(Provider::Fastly, 256), (Provider::Cloudflare, 100)] {
        let edge = Edge::new(provider).await;
        let topics = things(400);
        for topics in topics.chunks(40) {
            edge.change(topics.to_vec()).await;
        }
        assert_eq!(
            edge.jobs()
                .await
                .iter()
                .filter(|job| job.run_at <= entity::now())
                .count(),
            1
        );
        let keys = edge.keys(&edge.told().await);
        assert!(keys.iter().all(|keys| keys.len() <= most), "{provider:?}");
        let all: Vec<_> = keys.concat();
        assert_eq!(keys.len(), all.len().div_ceil(most));
        assert_eq!(
            all.into_iter().collect::<BTreeSet<_>>(),
            keys_of_changes(&topics).into_iter().collect()
        );
    }
}

#[tokio::test]
async fn what_would_take_too_many_requests_is_everything() {
    let edge = Edge::new(Provider::Cloudflare).await;
    edge.change(things(1_000)).await;
    edge.assert_everything(&edge.told().await);
}

#[tokio::test]
async fn a_change_of_everything_purges_everything() {
    let edge = Edge::new(Provider::Fastly).await;
    edge.change(things(1)).await;
    edge.change([Topic::EVERYTHING]).await;
    edge.assert_everything(&edge.told().await);
}

#[tokio::test]
async fn a_log_that_has_lost_its_rows_or_was_put_back_purges_everything() {
    let edge = Edge::new(Provider::Fastly).await;
    edge.change(things(1)).await;
    edge.change(things(1)).await;
    let read = edge.press.server.store.read();
    let first = change::Entity::find()
        .order_by_desc(change::Column::Position)
        .all(read)
        .await
        .unwrap()[1]
        .position;
    change::Entity::delete_by_id(first).exec(read).await.unwrap();
    edge.assert_everything(&edge.told().await);
    edge.change(things(1)).await;
    assert_eq!(edge.keys(&edge.told().await).len(), 1, "after that the news alone");

    change::Entity::delete_many().exec(read).await.unwrap();
    let back = change_clock::Entity::update_many().col_expr(change_clock::Column::Position, Expr::val(1));
    back.exec(read).await.unwrap();
    edge.change(things(1)).await;
    edge.assert_everything(&edge.told().await);
    edge.change(things(1)).await;
    assert_eq!(edge.keys(&edge.told().await).len(), 1);
}

#[tokio::test]
async fn a_cdn_that_refuses_is_told_again_and_nothing_is_lost() {
    let edge = Edge::new(Provider::Fastly).await;
    let topics = things(200);
    edge.change(topics.clone()).await;
    let expected: BTreeSet<_> = keys_of_changes(&topics).into_iter().collect();
    assert!(expected.len() > 2 * 256, "three requests");
    let fine = || usual(Provider::Fastly);
    for (answers, problem, least_pause) in [
        (
            vec![Answer::new("401 Unauthorized", TOKEN)],
            "Fastly does not take the token (401)",
            0,
        ),
        (
            vec![fine(), Answer::new("429 Too Many Requests\r\nRetry-After: 120", "")],
            "Fastly was asked too often (429)",
            119,
        ),
        (
            vec![fine(), fine(), Answer::new("500 Internal Server Error", "")],
            "Fastly: answered with a fault of its own (500)",
            0,
        ),
        (
            vec![Answer::new("302 Found\r\nLocation: /elsewhere", "")],
            "Fastly: answered with a redirect (302)",
            0,
        ),
        (vec![Answer::new("404 Not Found", "")], "Fastly did not do it (404)", 0),
    ] {
        let (count, before) = (answers.len(), entity::now());
        edge.recorder.answer_next(answers);
        assert_eq!(edge.told().await.len(), count);
        let job = edge
            .jobs()
            .await
            .into_iter()
            .find(|job| job.unique_key.is_some())
            .unwrap();
        assert_eq!(
            (job.status, job.last_error.as_deref()),
            (JobStatus::Ready, Some(problem))
        );
        let pause = (job.run_at - before).num_seconds();
        assert!(pause >= least_pause, "{problem}: {pause}");
        // What comes meanwhile does not bring it forward.
        edge.change(things(0)).await;
        edge.time_passes().await;
    }
    let keys = edge.keys(&edge.told().await).concat();
    assert!(expected.is_subset(&keys.into_iter().collect()));
}

#[tokio::test]
async fn a_change_does_not_bring_a_pause_forward_and_is_told_after_it() {
    let edge = Edge::new(Provider::Fastly).await;
    edge.recorder
        .answer_next([Answer::new("429 Too Many Requests\r\nRetry-After: 600", "")]);
    edge.change(things(1)).await;
    assert_eq!(edge.told().await.len(), 1);
    let later = things(1);
    edge.change(later.clone()).await;
    assert_eq!(edge.told().await, []);
    edge.time_passes().await;
    let keys = edge.keys(&edge.told().await).concat();
    assert!(keys_of_changes(&later).iter().all(|key| keys.contains(key)));
}

#[tokio::test]
async fn a_purge_that_does_what_it_says_it_did_not_is_not_done() {
    let edge = Edge::new(Provider::Cloudflare).await;
    edge.change(things(1)).await;
    for body in ["{\"success\": false}", "", "<html>"] {
        edge.recorder.answer_next([Answer::new("200 OK", body)]);
        edge.told().await;
        let problem = edge.jobs().await.into_iter().find_map(|job| job.last_error);
        assert_eq!(problem.as_deref(), Some("Cloudflare did not do it (200)"), "{body}");
        edge.time_passes().await;
    }
    assert!(!edge.told().await.is_empty());
}

#[tokio::test]
async fn what_changes_while_the_cdn_is_told_is_told_too() {
    let edge = Edge::new(Provider::Fastly).await;
    edge.change(things(1)).await;
    let store = &edge.press.server.store;
    let running = job::claim(store, Duration::from_secs(60)).await.unwrap().unwrap();
    assert_eq!(running.kind, PURGE_CDN);
    let later = things(1);
    edge.change(later.clone()).await;
    assert!(!job::finish(store.read(), &running).await.unwrap(), "it is begun again");
    let keys = edge.keys(&edge.told().await).concat();
    assert!(keys_of_changes(&later).iter().all(|key| keys.contains(key)));
}

#[tokio::test]
async fn every_change_of_many_writers_is_told_while_two_workers_tell_it() {
    let edge = Edge::new(Provider::Fastly).await;
    let running = edge.runner().start();
    let topics = things(80);
    let writers = topics.chunks(10).map(|topics| {
        let edge = &edge;
        async move {
            for topic in topics {
                edge.change([*topic]).await;
            }
        }
    });
    futures_util::future::join_all(writers).await;
    let mut told = BTreeSet::new();
    until(async || {
        // What was told before may be told again by a worker that was held up.
        let asked = edge.recorder.asked().into_iter();
        let asked: Vec<Asked> = asked.filter(|asked| !asked.line.ends_with("purge_all")).collect();
        told.extend(edge.keys(&asked).concat());
        keys_of_changes(&topics).iter().all(|key| told.contains(key))
    })
    .await;
    running.stop().await;
}

#[tokio::test]
async fn it_is_told_once_more_after_answers_that_were_on_their_way_have_come() {
    let mut edge = Edge::new(Provider::Fastly).await;
    edge.again_after = Duration::from_secs(45);
    let (topics, before) = (things(1), entity::now());
    edge.change(topics.clone()).await;
    let first = edge.told().await;
    let [again] = edge.jobs().await.try_into().unwrap();
    assert!(again.run_at >= before + TimeDelta::seconds(45), "{again:?}");
    edge.change(things(1)).await;
    edge.run().await;
    edge.recorder.asked();
    edge.time_passes().await;
    let asked = edge.told().await;
    assert!(
        asked.len() == 2
            && asked
                .iter()
                .any(|asked| asked.headers["surrogate-key"] == first[0].headers["surrogate-key"])
    );
    assert_eq!(edge.jobs().await, []);
}

#[tokio::test]
async fn without_a_cdn_here_the_job_waits_for_a_process_that_has_one() {
    let edge = Edge::new(Provider::Fastly).await;
    let topics = things(1);
    edge.change(topics.clone()).await;
    crate::support::accounts::run_jobs(&edge.press.server.accounts).await;
    assert_eq!(edge.recorder.asked(), []);
    edge.time_passes().await;
    assert!(!edge.told().await.is_empty());
}

#[tokio::test]
async fn its_token_is_never_shown() {
    of_process();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let shown = async {
        let edge = Edge::new(Provider::Cloudflare).await;
        edge.change(things(1)).await;
        edge.recorder
            .answer_next([Answer::new("403 Forbidden", format!("{{\"token\": \"{TOKEN}\"}}"))]);
        edge.run().await;
        format!("{:?} {:?}", edge.cdn(), edge.jobs().await)
    }
    .with_subscriber(subscriber)
    .await;
    let logged = log.text();
    assert!(logged.contains("does not take the token (403)"), "the log is read");
    assert!(!logged.contains(TOKEN) && !shown.contains(TOKEN));
}

#[tokio::test]
async fn a_server_tells_the_cdn_that_it_is_configured_with() {
    let recorder = Recorder::start(usual(Provider::Fastly)).await;
    let folder = tempfile::tempdir().unwrap();
    let url = recorder.url();
    let variables = [
        ("QUOIN_CDN__PROVIDER", "fastly"),
        ("QUOIN_CDN__ZONE", "press"),
        ("QUOIN_CDN__TOKEN", TOKEN),
        ("QUOIN_CDN__API_URL", url.as_str()),
    ];
    let mut serving = Serving::start(folder.path(), &variables);
    serving.address();
    let mut asked = Vec::new();
    until(async || {
        asked.extend(recorder.asked());
        !asked.is_empty()
    })
    .await;
    assert_eq!(asked[0].line, "POST /service/press/purge_all");
    assert_eq!(asked[0].headers["fastly-key"], TOKEN);
    assert!(serving.stop("-TERM").success());
}
