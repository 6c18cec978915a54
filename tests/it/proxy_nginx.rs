//! `deploy/nginx.conf`: the real nginx in front of Quoin keeps what it may, for as long as it may, and nothing else.

use entity::membership::Role;
use entity::post;
use quoin::cdn::Provider;
use quoin::http::CacheSettings;
use reqwest::{Client, RequestBuilder, Response};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::jobs::until;
use crate::support::nginx::Nginx;
use crate::support::office::text;
use crate::support::press::{Press, Writer};
use crate::support::recorder::{Answer, Recorder};

const TITLES: &str = "{ posts { nodes { title } } }";

/// Quoin behind nginx.
struct Site {
    press: Press,
    nginx: Nginx,
    owner: Writer,
    /// A published post.
    post: String,
    client: Client,
}

impl Site {
    /// Answers may be given for so many seconds, and the old ones for so many more. None without nginx.
    async fn start(shared_seconds: u32, stale_seconds: u32) -> Option<Self> {
        let press = Press::served(|settings| {
            settings.cache = CacheSettings {
                shared_seconds,
                stale_seconds,
                cdn: Some(Provider::Fastly),
                ..CacheSettings::default()
            };
        })
        .await;
        let nginx = Nginx::start(&[press.server.address]).await?;
        let owner = press.member("owner", Role::Owner).await;
        let post = press.publish(&owner, "Lead").await;
        let client = Client::builder().no_gzip().no_brotli().build().unwrap();
        Some(Self {
            press,
            nginx,
            owner,
            post,
            client,
        })
    }

    fn get(&self, query: &str) -> RequestBuilder {
        self.client.get(self.nginx.url("/graphql")).query(&[("query", query)])
    }

    /// Publishes the post under another title.
    async fn rename(&self, title: &str) {
        let fields = json!({ "id": self.post, "title": title });
        self.press.done(&self.owner, "postUpdate", "post { id }", fields).await;
        let id = json!({ "id": self.post });
        self.press.done(&self.owner, "postPublish", "post { id }", id).await;
    }

    /// Changes every title behind Quoin's back, too.
    async fn meddle(&self, title: &str) {
        post::Entity::update_many()
            .col_expr(post::Column::Title, Expr::val(title))
            .filter(post::Column::DraftOf.is_null())
            .exec(self.press.server.store.read())
            .await
            .unwrap();
    }
}

