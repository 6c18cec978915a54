//! Kept answers after every verb: neither a reader who did not sign in nor who comes with a key is ever given what was
//! before.

use std::collections::BTreeSet;

use entity::membership::Role;
use quoin::domain::authenticate::authenticate;
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::{Viewer, account};
use quoin::graphql::Api;
use quoin::http::CacheSettings;
use serde_json::{Value, json};

use crate::support::answer::data;
use crate::support::office::text;
use crate::support::pictures;
use crate::support::press::{Press, Writer};
use crate::support::server::TestServer;

/// A publication whose answers are kept by two replicas, and what readers ask of them.
struct Kept {
    press: Press,
    replica: TestServer,
    owner: Writer,
    /// Those who come with a key: one who sees what everybody sees, one who sees all, and one who sees what members see.
    keys: Vec<(Writer, Viewer)>,
    /// What readers ask.
    questions: Vec<String>,
    /// Every mutation that was called.
    called: BTreeSet<String>,
}

/// What lists show of a post.
const POST: &str = "id slug title excerpt bodyHtml publishedAt isFeatured authors { username displayName } \
                    tags { name slug postCount } categories { name slug } series { title } featuredImage { altText url } \
                    previous { slug } next { slug } commentCount";

impl Kept {
    async fn new() -> Self {
        let keeping = |settings: &mut quoin::http::HttpSettings| settings.cache = CacheSettings::default();
        let press = Press::served(keeping).await;
        let replica = press.server.replica(keeping).await;
        let owner = press.member("owner", Role::Owner).await;
        // Who creates publications, too.
        let transaction = press.server.store.write().await.unwrap();
        account::make_administrator(&transaction, owner.user, true)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let mut keys = Vec::new();
        let contributor = press.member("contributor", Role::Contributor).await;
        let (read, drafts) = (Scope::Read, Scope::ReadDrafts);
        for (member, scopes) in [
            (owner.clone(), vec![read]),
            (owner.clone(), vec![read, drafts]),
            (contributor, vec![read, drafts]),
        ] {
            let key = press.key(&member, Scopes::from_iter(scopes)).await;
            let viewer = authenticate(&press.server.accounts, &key.jwt).await.unwrap();
            keys.push((key, viewer));
        }
        let mut kept = Self {
            press,
            replica,
            owner,
            keys,
            questions: Vec::new(),
            called: BTreeSet::new(),
        };
        kept.ask_about(&[
            &format!("{{ posts {{ totalCount nodes {{ {POST} }} }} }}"),
            "{ posts(where: { visibility: [MEMBERS, PRIVATE, UNLISTED] }) { totalCount nodes { slug title } } }",
            "{ posts { nodes { bodySource reviewNote revisions { totalCount } } } }",
            "{ posts { nodes { seriesPosition } } }",
            "{ pages { totalCount nodes { slug children { slug } } } }",
            "{ posts(where: { tag: \"red\" }) { nodes { title } } }",
            "{ posts(where: { category: \"news\" }) { nodes { title } } }",
            "{ posts(where: { series: \"first-series\" }) { nodes { title } } }",
            "{ posts(where: { author: \"owner\" }) { nodes { title } } }",
            "{ posts(where: { title: \"lead\" }) { nodes { slug } } }",
            "{ posts(where: { featured: true }) { nodes { slug } } }",
            "{ posts(orderBy: { field: UPDATED_AT }) { nodes { slug } } }",
            "{ posts(orderBy: { field: TITLE, direction: ASC }) { nodes { slug } } }",
            "{ publication { title tagline slug navigationNames navigation { label url } tags { totalCount nodes { name } } \
             categories { totalCount nodes { name parent { name } children { nodes { name } } } } \
             series { nodes { title posts { nodes { title } } } } posts { totalCount } } }",
            "{ publications { nodes { slug } totalCount } }",
            "{ publication(slug: \"renamed-press\") { title } }",
            "{ page(by: { slug: \"team\" }) { title children { title } parent { title } } }",
            "{ user(by: { username: \"owner\" }) { displayName bio posts { nodes { title } } } }",
            "{ user(by: { username: \"renamed\" }) { displayName } }",
            "{ tags: publication { tags(orderBy: POST_COUNT) { nodes { name postCount } } } }",
        ]);
        for path in [
            "/lead",
            "/leader",
            "/tag/red",
            "/tag/crimson",
            "/category/news",
            "/series/first-series",
        ] {
            kept.ask_about(&[&format!("{{ resolvePath(path: \"{path}\") {{ __typename }} }}")]);
        }
        for slug in ["red", "blue", "crimson"] {
            kept.ask_about(&[&format!(
                "{{ tag(by: {{ slug: \"{slug}\" }}) {{ name postCount posts {{ nodes {{ title }} }} }} }}"
            )]);
        }
        for slug in ["news", "world"] {
            kept.ask_about(&[&format!(
                "{{ category(by: {{ slug: \"{slug}\" }}) {{ name postCount posts {{ nodes {{ title }} }} children {{ nodes {{ name }} }} }} }}"
            )]);
        }
        for slug in ["lead", "leader", "second"] {
            kept.ask_about(&[&format!("{{ post(by: {{ slug: \"{slug}\" }}) {{ {POST} }} }}")]);
        }
        kept.check("at the beginning").await;
        kept
    }

