//! Things that are created at the same time under one name: each derived slug is unique, and a given slug is taken once.

use std::collections::BTreeSet;

use entity::membership::Role;
use entity::post::PostKind;
use entity::{post, tag};
use futures_util::future::join_all;
use quoin::domain::post::{Arrangement, NewPost, PostChange};
use quoin::domain::refusal::Refusal;
use quoin::domain::term::NewTerm;
use quoin::domain::{self, Viewer, user};
use quoin::import::Options;
use quoin::import::markdown::Markdown;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::support::accounts::accounts;
use crate::support::desk::{Desk, text};
use crate::support::held::Held;
use crate::support::press::Press;
use crate::support::site::{Site, article, export};

/// The slugs `stem`, `stem-2`, … of so many things.
fn numbered(stem: &str, count: usize) -> BTreeSet<String> {
    let first = [stem.to_owned()];
    first
        .into_iter()
        .chain((2..=count).map(|number| format!("{stem}-{number}")))
        .collect()
}

#[tokio::test]
async fn forty_posts_of_one_title_created_at_once_get_forty_slugs() {
    let press = Press::start().await;
    let writer = press.member("writer", Role::Author).await;
    let input = json!({ "publicationId": press.id, "title": "The Press" });
    let client = async || {
        let mut created = Vec::new();
        for _ in 0..5 {
            created.push(press.done(&writer, "postCreate", "post { slug }", input.clone()).await);
        }
        created
    };
    let created = join_all((0..8).map(|_| client())).await.concat();
    let slugs: BTreeSet<String> = created.iter().map(|it| text(&it["post"]["slug"])).collect();
    assert_eq!(slugs, numbered("the-press", 40));
}

#[tokio::test]
async fn a_given_slug_is_taken_once() {
    let press = Press::start().await;
    let writer = press.member("writer", Role::Author).await;
    let input = json!({ "publicationId": press.id, "title": "x", "slug": "the-press" });
    let create = (0..12).map(|_| press.done(&writer, "postCreate", "post { slug }", input.clone()));
    let (created, refused): (Vec<Value>, _) = join_all(create).await.into_iter().partition(|it| !it["post"].is_null());
    assert_eq!((created.len(), refused.len()), (1, 11));
    for it in refused {
        assert_eq!(it["userErrors"][0]["code"], "TAKEN", "{it}");
    }
}

#[tokio::test]
async fn posts_that_move_to_one_slug_at_once_get_it_once() {
    let press = Press::start().await;
    let writer = press.member("writer", Role::Author).await;
    let mut ids = Vec::new();
    for title in ["a", "b", "c", "d"] {
        let input = json!({ "publicationId": press.id, "title": title });
        ids.push(text(
            &press.done(&writer, "postCreate", "post { id }", input).await["post"]["id"],
        ));
    }
    let moves = ids.iter().map(|id| {
        let input = json!({ "id": id, "slug": "the-press" });
        press.done(&writer, "postUpdate", "post { slug }", input)
    });
    let outcomes = join_all(moves).await;
    let moved = outcomes.iter().filter(|it| it["post"]["slug"] == "the-press").count();
    let taken = outcomes
        .iter()
        .filter(|it| it["userErrors"][0]["code"] == "TAKEN")
        .count();
    assert_eq!((moved, taken), (1, 3), "{outcomes:?}");
}

#[tokio::test]
async fn publications_of_one_title_created_at_once_get_slugs_of_their_own() {
    let desk = Desk::new().await;
    let ned = desk.gazette.administrator("ned").await;
    let input = json!({ "title": "Der Bote" });
    let create = (0..8).map(|_| desk.answer(ned.viewer(), "publicationCreate", input.clone(), "publication { slug }"));
    let created = join_all(create).await;
    let slugs: BTreeSet<String> = created
        .iter()
        .map(|answer| text(&answer["data"]["it"]["publication"]["slug"]))
        .collect();
    assert_eq!(slugs, numbered("der-bote", 8));
}

#[tokio::test]
async fn authors_of_one_name_imported_at_once_get_usernames_of_their_own() {
    let site = Site::new().await;
    let store = site.database.store();
    let create = (0..8).map(|_| async {
        let transaction = store.write().await.unwrap();
        let profile = user::Profile {
            display_name: "Ann".into(),
            email: None,
            bio: String::new(),
            website_url: None,
        };
        user::create_byline(&transaction, "Ann", profile).await.unwrap();
        transaction.commit().await.unwrap();
    });
    join_all(create).await;
    let users = entity::user::Entity::find().all(site.read()).await.unwrap();
    let usernames: BTreeSet<String> = users.into_iter().map(|user| user.username).collect();
    assert_eq!(usernames, numbered("ann", 8));
}