/// How nginx came by an answer, and the title in it.
async fn told(request: RequestBuilder) -> (String, String) {
    let answer = request.send().await.unwrap();
    let cache = header(&answer, "x-cache").unwrap_or("NONE").to_owned();
    let body: Value = answer.json().await.unwrap();
    (cache, text(&body["data"]["posts"]["nodes"][0]["title"]))
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

fn as_told(cache: &str, title: &str) -> (String, String) {
    (cache.to_owned(), title.to_owned())
}

#[tokio::test]
async fn a_second_get_is_answered_without_quoin_and_a_post_never() {
    let Some(mut site) = Site::start(600, 0).await else {
        return;
    };
    assert_eq!(told(site.get(TITLES)).await, as_told("MISS", "Lead"));
    let post = |site: &Site| {
        site.client
            .post(site.nginx.url("/graphql"))
            .json(&json!({ "query": TITLES }))
    };
    for _ in 0..2 {
        assert_eq!(told(post(&site)).await, as_told("NONE", "Lead"));
    }
    site.press.server.stop().await.unwrap().unwrap();
    let kept = site.get(TITLES).send().await.unwrap();
    assert_eq!(header(&kept, "x-cache"), Some("HIT"));
    assert!(header(&kept, "surrogate-key").is_some());
    for name in [
        "x-request-id",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "ratelimit-policy",
    ] {
        assert_eq!(header(&kept, name), None, "{name} is another's");
    }
    assert_eq!(post(&site).send().await.unwrap().status(), 502);
    let head = site.client.head(site.nginx.url("/graphql")).query(&[("query", TITLES)]);
    assert_eq!(head.send().await.unwrap().status(), 200, "it is what a GET has");
}

#[tokio::test]
async fn a_mutation_passes_with_its_body_and_who_sent_it() {
    let Some(site) = Site::start(600, 0).await else { return };
    let query =
        "mutation($input: PostUpdateInput!) { postUpdate(input: $input) { post { title } userErrors { message } } }";
    let long = "Words. ".repeat(50_000);
    let input = json!({ "id": site.post, "title": "New", "bodySource": long });
    let request = site
        .client
        .post(site.nginx.url("/graphql"))
        .bearer_auth(&site.owner.jwt);
    let answer = request.json(&json!({ "query": query, "variables": { "input": input } }));
    let answer = answer.send().await.unwrap();
    assert!(header(&answer, "x-request-id").is_some() && header(&answer, "ratelimit-limit").is_some());
    assert_eq!(
        answer.json::<Value>().await.unwrap()["data"]["postUpdate"]["userErrors"],
        json!([])
    );
    // What is too long is for Quoin to say.
    let request = site.client.post(site.nginx.url("/graphql"));
    let long = request.json(&json!({ "query": "a".repeat(3_000_000) }));
    let refused = long.send().await.unwrap();
    assert_eq!(refused.status(), 413);
    assert!(header(&refused, "content-type").unwrap().contains("json"));
}

#[tokio::test]
async fn who_says_who_they_are_is_given_nothing_kept_and_gives_nothing_to_keep() {
    let Some(site) = Site::start(600, 0).await else { return };
    let preview = site
        .press
        .done(&site.owner, "postPreviewCreate", "token", json!({ "id": site.post }))
        .await;
    let bearer = format!("Bearer {}", site.owner.jwt);
    for (number, (name, value)) in [
        ("Authorization", bearer.as_str()),
        ("Quoin-Preview", &text(&preview["token"])),
        ("Cookie", "a=b"),
    ]
    .into_iter()
    .enumerate()
    {
        let (first, second) = (format!("Before {number}"), format!("After {number}"));
        let (before, after) = (format!("query A{number} {TITLES}"), format!("query B{number} {TITLES}"));
        site.rename(&first).await;
        assert_eq!(told(site.get(&before)).await, as_told("MISS", &first));
        site.rename(&second).await;
        assert_eq!(
            told(site.get(&before)).await,
            as_told("HIT", &first),
            "others have to wait"
        );
        assert_eq!(
            told(site.get(&before).header(name, value)).await,
            as_told("BYPASS", &second)
        );
        assert_eq!(
            told(site.get(&before)).await,
            as_told("HIT", &first),
            "{name}: nothing came into it"
        );
        assert_eq!(
            told(site.get(&after).header(name, value)).await,
            as_told("BYPASS", &second)
        );
        assert_eq!(
            told(site.get(&after)).await,
            as_told("MISS", &second),
            "{name}: nothing was kept"
        );
    }
}

#[tokio::test]
async fn answers_in_other_forms_do_not_mix() {
    let Some(site) = Site::start(600, 0).await else { return };
    for _ in 0..2 {
        for accept in ["application/json", "application/graphql-response+json"] {
            for encoding in ["br", "gzip", "identity"] {
                let request = site
                    .get(TITLES)
                    .header("Accept", accept)
                    .header("Accept-Encoding", encoding);
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 200);
                assert!(header(&answer, "content-type").unwrap().starts_with(accept));
                assert_eq!(header(&answer, "content-encoding").unwrap_or("identity"), encoding);
            }
        }
    }
    let other = site
        .get(TITLES)
        .header("Accept", "application/json")
        .header("Accept-Encoding", "gzip");
    assert_eq!(header(&other.send().await.unwrap(), "x-cache"), Some("HIT"));
    let page = site.get(TITLES).header("Accept", "text/html").send().await.unwrap();
    assert!(header(&page, "content-type").unwrap().starts_with("text/html"));
    assert_ne!(header(&page, "x-cache"), Some("HIT"));
}

