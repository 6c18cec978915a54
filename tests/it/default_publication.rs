//! Root fields mean one publication, which a stranger can neither fill nor become.

use async_graphql::Request;
use entity::membership::Role;
use entity::publication;
use quoin::domain::Viewer;
use quoin::domain::accounts::AccountSettings;
use quoin::domain::publication::{Creators, PublicationSettings};
use quoin::domain::scope::Scope;
use quoin::graphql::Api;
use quoin::http::CacheSettings;
use quoin::store::changes::Topic;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::Gazette;
use crate::support::accounts::{SECRET, accounts_with};
use crate::support::answer::data;
use crate::support::command::{Outcome, quoin};
use crate::support::desk::{Desk, text};
use crate::support::people::Person;
use crate::support::press::Press;
use crate::support::redis::RedisServer;
use crate::support::server::http_client;
use crate::support::serving::Serving;

/// Every root field that means one publication, with or without an argument that names it.
fn roots(publication: Option<&str>) -> String {
    let slug = publication.map(|slug| format!("(slug: {slug:?})")).unwrap_or_default();
    let alone = publication
        .map(|slug| format!("(publication: {slug:?})"))
        .unwrap_or_default();
    let more = publication
        .map(|slug| format!(", publication: {slug:?}"))
        .unwrap_or_default();
    let filter = publication
        .map(|slug| format!("(where: {{publication: {slug:?}}})"))
        .unwrap_or_default();
    let of = "publication { slug }";
    format!(
        "{{ publication{slug} {{ slug }} posts{filter} {{ totalCount nodes {{ {of} }} }} \
         post(by: {{slug: \"lead\"}}{more}) {{ {of} }} page(by: {{slug: \"team\"}}{more}) {{ {of} }} \
         tag(by: {{slug: \"red\"}}{more}) {{ {of} }} tags{alone} {{ totalCount nodes {{ {of} }} }} \
         category(by: {{slug: \"news\"}}{more}) {{ {of} }} categories{alone} {{ totalCount nodes {{ {of} }} }} \
         series(by: {{slug: \"first\"}}{more}) {{ {of} }} \
         resolvePath(path: \"/lead\"{more}) {{ ... on Post {{ {of} }} }} }}"
    )
}

/// What all of them give that find this publication, in which everything stands once.
fn found(slug: &str) -> Value {
    let one = json!({ "publication": { "slug": slug } });
    let list = json!({ "totalCount": 1, "nodes": [one] });
    json!({ "publication": { "slug": slug }, "posts": list, "post": one, "page": one, "tag": one, "tags": list,
        "category": one, "categories": list, "series": one, "resolvePath": one })
}

/// A post, a page, a tag, a category and a series of the same names in a publication.
async fn fill(desk: &Desk, who: Person, publication: &str) {
    let act = async |mutation: &str, selection: &str, mut input: Value| {
        if input.get("id").is_none() {
            input["publicationId"] = publication.into();
        }
        let answer = desk.answer(who.viewer(), mutation, input, selection).await;
        assert_eq!(answer["data"]["it"]["userErrors"], json!([]), "{mutation}: {answer:#}");
        answer["data"]["it"].clone()
    };
    act("tagCreate", "", json!({ "name": "Red" })).await;
    act("categoryCreate", "", json!({ "name": "News" })).await;
    act("seriesCreate", "", json!({ "title": "First" })).await;
    for (noun, title) in [("post", "Lead"), ("page", "Team")] {
        let (create, publish) = (format!("{noun}Create"), format!("{noun}Publish"));
        let made = act(&create, &format!("{noun} {{ id }}"), json!({ "title": title })).await;
        act(&publish, "", json!({ "id": made[noun]["id"] })).await;
    }
}

/// The gazette, and the publication `other` of an administrator; both have the same things.
async fn two() -> (Desk, Person) {
    let desk = Desk::new().await;
    let ned = desk.gazette.administrator("ned").await;
    let made = r#"mutation { it: publicationCreate(input: {title: "Other"}) { publication { id } } }"#;
    let other = text(&desk.gazette.done(ned.viewer(), made).await["it"]["publication"]["id"]);
    fill(&desk, desk.admin, &desk.publication).await;
    fill(&desk, ned, &other).await;
    (desk, ned)
}