#[tokio::test]
async fn a_name_is_taken_once_and_the_thing_that_has_it_is_returned() {
    let desk = Desk::new().await;
    for (thing, field) in [("tag", "name"), ("category", "name"), ("series", "title")] {
        let input = json!({ "publicationId": desk.publication, field: "C++" });
        let (mutation, selection) = (format!("{thing}Create"), format!("{thing} {{ id slug }}"));
        let create = (0..8).map(|_| desk.answer(desk.admin.viewer(), &mutation, input.clone(), &selection));
        let answers = join_all(create).await;
        let things: BTreeSet<String> = answers
            .iter()
            .map(|answer| answer["data"]["it"][thing].to_string())
            .collect();
        assert_eq!(things.len(), 1, "every client has the same {thing}: {things:?}");
        let errors: Vec<&Value> = answers
            .iter()
            .filter_map(|answer| answer["data"]["it"]["userErrors"].get(0))
            .collect();
        assert_eq!(errors.len(), 7, "{answers:?}");
        for error in errors {
            assert_eq!(
                (&error["code"], &error["field"]),
                (&json!("TAKEN"), &json!(["input", field]))
            );
        }
    }
}

#[tokio::test]
async fn names_that_differ_in_the_case_of_letters_are_one_name() {
    let desk = Desk::new().await;
    for (thing, field) in [("tag", "name"), ("category", "name"), ("series", "title")] {
        let (create, update) = (format!("{thing}Create"), format!("{thing}Update"));
        let selection = format!("{thing} {{ id slug {field} }}");
        for (name, others) in [
            ("c", &["C", " C "][..]),
            ("Über Öl", &["ÜBER ÖL", "über öl"]),
            ("ΟΔΟΣ", &["οδος", "Οδοσ"]),
            ("Дом", &["ДОМ"]),
            ("Straße", &["STRASSE", "strasse"]),
            ("Café", &["Cafe\u{301}", "CAFE\u{301}"]),
            ("Two words", &["two  words", "Two\u{a0}words"]),
        ] {
            let input = |name: &str| json!({ "publicationId": desk.publication, field: name });
            let made = desk.done(&create, input(name), &selection).await;
            for other in others {
                let answer = desk
                    .answer(desk.admin.viewer(), &create, input(other), &selection)
                    .await;
                let it = &answer["data"]["it"];
                assert_eq!(it["userErrors"][0]["code"], "TAKEN", "{thing} {other}: {answer}");
                assert_eq!(it[thing], made[thing], "{thing} {other}");
            }
            let other = desk.make(thing, &format!("other than {name}")).await;
            let taken = [("TAKEN".to_owned(), field.to_owned())];
            for wanted in others.iter().chain([&name]) {
                let rename = json!({ "id": other, field: wanted });
                assert_eq!(desk.problems(&update, rename).await, taken, "{thing} {wanted}");
            }
            let own = json!({ "id": made[thing]["id"], field: others[0] });
            let renamed = desk.done(&update, own, &selection).await;
            assert_eq!(renamed[thing][field], others[0].trim(), "its own name in other letters");
        }
    }
}

#[tokio::test]
async fn an_import_keeps_two_terms_of_one_name_apart_and_what_is_created_meets_the_one_of_its_letters() {
    let site = Site::new().await;
    let tag = |slug: &str, name: &str| {
        format!(
            "<wp:tag><wp:term_id>{}</wp:term_id><wp:tag_slug>{slug}</wp:tag_slug><wp:tag_name><![CDATA[{name}]]></wp:tag_name></wp:tag>",
            slug.len()
        )
    };
    let terms = [tag("c", "c"), tag("large-c", "C")].concat();
    for _ in 0..2 {
        site.import(&export(&format!("{terms}{}", article(1, "Hello", ""))))
            .await;
        let pair = |slug: &str, name: &str| (slug.to_owned(), name.to_owned());
        assert_eq!(tags(&site).await, [pair("c", "c"), pair("large-c", "C")]);
    }
    let accounts = accounts(site.database.store(), site.database.outbox()).await;
    let publication = domain::publication::by_slug(site.read(), None)
        .await
        .unwrap()
        .unwrap()
        .id;
    let new = |name: &str| NewTerm {
        name: name.into(),
        slug: None,
        description: String::new(),
    };
    let refused = domain::tag::add(&accounts, Viewer::Operator, publication, new("C")).await;
    let Err(Refusal::Invalid(problems)) = refused else {
        panic!("{refused:?}")
    };
    let same = tag::Entity::find().filter(tag::Column::Slug.eq("large-c"));
    let same = same.one(site.read()).await.unwrap().unwrap();
    assert_eq!(problems[0].existing, Some(same.id.0));
}

