//! The tree of categories: it stays a tree, whoever moves what at the same time.

use entity::membership::Role;
use entity::{CategoryId, category, post_category};
use quoin::domain::Viewer;
use quoin::domain::category::{self as categories, NewCategory};
use quoin::domain::scope::Scope;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::support::desk::{Desk, no_names, text};

const TREE: &str =
    "{ categories(topOnly: true) { nodes { slug children { nodes { slug children { nodes { slug } } } } } } }";

/// The first three levels, as `a(b(c)) d`.
async fn tree(desk: &Desk) -> String {
    fn level(nodes: &Value) -> String {
        let nodes = nodes["nodes"].as_array().unwrap().iter();
        let shown = nodes.map(|node| {
            let below = if node["children"].is_object() {
                level(&node["children"])
            } else {
                String::new()
            };
            let slug = node["slug"].as_str().unwrap();
            if below.is_empty() {
                slug.to_owned()
            } else {
                format!("{slug}({below})")
            }
        });
        shown.collect::<Vec<_>>().join(" ")
    }
    level(&desk.gazette.ask(TREE).await["categories"])
}

async fn make(desk: &Desk, name: &str, parent: Option<&str>) -> String {
    let input = json!({"publicationId": desk.publication, "name": name, "parentId": parent});
    text(&desk.done("categoryCreate", input, "category { id }").await["category"]["id"])
}

async fn place(desk: &Desk, id: &str, parent: Option<&str>, position: Option<i32>) {
    let input = json!({"id": id, "parentId": parent, "position": position});
    desk.done("categoryMove", input, "").await;
}

#[tokio::test]
async fn categories_stand_where_they_are_put() {
    let desk = Desk::new().await;
    let a = make(&desk, "a", None).await;
    let b = make(&desk, "b", Some(&a)).await;
    let c = make(&desk, "c", Some(&a)).await;
    let d = make(&desk, "d", None).await;
    assert_eq!(tree(&desk).await, "a(b c) d");
    place(&desk, &c, Some(&a), Some(0)).await;
    assert_eq!(tree(&desk).await, "a(c b) d");
    place(&desk, &a, Some(&d), None).await;
    assert_eq!(tree(&desk).await, "d(a(c b))");
    place(&desk, &b, None, Some(0)).await;
    place(&desk, &c, None, Some(1_000_000)).await;
    assert_eq!(tree(&desk).await, "b d(a) c");
    make(&desk, "e", None).await;
    assert_eq!(tree(&desk).await, "b d(a) c e");
    let positions: Vec<_> = category::Entity::find()
        .order_by_asc(category::Column::Slug)
        .all(desk.gazette.store().read())
        .await
        .unwrap();
    let positions: Vec<_> = positions.iter().map(|row| row.position).collect();
    assert_eq!(positions, [0, 0, 2, 1, 3], "without gaps");
}

#[tokio::test]
async fn no_category_stands_below_itself() {
    let desk = Desk::new().await;
    let a = make(&desk, "a", None).await;
    let b = make(&desk, "b", Some(&a)).await;
    let c = make(&desk, "c", Some(&b)).await;
    for parent in [&a, &b, &c] {
        let told = desk
            .problems("categoryMove", json!({"id": a, "parentId": parent}))
            .await;
        assert_eq!(told, [("NOT_ALLOWED".to_owned(), "parentId".to_owned())]);
    }
    assert_eq!(tree(&desk).await, "a(b(c))");
}

#[tokio::test]
async fn two_moves_at_once_make_no_circle() {
    let desk = Desk::new().await;
    let (accounts, viewer) = (&desk.gazette.accounts, desk.admin.viewer());
    let new = async |name: String| {
        let new = NewCategory {
            name,
            slug: None,
            description: String::new(),
            parent: None,
        };
        categories::add(accounts, viewer, desk.gazette.publication, new)
            .await
            .unwrap()
    };
    for round in 0..10 {
        let (one, other) = (new(format!("one {round}")).await, new(format!("other {round}")).await);
        let under = |id: CategoryId, parent| categories::place(accounts, viewer, id, Some(parent), None);
        let (there, back) = tokio::join!(under(one, other), under(other, one));
        assert_eq!(
            u8::from(there.is_ok()) + u8::from(back.is_ok()),
            1,
            "{there:?} {back:?}"
        );
    }
}

#[tokio::test]
async fn a_tree_has_ten_levels_at_the_most() {
    let desk = Desk::new().await;
    let mut line = vec![make(&desk, "1", None).await];
    for level in 2..=10 {
        let id = make(&desk, &level.to_string(), line.last().map(String::as_str)).await;
        line.push(id);
    }
    let deep = [("NOT_ALLOWED".to_owned(), "parentId".to_owned())];
    let input = json!({"publicationId": desk.publication, "name": "11", "parentId": line[9]});
    assert_eq!(desk.problems("categoryCreate", input).await, deep);
    let top = make(&desk, "top", None).await;
    assert_eq!(
        desk.problems("categoryMove", json!({"id": line[0], "parentId": top}))
            .await,
        deep
    );
    place(&desk, &line[1], Some(&top), None).await;
}

