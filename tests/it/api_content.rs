//! Posts and pages: two types with an id of its own each, and what they share.

use entity::PostId;
use entity::membership::Role;
use entity::post::{PostKind, PostStatus, Visibility};
use quoin::graphql::Api;
use serde_json::{Value, json};

use crate::support::office::{Office, text};
use crate::support::{Gazette, global_id, minute};

/// A page of the gazette.
async fn page(gazette: &Gazette, slug: &str, number: i64, status: PostStatus) -> PostId {
    let change = |page: &mut quoin::domain::post::PostDraft| {
        (page.kind, page.status) = (PostKind::Page, status);
    };
    gazette.post(slug, number, change).await
}

/// The names of the fields of a type, which stand one tab deep.
fn fields(type_name: &str) -> Vec<String> {
    let sdl = Api::sdl();
    let start = sdl.lines().skip_while(|line| !line.starts_with(type_name));
    let of_type = start.skip(1).take_while(|line| *line != "}");
    let mut is_text = false;
    let named = of_type.filter(|line| {
        let is_mark = line.trim() == "\"\"\"";
        is_text ^= is_mark;
        !is_mark && !is_text
    });
    let name = |line: &str| line.strip_prefix('\t')?.split(['(', ':']).next().map(str::to_owned);
    let mut names: Vec<_> = named
        .filter_map(name)
        .filter(|name| name.starts_with(char::is_alphabetic))
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn the_interface_has_every_field_that_posts_and_pages_share() {
    let (content, post, page) = (fields("interface Content"), fields("type Post "), fields("type Page "));
    let own = |names: &[String]| -> Vec<String> {
        let own = names.iter().filter(|name| !content.contains(name));
        own.cloned().collect()
    };
    assert!(content.contains(&"bodyHtml".to_owned()), "{content:?}");
    assert_eq!(
        own(&post),
        ["draft", "isFeatured", "next", "previous", "series", "seriesPosition"]
    );
    assert_eq!(own(&page), ["children", "draft", "parent", "position"]);
    assert_eq!((content.len() + 6, content.len() + 4), (post.len(), page.len()));
}

#[tokio::test]
async fn a_selection_on_the_interface_fits_both() {
    let gazette = Gazette::new().await;
    let post = gazette.post("story", 1, |_| {}).await;
    let page = page(&gazette, "about", 2, PostStatus::Published).await;
    for content in [post, page] {
        gazette.comment(content, 3, |_| {}).await;
    }
    let ids = json!([global_id(3, post), global_id(4, page)]);
    let answer = gazette
        .ask(&format!(
            "fragment Shown on Content {{ slug author {{ username }} comments {{ nodes {{ content {{ __typename slug
               ... on Post {{ isFeatured }} ... on Page {{ children {{ slug }} }} }} }} }} }}
             {{ nodes(ids: {ids}) {{ __typename ...Shown }} }}"
        ))
        .await;
    let shown = |type_name: &str, slug: &str, own: (&str, Value)| {
        let content = json!({ "__typename": type_name, "slug": slug, own.0: own.1 });
        json!({ "__typename": type_name, "slug": slug, "author": { "username": "ann" },
                "comments": { "nodes": [{ "content": content }] } })
    };
    assert_eq!(
        answer["nodes"],
        json!([
            shown("Post", "story", ("isFeatured", json!(false))),
            shown("Page", "about", ("children", json!([])))
        ])
    );
}