#[tokio::test]
async fn a_changed_post_is_seen_when_the_time_of_the_answer_is_over() {
    let Some(site) = Site::start(1, 0).await else { return };
    assert_eq!(told(site.get(TITLES)).await, as_told("MISS", "Lead"));
    // What is still right is not fetched again, only asked for.
    until(async || told(site.get(TITLES)).await == as_told("REVALIDATED", "Lead")).await;
    site.rename("New").await;
    until(async || {
        let (cache, title) = told(site.get(TITLES)).await;
        assert!(
            title == "New" || cache == "HIT",
            "{cache}: after its time nothing old is given"
        );
        title == "New"
    })
    .await;
}

#[tokio::test]
async fn an_old_answer_is_given_while_a_new_one_is_fetched_if_that_is_allowed() {
    let Some(site) = Site::start(1, 600).await else { return };
    assert_eq!(told(site.get(TITLES)).await, as_told("MISS", "Lead"));
    site.rename("New").await;
    let mut old = String::new();
    until(async || {
        let (cache, title) = told(site.get(TITLES)).await;
        if title == "Lead" && cache != "HIT" {
            old = cache;
        }
        title == "New"
    })
    .await;
    assert!(["STALE", "UPDATING"].contains(&old.as_str()), "{old}");
}

#[tokio::test]
async fn who_has_the_kept_answer_already_is_told_so() {
    let Some(site) = Site::start(600, 0).await else { return };
    let first = site.get(TITLES).send().await.unwrap();
    let tag = header(&first, "etag").unwrap().to_owned();
    site.meddle("Meddled").await;
    let same = site.get(TITLES).header("If-None-Match", &tag).send().await.unwrap();
    assert_eq!((same.status().as_u16(), header(&same, "x-cache")), (304, Some("HIT")));
    assert_eq!(header(&same, "etag"), Some(tag.as_str()));
    let other = site
        .get(TITLES)
        .header("If-None-Match", "W/\"other\"")
        .send()
        .await
        .unwrap();
    assert_eq!((other.status().as_u16(), header(&other, "x-cache")), (200, Some("HIT")));
}

#[tokio::test]
async fn errors_and_what_may_not_be_kept_are_asked_for_again() {
    let Some(site) = Site::start(600, 0).await else { return };
    let unknown = json!({ "persistedQuery": { "version": 1, "sha256Hash": "0".repeat(64) } }).to_string();
    for _ in 0..2 {
        let broken = site
            .get("{ posts(first: 1000) { nodes { title } } }")
            .send()
            .await
            .unwrap();
        assert_eq!(header(&broken, "x-cache"), Some("MISS"));
        let unknown = site
            .client
            .get(site.nginx.url("/graphql"))
            .query(&[("extensions", &unknown)]);
        assert_eq!(header(&unknown.send().await.unwrap(), "x-cache"), Some("MISS"));
    }
    let Some(site) = Site::start(0, 0).await else { return };
    for _ in 0..2 {
        assert_eq!(told(site.get(TITLES)).await, as_told("MISS", "Lead"));
    }
}

#[tokio::test]
async fn as_many_keys_and_as_long_a_query_as_there_can_be_pass() {
    let head = format!(
        "200 OK\r\nContent-Type: application/json\r\nCache-Control: public, max-age=0, s-maxage=600\r\nSurrogate-Key: {}",
        "abcde ".repeat(2_000).trim_end()
    );
    let recorder = Recorder::start(Answer::new(head, "{}")).await;
    let Some(nginx) = Nginx::start(&[recorder.address]).await else {
        return;
    };
    let long = nginx.url(&format!("/graphql?query={}", "a".repeat(15_000)));
    for cache in ["MISS", "HIT"] {
        let answer = reqwest::get(&long).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "x-cache")),
            (200, Some(cache))
        );
        assert_eq!(header(&answer, "surrogate-key").unwrap().len(), 11_999);
    }
    assert_eq!((recorder.asked().len(), nginx.complaints()), (1, String::new()));
}