#[tokio::test]
async fn a_name_stands_once_in_each_place_after_moves_and_deletions_too() {
    let desk = Desk::new().await;
    let europe = make(&desk, "Europe", None).await;
    let asia = make(&desk, "Asia", None).await;
    make(&desk, "News", Some(&europe)).await;
    let news = make(&desk, "NEWS", Some(&asia)).await;
    make(&desk, "Europe", Some(&europe)).await;
    let before = tree(&desk).await;
    let taken = |field: &str| [("TAKEN".to_owned(), field.to_owned())];
    let input = json!({ "id": news, "parentId": europe });
    assert_eq!(desk.problems("categoryMove", input).await, taken("parentId"));
    make(&desk, "news", None).await;
    let input = json!({ "id": asia });
    assert_eq!(desk.problems("categoryDelete", input).await, taken("id"));
    assert_eq!(tree(&desk).await, format!("{before} news-3"));
    // One that takes the place of its parent of the same name.
    let input = json!({ "id": europe });
    let europe = desk.problems("categoryDelete", input).await;
    assert_eq!(europe, taken("id"), "of its other child");
}

#[tokio::test]
async fn those_below_a_deleted_category_take_its_place() {
    let desk = Desk::new().await;
    make(&desk, "a", None).await;
    let b = make(&desk, "b", None).await;
    make(&desk, "c", None).await;
    make(&desk, "x", Some(&b)).await;
    make(&desk, "y", Some(&b)).await;
    let read = desk.gazette.store().read();
    let row = category::Entity::find().all(read).await.unwrap();
    let id = row.iter().find(|row| row.slug == "b").unwrap().id;
    desk.gazette.post("p", 1, |post| post.categories = vec![id]).await;
    let gone = desk
        .done("categoryDelete", json!({"id": b}), "category { slug postCount }")
        .await;
    assert_eq!(gone["category"], json!({"slug": "b", "postCount": 1}));
    assert_eq!(tree(&desk).await, "a x y c");
    assert_eq!(post_category::Entity::find().all(read).await.unwrap(), []);
    let post = desk
        .gazette
        .ask(r#"{ post(by: {slug: "p"}) { categories { slug } } }"#)
        .await;
    assert_eq!(post["post"]["categories"], json!([]));
}

/// The posts that readers find in each category, as `a:x,y=2`, where 2 is the number that it says of itself.
async fn shown(desk: &Desk, conditions: &str) -> String {
    let query = format!(
        "{{ categories {{ nodes {{ slug postCount posts(where: {{ {conditions} }}, orderBy: {{ field: TITLE, direction: ASC }}) {{
           totalCount nodes {{ slug }} }} }} }} }}"
    );
    let data = desk.gazette.ask(&query).await;
    let mut all = Vec::new();
    for node in data["categories"]["nodes"].as_array().unwrap() {
        let slugs: Vec<_> = node["posts"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|post| text(&post["slug"]))
            .collect();
        assert_eq!(node["posts"]["totalCount"], slugs.len(), "{node}");
        all.push(format!(
            "{}:{}={}",
            node["slug"].as_str().unwrap(),
            slugs.join(","),
            node["postCount"]
        ));
    }
    all.sort_unstable();
    all.join(" ")
}

#[tokio::test]
async fn a_category_shows_and_counts_the_posts_of_those_below_it_once() {
    let desk = Desk::new().await;
    let a = make(&desk, "a", None).await;
    let b = make(&desk, "b", Some(&a)).await;
    let c = make(&desk, "c", Some(&b)).await;
    let d = make(&desk, "d", None).await;
    for (slug, inside) in [("x", vec![&a, &c]), ("y", vec![&b]), ("z", vec![&c, &d]), ("w", vec![])] {
        let input = json!({"publicationId": desk.publication, "title": slug, "categoryIds": inside});
        let post = text(&desk.done("postCreate", input, "post { id }").await["post"]["id"]);
        desk.done("postPublish", json!({"id": post}), "").await;
    }
    let draft = json!({"publicationId": desk.publication, "title": "draft", "categoryIds": [c]});
    desk.done("postCreate", draft, "").await;
    assert_eq!(shown(&desk, "").await, "a:x,y,z=3 b:x,y,z=3 c:x,z=2 d:z=1");
    assert_eq!(shown(&desk, "directOnly: true").await, "a:x=3 b:y=3 c:x,z=2 d:z=1");
    for (conditions, slugs) in [
        ("category: \"a\"", 3),
        ("category: \"a\", directOnly: true", 1),
        ("category: \"e\"", 0),
    ] {
        let query = format!("{{ posts(where: {{ {conditions} }}) {{ totalCount }} }}");
        assert_eq!(
            desk.gazette.ask(&query).await["posts"]["totalCount"],
            slugs,
            "{conditions}"
        );
    }

    place(&desk, &c, None, None).await;
    assert_eq!(shown(&desk, "").await, "a:x,y=2 b:y=1 c:x,z=2 d:z=1");
    place(&desk, &b, Some(&c), None).await;
    assert_eq!(shown(&desk, "").await, "a:x=1 b:y=1 c:x,y,z=3 d:z=1");
    desk.done("categoryDelete", json!({"id": b}), "").await;
    assert_eq!(shown(&desk, "").await, "a:x=1 c:x,z=2 d:z=1");
    place(&desk, &d, Some(&c), None).await;
    desk.done("categoryDelete", json!({"id": c}), "").await;
    assert_eq!(shown(&desk, "").await, "a:x=1 d:z=1");
}