/// The same database, served with other settings.
async fn with(gazette: &Gazette, change: impl FnOnce(&mut PublicationSettings)) -> Api {
    let change = |settings: &mut AccountSettings| change(&mut settings.publications);
    let accounts = accounts_with(gazette.store(), gazette.database.outbox(), change).await;
    Api::new(gazette.store().clone(), accounts, gazette.library.clone())
}

async fn with_default(gazette: &Gazette, slug: &str) -> Api {
    with(gazette, |settings| settings.default = Some(slug.to_owned())).await
}

async fn ask(api: &Api, viewer: Viewer, query: &str) -> Value {
    let answer = api.execute(Request::new(query), viewer).await;
    assert!(answer.errors.is_empty(), "{query}: {:#?}", answer.errors);
    data(answer)
}

#[tokio::test]
async fn every_root_field_means_the_default_publication_unless_it_names_another() {
    let (desk, _) = two().await;
    let gazette = &desk.gazette;
    assert_eq!(gazette.ask(&roots(None)).await, found("gazette"), "the oldest");
    assert_eq!(gazette.ask(&roots(Some("other"))).await, found("other"));
    let api = with_default(gazette, "other").await;
    assert_eq!(ask(&api, Viewer::Anonymous, &roots(None)).await, found("other"));
    let named = ask(&api, Viewer::Anonymous, &roots(Some("gazette"))).await;
    assert_eq!(named, found("gazette"));
    let all = "{ publications { nodes { slug posts { totalCount nodes { slug } } } } }";
    let posts = json!({ "totalCount": 1, "nodes": [{ "slug": "lead" }] });
    let expected = json!([{ "slug": "gazette", "posts": posts }, { "slug": "other", "posts": posts }]);
    assert_eq!(gazette.ask(all).await["publications"]["nodes"], expected);
}

#[tokio::test]
async fn a_default_that_no_publication_has_finds_nothing() {
    let (desk, _) = two().await;
    let api = with_default(&desk.gazette, "missing").await;
    let list = json!({ "totalCount": 0, "nodes": [] });
    let nothing = json!({ "publication": null, "posts": list, "post": null, "page": null, "tag": null, "tags": list,
        "category": null, "categories": list, "series": null, "resolvePath": null });
    assert_eq!(ask(&api, Viewer::Anonymous, &roots(None)).await, nothing);
    let named = ask(&api, Viewer::Anonymous, &roots(Some("gazette"))).await;
    assert_eq!(named, found("gazette"));
}

#[tokio::test]
async fn only_administrators_create_publications_unless_anyone_may() {
    let desk = Desk::new().await;
    let gazette = &desk.gazette;
    let (eve, ned) = (gazette.person("eve").await, gazette.administrator("ned").await);
    let owner = gazette.member("olga", Role::Owner).await;
    let may = "{ viewer { canCreatePublications } }";
    for (who, expected) in [
        (eve.viewer(), false),
        (owner.viewer(), false),
        (ned.viewer(), true),
        (ned.by_key(), true),
        (ned.without(Scope::Publication), false),
    ] {
        let told = gazette.done(who, may).await["viewer"]["canCreatePublications"].clone();
        assert_eq!(told, json!(expected), "{who:?}");
        let refused = desk.refusal(who, "publicationCreate", json!({ "title": "Mine" })).await;
        assert_eq!(refused.as_deref(), (!expected).then_some("FORBIDDEN"), "{who:?}");
    }
    let api = with(gazette, |settings| settings.create = Creators::Anyone).await;
    let told = ask(&api, eve.viewer(), may).await;
    assert_eq!(told["viewer"]["canCreatePublications"], true);
    let made = r#"mutation { publicationCreate(input: {title: "Eve's"}) { publication { viewerRole } } }"#;
    let made = ask(&api, eve.viewer(), made).await;
    assert_eq!(made["publicationCreate"]["publication"]["viewerRole"], "OWNER");
}

