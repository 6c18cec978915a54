//! The library of a publication: who sees it, what is said about files, where they are used, and their end.

use entity::membership::Role;
use entity::{MediaId, media_use, post};
use quoin::domain::media::{self, MediaText, PostUses};
use quoin::domain::scope::Scope;
use quoin::domain::{Viewer, render};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::Gazette;
use crate::support::people::Person;
use crate::support::pictures::png;

/// Brings a file.
async fn bring(gazette: &Gazette, who: Person, name: &str, bytes: &[u8], alt_text: &str) -> MediaId {
    let library = &gazette.library;
    let mut incoming = library.files.receive(1_000_000).await.unwrap();
    incoming.write(bytes).await.unwrap();
    let text = MediaText {
        alt_text: alt_text.to_owned(),
        caption: String::new(),
    };
    let file = incoming.finish().await.unwrap();
    media::upload(library, who.viewer(), gazette.publication, name, file, text)
        .await
        .unwrap()
}

/// Notes that a post shows what is in this text.
async fn show(gazette: &Gazette, post: entity::PostId, featured: Option<MediaId>, html: &str) {
    let transaction = gazette.store().write().await.unwrap();
    let uses = PostUses::of(post, false, featured, html);
    media::note_uses(&transaction, &[uses]).await.unwrap();
    transaction.commit().await.unwrap();
}

