//! Previews: a front end sees one post as it will be, and nothing else that readers do not see.

use quoin::domain::post::{self, previewed_by};
use quoin::domain::{Viewer, account};
use quoin::token::TokenFault;
use serde_json::{Value, json};

use crate::support::office::{Office, text};

async fn preview(office: &Office, id: &str) -> (String, String) {
    let query = format!(
        "mutation {{ postPreviewCreate(input: {{ id: \"{id}\" }}) {{ token preview {{ id expiresAt creator {{ username }} }}
         userErrors {{ message }} }} }}"
    );
    let made = office.gazette.done(office.writer.viewer(), &query).await["postPreviewCreate"].clone();
    assert_eq!(made["preview"]["creator"]["username"], "writer", "{made}");
    (text(&made["token"]), text(&made["preview"]["id"]))
}

async fn viewer(office: &Office, token: &str) -> Result<Viewer, TokenFault> {
    let found = previewed_by(&office.gazette.accounts, token).await.unwrap();
    found.map(Viewer::Preview)
}

const FIELDS: &str = "title bodyText bodySource status tags { slug } author { username } draft { id } reviewNote";

#[tokio::test]
async fn a_preview_shows_the_draft_wherever_the_post_appears() {
    let office = Office::new().await;
    office.gazette.tag("fresh").await;
    let id = office.edited().await;
    let tags = office.gazette.ask("{ publication { tags { nodes { id } } } }").await;
    let tag = text(&tags["publication"]["tags"]["nodes"][0]["id"]);
    office.update(&id, &format!("tags: [{{ id: \"{tag}\" }}]")).await;
    let (token, _) = preview(&office, &id).await;
    let previewing = viewer(&office, &token).await.unwrap();
    let query = format!(
        "{{ byId: post(by: {{ id: \"{id}\" }}) {{ {FIELDS} }} bySlug: post(by: {{ slug: \"the-press\" }}) {{ {FIELDS} }}
         node(id: \"{id}\") {{ ... on Post {{ {FIELDS} }} }} resolvePath(path: \"/the-press\") {{ ... on Post {{ {FIELDS} }} }}
         posts {{ nodes {{ {FIELDS} }} }}
         publication {{ posts {{ nodes {{ {FIELDS} author {{ posts {{ nodes {{ title }} }} }} }} }} }} }}"
    );
    let seen = office.gazette.done(previewing, &query).await;
    let draft = json!({
        "title": "The New Press", "bodyText": "Second words.", "bodySource": null, "status": "DRAFT",
        "tags": [{ "slug": "fresh" }], "author": { "username": "writer" }, "draft": null, "reviewNote": null,
    });
    for place in ["byId", "bySlug", "node", "resolvePath"] {
        assert_eq!(seen[place], draft, "{place}");
    }
    assert_eq!(seen["posts"]["nodes"], json!([draft]));
    let below = &seen["publication"]["posts"]["nodes"][0];
    assert_eq!(below["title"], "The New Press");
    assert_eq!(below["author"]["posts"]["nodes"], json!([{ "title": "The New Press" }]));
    let readers = office.gazette.ask(&query).await;
    assert_eq!(readers["byId"]["title"], "The Press");
}

#[tokio::test]
async fn a_preview_answers_as_the_post_does_once_it_is_published() {
    let office = Office::new().await;
    let id = office.edited().await;
    let (token, _) = preview(&office, &id).await;
    let query = format!(
        "{{ post(by: {{ id: \"{id}\" }}) {{ id slug path title excerpt bodyHtml tableOfContents {{ text }} readingMinutes
         customFields canonicalUrl featuredImage {{ url }} publishedAt createdAt version publication {{ slug }}
         comments {{ totalCount }} previous {{ slug }} next {{ slug }} }} }}"
    );
    let before = office
        .gazette
        .done(viewer(&office, &token).await.unwrap(), &query)
        .await;
    office.publish(&id).await;
    assert_eq!(before, office.gazette.ask(&query).await);
}