#[tokio::test]
async fn a_parent_must_be_of_the_publication() {
    let desk = Desk::new().await;
    let a = make(&desk, "a", None).await;
    let ned = desk.gazette.administrator("ned").await;
    let made = r#"mutation { it: publicationCreate(input: {title: "Other"}) { publication { id } } }"#;
    let other = text(&desk.gazette.done(ned.viewer(), made).await["it"]["publication"]["id"]);
    let input = json!({"publicationId": other, "name": "Foreign"});
    let answer = desk
        .answer(ned.viewer(), "categoryCreate", input, "category { id }")
        .await;
    let foreign = text(&answer["data"]["it"]["category"]["id"]);
    let invalid = [("INVALID".to_owned(), "parentId".to_owned())];
    for parent in [&foreign, &desk.publication, "nonsense"] {
        let told = desk
            .problems("categoryMove", json!({"id": a, "parentId": parent}))
            .await;
        assert_eq!(told, invalid, "{parent}");
        let input = json!({"publicationId": desk.publication, "name": "b", "parentId": parent});
        assert_eq!(desk.problems("categoryCreate", input).await, invalid, "{parent}");
    }
    let told = desk.problems("categoryMove", json!({"id": a, "position": -1})).await;
    assert_eq!(told, [("INVALID".to_owned(), "position".to_owned())]);
}

#[tokio::test]
async fn an_old_slug_leads_to_the_new_one() {
    let desk = Desk::new().await;
    let a = make(&desk, "Old", None).await;
    let changed = desk
        .done(
            "categoryUpdate",
            json!({"id": a, "slug": "new", "name": "New", "description": "x"}),
            "category { slug name description path }",
        )
        .await;
    let expected = json!({"slug": "new", "name": "New", "description": "x", "path": "/category/new"});
    assert_eq!(changed["category"], expected);
    assert_eq!(
        desk.at("/category/old").await,
        ("Redirect".into(), "/category/new".into())
    );
    assert_eq!(desk.at("/category/new").await.0, "Category");
    desk.done("categoryDelete", json!({"id": a}), "").await;
    assert_eq!(desk.at("/category/old").await.0, "");
}

#[tokio::test]
async fn what_is_no_name_makes_no_category() {
    let desk = Desk::new().await;
    let a = make(&desk, "a", None).await;
    for (name, code) in no_names() {
        let input = json!({"publicationId": desk.publication, "name": name});
        assert_eq!(
            desk.problems("categoryCreate", input).await,
            [(code.into(), "name".into())],
            "{name:?}"
        );
        let told = desk.problems("categoryUpdate", json!({"id": a, "name": name})).await;
        assert_eq!(told, [(code.into(), "name".into())], "{name:?}");
    }
    assert_eq!(tree(&desk).await, "a");
}

#[tokio::test]
async fn only_editors_change_the_tree() {
    let desk = Desk::new().await;
    let a = make(&desk, "a", None).await;
    let acts = [
        (
            "categoryCreate",
            json!({"publicationId": desk.publication, "name": "b"}),
        ),
        ("categoryUpdate", json!({"id": a, "name": "A"})),
        ("categoryMove", json!({"id": a})),
        ("categoryDelete", json!({"id": a})),
    ];
    let gazette = &desk.gazette;
    for (viewer, code) in [
        (Viewer::Anonymous, Some("UNAUTHENTICATED")),
        (gazette.person("stranger").await.viewer(), Some("FORBIDDEN")),
        (gazette.member("au", Role::Author).await.viewer(), Some("FORBIDDEN")),
        (desk.admin.without(Scope::Write), Some("FORBIDDEN")),
        (gazette.member("ed", Role::Editor).await.viewer(), None),
    ] {
        for (mutation, input) in &acts {
            let refused = desk.refusal(viewer, mutation, input.clone()).await;
            assert_eq!(refused.as_deref(), code, "{mutation} {viewer:?}");
        }
    }
    let gone = desk
        .refusal(desk.admin.viewer(), "categoryMove", json!({"id": a}))
        .await;
    assert_eq!(gone.as_deref(), Some("NOT_FOUND"));
}