/// The global id of a file.
async fn global(gazette: &Gazette, file: MediaId) -> String {
    let answer = gazette
        .done(
            Viewer::Operator,
            "{ publication { media(first: 100) { nodes { id url } } } }",
        )
        .await;
    let nodes = answer["publication"]["media"]["nodes"].as_array().unwrap();
    let found = nodes
        .iter()
        .find(|node| node["url"].as_str().unwrap().contains(&file.to_string()));
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn members_see_the_library_and_others_do_not() {
    let gazette = Gazette::new().await;
    let ann = gazette.member("anna", Role::Contributor).await;
    bring(&gazette, ann, "a.png", &png(3, 3), "").await;
    let query = "{ publication { media { totalCount nodes { fileName } pageInfo { hasNextPage } } } }";
    let seen = gazette.done(ann.viewer(), query).await;
    assert_eq!(
        seen["publication"]["media"],
        json!({ "totalCount": 1, "nodes": [{ "fileName": "a.png" }], "pageInfo": { "hasNextPage": false } })
    );
    let (eve, root) = (gazette.person("eve").await, gazette.administrator("root").await);
    for other in [Viewer::Anonymous, eve.viewer(), root.viewer()] {
        assert_eq!(gazette.done(other, query).await["publication"]["media"], Value::Null);
    }
    let (code, _) = gazette.denied(ann.without(Scope::Read), query).await;
    assert_eq!(code, "FORBIDDEN");
}

#[tokio::test]
async fn a_file_that_no_post_shows_exists_for_members_alone() {
    let gazette = Gazette::new().await;
    let ann = gazette.member("anna", Role::Author).await;
    let eve = gazette.person("eve").await;
    let file = bring(&gazette, ann, "a.png", &png(3, 3), "").await;
    let id = global(&gazette, file).await;
    let query = format!("{{ node(id: \"{id}\") {{ ... on Media {{ fileName }} }} }}");
    assert_eq!(gazette.done(ann.viewer(), &query).await["node"]["fileName"], "a.png");
    for other in [Viewer::Anonymous, eve.viewer(), ann.without(Scope::Read)] {
        assert_eq!(gazette.done(other, &query).await["node"], Value::Null);
    }
    gazette.post("p", 1, |post| post.featured_media = Some(file)).await;
    assert_eq!(
        gazette.done(Viewer::Anonymous, &query).await["node"]["fileName"],
        "a.png"
    );
}

#[tokio::test]
async fn the_library_is_searched_and_parted_by_type() {
    let gazette = Gazette::new().await;
    let ann = gazette.member("anna", Role::Author).await;
    bring(&gazette, ann, "Harbour.png", &png(3, 3), "Gulls at 100%").await;
    bring(&gazette, ann, "b.txt", b"words", "").await;
    bring(&gazette, ann, "c.pdf", b"%PDF-1.7", "Harbour plan").await;
    bring(&gazette, ann, "d.mp3", b"ID3\x04\0\0\0\0\0\0", "").await;
    for (filter, names) in [
        ("{}", &["d.mp3", "c.pdf", "b.txt", "Harbour.png"][..]),
        ("{ type: IMAGE }", &["Harbour.png"]),
        ("{ type: AUDIO }", &["d.mp3"]),
        ("{ type: VIDEO }", &[]),
        ("{ type: DOCUMENT }", &["c.pdf", "b.txt"]),
        ("{ search: \"harbour\" }", &["c.pdf", "Harbour.png"]),
        ("{ search: \"HARBOUR\", type: IMAGE }", &["Harbour.png"]),
        ("{ search: \"100%\" }", &["Harbour.png"]),
        ("{ search: \"_\" }", &[]),
        ("{ search: \"\" }", &["d.mp3", "c.pdf", "b.txt", "Harbour.png"]),
    ] {
        let query = format!("{{ publication {{ media(where: {filter}) {{ totalCount nodes {{ fileName }} }} }} }}");
        let list = gazette.done(ann.viewer(), &query).await["publication"]["media"].clone();
        let found: Vec<_> = list["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["fileName"].as_str().unwrap())
            .collect();
        assert_eq!(found, names, "{filter}");
        assert_eq!(list["totalCount"], names.len(), "{filter}");
    }
    let first = "{ publication { media(first: 2) { nodes { fileName } pageInfo { endCursor hasNextPage } } } }";
    let page = gazette.done(ann.viewer(), first).await["publication"]["media"].clone();
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let rest = format!(
        "{{ publication {{ media(first: 2, after: {}) {{ nodes {{ fileName }} pageInfo {{ hasNextPage }} }} }} }}",
        page["pageInfo"]["endCursor"]
    );
    let rest = gazette.done(ann.viewer(), &rest).await["publication"]["media"].clone();
    assert_eq!(
        rest["nodes"],
        json!([{ "fileName": "b.txt" }, { "fileName": "Harbour.png" }])
    );
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
}

#[tokio::test]
async fn what_is_said_about_a_file_is_changed_in_part() {
    let gazette = Gazette::new().await;
    let ann = gazette.member("anna", Role::Contributor).await;
    let file = bring(&gazette, ann, "a.png", &png(3, 3), "A gull").await;
    let id = global(&gazette, file).await;
    let change = |input: &str| {
        format!(
            "mutation {{ mediaUpdate(input: {{ id: \"{id}\", {input} }}) {{ media {{ fileName altText caption }} \
             userErrors {{ code field }} }} }}"
        )
    };
    let done = gazette.done(ann.viewer(), &change("caption: \" By Ann \"")).await;
    let media = &done["mediaUpdate"]["media"];
    assert_eq!(
        *media,
        json!({ "fileName": "a.png", "altText": "A gull", "caption": "By Ann" })
    );
    let done = gazette
        .done(ann.viewer(), &change("fileName: \"../gull.html\", altText: \"\""))
        .await;
    let media = &done["mediaUpdate"]["media"];
    assert_eq!(
        *media,
        json!({ "fileName": "gull.png", "altText": "", "caption": "By Ann" })
    );
    for (input, code, field) in [
        ("fileName: \"\"", "REQUIRED", "fileName"),
        ("fileName: \"a\\u202eb.png\"", "INVALID", "fileName"),
        (&format!("altText: \"{}\"", "x".repeat(2_001)), "TOO_LONG", "altText"),
        ("caption: \"a\\u0007\"", "INVALID", "caption"),
    ] {
        let mutation = format!("mediaUpdate(input: {{ id: \"{id}\", {input} }})");
        let problems = gazette.problems(ann.viewer(), &mutation).await;
        assert_eq!(problems, [(code.to_owned(), json!(["input", field]))], "{input}");
    }
}

#[tokio::test]
async fn files_are_changed_by_who_brought_them_and_by_editors() {
    let gazette = Gazette::new().await;
    let ann = gazette.member("anna", Role::Contributor).await;
    let bob = gazette.member("bob", Role::Author).await;
    let editor = gazette.member("ed", Role::Editor).await;
    let eve = gazette.person("eve").await;
    let file = bring(&gazette, ann, "a.png", &png(3, 3), "").await;
    let id = global(&gazette, file).await;
    let update = format!("mutation {{ mediaUpdate(input: {{ id: \"{id}\", caption: \"x\" }}) {{ media {{ id }} }} }}");
    let delete = format!("mutation {{ mediaDelete(input: {{ id: \"{id}\" }}) {{ deletedId }} }}");
    for mutation in [&update, &delete] {
        for (who, code) in [
            (Viewer::Anonymous, "UNAUTHENTICATED"),
            (eve.viewer(), "NOT_FOUND"),
            (bob.viewer(), "FORBIDDEN"),
            (ann.without(Scope::Write), "FORBIDDEN"),
            (editor.without(Scope::Write), "FORBIDDEN"),
        ] {
            assert_eq!(gazette.denied(who, mutation).await.0, code, "{mutation}: {who:?}");
        }
    }
    let nobody = update.replace(&id, "x");
    assert_eq!(gazette.denied(ann.viewer(), &nobody).await.0, "NOT_FOUND");
    for who in [ann.viewer(), ann.by_key(), editor.viewer(), Viewer::Operator] {
        assert_eq!(
            gazette.done(who, &update).await["mediaUpdate"]["media"]["id"],
            json!(id)
        );
    }
    assert_eq!(
        gazette.done(editor.viewer(), &delete).await["mediaDelete"]["deletedId"],
        json!(id)
    );
    assert_eq!(gazette.denied(editor.viewer(), &delete).await.0, "NOT_FOUND");
}

#[tokio::test]
async fn a_file_tells_where_it_is_used_as_far_as_one_may_know() {
    let gazette = Gazette::new().await;
    let ann = gazette.member("anna", Role::Author).await;
    let file = bring(&gazette, ann, "a.png", &png(3, 3), "").await;
    let other = bring(&gazette, ann, "b.png", &png(3, 3), "").await;
    let public = gazette.post("public", 1, |_| ()).await;
    let draft = gazette
        .post("draft", 2, |post| post.status = post::PostStatus::Draft)
        .await;
    let html =
        format!("<img src=\"/media/{file}/a.png\"><img src=\"https://quoin.test/media/{file}/160/webp/a.webp\">");
    show(&gazette, public, None, &html).await;
    show(
        &gazette,
        draft,
        Some(file),
        &format!("/media/{}/gone.png", MediaId::new()),
    )
    .await;
    show(&gazette, draft, Some(file), "").await;
    let query = "{ publication { media { nodes { fileName usedBy { slug } } } } }";
    let list = async |viewer| gazette.done(viewer, query).await["publication"]["media"]["nodes"].clone();
    assert_eq!(
        list(ann.viewer()).await,
        json!([{ "fileName": "b.png", "usedBy": [] }, { "fileName": "a.png", "usedBy": [{ "slug": "public" }] }])
    );
    let editor = gazette.member("ed", Role::Editor).await;
    assert_eq!(
        list(editor.viewer()).await[1]["usedBy"],
        json!([{ "slug": "public" }]),
        "a list that names nothing else"
    );
    let query = "{ publication { media { nodes { usedBy(where: { status: [DRAFT, PUBLISHED] }) { slug } } } } }";
    for (who, known) in [
        (editor.viewer(), json!([{ "slug": "draft" }, { "slug": "public" }])),
        (ann.viewer(), json!([{ "slug": "public" }])),
    ] {
        let media = gazette.done(who, query).await["publication"]["media"]["nodes"].clone();
        assert_eq!(media[1]["usedBy"], known);
    }

    show(&gazette, public, Some(other), "").await;
    let uses = media_use::Entity::find().filter(media_use::Column::PostId.eq(public));
    let uses = uses.all(gazette.store().read()).await.unwrap();
    assert_eq!(uses.iter().map(|found| found.media_id).collect::<Vec<_>>(), [other]);
}

#[tokio::test]
async fn a_post_of_another_publication_neither_shows_a_file_nor_holds_it() {
    let gazette = Gazette::new().await;
    let ann = gazette.member("anna", Role::Author).await;
    let file = bring(&gazette, ann, "a.png", &png(3, 3), "").await;
    let own = gazette.post("own", 1, |_| ()).await;
    let foreign = gazette.post("foreign", 2, |_| ()).await;
    let transaction = gazette.store().write().await.unwrap();
    let new = quoin::domain::publication::NewPublication {
        slug: "other".into(),
        title: "Other".into(),
        tagline: String::new(),
        language: "en".into(),
        site_url: None,
        owner: ann.user,
    };
    let other = quoin::domain::publication::create(&transaction, new).await.unwrap();
    transaction.commit().await.unwrap();
    let moved = post::ActiveModel {
        id: ActiveValue::Unchanged(foreign),
        publication_id: ActiveValue::Set(other),
        ..Default::default()
    };
    post::Entity::update(moved)
        .exec_without_returning(gazette.store().read())
        .await
        .unwrap();
    for shows in [own, foreign] {
        show(&gazette, shows, None, &format!("<img src=\"/media/{file}/a.png\">")).await;
    }
    let query = "{ publication { media { nodes { usedBy { slug } all: usedBy(where: { status: [DRAFT, PUBLISHED] }) { slug } } } } }";
    let uses = gazette.done(ann.viewer(), query).await["publication"]["media"]["nodes"][0].clone();
    assert_eq!(
        uses,
        json!({ "usedBy": [{ "slug": "own" }], "all": [{ "slug": "own" }] })
    );
    let id = global(&gazette, file).await;
    let delete = format!("mediaDelete(input: {{ id: \"{id}\" }})");
    let problems = gazette.problems(ann.viewer(), &delete).await;
    assert_eq!(problems.len(), 1, "its own post holds it");
    show(&gazette, own, None, "").await;
    assert_eq!(gazette.problems(ann.viewer(), &delete).await, []);
}

#[tokio::test]
async fn a_file_in_use_is_deleted_only_by_force() {
    let gazette = Gazette::new().await;
    let ann = gazette.member("anna", Role::Author).await;
    let file = bring(&gazette, ann, "a.png", &png(3, 3), "").await;
    let id = global(&gazette, file).await;
    let post = gazette.post("p", 1, |post| post.featured_media = Some(file)).await;
    show(&gazette, post, Some(file), "").await;
    let delete = |force: bool| format!("mediaDelete(input: {{ id: \"{id}\", force: {force} }})");
    let problems = gazette.problems(ann.viewer(), &delete(false)).await;
    assert_eq!(problems, [("NOT_ALLOWED".to_owned(), json!(["input", "id"]))]);
    assert_eq!(gazette.problems(ann.viewer(), &delete(true)).await, []);
    let row = post::Entity::find_by_id(post)
        .one(gazette.store().read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.featured_media_id, None);
    assert!(
        media_use::Entity::find()
            .all(gazette.store().read())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_page_of_files_costs_the_same_however_long_it_is() {
    let gazette = Gazette::new().await;
    let ann = gazette.member("anna", Role::Author).await;
    let query =
        "{ publication { media { totalCount nodes { url srcSet usedBy { slug } } pageInfo { hasNextPage } } } }";
    let post = gazette.post("p", 1, |_| ()).await;
    let mut counts = Vec::new();
    for round in 0..3 {
        let file = bring(&gazette, ann, "a.png", &png(3, 3), "").await;
        if round == 0 {
            show(&gazette, post, Some(file), "").await;
        }
        counts.push(gazette.statements_of(ann.viewer(), query).await.len());
    }
    assert_eq!(counts[1], counts[2], "{counts:?}");
}

#[tokio::test]
async fn saving_a_post_notes_what_it_shows() {
    let gazette = Gazette::new().await;
    let ann = gazette.member("anna", Role::Author).await;
    let shown = bring(&gazette, ann, "a.png", &png(3, 3), "").await;
    let featured = bring(&gazette, ann, "b.png", &png(3, 3), "").await;
    let change = |post: &mut quoin::domain::post::PostDraft| {
        let source = format!(
            "![A gull](/media/{shown}/a.png)\n\n![](/media/{}/x.png)",
            MediaId::new()
        );
        post.rendered = render::finish(&render::markdown(&source), &|_| None);
        post.featured_media = Some(featured);
    };
    let post = gazette.post("p", 1, change).await;
    let noted = async || {
        let uses = media_use::Entity::find().all(gazette.store().read()).await.unwrap();
        let mut uses: Vec<_> = uses.into_iter().map(|found| (found.media_id, found.post_id)).collect();
        uses.sort();
        uses
    };
    assert_eq!(noted().await, [(shown, post), (featured, post)]);
    gazette
        .post("p", 1, |draft| {
            (draft.id, draft.is_new) = (post, false);
        })
        .await;
    assert_eq!(noted().await, []);
}