#[tokio::test]
async fn a_preview_of_what_was_never_public_shows_that_and_nothing_else() {
    let office = Office::new().await;
    let (shown, hidden) = (office.draft().await, office.draft().await);
    let (token, _) = preview(&office, &shown).await;
    let previewing = viewer(&office, &token).await.unwrap();
    let query = |id: &str| format!("{{ post(by: {{ id: \"{id}\" }}) {{ title }} posts {{ nodes {{ id }} }} }}");
    let seen = office.gazette.done(previewing, &query(&shown)).await;
    assert_eq!(
        seen,
        json!({ "post": { "title": "The Press" }, "posts": { "nodes": [{ "id": shown }] } })
    );
    assert_eq!(
        office.gazette.done(previewing, &query(&hidden)).await["post"],
        Value::Null
    );
    let update = format!("mutation {{ postUpdate(input: {{ id: \"{shown}\", title: \"x\" }}) {{ post {{ id }} }} }}");
    let (code, _) = office.gazette.denied(previewing, &update).await;
    assert_eq!(code, "UNAUTHENTICATED", "a preview is for looking");
}

#[tokio::test]
async fn what_is_in_the_trash_has_no_preview_until_it_is_restored() {
    let office = Office::new().await;
    let id = office.draft().await;
    let act = async |name: &str| {
        let mutation =
            format!("mutation {{ {name}(input: {{ id: \"{id}\" }}) {{ post {{ status }} userErrors {{ code }} }} }}");
        office.gazette.done(office.editor.viewer(), &mutation).await[name].clone()
    };
    assert_eq!(act("postDelete").await["post"]["status"], "TRASHED");
    let create = format!("postPreviewCreate(input: {{ id: \"{id}\" }})");
    let problems = office.gazette.problems(office.editor.viewer(), &create).await;
    assert_eq!(problems, [("NOT_ALLOWED".to_owned(), Value::Null)]);
    assert_eq!(act("postRestore").await["post"]["status"], "DRAFT");
    preview(&office, &id).await;
}

#[tokio::test]
async fn a_draft_stands_in_the_lists_of_its_preview_where_it_was_begun() {
    let office = Office::new().await;
    for (slug, number) in [("first", 1), ("second", 2), ("third", 3)] {
        office.gazette.post(slug, number, |_| {}).await;
    }
    let shown = office.draft().await;
    office.draft().await;
    let (token, _) = preview(&office, &shown).await;
    let previewing = viewer(&office, &token).await.unwrap();
    let list = async |arguments: &str| {
        let query = format!(
            "{{ posts(first: 2{arguments}) {{ totalCount nodes {{ slug }} pageInfo {{ endCursor hasNextPage }} }} }}"
        );
        office.gazette.done(previewing, &query).await["posts"].clone()
    };
    let page = list("").await;
    assert_eq!(page["totalCount"], 4);
    assert_eq!(page["nodes"], json!([{ "slug": "the-press" }, { "slug": "third" }]));
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let page = list(&format!(", after: {}", page["pageInfo"]["endCursor"])).await;
    assert_eq!(page["nodes"], json!([{ "slug": "second" }, { "slug": "first" }]));
    assert_eq!(page["pageInfo"]["hasNextPage"], false);
    let nothing = list(", where: { tag: \"other\" }").await;
    assert_eq!((&nothing["totalCount"], &nothing["nodes"]), (&json!(0), &json!([])));
    let last = "{ posts(last: 3) { nodes { slug } } publication { posts(first: 1) { nodes { slug } } } }";
    let last = office.gazette.done(previewing, last).await;
    assert_eq!(
        last["posts"]["nodes"],
        json!([{ "slug": "third" }, { "slug": "second" }, { "slug": "first" }])
    );
    assert_eq!(last["publication"]["posts"]["nodes"], json!([{ "slug": "the-press" }]));
}

#[tokio::test]
async fn a_page_is_previewed_as_a_post_is() {
    let office = Office::new().await;
    let id = text(&office.begin_page("About").await["id"]);
    let made = format!("mutation {{ pagePreviewCreate(input: {{ id: \"{id}\" }}) {{ token }} }}");
    let made = office.gazette.done(office.writer.viewer(), &made).await;
    let previewing = viewer(&office, made["pagePreviewCreate"]["token"].as_str().unwrap()).await;
    let page = "{ page(by: { slug: \"about\" }) { title } pages { nodes { slug } } }";
    let seen = office.gazette.done(previewing.unwrap(), page).await;
    assert_eq!(seen["page"]["title"], "About");
    assert_eq!(seen["pages"]["nodes"], json!([{ "slug": "about" }]));
}

