//! Nothing that others wrote or brought runs in a reader's real browser.

use std::future::pending;

use entity::comment::{CommentKind, CommentStatus};
use entity::membership::Role;
use entity::{CommentId, PostId};
use quoin::domain::comment::{self, CommentDraft};
use quoin::domain::render::{markdown, sanitise};
use quoin::import::wordpress::Wordpress;
use quoin::import::{self, Options};
use quoin::outbound::Reach;
use sea_orm::EntityTrait;
use serde_json::json;

use crate::support::attacks::ATTACKS;
use crate::support::browser::browse;
use crate::support::minute;
use crate::support::old_site::{OldSite, ok};
use crate::support::pictures::{chunk, jpeg, png, segment, with_chunks, with_segments};
use crate::support::press::{Press, Writer};
use crate::support::server::TestServer;
use crate::support::site::{Silent, export, item};

/// What runs when a file is taken for a page.
const PAGE: &str =
    "<!doctype html><html><body><script>alert('ran');fetch('/trap')</script><img src=x onerror=alert(1)>";
/// The same as a drawing.
const DRAWING: &str = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(2)</script></svg>";

/// Publishes a post of these words, and gives its id.
async fn publish(press: &Press, who: &Writer, format: &str, source: &str) -> PostId {
    let input = json!({ "publicationId": press.id, "title": "x", "sourceFormat": format, "bodySource": source });
    let made = press.done(who, "postCreate", "post { id }", input).await;
    assert_eq!(made["userErrors"], json!([]), "{source}");
    let input = json!({ "id": made["post"]["id"] });
    let done = press.done(who, "postPublish", "post { slug }", input).await;
    let slug = done["post"]["slug"].as_str().unwrap();
    let found = entity::post::Entity::find()
        .all(press.server.store.read())
        .await
        .unwrap();
    found.into_iter().find(|post| post.slug == slug).unwrap().id
}

/// What a reader wrote below a post, as it is kept.
fn comment(post: PostId, html: &str) -> CommentDraft {
    CommentDraft {
        id: CommentId::new(),
        is_new: true,
        post,
        parent: None,
        depth: 0,
        kind: CommentKind::Comment,
        status: CommentStatus::Visible,
        author_name: "x".into(),
        author_email: None,
        author_url: None,
        source: html.into(),
        html: sanitise(html),
        created_at: minute(1),
    }
}

/// Files that are taken, and could be taken for something else.
fn disguised() -> Vec<(&'static str, Vec<u8>)> {
    let page = PAGE.as_bytes();
    let script = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj \
                  2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/MediaBox[0 0 9 9]/Parent 2 0 R>>endobj \
                  trailer<</Root 1 0 R>>\n%%EOF\n";
    let wave = [
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0\0",
        page,
    ]
    .concat();
    vec![
        ("comment.jpg", with_segments(&jpeg(9, 9), &[segment(0xFE, page)])),
        ("behind.jpg", [jpeg(9, 9), page.to_vec()].concat()),
        ("comment.png", with_chunks(&png(9, 9), &[chunk(b"tEXt", page)])),
        ("behind.png", [png(9, 9), page.to_vec()].concat()),
        ("page.html", [b"Words first.\n", page].concat()),
        ("words.txt", [b"Words first.\n", page].concat()),
        ("script.js", b"alert(1);fetch('/trap')//".to_vec()),
        ("table.csv", [b"a,b\n", page].concat()),
        ("captions.vtt", [b"WEBVTT\n\n", page].concat()),
        ("document.pdf", script.as_bytes().to_vec()),
        ("page.pdf", [b"%PDF-1.4\n", page].concat()),
        ("page.zip", [b"PK\x03\x04", page].concat()),
        ("page.wav", wave),
        ("page.mp3", [b"ID3\x03\0\0\0\0\0\0", page].concat()),
    ]
}

