//! Pictures in other sizes and formats: made once when somebody asks, kept, and bounded.

use entity::membership::Role;
use entity::{media, media_variant};
use futures_util::future::join_all;
use image::{GenericImageView, ImageFormat};
use quoin::domain::media::{MediaRow, Variant, by_id, variant};
use quoin::domain::refusal::Refusal;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::pictures::{encoded, jpeg, png, talkative_avif};
use crate::support::press::{Press, Writer};

async fn address(press: &Press, who: &Writer, file: &Value, field: &str) -> Value {
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Media {{ it: {field} }} }} }}");
    let answer = press.ask(Some(who), &query, json!({ "id": file["id"] })).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["node"]["it"].clone()
}

async fn row(press: &Press, file: &Value) -> MediaRow {
    let id = Press::media_id(file);
    by_id(press.server.store.read(), id).await.unwrap().unwrap()
}

async fn variants(press: &Press) -> u64 {
    media_variant::Entity::find()
        .count(press.server.store.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_picture_is_to_be_had_narrower_and_in_other_formats() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let file = press.file(&ann, "Grüße.jpg", &jpeg(1_000, 500)).await;
    for (field, mime, width, name) in [
        ("url(width: 300)", "image/jpeg", 320, "Gr%C3%BC%C3%9Fe.jpg"),
        (
            "url(width: 300, format: WEBP)",
            "image/webp",
            320,
            "Gr%C3%BC%C3%9Fe.webp",
        ),
        ("url(width: 300, format: PNG)", "image/png", 320, "Gr%C3%BC%C3%9Fe.png"),
        ("url(format: WEBP)", "image/webp", 1_000, "Gr%C3%BC%C3%9Fe.webp"),
        (
            "url(width: 5000, format: JPEG)",
            "image/jpeg",
            1_000,
            "Gr%C3%BC%C3%9Fe.jpg",
        ),
    ] {
        let url = address(&press, &ann, &file, field).await;
        let url = url.as_str().unwrap();
        assert!(url.split('?').next().unwrap().ends_with(name), "{url}");
        let response = press.get(url).await;
        assert_eq!(response.status(), 200, "{url}");
        assert_eq!(response.headers()["content-type"], mime);
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let made = image::load_from_memory(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(made.dimensions(), (width, width / 2), "{field}");
    }
    let set = address(
        &press,
        &ann,
        &file,
        "srcSet(widths: [300, 310, 2000, 900], format: WEBP)",
    )
    .await;
    let widths: Vec<_> = set
        .as_str()
        .unwrap()
        .split(", ")
        .map(|entry| entry.split(' ').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(widths, ["320w", "960w", "1000w"]);
}

#[tokio::test]
async fn an_address_with_its_version_is_remembered_for_ever() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let file = press.file(&ann, "a.png", &png(600, 10)).await;
    let url = address(&press, &ann, &file, "url(width: 160)").await;
    let url = url.as_str().unwrap();
    let response = press.get(url).await;
    assert_eq!(
        response.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    let tag = response.headers()["etag"].clone();
    let again = press
        .server
        .client
        .get(press.here(url))
        .header("If-None-Match", &tag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(again.headers()["etag"], tag);
    let head = press.server.client.head(press.here(url)).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], response.headers()["content-length"]);
    let part = press
        .server
        .client
        .get(press.here(url))
        .header("Range", "bytes=1-3")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (part.status().as_u16(), &part.bytes().await.unwrap()[..]),
        (206, &b"PNG"[..])
    );

    let (path, _) = url.split_once('?').unwrap();
    for other in [path.to_owned(), format!("{path}?v=other")] {
        assert_eq!(
            press.get(&other).await.headers()["cache-control"],
            "public, max-age=3600"
        );
    }
    assert_eq!(press.server.library.variants_made(), 1);
}

#[tokio::test]
async fn what_cannot_be_made_otherwise_is_as_it_is() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let any = "url(width: 160, format: WEBP)";
    for (name, bytes, field, note) in [
        ("a.pdf", &b"%PDF-1.7"[..], any, "no picture"),
        ("a.avif", &talkative_avif(600, 400), any, "not decoded here"),
        (
            "a.gif",
            &encoded(600, 4, ImageFormat::Gif),
            "url(width: 160)",
            "may move",
        ),
        ("a.png", &png(100, 4), "url(width: 160)", "not so wide"),
        ("a.png", &png(960, 4), "url(width: 900)", "about as wide"),
    ] {
        let file = press.file(&ann, name, bytes).await;
        assert_eq!(address(&press, &ann, &file, field).await, file["url"], "{note}");
        let id = Press::media_id(&file);
        if name == "a.pdf" || name == "a.avif" {
            let path = format!("https://quoin.test/media/{id}/160/webp/a.webp");
            assert_eq!(press.get(&path).await.status(), 404, "{note}");
            assert_eq!(address(&press, &ann, &file, "srcSet").await, Value::Null);
        }
    }
    let gif = press.file(&ann, "b.gif", &encoded(600, 4, ImageFormat::Gif)).await;
    let still = address(&press, &ann, &gif, "url(width: 160, format: PNG)").await;
    assert_eq!(
        press.get(still.as_str().unwrap()).await.headers()["content-type"],
        "image/png"
    );
    let set = address(&press, &ann, &gif, "srcSet(widths: [160, 480])").await;
    assert_eq!(set, json!(format!("{} 600w", gif["url"].as_str().unwrap())));
}

