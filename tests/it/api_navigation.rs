//! Menus: what readers find their way by, and only what they may see.

use entity::membership::Role;
use entity::navigation_item;
use entity::post::{PostKind, PostStatus};
use quoin::domain::Viewer;
use quoin::domain::scope::Scope;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::desk::{Desk, text};
use crate::support::global_id;

const MENU: &str = "{ publication { navigation { label path url target { __typename id } items { label path url
    items { label path } } } } }";

fn item(label: &str, target: Value) -> Value {
    Value::from_iter([("label", label.into()), ("target", target)])
}

fn heading(label: &str, items: Value) -> Value {
    Value::from_iter([("label", label.into()), ("items", items)])
}

async fn set(desk: &Desk, items: Value) {
    desk.done(
        "navigationSet",
        json!({"publicationId": desk.publication, "items": items}),
        "",
    )
    .await;
}

/// The labels that a viewer sees, as `a(b(c)) d`.
async fn labels(desk: &Desk, viewer: Viewer) -> String {
    labels_of(desk, viewer, MENU).await
}

/// The same, with items that lead to what is hidden, as far as the viewer may see that.
async fn all_labels(desk: &Desk, viewer: Viewer) -> String {
    labels_of(
        desk,
        viewer,
        &MENU.replace("navigation", "navigation(includeHidden: true)"),
    )
    .await
}

async fn labels_of(desk: &Desk, viewer: Viewer, query: &str) -> String {
    fn level(items: &Value) -> String {
        let shown = items.as_array().into_iter().flatten().map(|item| {
            let (label, below) = (item["label"].as_str().unwrap(), level(&item["items"]));
            if below.is_empty() {
                label.to_owned()
            } else {
                format!("{label}({below})")
            }
        });
        shown.collect::<Vec<_>>().join(" ")
    }
    level(&desk.gazette.done(viewer, query).await["publication"]["navigation"])
}

/// The global id of what somebody finds.
async fn id(desk: &Desk, viewer: Viewer, kind: &str, slug: &str) -> String {
    let query = format!("{{ it: {kind}(by: {{slug: {slug:?}}}) {{ id }} }}");
    text(&desk.gazette.done(viewer, &query).await["it"]["id"])
}