    fn ask_about(&mut self, questions: &[&str]) {
        self.questions
            .extend(questions.iter().map(|question| (*question).to_owned()));
    }

    /// A mutation by the owner, sent to one replica; what it gives, and what readers are given after it by both.
    async fn act(&mut self, mutation: &str, selection: &str, input: Value) -> Value {
        let it = self.press.done(&self.owner, mutation, selection, input).await;
        assert_eq!(it["userErrors"], json!([]), "{mutation}");
        self.called.insert(mutation.to_owned());
        self.check(mutation).await;
        it
    }

    async fn post(&mut self, mutation: &str, input: Value) -> Value {
        self.act(mutation, "post { id }", input).await["post"].clone()
    }

    /// Every answer that both replicas give is the one that the database gives.
    async fn check(&self, after: &str) {
        let server = &self.press.server;
        let uncached = Api::new(server.store.clone(), server.accounts.clone(), server.library.clone());
        let keys = self.keys.iter().map(|(key, viewer)| (Some(key), *viewer));
        for (key, viewer) in std::iter::once((None, Viewer::Anonymous)).chain(keys) {
            for question in &self.questions {
                let response = uncached.execute(question.as_str().into(), viewer).await;
                assert_eq!(response.errors, [], "{question}");
                let right = data(response);
                for replica in [&self.replica, server] {
                    let asked = replica.request(&json!({ "query": question }));
                    let asked = match key {
                        Some(key) => asked.bearer_auth(&key.jwt),
                        None => asked,
                    };
                    let given: Value = asked.send().await.unwrap().json().await.unwrap();
                    assert_eq!(given["data"], right, "after {after}, to {viewer:?}: {question}");
                }
            }
        }
    }
}

fn id(of: &Value) -> String {
    text(&of["id"])
}

