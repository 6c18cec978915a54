//! Answers to a GET are marked for a CDN with keys of what they show, and only what can be purged may be kept there.

use std::collections::BTreeSet;

use entity::membership::Role;
use quoin::cdn::Provider;
use quoin::http::{CacheSettings, HttpSettings};
use reqwest::Response;
use serde_json::json;

use crate::support::desk::text;
use crate::support::press::{Press, Writer};

const TITLES: &str = "{ posts { nodes { title tags { name } } } }";

fn marking(provider: Option<Provider>) -> impl FnOnce(&mut HttpSettings) {
    move |settings| {
        settings.cache = CacheSettings {
            shared_seconds: 3_600,
            cdn: provider,
            ..CacheSettings::default()
        };
    }
}

async fn published(press: &Press) -> Writer {
    let owner = press.member("owner", Role::Owner).await;
    press.publish(&owner, "Lead").await;
    owner
}

async fn get(press: &Press, query: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = press.server.client.get(press.server.url("/graphql"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.query(&[("query", query)]).send().await.unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn an_answer_has_no_keys_unless_there_is_a_cdn() {
    let press = Press::served(marking(None)).await;
    published(&press).await;
    let answer = get(&press, TITLES, &[]).await;
    assert_eq!(
        header(&answer, "cache-control"),
        Some("public, max-age=0, s-maxage=3600")
    );
    assert_eq!(
        (header(&answer, "surrogate-key"), header(&answer, "cache-tag")),
        (None, None)
    );
}

#[tokio::test]
async fn each_provider_is_given_its_own_header() {
    for (provider, its, separator, other) in [
        (Provider::Fastly, "surrogate-key", ' ', "cache-tag"),
        (Provider::Cloudflare, "cache-tag", ',', "surrogate-key"),
    ] {
        let press = Press::served(marking(Some(provider))).await;
        published(&press).await;
        let answer = get(&press, TITLES, &[]).await;
        assert_eq!(header(&answer, other), None);
        let keys: Vec<_> = header(&answer, its).unwrap().split(separator).collect();
        // The post, and which posts there are.
        assert!(keys.len() >= 2, "{keys:?}");
        assert_eq!(keys.len(), keys.iter().collect::<BTreeSet<_>>().len(), "{keys:?}");
        assert!(keys.iter().all(|key| key.len() == 6), "{keys:?}");
        // Who has it already is told the keys as well: a CDN takes them from there.
        let tag = header(&answer, "etag").unwrap();
        let same = get(&press, TITLES, &[("If-None-Match", tag)]).await;
        assert_eq!(same.status(), 304);
        assert_eq!(header(&same, its), header(&answer, its));
    }
}

#[tokio::test]
async fn answers_for_one_reader_and_errors_are_neither_marked_nor_to_be_kept() {
    let press = Press::served(marking(Some(Provider::Fastly))).await;
    let owner = published(&press).await;
    let bearer = format!("Bearer {}", owner.jwt);
    let broken = "{ posts(first: 1000) { nodes { title } } }";
    for (query, headers) in [
        (TITLES, vec![("Authorization", bearer.as_str())]),
        (broken, vec![]),
        ("{ nothing }", vec![]),
        ("", vec![]),
        (TITLES, vec![("Authorization", "Bearer nonsense")]),
        (TITLES, vec![("Quoin-Preview", "nonsense")]),
    ] {
        let answer = get(&press, query, &headers).await;
        assert_eq!(
            header(&answer, "cache-control"),
            Some("private, no-store"),
            "{query} {headers:?}"
        );
        assert_eq!(header(&answer, "surrogate-key"), None, "{query} {headers:?}");
    }
    let posted = press.server.query(TITLES).await;
    assert_eq!(
        (posted.status().as_u16(), header(&posted, "surrogate-key")),
        (200, None)
    );
}

#[tokio::test]
async fn what_nobody_could_purge_is_not_for_shared_caches() {
    for provider in [None, Some(Provider::Cloudflare)] {
        let press = Press::served(marking(provider)).await;
        let owner = published(&press).await;
        let input = json!({ "publicationId": press.id, "title": "Another" });
        let created = press
            .done(&owner, "postCreate", "post { revisions { nodes { id } } }", input)
            .await;
        // The statement that looks for a revision names no cache tag.
        let revision = text(&created["post"]["revisions"]["nodes"][0]["id"]);
        let vague = get(&press, &format!("{{ node(id: \"{revision}\") {{ id }} }}"), &[]).await;
        assert_eq!(header(&vague, "cache-control"), Some("private, no-cache"));
        assert_eq!(header(&vague, "cache-tag"), None);
        // The schema changes with the version alone.
        let schema = get(&press, "{ __schema { queryType { name } } }", &[]).await;
        let expected = match provider {
            None => "public, max-age=0, s-maxage=3600",
            Some(_) => "private, no-cache",
        };
        assert_eq!(header(&schema, "cache-control"), Some(expected));
        assert_eq!(header(&schema, "cache-tag"), None);
    }
}
