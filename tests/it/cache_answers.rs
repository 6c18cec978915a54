//! Answers are kept for readers who did not sign in, within bounds, and caches on the way are told how.

use std::io::Read;

use entity::membership::Role;
use entity::post;
use quoin::domain::scope::{Scope, Scopes};
use quoin::http::{CacheSettings, HttpSettings};
use quoin::limit::Quota;
use quoin::store::cache::{Answers, Made};
use reqwest::Response;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::sync::{Barrier, Notify};

use crate::support::TestDb;
use crate::support::press::{Press, Writer};

fn keeping(settings: &mut HttpSettings) {
    settings.cache = CacheSettings::default();
}

/// A publication with one published post, `lead`.
async fn published(press: &Press) -> (Writer, String) {
    let owner = press.member("owner", Role::Owner).await;
    let id = press.publish(&owner, "Lead").await;
    (owner, id)
}

/// Changes every title behind the server's back.
async fn meddle(press: &Press, title: &str) {
    post::Entity::update_many()
        .col_expr(post::Column::Title, Expr::val(title))
        .filter(post::Column::DraftOf.is_null())
        .exec(press.server.store.read())
        .await
        .unwrap();
}

const TITLES: &str = "{ posts { nodes { title } } }";

async fn title(press: &Press, who: Option<&Writer>, query: &str) -> Value {
    press.ask(who, query, json!({})).await["data"]["posts"]["nodes"][0]["title"].clone()
}

/// The answer to a GET of a query.
async fn get(press: &Press, query: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = press
        .server
        .client
        .get(press.server.url("/graphql"))
        .query(&[("query", query)]);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn an_answer_is_kept_until_something_that_it_shows_changes() {
    let press = Press::served(keeping).await;
    let (owner, id) = published(&press).await;
    assert_eq!(title(&press, None, TITLES).await, "Lead");
    meddle(&press, "Meddled").await;
    assert_eq!(title(&press, None, TITLES).await, "Lead", "the kept answer");
    assert_eq!(
        title(&press, None, "query Other { posts { nodes { title slug } } }").await,
        "Meddled"
    );
    assert_eq!(
        title(&press, Some(&owner), TITLES).await,
        "Meddled",
        "nothing is kept for who signed in"
    );
    // A draft is nobody's business; another tag shows in no list of posts.
    press
        .done(
            &owner,
            "postUpdate",
            "post { id }",
            json!({ "id": id, "excerpt": "Short" }),
        )
        .await;
    let tag = json!({ "publicationId": press.id, "name": "Red" });
    press.done(&owner, "tagCreate", "tag { id }", tag).await;
    assert_eq!(title(&press, None, TITLES).await, "Lead", "still the kept answer");
    press
        .done(
            &owner,
            "postUpdate",
            "post { id }",
            json!({ "id": id, "isFeatured": true }),
        )
        .await;
    assert_eq!(title(&press, None, TITLES).await, "Meddled");
}

#[tokio::test]
async fn requests_that_mean_the_same_share_an_answer() {
    let press = Press::served(keeping).await;
    published(&press).await;
    assert_eq!(title(&press, None, TITLES).await, "Lead");
    meddle(&press, "Meddled").await;
    assert_eq!(title(&press, None, "{posts{nodes{title}}} # newest").await, "Lead");
    let got: Value = get(&press, TITLES, &[]).await.json().await.unwrap();
    assert_eq!(got["data"]["posts"]["nodes"][0]["title"], "Lead");
    let variables =
        json!({ "query": "query($n: Int) { posts(first: $n) { nodes { title } } }", "variables": { "n": 1 } });
    let one: Value = press
        .server
        .request(&variables)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        one["data"]["posts"]["nodes"][0]["title"], "Meddled",
        "its variables are its own"
    );
}

#[tokio::test]
async fn headers_and_hosts_do_not_poison_an_answer() {
    let press = Press::served(keeping).await;
    published(&press).await;
    let clean: Value = get(
        &press,
        "{ publication { slug posts { nodes { slug featuredImage { url } } } } }",
        &[],
    )
    .await
    .json()
    .await
    .unwrap();
    for header in [
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Original-URL", "/evil"),
        ("Cookie", "a=b"),
        ("Accept-Language", "xx"),
    ] {
        let query = "{ publication { slug posts { nodes { slug featuredImage { url } } } } }";
        let answer: Value = get(&press, query, &[header]).await.json().await.unwrap();
        assert_eq!(answer, clean, "{header:?}");
    }
    let broken = get(&press, TITLES, &[("Authorization", "Bearer nonsense")]).await;
    assert_eq!(broken.status(), 401, "a kept answer is not given to a bad token");
}

#[tokio::test]
async fn errors_are_not_kept() {
    let press = Press::served(keeping).await;
    let query = "{ posts(first: 1000) { nodes { title } } }";
    for _ in 0..2 {
        let answer = get(&press, query, &[]).await;
        assert!(answer.headers().get("etag").is_none());
        assert!(answer.json::<Value>().await.unwrap()["errors"].is_array());
    }
}

