//! What people type reaches others as the text that it is: as text where a field is text, and never as an address that runs.

use std::collections::BTreeMap;

use entity::membership::Role;
use entity::{comment, post, publication, user};
use quoin::domain::publication::NewPublication;
use quoin::domain::user::Profile;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::Gazette;
use crate::support::attacks::{ADDRESSES, ATTACKS, assert_inert};
use crate::support::pictures::png;
use crate::support::press::Press;

/// Attacks as one line of text, the only form that names take.
fn lines() -> impl Iterator<Item = String> {
    let line = |attack: &&str| attack.replace(char::is_control, "").trim().to_owned();
    ATTACKS.iter().map(line)
}

/// What an answer holds at a path, which must be a text.
#[track_caller]
fn text<'a>(answer: &'a Value, path: &str) -> &'a str {
    let value = answer.pointer(path);
    value
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{path} in {answer:#}"))
}

/// Nothing that ends an attribute or a tag.
#[track_caller]
fn assert_address(address: &str) {
    assert!(!address.contains(['"', '\'', '<', '>', '`', ' ', '\\']), "{address}");
}

#[tokio::test]
async fn texts_of_a_post_leave_as_they_were_given_and_never_enter_its_html() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Editor).await;
    let selection = "post { title excerpt slug path bodyHtml bodyText tableOfContents { text anchor } customFields }";
    for attack in lines() {
        let input = json!({
            "publicationId": press.id,
            "title": attack,
            "excerpt": attack,
            "bodySource": format!("# {attack}\n\n{attack}\n"),
            "customFields": { "note": attack, "list": [{ "of": attack }] },
        });
        let it = press.done(&ann, "postCreate", selection, input).await;
        assert_eq!(it["userErrors"], json!([]), "{attack}");
        for path in [
            "/post/title",
            "/post/excerpt",
            "/post/customFields/note",
            "/post/customFields/list/0/of",
        ] {
            assert_eq!(text(&it, path), attack, "{path}");
        }
        assert_inert(text(&it, "/post/bodyHtml"), &attack);
        for path in ["/post/slug", "/post/path"] {
            assert_address(text(&it, path));
        }
        for entry in it["post"]["tableOfContents"].as_array().unwrap() {
            assert_address(entry["anchor"].as_str().unwrap());
        }
    }
}

#[tokio::test]
async fn names_and_descriptions_leave_as_they_were_given() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Owner).await;
    let id = &press.id;
    // A name is taken once, in upper or lower case.
    let attacks: BTreeMap<String, String> = lines().map(|line| (line.to_lowercase(), line)).collect();
    for attack in attacks.into_values() {
        let named = json!({ "publicationId": id, "name": attack, "description": attack });
        let titled = json!({ "publicationId": id, "title": attack, "description": attack });
        let own = json!({ "id": id, "title": attack, "tagline": attack });
        for (mutation, thing, fields, input) in [
            ("tagCreate", "tag", ["name", "description"], named.clone()),
            ("categoryCreate", "category", ["name", "description"], named),
            ("seriesCreate", "series", ["title", "description"], titled),
            ("publicationUpdate", "publication", ["title", "tagline"], own),
        ] {
            let path = if thing == "publication" { "" } else { "path" };
            let selection = format!("{thing} {{ slug {path} {} }}", fields.join(" "));
            let it = press.done(&ann, mutation, &selection, input).await;
            assert_eq!(it["userErrors"], json!([]), "{mutation} {attack}");
            for field in fields {
                assert_eq!(it[thing][field], json!(attack), "{mutation}");
            }
            for field in ["slug", "path"] {
                if let Some(address) = it[thing][field].as_str() {
                    assert_address(address);
                }
            }
        }
        let items = json!([{ "label": attack, "target": { "url": "/x" } }]);
        let menu = json!({ "publicationId": id, "items": items });
        let it = press
            .done(&ann, "navigationSet", "publication { navigation { label } }", menu)
            .await;
        assert_eq!(it["publication"]["navigation"], json!([{ "label": attack }]));
    }
}

#[tokio::test]
async fn what_people_say_of_themselves_leaves_as_it_was_given() {
    let press = Press::start().await;
    let ann = press.person("ann").await;
    let mut tried = 0;
    for attack in lines().filter(|attack| attack.chars().count() <= 100) {
        let selection = "viewer { user { displayName bio username } }";
        let input = json!({ "displayName": attack, "bio": attack });
        let it = press.done(&ann, "accountUpdate", selection, input).await;
        let user = json!({ "displayName": attack, "bio": attack, "username": "ann" });
        assert_eq!(it, json!({ "viewer": { "user": user }, "userErrors": [] }));
        let refused = press
            .done(&ann, "accountUpdate", "", json!({ "username": attack }))
            .await;
        assert_eq!(refused["userErrors"][0]["field"][1], "username", "{attack}");
        tried += 1;
    }
    assert!(tried > 80);
}