#[tokio::test]
async fn nobody_is_given_what_was_before_a_verb_on_posts() {
    let mut kept = Kept::new().await;
    let publication = kept.press.id.clone();
    let create = |title: &str| json!({ "publicationId": publication, "title": title, "bodySource": "Words." });
    let red = kept
        .act(
            "tagCreate",
            "tag { id }",
            json!({ "publicationId": publication, "name": "Red" }),
        )
        .await;
    let blue = kept
        .act(
            "tagCreate",
            "tag { id }",
            json!({ "publicationId": publication, "name": "Blue" }),
        )
        .await;
    let (red, blue) = (id(&red["tag"]), id(&blue["tag"]));
    let lead = id(&kept.post("postCreate", create("Lead")).await);
    let second = id(&kept.post("postCreate", create("Second")).await);
    kept.ask_about(&[&format!(
        "{{ node(id: \"{lead}\") {{ ... on Post {{ title slug }} }} }}"
    )]);
    kept.post(
        "postUpdate",
        json!({ "id": lead, "tags": [{ "id": red }], "excerpt": "In short" }),
    )
    .await;
    kept.post("postPublish", json!({ "id": lead })).await;
    kept.post("postPublish", json!({ "id": second })).await;
    // A working copy is nobody's business but the desk's.
    kept.post(
        "postUpdate",
        json!({ "id": lead, "title": "Lead story", "bodySource": "Other words.", "tags": [{ "id": blue }] }),
    )
    .await;
    kept.post("postSubmitForReview", json!({ "id": lead })).await;
    kept.post("postRequestChanges", json!({ "id": lead, "note": "Shorter." }))
        .await;
    kept.post("postPublish", json!({ "id": lead })).await;
    kept.post("postUpdate", json!({ "id": lead, "title": "Nothing" })).await;
    kept.post("postDiscardDraft", json!({ "id": lead })).await;
    kept.post("postUpdate", json!({ "id": lead, "slug": "leader" })).await;
    kept.post("postUpdate", json!({ "id": lead, "isFeatured": true })).await;
    let other = kept.press.member("other", Role::Author).await;
    let other = kept
        .press
        .ask(Some(&other), "{ viewer { user { id } } }", json!({}))
        .await;
    let other = text(&other["data"]["viewer"]["user"]["id"]);
    kept.post("postUpdate", json!({ "id": lead, "authorIds": [other] }))
        .await;
    for visibility in ["UNLISTED", "MEMBERS", "PRIVATE"] {
        kept.post("postUpdate", json!({ "id": lead, "visibility": visibility }))
            .await;
        kept.post("postPublish", json!({ "id": lead })).await;
    }
    kept.post("postUnpublish", json!({ "id": lead })).await;
    kept.post(
        "postSchedule",
        json!({ "id": lead, "publishAt": "2030-01-01T00:00:00Z" }),
    )
    .await;
    kept.post("postUnschedule", json!({ "id": lead })).await;
    kept.post("postPublish", json!({ "id": lead })).await;
    kept.post("postArchive", json!({ "id": lead })).await;
    kept.post("postDelete", json!({ "id": second })).await;
    kept.post("postRestore", json!({ "id": second })).await;
    kept.post("postPublish", json!({ "id": second })).await;
    kept.post("postDelete", json!({ "id": second })).await;
    kept.act("postErase", "id", json!({ "id": second })).await;

    let page = |title: &str| json!({ "publicationId": publication, "title": title });
    let mut ids = Vec::new();
    for title in ["About", "Team"] {
        ids.push(id(&kept.act("pageCreate", "page { id }", page(title)).await["page"]));
    }
    let [about, team] = ids.as_slice() else {
        unreachable!("two pages")
    };
    for page in &ids {
        kept.act("pagePublish", "page { id }", json!({ "id": page })).await;
    }
    kept.act("pageUpdate", "page { id }", json!({ "id": team, "parentId": about }))
        .await;
    kept.act(
        "pageUpdate",
        "page { id }",
        json!({ "id": team, "parentId": null, "position": 3 }),
    )
    .await;
}