#[tokio::test]
async fn a_get_is_answered_304_while_nothing_has_changed() {
    let press = Press::served(keeping).await;
    let (owner, id) = published(&press).await;
    let first = get(&press, TITLES, &[]).await;
    let header = |answer: &Response, name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header(&first, "cache-control"), "public, no-cache");
    let vary = header(&first, "vary").to_lowercase();
    for name in ["accept", "accept-encoding", "authorization", "quoin-preview"] {
        assert!(vary.split(", ").any(|known| known == name), "{vary} lacks {name}");
    }
    let tag = header(&first, "etag");
    let again = get(&press, TITLES, &[("If-None-Match", &tag)]).await;
    assert_eq!(again.status(), 304);
    assert_eq!(header(&again, "etag"), tag);
    assert_eq!(again.text().await.unwrap(), "");
    press
        .done(&owner, "postUpdate", "post { id }", json!({ "id": id, "title": "New" }))
        .await;
    press
        .done(&owner, "postPublish", "post { id }", json!({ "id": id }))
        .await;
    let changed = get(&press, TITLES, &[("If-None-Match", &tag)]).await;
    assert_eq!(changed.status(), 200);
    assert_ne!(header(&changed, "etag"), tag);
    let own = get(&press, TITLES, &[("Authorization", &format!("Bearer {}", owner.jwt))]).await;
    assert!(
        own.headers().get("etag").is_none(),
        "an answer for one person is not for caches"
    );
}

#[tokio::test]
async fn many_who_want_the_same_at_once_have_it_made_once() {
    let press = Press::served(|settings| {
        keeping(settings);
        // Those who wait need no place.
        settings.limits.executions_per_core = 1;
    })
    .await;
    published(&press).await;
    let asked = (0..64).map(|_| title(&press, None, TITLES));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| answer == "Lead"));
}

#[tokio::test]
async fn what_is_kept_stays_within_its_bounds() {
    let press = Press::served(|settings| {
        settings.cache = CacheSettings {
            memory_bytes: 20_000,
            ..CacheSettings::default()
        };
    })
    .await;
    published(&press).await;
    for number in 0..1_000 {
        let query = format!("query Number{number} {{ posts {{ nodes {{ title }} }} }}");
        assert_eq!(title(&press, None, &query).await, "Lead");
    }
}

#[tokio::test]
async fn a_client_with_ever_new_queries_has_few_of_their_responses_cached() {
    let press = Press::served(|settings| {
        keeping(settings);
        settings.limits.cached_responses = Quota::per_hour("cached responses", 4);
    })
    .await;
    published(&press).await;
    let queries: Vec<String> = (0..10)
        .map(|number| format!("query Number{number} {{ posts {{ nodes {{ title }} }} }}"))
        .collect();
    for query in &queries {
        assert_eq!(title(&press, None, query).await, "Lead");
    }
    meddle(&press, "Meddled").await;
    let mut cached = 0;
    for query in &queries {
        cached += usize::from(title(&press, None, query).await == "Lead");
    }
    // Queries of the set-up count, too.
    assert!((1..=4).contains(&cached), "{cached}");
}

#[tokio::test]
async fn a_kept_answer_comes_compressed_as_each_client_takes_it() {
    let press = Press::served(keeping).await;
    published(&press).await;
    let query = "{ __schema { types { name description } } }";
    let plain = get(&press, query, &[]).await.bytes().await.unwrap();
    let client = reqwest::Client::builder().no_gzip().no_brotli().build().unwrap();
    for (accepted, coding) in [("br, gzip", "br"), ("gzip", "gzip"), ("gzip;q=0, identity", "")] {
        for time in ["made", "packed", "given as it was packed"] {
            let request = client.get(press.server.url("/graphql")).query(&[("query", query)]);
            let answer = request.header("Accept-Encoding", accepted).send().await.unwrap();
            let header = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap());
            assert_eq!(header("content-encoding"), coding, "{accepted}, {time}");
            assert!(header("vary").contains("Accept-Encoding"), "{accepted}, {time}");
            let bytes = answer.bytes().await.unwrap();
            let mut unpacked = Vec::new();
            match coding {
                "br" => brotli::Decompressor::new(&bytes[..], 4_096).read_to_end(&mut unpacked),
                "gzip" => flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked),
                _ => (&bytes[..]).read_to_end(&mut unpacked),
            }
            .unwrap();
            assert!(unpacked == plain, "{accepted}, {time}");
            assert!(coding.is_empty() || bytes.len() < plain.len() / 2);
        }
    }
}