/// A server on which an import left a page and a drawing, and their addresses.
async fn imported() -> (TestServer, Vec<String>) {
    let old = OldSite::start([
        ("/x.html", ok(PAGE.as_bytes())),
        ("/x.svg", ok(DRAWING.as_bytes())),
        ("/x.xhtml", ok(DRAWING.as_bytes())),
        ("/x.js", ok(b"alert(1)")),
        ("/x.png", ok(PAGE.as_bytes())),
    ])
    .await;
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.xml");
    let items = (1..)
        .zip(["html", "svg", "xhtml", "js", "png"])
        .map(|(number, ending)| {
            let url = old.url(&format!("/x.{ending}"));
            let file = format!("<wp:attachment_url>{url}</wp:attachment_url>");
            item("attachment", number, "P", &file)
        });
    let items = items.collect::<String>();
    std::fs::write(&path, export(&items)).unwrap();
    let options = Options {
        fetch_media: Some(Reach::Any),
        ..Options::default()
    };
    let source = Box::new(Wordpress::open(&path).unwrap());
    let (store, files) = (server.store.clone(), server.files.clone());
    import::run(store, files, source, &options, &mut Silent, pending())
        .await
        .unwrap();
    let rows = entity::media::Entity::find().all(server.store.read()).await.unwrap();
    let stored = rows.into_iter().filter(|row| row.storage_key.is_some());
    let address = |row: entity::media::Model| server.url(&quoin::domain::media::path(row.id, &row.file_name));
    let addresses = stored.map(address).collect();
    (server, addresses)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_others_wrote_or_brought_runs_in_a_real_browser() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Editor).await;
    let mut posts = Vec::new();
    for attack in ATTACKS {
        let attack = attack.replace('\0', "");
        for format in ["MARKDOWN", "HTML"] {
            posts.push(publish(&press, &ann, format, &attack).await);
        }
    }
    let comments = ATTACKS.iter().flat_map(|attack| {
        let attack = attack.replace('\0', "");
        [comment(posts[0], &attack), comment(posts[1], &markdown(&attack))]
    });
    let transaction = press.server.store.write().await.unwrap();
    comment::save_many(&transaction, comments.collect()).await.unwrap();
    transaction.commit().await.unwrap();

    let mut arguments = vec![press.server.url("/graphql")];
    for (name, bytes) in disguised() {
        let it = press.upload(&ann, name, &bytes).await;
        assert_eq!(it["userErrors"], json!([]), "{name}");
        arguments.push(press.here(it["media"]["url"].as_str().unwrap()));
    }
    for (name, bytes) in [
        ("a.png", PAGE),
        ("a.svg", DRAWING),
        ("a.xml", "<?xml version='1.0'?><x/>"),
    ] {
        let (code, _) = press.problem(&ann, name, bytes.as_bytes()).await;
        assert_eq!(code, "INVALID", "{name}");
    }
    let (_imported, addresses) = imported().await;
    assert!(addresses.len() >= 4, "{addresses:?}");
    arguments.extend(addresses);

    let seen = browse("inert.mjs", arguments.clone()).await;
    assert_eq!(seen["unknown"], json!([]), "a field of HTML that is not shown");
    assert_eq!(seen["fragments"], 4 * ATTACKS.len());
    for probe in seen["probes"].as_array().unwrap() {
        assert!(probe["ran"].as_array().unwrap().len() >= 2, "{probe:#}");
    }
    for page in seen["pages"].as_array().unwrap() {
        assert_eq!(page, &json!({ "told": [], "ran": [], "loaded": [] }), "{page:#}");
    }
    let opened = seen["opened"].as_object().unwrap();
    assert_eq!(opened.len(), arguments.len() - 1);
    for (address, file) in opened {
        assert_eq!(file["ran"], json!([]), "{address} {file:#}");
        assert_eq!(
            (&file["script"], &file["within"]),
            (&json!("error"), &json!([])),
            "{address} {file:#}"
        );
        // A viewer of documents runs what is in them when it has loaded, of which nobody is told.
        let shown = file["as"].as_str().unwrap();
        let is_inline = ["image/", "audio/", "video/"]
            .iter()
            .any(|class| shown.starts_with(class));
        assert!(
            (is_inline && !shown.contains("xml")) || shown == "kept",
            "{address} {shown}"
        );
    }
}