#[tokio::test]
async fn addresses_that_there_are_not_are_not_found() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let file = press.file(&ann, "a.png", &png(600, 10)).await;
    let id = Press::media_id(&file);
    for path in [
        format!("{id}/161/webp/a.webp"),
        format!("{id}/0/webp/a.webp"),
        format!("{id}/-160/webp/a.webp"),
        format!("{id}/99999999999999999999/webp/a.webp"),
        format!("{id}/160/avif/a.avif"),
        format!("{id}/160/gif/a.gif"),
        format!("{id}/160/..%2F..%2Fsecret/a.webp"),
        format!("{}/160/webp/a.webp", uuid::Uuid::now_v7()),
        "x/160/webp/a.webp".to_owned(),
    ] {
        let response = press.get(&format!("https://quoin.test/media/{path}")).await;
        assert_eq!(response.status(), 404, "{path}");
    }
    assert_eq!((variants(&press).await, press.stored()), (0, 1));
    let wrong = press.ask(
        Some(&ann),
        "query($id: ID!) { node(id: $id) { ... on Media { url(width: 0) } } }",
        json!({ "id": file["id"] }),
    );
    assert_eq!(wrong.await["errors"][0]["extensions"]["code"], "BAD_REQUEST");
}

#[tokio::test]
async fn a_picture_that_many_want_at_once_is_made_once() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let file = press.file(&ann, "a.jpg", &jpeg(900, 900)).await;
    let url = address(&press, &ann, &file, "url(width: 480, format: WEBP)").await;
    let all = join_all((0..12).map(|_| press.get(url.as_str().unwrap()))).await;
    assert!(all.iter().all(|response| response.status() == 200));
    assert_eq!((press.server.library.variants_made(), variants(&press).await), (1, 1));
}

#[tokio::test]
async fn beyond_the_queue_somebody_is_told_to_come_again() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let file = press.file(&ann, "a.jpg", &jpeg(900, 900)).await;
    let threads = &press.server.library.threads;
    // Every thread, and every place to wait for one, is taken.
    let mut taken = Vec::new();
    while let Ok(Ok(turn)) = tokio::time::timeout(std::time::Duration::ZERO, threads.turn()).await {
        taken.push(turn);
    }
    let mut waiting: Vec<_> = (0..1_000).map(|_| Box::pin(threads.turn())).collect();
    for turn in &mut waiting {
        let _ = futures_util::poll!(turn);
    }
    let url = address(&press, &ann, &file, "url(width: 480)").await;
    let response = press.get(url.as_str().unwrap()).await;
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers().contains_key("retry-after")
        ),
        (503, true)
    );
    let answer: Value = press.send(Some(&ann), "b.png", &png(3, 3)).await.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    drop((waiting, taken));
    assert_eq!(press.get(url.as_str().unwrap()).await.status(), 200);
}

#[tokio::test]
async fn the_oldest_make_room() {
    let press = Press::with(|settings| settings.variants_bytes = 1).await;
    let ann = press.member("ann", Role::Author).await;
    let file = press.file(&ann, "a.png", &png(1_000, 100)).await;
    for width in [160, 320, 480] {
        let url = address(&press, &ann, &file, &format!("url(width: {width})")).await;
        assert_eq!(press.get(url.as_str().unwrap()).await.status(), 200);
        assert_eq!(
            (variants(&press).await, press.stored()),
            (1, 2),
            "the file, and the newest"
        );
    }
    let url = address(&press, &ann, &file, "url(width: 160)").await;
    assert_eq!(press.get(url.as_str().unwrap()).await.status(), 200, "it is made again");
    assert_eq!(press.server.library.variants_made(), 4);
}

#[tokio::test]
async fn what_was_made_goes_with_the_picture() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let file = press.file(&ann, "a.png", &png(1_000, 100)).await;
    let url = address(&press, &ann, &file, "url(width: 160)").await;
    press.get(url.as_str().unwrap()).await;
    assert_eq!(press.stored(), 2);
    let deleted = press
        .done(&ann, "mediaDelete", "deletedId", json!({ "id": file["id"] }))
        .await;
    assert_eq!(deleted["deletedId"], file["id"]);
    assert_eq!((press.stored(), variants(&press).await), (0, 0));
    assert_eq!(press.get(url.as_str().unwrap()).await.status(), 404);
    assert_eq!(press.get(file["url"].as_str().unwrap()).await.status(), 404);
}

#[tokio::test]
async fn a_picture_that_became_too_large_is_not_decoded() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let file = press.file(&ann, "a.png", &png(1_000, 100)).await;
    let found = row(&press, &file).await;
    let bomb = crate::support::pictures::claiming_png(60_000, 60_000);
    press
        .server
        .files
        .put(found.storage_key.as_deref().unwrap(), bomb)
        .await
        .unwrap();
    let refused = variant(&press.server.library, &found, Variant::named("160", "png").unwrap()).await;
    assert!(matches!(refused, Err(Refusal::NotFound(_))), "{refused:?}");
    assert_eq!(media::Entity::find().count(press.server.store.read()).await.unwrap(), 1);
}