#[tokio::test]
async fn who_comes_with_a_key_that_reads_is_given_a_kept_answer_of_its_own() {
    let press = Press::served(keeping).await;
    let (owner, id) = published(&press).await;
    let reads = Scopes::from_iter([Scope::Read]);
    let key = press.key(&owner, reads).await;
    let other = press.key(&owner, reads).await;
    assert_eq!(title(&press, Some(&key), TITLES).await, "Lead");
    meddle(&press, "Meddled").await;
    assert_eq!(title(&press, Some(&key), TITLES).await, "Lead", "the kept answer");
    assert_eq!(title(&press, Some(&other), TITLES).await, "Meddled", "another key");
    assert_eq!(title(&press, None, TITLES).await, "Meddled", "anybody");
    let bearer = format!("Bearer {}", key.jwt);
    let given = get(&press, TITLES, &[("Authorization", &bearer)]).await;
    assert_eq!(given.headers()["Cache-Control"], "private, no-cache");
    let tag = given.headers()["ETag"].to_str().unwrap().to_owned();
    let again = get(&press, TITLES, &[("Authorization", &bearer), ("If-None-Match", &tag)]).await;
    assert_eq!(again.status(), 304);
    let changed = json!({ "id": id, "isFeatured": true });
    press.done(&owner, "postUpdate", "post { id }", changed).await;
    assert_eq!(title(&press, Some(&key), TITLES).await, "Meddled");
}

#[tokio::test]
async fn what_is_not_published_is_never_kept_for_a_key() {
    let press = Press::served(keeping).await;
    let (owner, _) = published(&press).await;
    let key = press
        .key(&owner, Scopes::from_iter([Scope::Read, Scope::ReadDrafts]))
        .await;
    let draft = json!({ "publicationId": press.id, "title": "Draft" });
    press.done(&owner, "postCreate", "post { id }", draft).await;
    let by_slug = |slug: &str| format!("{{ post(by: {{ slug: \"{slug}\" }}) {{ title }} }}");
    for query in [
        by_slug("draft"),
        by_slug("missing"),
        "{ posts(where: { status: [DRAFT] }) { nodes { title } } }".to_owned(),
        "{ posts(where: { hasDraft: false }) { nodes { title } } }".to_owned(),
        "{ viewer { user { displayName } } }".to_owned(),
        "{ publication { viewerRole } }".to_owned(),
    ] {
        let given = get(&press, &query, &[("Authorization", &format!("Bearer {}", key.jwt))]).await;
        assert_eq!(given.headers()["Cache-Control"], "private, no-store", "{query}");
        assert!(!given.headers().contains_key("ETag"), "{query}");
        let given: Value = given.json().await.unwrap();
        assert_eq!(given["errors"], Value::Null, "{query}");
    }
}

#[tokio::test]
async fn a_key_is_given_nothing_from_before_its_owner_left() {
    let press = Press::served(keeping).await;
    let (owner, id) = published(&press).await;
    let change = json!({ "id": id, "visibility": "MEMBERS" });
    press.done(&owner, "postUpdate", "post { id }", change).await;
    press
        .done(&owner, "postPublish", "post { id }", json!({ "id": id }))
        .await;
    let member = press.member("member", Role::Contributor).await;
    let key = press
        .key(&member, Scopes::from_iter([Scope::Read, Scope::ReadDrafts]))
        .await;
    let query = "{ posts(where: { visibility: [MEMBERS] }) { nodes { title } } }";
    let replica = press.server.replica(keeping).await;
    let titles = async || {
        let asked = replica.request(&json!({ "query": query })).bearer_auth(&key.jwt);
        let given: Value = asked.send().await.unwrap().json().await.unwrap();
        given["data"]["posts"]["nodes"].clone()
    };
    assert_eq!(titles().await, json!([{ "title": "Lead" }]));
    press
        .done(
            &member,
            "publicationLeave",
            "publication { title }",
            json!({ "publicationId": press.id }),
        )
        .await;
    assert_eq!(titles().await, json!([]));
}

#[tokio::test]
async fn a_key_that_is_revoked_opens_no_kept_answer() {
    let press = Press::served(keeping).await;
    let (owner, _) = published(&press).await;
    let key = press.key(&owner, Scopes::from_iter([Scope::Read])).await;
    assert_eq!(title(&press, Some(&key), TITLES).await, "Lead");
    let keys = press
        .ask(Some(&owner), "{ viewer { apiKeys { nodes { id } } } }", json!({}))
        .await;
    let id = &keys["data"]["viewer"]["apiKeys"]["nodes"][0]["id"];
    press
        .done(&owner, "apiKeyRevoke", "apiKey { id }", json!({ "id": id }))
        .await;
    let refused = press.server.request(&json!({ "query": TITLES })).bearer_auth(&key.jwt);
    assert_eq!(refused.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn readers_do_not_wait_for_each_other_after_a_response_that_cannot_be_cached() {
    let database = TestDb::new().await;
    let (answers, store, key) = (Answers::new(1_000_000, None), database.store(), [7; 32]);
    let (others_wait, both) = (Notify::new(), Barrier::new(2));
    let first = answers.get_or_make(store, key, async || {
        others_wait.notified().await;
        // The others find out the position on the same connection before.
        for _ in 0..2 {
            store.position().await.unwrap();
        }
        Made::Own(())
    });
    let other = || {
        answers.get_or_make(store, key, async || {
            both.wait().await;
            Made::Own(())
        })
    };
    let (first, second, third, ()) = tokio::join!(first, other(), other(), async { others_wait.notify_one() });
    assert!(first.is_err() && second.is_err() && third.is_err());
}