#[tokio::test]
async fn nobody_but_an_administrator_takes_the_slug_of_the_default_or_gives_it_up() {
    let (desk, ned) = two().await;
    let gazette = &desk.gazette;
    let eve = gazette.person("eve").await;
    let open = |slug: &str| {
        let slug = slug.to_owned();
        with(gazette, |settings| {
            *settings = PublicationSettings {
                create: Creators::Anyone,
                default: Some(slug),
            };
        })
    };
    let create = |slug: &str| {
        format!(
            "mutation {{ it: publicationCreate(input: {{title: \"Front\", slug: {slug:?}}}) {{ userErrors {{ code field }} }} }}"
        )
    };
    let rename = |id: &str, slug: &str| {
        format!(
            "mutation {{ it: publicationUpdate(input: {{id: {id:?}, slug: {slug:?}}}) {{ userErrors {{ code field }} }} }}"
        )
    };
    let not_allowed = json!([{ "code": "NOT_ALLOWED", "field": ["input", "slug"] }]);
    let api = open("front").await;
    let errors = async |api: &Api, who: Person, mutation: &str| {
        ask(api, who.viewer(), mutation).await["it"]["userErrors"].clone()
    };
    assert_eq!(errors(&api, eve, &create("front")).await, not_allowed);
    let renamed = rename(&desk.publication, "front");
    assert_eq!(errors(&api, desk.admin, &renamed).await, not_allowed);
    assert_eq!(errors(&api, ned, &create("front")).await, json!([]));
    let api = open("gazette").await;
    let renamed = rename(&desk.publication, "elsewhere");
    assert_eq!(errors(&api, desk.admin, &renamed).await, not_allowed);
    let kept = format!(
        "mutation {{ it: publicationUpdate(input: {{id: {:?}, title: \"New\"}}) {{ userErrors {{ code field }} }} }}",
        desk.publication
    );
    assert_eq!(errors(&api, desk.admin, &kept).await, json!([]));
}

#[tokio::test]
async fn a_cached_list_follows_the_oldest_publication() {
    let press = Press::served(|settings| settings.cache = CacheSettings::default()).await;
    let owner = press.member("owner", Role::Owner).await;
    press.publish(&owner, "Lead").await;
    let list = "{ posts { totalCount nodes { title } } publication { slug } }";
    let before = press.ask(None, list, json!({})).await["data"].clone();
    assert_eq!(
        before["posts"],
        json!({ "totalCount": 1, "nodes": [{ "title": "Lead" }] })
    );
    assert_eq!(press.ask(None, list, json!({})).await["data"], before);
    let transaction = press.server.store.write().await.unwrap();
    publication::Entity::delete_by_id(press.publication)
        .exec(&transaction)
        .await
        .unwrap();
    transaction.changed([Topic::thing(press.publication), Topic::any(publication::Entity)]);
    transaction.commit().await.unwrap();
    let after = press.ask(None, list, json!({})).await["data"].clone();
    let nothing = json!({ "posts": { "totalCount": 0, "nodes": [] }, "publication": null });
    assert_eq!(after, nothing);
}

#[tokio::test]
async fn processes_with_another_default_do_not_share_cached_responses() {
    let Some(redis) = RedisServer::start() else { return };
    let (desk, _) = two().await;
    let folder = tempfile::tempdir().unwrap();
    let (database, redis) = (desk.gazette.database.url(), redis.url());
    for slug in ["gazette", "other", "gazette"] {
        let mut serving = Serving::start(
            folder.path(),
            &[
                ("DATABASE_URL", database),
                ("REDIS_URL", &redis),
                ("QUOIN_AUTH__SECRET", SECRET),
                ("QUOIN_BASE_URL", "http://127.0.0.1:9"),
                ("QUOIN_PUBLICATIONS__DEFAULT", slug),
            ],
        );
        let url = format!("http://{}/graphql", serving.address());
        let client = http_client().build().unwrap();
        for _ in 0..3 {
            let request = client.post(&url).json(&json!({ "query": roots(None) }));
            let answer: Value = request.send().await.unwrap().json().await.unwrap();
            assert_eq!(answer["data"], found(slug));
        }
        serving.stop("-TERM");
    }
}

#[tokio::test]
async fn a_default_that_no_publication_has_is_reported_by_doctor() {
    let gazette = Gazette::new().await;
    let folder = tempfile::tempdir().unwrap();
    let doctor = |slug: &str| {
        let mut command = quoin(folder.path(), &["doctor"]);
        command
            .env("DATABASE_URL", gazette.database.url())
            .env("QUOIN_LISTEN", "127.0.0.1:0")
            .env("QUOIN_PUBLICATIONS__DEFAULT", slug);
        Outcome::of(&mut command)
    };
    let fine = doctor("gazette").stdout;
    assert!(fine.contains("ok     publications: gazette is the default"), "{fine}");
    let wrong = doctor("missing");
    let expected = "wrong  publications: no publication has the slug \"missing\"; correct publications.default, or create that publication";
    assert!(wrong.stdout.contains(expected), "{wrong:#?}");
    assert_eq!(wrong.code, Some(1));
}