#[tokio::test]
async fn texts_of_a_file_leave_as_they_were_given_and_its_name_cannot_leave_its_address() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let file = press.file(&ann, "picture.png", &png(400, 300)).await;
    for attack in lines() {
        let input = json!({ "id": file["id"], "altText": attack, "caption": attack });
        let it = press
            .done(&ann, "mediaUpdate", "media { altText caption }", input)
            .await;
        let media = json!({ "altText": attack, "caption": attack });
        assert_eq!(it, json!({ "media": media, "userErrors": [] }));

        let input = json!({ "id": file["id"], "fileName": attack });
        let selection = "media { fileName url small: url(width: 200, format: WEBP) srcSet(widths: [200, 320]) }";
        let it = press.done(&ann, "mediaUpdate", selection, input).await;
        if it["userErrors"] != json!([]) {
            continue;
        }
        assert!(!text(&it, "/media/fileName").contains(['/', '\\']), "{attack}");
        for field in ["url", "small"] {
            let address = text(&it, &format!("/media/{field}"));
            assert_address(address);
            assert_eq!(press.get(address).await.status(), 200, "{address}");
        }
        for candidate in text(&it, "/media/srcSet").split(", ") {
            assert_address(candidate.split(' ').next().unwrap());
        }
    }
}

#[tokio::test]
async fn no_address_that_runs_is_taken() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Owner).await;
    let id = &press.id;
    let post = json!({ "publicationId": id, "title": "A post" });
    let post = press.done(&ann, "postCreate", "post { id }", post).await;
    let post = text(&post, "/post/id");
    for address in ADDRESSES {
        let items = json!([{ "label": "x", "target": { "url": address } }]);
        for (mutation, field, input) in [
            (
                "postUpdate",
                "canonicalUrl",
                json!({ "id": post, "canonicalUrl": address }),
            ),
            ("accountUpdate", "websiteUrl", json!({ "websiteUrl": address })),
            ("publicationUpdate", "siteUrl", json!({ "id": id, "siteUrl": address })),
            ("navigationSet", "items", json!({ "publicationId": id, "items": items })),
        ] {
            let it = press.done(&ann, mutation, "", input).await;
            let problems = it["userErrors"].as_array().unwrap();
            assert_eq!(problems.len(), 1, "{mutation} {address:?} {it}");
            assert_eq!(problems[0]["field"][1], field, "{mutation} {address:?}");
        }
    }
    for address in ADDRESSES {
        let body = format!("[x]({address}) <a href=\"{address}\">x</a> ![x](<{address}>) <img src='{address}'>");
        let input = json!({ "id": post, "bodySource": body.replace(char::is_control, "&#9;") });
        let it = press
            .done(&ann, "postUpdate", "post { bodyHtml outboundLinks }", input)
            .await;
        assert_inert(text(&it, "/post/bodyHtml"), address);
        assert_eq!(it["post"]["outboundLinks"], json!([]), "{address:?}");
    }
}

/// What comes with an import was checked by nobody else.
#[tokio::test]
async fn no_address_that_runs_is_brought_along() {
    let gazette = Gazette::new().await;
    let (store, read) = (gazette.store(), gazette.store().read());
    for (place, address) in ADDRESSES.iter().enumerate() {
        let given = || Some((*address).to_owned());
        let post = gazette
            .post(&format!("post-{place}"), 1, |post| post.canonical_url = given())
            .await;
        let comment = gazette.comment(post, 2, |comment| comment.author_url = given()).await;
        let transaction = store.write().await.unwrap();
        let profile = Profile {
            display_name: "Bo".into(),
            email: None,
            bio: String::new(),
            website_url: given(),
        };
        let name = format!("bo{place}");
        let person = quoin::domain::user::create_byline(&transaction, &name, profile.clone());
        let person = person.await.unwrap();
        let new = NewPublication {
            slug: name,
            title: "Bo's".into(),
            tagline: String::new(),
            language: "en".into(),
            site_url: given(),
            owner: person,
        };
        let publication = quoin::domain::publication::create(&transaction, new).await.unwrap();
        transaction.commit().await.unwrap();

        let post = post::Entity::find_by_id(post).one(read).await.unwrap().unwrap();
        let comment = comment::Entity::find_by_id(comment).one(read).await.unwrap().unwrap();
        let user = user::Entity::find_by_id(person).one(read).await.unwrap().unwrap();
        let publication = publication::Entity::find_by_id(publication)
            .one(read)
            .await
            .unwrap()
            .unwrap();
        let kept = [
            post.canonical_url,
            comment.author_url,
            user.website_url,
            publication.site_url,
        ];
        assert_eq!(kept, [None, None, None, None], "{address:?}");

        let transaction = store.write().await.unwrap();
        quoin::domain::user::update_byline(&transaction, person, profile)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let user = user::Entity::find_by_id(person).one(read).await.unwrap().unwrap();
        assert_eq!(user.website_url, None, "{address:?}");
    }
}