#[tokio::test]
async fn an_id_of_the_other_type_is_the_id_of_nothing() {
    let gazette = Gazette::new().await;
    let post = gazette.post("story", 1, |_| {}).await;
    let page = page(&gazette, "about", 2, PostStatus::Published).await;
    for (noun, own, other, row) in [("post", 3, 4, post), ("page", 4, 3, page)] {
        let other_noun = if noun == "post" { "page" } else { "post" };
        let (id, forged) = (global_id(own, row), global_id(other, row));
        let answer = gazette
            .ask(&format!(
                "{{ own: {noun}(by: {{ id: \"{id}\" }}) {{ id }} swapped: {other_noun}(by: {{ id: \"{id}\" }}) {{ id }}
                    a: {noun}(by: {{ id: \"{forged}\" }}) {{ id }} b: {other_noun}(by: {{ id: \"{forged}\" }}) {{ id }}
                    node(id: \"{forged}\") {{ id }} nodes(ids: [\"{forged}\", \"{id}\"]) {{ id }} }}"
            ))
            .await;
        let expected = json!({ "own": { "id": id }, "swapped": null, "a": null, "b": null, "node": null,
            "nodes": [null, { "id": id }] });
        assert_eq!(answer, expected, "{noun}");
    }
}

#[tokio::test]
async fn no_mutation_takes_an_id_of_the_other_type_and_its_error_names_the_field() {
    let office = Office::new().await;
    let (post, page) = (office.draft().await, text(&office.begin_page("About").await["id"]));
    let editor = office.editor.viewer();
    let preview = async |noun: &str, id: &str| {
        let create =
            format!("mutation {{ it: {noun}PreviewCreate(input: {{ id: \"{id}\" }}) {{ preview {{ id }} }} }}");
        text(&office.gazette.done(editor, &create).await["it"]["preview"]["id"])
    };
    let previews = [preview("post", &post).await, preview("page", &page).await];
    let verbs = [
        ("Update", "title: \"x\""),
        ("RestoreRevision", "revisionId: \"x\""),
        ("SubmitForReview", ""),
        ("RequestChanges", ""),
        ("Publish", ""),
        ("Schedule", "publishAt: \"2031-01-01T00:00:00Z\""),
        ("Unschedule", ""),
        ("Unpublish", ""),
        ("Archive", ""),
        ("DiscardDraft", ""),
        ("Delete", ""),
        ("Restore", ""),
        ("Erase", ""),
        ("PreviewCreate", ""),
    ];
    let stranger = office.gazette.person("stranger").await;
    let wrong = [("INVALID".to_owned(), json!(["input", "id"]))];
    for (noun, other, preview) in [("post", &page, &previews[1]), ("page", &post, &previews[0])] {
        for (verb, fields) in verbs {
            let mutation = format!("{noun}{verb}(input: {{ id: \"{other}\", {fields} }})");
            assert_eq!(office.gazette.problems(editor, &mutation).await, wrong, "{mutation}");
        }
        let revoke = format!("mutation {{ {noun}PreviewRevoke(input: {{ id: \"{preview}\" }}) {{ __typename }} }}");
        assert_eq!(office.gazette.denied(editor, &revoke).await.0, "NOT_FOUND");
        // Those who may not see it do not learn what it is.
        let update =
            format!("mutation {{ {noun}Update(input: {{ id: \"{other}\", title: \"x\" }}) {{ __typename }} }}");
        assert_eq!(office.gazette.denied(stranger.viewer(), &update).await.0, "NOT_FOUND");
    }
}

#[tokio::test]
async fn preview_tokens_are_found_by_id_by_those_who_may_edit() {
    let office = Office::new().await;
    let post = office.draft().await;
    let create =
        format!("mutation {{ it: postPreviewCreate(input: {{ id: \"{post}\" }}) {{ preview {{ id expiresAt }} }} }}");
    let preview = office.gazette.done(office.writer.viewer(), &create).await["it"]["preview"].clone();
    let query = format!(
        "{{ node(id: {}) {{ id ... on PreviewToken {{ expiresAt }} }} }}",
        preview["id"]
    );
    for viewer in [office.writer.viewer(), office.editor.viewer()] {
        assert_eq!(office.gazette.done(viewer, &query).await["node"], preview);
    }
    assert_eq!(office.gazette.ask(&query).await["node"], Value::Null);
    let other = office.gazette.member("other", Role::Author).await;
    assert_eq!(office.gazette.done(other.viewer(), &query).await["node"], Value::Null);
    let revoke = format!(
        "mutation {{ postPreviewRevoke(input: {{ id: {} }}) {{ post {{ previews {{ id }} }} }} }}",
        preview["id"]
    );
    let revoked = office.gazette.done(office.writer.viewer(), &revoke).await;
    assert_eq!(revoked["postPreviewRevoke"]["post"]["previews"], json!([]));
    assert_eq!(
        office.gazette.done(office.writer.viewer(), &query).await["node"],
        Value::Null
    );
}

#[test]
fn every_type_with_an_id_is_a_node() {
    let sdl = Api::sdl();
    let types = sdl.split("\ntype ").skip(1);
    for of_type in types {
        let (head, body) = of_type.split_once('{').unwrap();
        let body = body.split("\n}").next().unwrap();
        let is_node = head.contains("Node");
        let has_id = body.lines().any(|line| line == "\tid: ID!");
        assert_eq!(has_id, is_node, "{head}");
    }
}

#[tokio::test]
async fn pages_are_listed_by_title_and_those_at_work_for_those_who_may_edit_them() {
    let office = Office::new().await;
    let gazette = &office.gazette;
    gazette.post("story", 1, |_| {}).await;
    for (number, slug) in [(1, "b"), (2, "c"), (3, "a")] {
        page(gazette, slug, number, PostStatus::Published).await;
    }
    page(gazette, "draft", 4, PostStatus::Draft).await;
    gazette
        .post("members", 5, |page| {
            (page.kind, page.visibility) = (PostKind::Page, Visibility::Members);
        })
        .await;
    let slugs = |list: &Value| -> Vec<String> {
        let nodes = list["nodes"].as_array().unwrap().iter();
        nodes.map(|node| text(&node["slug"])).collect()
    };
    for (arguments, expected) in [
        ("", &["a", "b", "c"][..]),
        ("(orderBy: { direction: DESC })", &["c", "b", "a"]),
        ("(orderBy: { field: UPDATED_AT })", &["b", "c", "a"]),
        ("(where: { title: \"OF C\" })", &["c"]),
        ("(where: { status: [DRAFT] })", &["draft"]),
        ("(where: { status: [DRAFT, PUBLISHED] })", &["a", "b", "c", "draft"]),
        ("(where: { visibility: [MEMBERS] })", &["members"]),
        ("(where: { hasDraft: true })", &[]),
    ] {
        let list = format!("pages{arguments} {{ totalCount nodes {{ slug }} }}");
        let query = format!("{{ {list} publication {{ {list} }} }}");
        let seen = gazette.done(office.editor.viewer(), &query).await;
        for list in [&seen["pages"], &seen["publication"]["pages"]] {
            assert_eq!(slugs(list), *expected, "{arguments}");
            assert_eq!(list["totalCount"], expected.len(), "{arguments}");
        }
        let everybody = gazette.ask(&query).await;
        let is_desk = ["status: [DRAFT]", "MEMBERS", "hasDraft"]
            .iter()
            .any(|desk| arguments.contains(desk));
        if is_desk {
            assert_eq!(everybody["pages"]["totalCount"], 0, "{arguments}");
        }
    }
    let halves = gazette
        .ask("{ pages(first: 2) { pageInfo { endCursor hasNextPage } } posts { totalCount nodes { slug } } }")
        .await;
    assert_eq!(
        halves["posts"],
        json!({ "totalCount": 1, "nodes": [{ "slug": "story" }] })
    );
    assert_eq!(halves["pages"]["pageInfo"]["hasNextPage"], true);
    let after = &halves["pages"]["pageInfo"]["endCursor"];
    let rest = gazette
        .ask(&format!("{{ pages(after: {after}) {{ nodes {{ slug }} }} }}"))
        .await;
    assert_eq!(slugs(&rest["pages"]), ["c"]);
}

#[tokio::test]
async fn a_path_leads_to_an_object_of_its_own_type() {
    let gazette = Gazette::new().await;
    let page = page(&gazette, "about", 2, PostStatus::Published).await;
    let answer = gazette
        .ask("{ resolvePath(path: \"/about\") { __typename ... on Content { id publishedAt } } }")
        .await;
    assert_eq!(
        answer["resolvePath"],
        json!({ "__typename": "Page", "id": global_id(4, page), "publishedAt": minute(2).to_rfc3339() })
    );
}
