//! What was not public on the old site is not public here, by whatever way one asks.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::{comment, media, post};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::site::{Site, article, comment as said, export, item, tagged};

/// What hides an item.
const HIDDEN: [(&str, &str); 7] = [
    ("draft", "<wp:status>draft</wp:status>"),
    ("pending", "<wp:status>pending</wp:status>"),
    (
        "scheduled",
        "<wp:status>future</wp:status><wp:post_date_gmt>2099-01-01 00:00:00</wp:post_date_gmt>",
    ),
    ("due", "<wp:status>future</wp:status>"),
    ("private", "<wp:status>private</wp:status>"),
    ("locked", "<wp:post_password>open sesame</wp:post_password>"),
    ("trashed", "<wp:status>trash</wp:status>"),
];

/// An article and a page of each, all of them with everything that could give them away.
fn site() -> String {
    let author = |login: &str| format!("<wp:author><wp:author_login>{login}</wp:author_login></wp:author>");
    let picture = "<wp:attachment_url>https://gulls.example/hidden.jpg</wp:attachment_url>";
    let mut elements = author("shy") + &author("bold") + &item("attachment", 9, "hidden", picture);
    let subject = r#"<category domain="category" nicename="news">News</category>"#.to_owned() + &tagged("x");
    for (id, date) in [(1, "2019-12-31"), (2, "2020-01-02")] {
        let more = format!(
            "<dc:creator>bold</dc:creator><wp:post_name>open-{id}</wp:post_name>\
             <wp:post_date_gmt>{date} 00:00:00</wp:post_date_gmt>{subject}"
        );
        elements += &article(id, &format!("Open {id}"), &more);
    }
    elements += &item(
        "page",
        3,
        "Open page",
        "<dc:creator>bold</dc:creator><wp:post_name>open-page</wp:post_name>",
    );
    for ((name, how), id) in HIDDEN.iter().zip((10..).step_by(10)) {
        let all = format!(
            "<dc:creator>shy</dc:creator><content:encoded>hidden words</content:encoded>{subject}{}{}{how}\
             <wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta>\
             <link>https://gulls.example/2020/hidden-{name}</link><wp:post_name>hidden-{name}</wp:post_name>",
            said(id, 0),
            said(id + 1, id),
        );
        elements += &article(id, &format!("hidden {name}"), &all);
        let all = all
            .replace("/2020/", "/pages/")
            .replace(&said(id, 0), "")
            .replace(&said(id + 1, id), "");
        elements += &item(
            "page",
            id + 1,
            &format!("hidden {name}"),
            &(all + "<wp:post_parent>3</wp:post_parent>"),
        );
    }
    export(&elements)
}