#[tokio::test]
async fn nobody_is_given_what_was_before_a_verb_on_the_order_of_a_publication() {
    let mut kept = Kept::new().await;
    let publication = kept.press.id.clone();
    let named = |name: &str| json!({ "publicationId": publication, "name": name });
    let red = id(&kept.act("tagCreate", "tag { id }", named("Red")).await["tag"]);
    let blue = id(&kept.act("tagCreate", "tag { id }", named("Blue")).await["tag"]);
    let news = id(&kept.act("categoryCreate", "category { id }", named("News")).await["category"]);
    let world = id(&kept.act("categoryCreate", "category { id }", named("World")).await["category"]);
    let picture = kept
        .press
        .file(&kept.owner.clone(), "photo.png", &pictures::png(40, 30))
        .await;
    let fields = json!({
        "publicationId": publication, "title": "Lead", "tags": [{ "id": red }, { "name": "blue" }], "categoryIds": [world],
        "featuredImageId": picture["id"],
    });
    let lead = id(&kept.post("postCreate", fields).await);
    kept.post("postPublish", json!({ "id": lead })).await;
    kept.act(
        "mediaUpdate",
        "media { id }",
        json!({ "id": picture["id"], "altText": "A press" }),
    )
    .await;
    kept.act(
        "tagUpdate",
        "tag { id }",
        json!({ "id": red, "name": "Crimson", "slug": "crimson" }),
    )
    .await;
    kept.act("tagMerge", "tag { id }", json!({ "from": blue, "into": red }))
        .await;
    kept.act(
        "categoryUpdate",
        "category { id }",
        json!({ "id": world, "name": "The world" }),
    )
    .await;
    kept.act(
        "categoryMove",
        "category { id }",
        json!({ "id": world, "parentId": news }),
    )
    .await;
    kept.act("categoryDelete", "category { id }", json!({ "id": news }))
        .await;
    let series = json!({ "publicationId": publication, "title": "First series" });
    let series = id(&kept.act("seriesCreate", "series { id }", series).await["series"]);
    kept.act(
        "seriesSetPosts",
        "series { id }",
        json!({ "id": series, "postIds": [lead] }),
    )
    .await;
    kept.act(
        "seriesUpdate",
        "series { id }",
        json!({ "id": series, "title": "Series one" }),
    )
    .await;
    kept.act("seriesDelete", "series { id }", json!({ "id": series })).await;
    let items = json!([{ "label": "Lead", "target": { "post": lead } }, { "label": "Site", "target": { "url": "https://site.example" } }]);
    kept.act(
        "navigationSet",
        "publication { id }",
        json!({ "publicationId": publication, "items": items }),
    )
    .await;
    kept.post("postUnpublish", json!({ "id": lead })).await;
    kept.post("postPublish", json!({ "id": lead })).await;
    kept.act("tagDelete", "tag { id }", json!({ "id": red })).await;
    let publication_change = json!({ "id": publication, "title": "The Press", "slug": "renamed-press" });
    kept.act("publicationUpdate", "publication { id }", publication_change)
        .await;
    kept.act(
        "publicationCreate",
        "publication { id }",
        json!({ "title": "Another", "slug": "another" }),
    )
    .await;
    let person = json!({ "displayName": "Ona Owner", "username": "renamed", "bio": "Owns." });
    kept.act("accountUpdate", "viewer { user { id } }", person).await;
    kept.act(
        "mediaDelete",
        "deletedId",
        json!({ "id": picture["id"], "force": true }),
    )
    .await;
}

#[tokio::test]
async fn nobody_is_given_what_was_before_a_verb_on_what_readers_do_not_see() {
    let mut kept = Kept::new().await;
    let publication = kept.press.id.clone();
    kept.ask_about(&["{ publication { navigation { label items { label } } } }"]);
    let create = |title: &str| json!({ "publicationId": publication, "title": title });
    let lead = id(&kept.post("postCreate", create("Lead")).await);
    let second = id(&kept.post("postCreate", create("Second")).await);
    for post in [&lead, &second] {
        kept.post("postPublish", json!({ "id": post })).await;
    }
    // An address that leads to one is taken by another that is archived.
    kept.post("postUpdate", json!({ "id": lead, "slug": "leader" })).await;
    kept.post("postArchive", json!({ "id": second })).await;
    kept.post("postUpdate", json!({ "id": second, "slug": "lead" })).await;
    // An item of a menu becomes a heading when its post is gone for good.
    let site = json!({ "label": "Site", "target": { "url": "https://site.example" } });
    let items = json!([{ "label": "Lead", "target": { "post": lead }, "items": [site] }]);
    let menu = json!({ "publicationId": publication, "items": items });
    kept.act("navigationSet", "publication { id }", menu).await;
    kept.post("postDelete", json!({ "id": lead })).await;
    kept.act("postErase", "id", json!({ "id": lead })).await;
}