#[tokio::test]
async fn a_menu_leads_to_what_was_named() {
    let desk = Desk::new().await;
    desk.gazette.post("story", 1, |_| ()).await;
    desk.gazette.post("about", 1, |post| post.kind = PostKind::Page).await;
    let reader = Viewer::Anonymous;
    let (story, about) = (
        id(&desk, reader, "post", "story").await,
        id(&desk, reader, "page", "about").await,
    );
    let (tag, category) = (desk.make("tag", "Lead").await, desk.make("category", "Press").await);
    let items = json!([
        item("Story", json!({"post": story})),
        {"label": "About", "target": {"page": about}, "items": [heading("Topics", json!([
            item("Lead", json!({"tag": tag})), item("Press", json!({"category": category}))]))]},
        item("Shop", json!({"url": "https://shop.example/a?b"})),
        item("Contact", json!({"url": "/contact"})),
    ]);
    set(&desk, items).await;
    let menu = &desk.gazette.ask(MENU).await["publication"]["navigation"];
    assert_eq!(
        labels(&desk, reader).await,
        "Story About(Topics(Lead Press)) Shop Contact"
    );
    let place = |item: &Value| {
        (
            item["path"].clone(),
            item["url"].clone(),
            item["target"]["__typename"].clone(),
        )
    };
    let whole = |path: &str| json!(format!("https://gazette.example{path}"));
    assert_eq!(place(&menu[0]), (json!("/story"), whole("/story"), json!("Post")));
    assert_eq!(place(&menu[1]), (json!("/about"), whole("/about"), json!("Page")));
    assert_eq!(menu[0]["target"]["id"], json!(story));
    let topics = &menu[1]["items"][0];
    assert_eq!(place(topics), (json!(null), json!(null), json!(null)));
    let paths: Vec<_> = topics["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["path"])
        .collect();
    assert_eq!(paths, ["/tag/lead", "/category/press"]);
    assert_eq!(
        place(&menu[2]),
        (json!(null), json!("https://shop.example/a?b"), json!(null))
    );
    assert_eq!(place(&menu[3]), (json!("/contact"), whole("/contact"), json!(null)));
    desk.done(
        "publicationUpdate",
        json!({"id": desk.publication, "siteUrl": null}),
        "",
    )
    .await;
    let menu = &desk.gazette.ask(MENU).await["publication"]["navigation"];
    assert_eq!(place(&menu[0]), (json!("/story"), json!(null), json!("Post")));
}

#[tokio::test]
async fn what_a_reader_may_not_see_is_left_out() {
    let desk = Desk::new().await;
    let gazette = &desk.gazette;
    let ada = desk.admin.viewer();
    gazette.post("draft", 1, |post| post.status = PostStatus::Draft).await;
    gazette.post("story", 1, |_| ()).await;
    let (draft, story) = (
        id(&desk, ada, "post", "draft").await,
        id(&desk, ada, "post", "story").await,
    );
    let below = json!([item("Story", json!({"post": story}))]);
    let items = json!([
        {"label": "Draft", "target": {"post": draft}, "items": below},
        heading("Empty", json!([item("Draft", json!({"post": draft}))])),
        heading("Full", json!([item("Draft", json!({"post": draft})), item("Story", json!({"post": story}))])),
        item("Nothing", json!(null)),
    ]);
    set(&desk, items).await;
    let author = gazette.member("au", Role::Author).await.viewer();
    let others = [Viewer::Anonymous, author, desk.admin.without(Scope::ReadDrafts)];
    for viewer in others.into_iter().chain([ada]) {
        assert_eq!(labels(&desk, viewer).await, "Full(Story)");
    }
    for viewer in others {
        assert_eq!(all_labels(&desk, viewer).await, "Full(Story)", "not theirs");
    }
    assert_eq!(
        all_labels(&desk, ada).await,
        "Draft(Story) Empty(Draft) Full(Draft Story)"
    );
}

#[tokio::test]
async fn what_leads_to_a_deleted_tag_is_a_heading() {
    let desk = Desk::new().await;
    let (lead, kept) = (desk.make("tag", "Lead").await, desk.make("tag", "Kept").await);
    let items = json!([
        item("Leaf", json!({"tag": lead})),
        {"label": "Branch", "target": {"tag": lead}, "items": [item("Kept", json!({"tag": kept}))]},
    ]);
    set(&desk, items).await;
    desk.done("tagDelete", json!({"id": lead}), "").await;
    assert_eq!(labels(&desk, Viewer::Anonymous).await, "Branch(Kept)");
}

#[tokio::test]
async fn a_menu_is_replaced_whole() {
    let desk = Desk::new().await;
    set(
        &desk,
        json!([item("A", json!({"url": "/a"})), item("B", json!({"url": "/b"}))]),
    )
    .await;
    set(&desk, json!([item("C", json!({"url": "/c"}))])).await;
    assert_eq!(labels(&desk, Viewer::Anonymous).await, "C");
    let footer =
        json!({"publicationId": desk.publication, "name": "footer", "items": [item("F", json!({"url": "/f"}))]});
    desk.done("navigationSet", footer, "").await;
    let query = r#"{ publication { navigationNames footer: navigation(name: "footer") { label } navigation { label }
        none: navigation(name: "none") { label } odd: navigation(name: "\u0000") { label } } }"#;
    let data = &desk.gazette.ask(query).await["publication"];
    let expected = json!({"navigationNames": ["footer", "main"], "footer": [{"label": "F"}], "navigation": [{"label": "C"}],
        "none": [], "odd": []});
    assert_eq!(*data, expected);
    set(&desk, json!([])).await;
    let data = &desk.gazette.ask("{ publication { navigationNames } }").await["publication"];
    assert_eq!(data["navigationNames"], json!(["footer"]));
}