#[tokio::test]
async fn a_preview_ends_when_it_is_revoked_when_its_time_is_over_and_with_its_creators_membership() {
    let office = Office::new().await;
    let id = office.draft().await;
    let (token, preview_id) = preview(&office, &id).await;
    let (lasting, _) = preview(&office, &id).await;
    let list = format!("{{ post(by: {{ id: \"{id}\" }}) {{ previews {{ id }} }} }}");
    let seen = office.gazette.done(office.editor.viewer(), &list).await;
    assert_eq!(seen["post"]["previews"].as_array().unwrap().len(), 2);
    let revoke = format!(
        "mutation {{ it: postPreviewRevoke(input: {{ id: \"{preview_id}\" }}) {{ post {{ title }} userErrors {{ code }} }} }}"
    );
    let done = office.gazette.done(office.editor.viewer(), &revoke).await;
    assert_eq!(done["it"]["post"]["title"], "The Press");
    assert_eq!(viewer(&office, &token).await, Err(TokenFault::Revoked));
    assert!(viewer(&office, &lasting).await.is_ok());

    use sea_orm::{ActiveValue, EntityTrait};
    let over = entity::preview_token::ActiveModel {
        expires_at: ActiveValue::Set(entity::now()),
        ..Default::default()
    };
    let (third, _) = preview(&office, &id).await;
    entity::preview_token::Entity::update_many()
        .set(over)
        .exec(office.gazette.store().read())
        .await
        .unwrap();
    assert!(
        viewer(&office, &third).await.is_err(),
        "what the database says goes before the token"
    );

    let (fourth, _) = preview(&office, &id).await;
    assert!(viewer(&office, &fourth).await.is_ok());
    let leave = format!(
        "mutation {{ publicationLeave(input: {{ publicationId: \"{}\" }}) {{ userErrors {{ code }} }} }}",
        office.publication
    );
    office.gazette.done(office.writer.viewer(), &leave).await;
    assert_eq!(viewer(&office, &fourth).await, Err(TokenFault::Revoked));
}

#[tokio::test]
async fn a_preview_ends_for_good_when_the_account_of_its_creator_is_disabled() {
    let office = Office::new().await;
    let id = office.draft().await;
    let (token, _) = preview(&office, &id).await;
    let (accounts, user) = (&office.gazette.accounts, office.writer.user);
    account::disable(accounts, Viewer::Operator, user).await.unwrap();
    assert!(viewer(&office, &token).await.is_err());
    account::enable(accounts, Viewer::Operator, user).await.unwrap();
    assert!(viewer(&office, &token).await.is_err());
    let (another, _) = preview(&office, &id).await;
    assert!(viewer(&office, &another).await.is_ok());
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_none() {
    let office = Office::new().await;
    let id = office.draft().await;
    let (token, _) = preview(&office, &id).await;
    let (content, signature) = token.rsplit_once('.').unwrap();
    let (start, expires) = content.split_once('.').unwrap();
    let later = expires.parse::<i64>().unwrap() + 1_000;
    for wrong in [
        String::new(),
        "qpv_".to_owned(),
        token[4..].to_owned(),
        format!("{start}.{later}.{signature}"),
        format!("{content}.{}", signature.to_lowercase()),
        format!("{token}x"),
        "🦀".repeat(1_000),
    ] {
        assert!(viewer(&office, &wrong).await.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn who_may_not_write_on_a_post_gives_no_leave_to_see_it() {
    let office = Office::new().await;
    let id = office.edited().await;
    let create = format!("mutation {{ postPreviewCreate(input: {{ id: \"{id}\" }}) {{ token }} }}");
    let reader = office.gazette.person("reader").await;
    let (code, _) = office.gazette.denied(reader.viewer(), &create).await;
    assert_eq!(code, "FORBIDDEN");
    let operator = post::create_preview(&office.gazette.accounts, Viewer::Operator, entity::PostId::new(), 5).await;
    assert!(operator.is_err(), "somebody must answer for it");
}