#[tokio::test]
async fn other_names_that_make_the_same_slug_are_numbered() {
    let desk = Desk::new().await;
    for (thing, field) in [("tag", "name"), ("category", "name"), ("series", "title")] {
        let mut slugs = Vec::new();
        for name in ["c", "c#", "c++"] {
            let input = json!({ "publicationId": desk.publication, field: name });
            let created = desk
                .done(&format!("{thing}Create"), input, &format!("{thing} {{ slug }}"))
                .await;
            slugs.push(text(&created[thing]["slug"]));
        }
        assert_eq!(slugs, ["c", "c-2", "c-3"], "{thing}");
    }
}

#[tokio::test]
async fn categories_of_one_name_stand_below_different_parents() {
    let desk = Desk::new().await;
    let (asia, europe) = (
        desk.make("category", "Asia").await,
        desk.make("category", "Europe").await,
    );
    let below = |parent: &str| json!({ "publicationId": desk.publication, "name": "News", "parentId": parent });
    for (parent, slug) in [(&asia, "news"), (&europe, "news-2")] {
        let created = desk.done("categoryCreate", below(parent), "category { slug }").await;
        assert_eq!(created["category"]["slug"], slug);
    }
    let taken = [("TAKEN".to_owned(), "name".to_owned())];
    assert_eq!(desk.problems("categoryCreate", below(&asia)).await, taken);
}

async fn tags(site: &Site) -> Vec<(String, String)> {
    let tags = tag::Entity::find().order_by_asc(tag::Column::Slug);
    let tags = tags.all(site.read()).await.unwrap();
    tags.into_iter().map(|tag| (tag.slug, tag.name)).collect()
}

#[tokio::test]
async fn imported_names_that_make_the_same_slug_are_terms_of_their_own() {
    let site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let post = |tags: &str| format!("---\ntitle: Langs\ndate: 2021-01-01\ntags: [{tags}]\n---\nx\n");
    let write = |name: &str, tags: &str| std::fs::write(folder.path().join(name), post(tags)).unwrap();
    std::fs::create_dir(folder.path().join("posts")).unwrap();
    write("posts/langs.md", r#""c", "c#", "c++""#);
    write("posts/again.md", r#""C", "c-sharp""#);
    let options = Options {
        publication: Some("langs".into()),
        ..Options::default()
    };
    let pair = |slug: &str, name: &str| (slug.to_owned(), name.to_owned());
    for _ in 0..2 {
        site.import_source(Markdown::open(folder.path()).unwrap(), &options)
            .await
            .unwrap();
        let found = tags(&site).await;
        assert_eq!(found.len(), 4, "{found:?}");
        for expected in [pair("c-2", "c#"), pair("c-3", "c++"), pair("c-sharp", "c-sharp")] {
            assert!(found.contains(&expected), "{found:?}");
        }
    }
    // Another source that has but one of them means that one.
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("one.md"), post("\"C#\", \"c++\"")).unwrap();
    let before = tags(&site).await;
    site.import_source(Markdown::open(other.path()).unwrap(), &options)
        .await
        .unwrap();
    assert_eq!(tags(&site).await, before);
}

#[tokio::test]
async fn an_import_takes_no_slug_that_was_taken_while_it_ran() {
    let site = Site::new().await;
    site.import(&export(&article(1, "Hello", ""))).await;
    let (store, read) = (site.database.store(), site.read());
    let accounts = accounts(store, site.database.outbox()).await;
    let folder = tempfile::tempdir().unwrap();
    let more: String = (2..5).map(|id| article(id, "Hello", "")).collect();
    let (source, hold) = Held::new(folder.path(), &export(&more));
    let write = async {
        let held = hold.begun().await;
        let publication = domain::publication::by_slug(read, None).await.unwrap().unwrap().id;
        let owner = domain::publication::owner(read, publication).await.unwrap().unwrap();
        let new = NewPost {
            publication,
            kind: PostKind::Article,
            change: PostChange {
                place: Arrangement {
                    authors: Some(vec![owner]),
                    ..Arrangement::default()
                },
                title: Some("Hello".into()),
                ..PostChange::default()
            },
        };
        let created = domain::post::create(&accounts, Viewer::Operator, new).await.unwrap();
        held.go();
        created.slug
    };
    let options = Options::default();
    let (imported, slug) = tokio::join!(site.import_source(source, &options), write);
    imported.unwrap();
    assert_eq!(slug, "hello-2");
    let posts = post::Entity::find().all(read).await.unwrap();
    let slugs: BTreeSet<String> = posts.into_iter().map(|post| post.slug).collect();
    assert_eq!(slugs, numbered("hello", 5));
}