#[tokio::test]
async fn each_wrong_item_is_told_where_it_stands() {
    let desk = Desk::new().await;
    set(&desk, json!([item("Kept", json!({"url": "/kept"}))])).await;
    let tag = desk.make("tag", "Lead").await;
    let page = desk.gazette.post("about", 1, |page| page.kind = PostKind::Page).await;
    let told = async |items: Value| {
        desk.problems(
            "navigationSet",
            json!({"publicationId": desk.publication, "items": items}),
        )
        .await
    };
    let one = |code: &str, field: &str| vec![(code.to_owned(), field.to_owned())];
    for (label, code) in [
        ("", "REQUIRED"),
        ("a\0", "INVALID"),
        ("a\nb", "INVALID"),
        (&*"x".repeat(201), "TOO_LONG"),
    ] {
        let items = json!([
            item("A", json!({"url": "/"})),
            heading("B", json!([item(label, json!({"tag": tag}))]))
        ]);
        assert_eq!(told(items).await, one(code, "items/1/items/0/label"), "{label:?}");
    }
    for url in [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/\\evil.example",
        "about",
        "",
    ] {
        let told = told(json!([item("A", json!({"url": url}))])).await;
        assert_eq!(told[0].1, "items/0/target", "{url}");
    }
    for target in [
        json!({"post": tag}),
        json!({"page": "x"}),
        json!({"post": global_id(3, page)}),
        json!({"post": global_id(4, page)}),
        json!({"tag": desk.publication}),
        json!({"category": tag}),
    ] {
        assert_eq!(
            told(json!([item("A", target.clone())])).await,
            one("INVALID", "items/0/target"),
            "{target}"
        );
    }
    let deep = heading(
        "1",
        json!([heading("2", json!([heading("3", json!([heading("4", json!([]))]))]))]),
    );
    assert_eq!(
        told(json!([deep])).await,
        one("NOT_ALLOWED", "items/0/items/0/items/0/items/0/items")
    );
    let many: Vec<_> = (0..201)
        .map(|number| item(&number.to_string(), json!({"url": "/"})))
        .collect();
    assert_eq!(told(json!(many)).await, one("TOO_LONG", "items"));
    for name in ["", "Main", "a b", "a\0", &"x".repeat(51)] {
        let input = json!({"publicationId": desk.publication, "name": name, "items": []});
        assert_eq!(desk.problems("navigationSet", input).await[0].1, "name", "{name:?}");
    }
    assert_eq!(labels(&desk, Viewer::Anonymous).await, "Kept");
}

#[tokio::test]
async fn a_publication_has_twenty_menus_at_the_most() {
    let desk = Desk::new().await;
    let menu = |name: usize, items: Value| json!({"publicationId": desk.publication, "name": format!("m{name}"), "items": items});
    let one = json!([item("A", json!({"url": "/"}))]);
    for number in 0..20 {
        desk.done("navigationSet", menu(number, one.clone()), "").await;
    }
    let told = desk.problems("navigationSet", menu(20, one.clone())).await;
    assert_eq!(told, [("NOT_ALLOWED".to_owned(), "name".to_owned())]);
    desk.done("navigationSet", menu(0, one.clone()), "").await;
    desk.done("navigationSet", menu(0, json!([])), "").await;
    desk.done("navigationSet", menu(20, one), "").await;
}

#[tokio::test]
async fn a_long_menu_takes_no_more_statements_than_a_short_one() {
    let desk = Desk::new().await;
    desk.gazette.post("story", 1, |_| ()).await;
    let story = id(&desk, Viewer::Anonymous, "post", "story").await;
    let (tag, category) = (desk.make("tag", "Lead").await, desk.make("category", "Press").await);
    let mut taken = Vec::new();
    for count in [1, 60] {
        let group = [
            item("P", json!({"post": story})),
            item("T", json!({"tag": tag})),
            item("C", json!({"category": category})),
        ];
        let items: Vec<_> = group.iter().cycle().take(3 * count).collect();
        set(&desk, json!(items)).await;
        taken.push(desk.gazette.statements(MENU).await.len());
    }
    assert_eq!(
        taken,
        [6, 6],
        "the publication, the items, and what of each kind they lead to"
    );
}

#[tokio::test]
async fn only_admins_set_menus() {
    let desk = Desk::new().await;
    let gazette = &desk.gazette;
    let input = json!({"publicationId": desk.publication, "items": []});
    for (viewer, code) in [
        (Viewer::Anonymous, Some("UNAUTHENTICATED")),
        (gazette.person("stranger").await.viewer(), Some("FORBIDDEN")),
        (gazette.member("ed", Role::Editor).await.viewer(), Some("FORBIDDEN")),
        (desk.admin.without(Scope::Publication), Some("FORBIDDEN")),
        (desk.admin.viewer(), None),
    ] {
        let refused = desk.refusal(viewer, "navigationSet", input.clone()).await;
        assert_eq!(refused.as_deref(), code, "{viewer:?}");
    }
    assert_eq!(
        navigation_item::Entity::find()
            .all(gazette.store().read())
            .await
            .unwrap(),
        []
    );
}