fn global(kind: u8, id: Uuid) -> String {
    let mut bytes = vec![kind];
    bytes.extend(id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test]
async fn hidden_things_cannot_be_had_by_name_or_id() {
    let site_ = Site::new().await;
    site_.import(&site()).await;
    let hidden = post::Entity::find().filter(post::Column::Title.starts_with("hidden"));
    let hidden = hidden.all(site_.read()).await.unwrap();
    assert_eq!(hidden.len(), 2 * HIDDEN.len());

    let mut ids = Vec::new();
    for post in &hidden {
        ids.extend([global(3, post.id.0), global(4, post.id.0)]);
        let slug = &post.slug;
        let data = site_
            .query(format!(
                r#"{{ post(by: {{slug: "{slug}"}}) {{ id }} page(by: {{slug: "{slug}"}}) {{ id }}
                      byId: post(by: {{id: "{}"}}) {{ id }} pageById: page(by: {{id: "{}"}}) {{ id }}
                      slug: resolvePath(path: "/{slug}") {{ __typename }}
                      old: resolvePath(path: "/2020/{slug}") {{ __typename }}
                      page_: resolvePath(path: "/pages/{slug}") {{ __typename }} }}"#,
                global(3, post.id.0),
                global(4, post.id.0),
            ))
            .await;
        assert!(data.as_object().unwrap().values().all(Value::is_null), "{slug}: {data}");
    }
    let comments = comment::Entity::find().all(site_.read()).await.unwrap();
    assert_eq!(comments.len(), 2 * HIDDEN.len());
    ids.extend(comments.iter().map(|comment| global(9, comment.id.0)));
    let files = media::Entity::find().all(site_.read()).await.unwrap();
    ids.extend(files.iter().map(|file| global(8, file.id.0)));
    let shy = entity::user::Entity::find().filter(entity::user::Column::Username.eq("shy"));
    ids.push(global(2, shy.one(site_.read()).await.unwrap().unwrap().id.0));
    for id in &ids {
        let data = site_
            .query(format!(r#"{{ node(id: "{id}") {{ id __typename }} }}"#))
            .await;
        assert_eq!(data, json!({ "node": null }));
    }
    for ids in ids.chunks(100) {
        let data = site_.query(format!("{{ nodes(ids: {}) {{ id }} }}", json!(ids))).await;
        assert_eq!(data, json!({ "nodes": vec![Value::Null; ids.len()] }));
    }
}

#[tokio::test]
async fn hidden_things_are_in_no_list_and_no_count() {
    let site_ = Site::new().await;
    site_.import(&site()).await;
    let data = site_
        .query(
            r#"{
              posts(first: 100) { totalCount nodes { title previous { title } next { title } commentCount } }
              pages { totalCount nodes { title } }
              search: posts(where: {title: "hidden"}) { totalCount nodes { title } }
              byAuthor: posts(where: {author: "shy"}) { totalCount nodes { title } }
              byTag: posts(where: {tag: "x"}) { totalCount }
              backwards: posts(last: 100) { nodes { title } }
              tag(by: {slug: "x"}) { postCount posts { totalCount nodes { title } } }
              category(by: {slug: "news"}) { postCount posts { totalCount nodes { title } } }
              shy: user(by: {username: "shy"}) { id }
              bold: user(by: {username: "bold"}) { posts { totalCount } }
              publication { posts { totalCount nodes { title comments { totalCount } } } }
              page(by: {slug: "open-page"}) { children { title } }
            }"#,
        )
        .await;
    assert!(!data.to_string().contains("hidden"), "{data:#}");
    assert_eq!(
        (&data["posts"]["totalCount"], &data["pages"]["totalCount"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        (&data["search"]["totalCount"], &data["byAuthor"]["totalCount"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(data["byTag"]["totalCount"], 2);
    for name in ["tag", "category"] {
        assert_eq!(
            (&data[name]["postCount"], &data[name]["posts"]["totalCount"]),
            (&json!(2), &json!(2))
        );
    }
    assert_eq!(data["shy"], Value::Null);
    assert_eq!(data["bold"]["posts"]["totalCount"], 2);
    assert_eq!(data["publication"]["posts"]["totalCount"], 2);
    let neighbours = &data["posts"]["nodes"];
    assert_eq!(
        (&neighbours[0]["previous"]["title"], &neighbours[0]["next"]),
        (&json!("Open 1"), &Value::Null)
    );
    assert_eq!(
        (&neighbours[1]["next"]["title"], &neighbours[1]["previous"]),
        (&json!("Open 2"), &Value::Null)
    );
    assert_eq!(data["page"]["children"], json!([]));
}

#[tokio::test]
async fn comments_that_wait_or_were_taken_down_are_not_shown() {
    let site_ = Site::new().await;
    let as_is = |approved: &str, id| {
        said(id, 0).replace(">1</wp:comment_approved", &format!(">{approved}</wp:comment_approved"))
    };
    let comments = said(1, 0) + &as_is("0", 2) + &as_is("spam", 3) + &as_is("trash", 4) + &said(5, 2);
    site_.import(&export(&article(1, "A", &comments))).await;
    let query =
        r#"{ post(by: {slug: "a"}) { commentCount comments { totalCount nodes { bodyHtml parent { id } } } } }"#;
    let data = site_.query(query).await;
    assert_eq!(
        (&data["post"]["commentCount"], &data["post"]["comments"]["totalCount"]),
        (&json!(2), &json!(2))
    );
    for hidden in ["Words 2", "Words 3", "Words 4"] {
        assert!(!data.to_string().contains(hidden), "{data}");
    }
    assert_eq!(data["post"]["comments"]["nodes"][1]["parent"], Value::Null);
}
