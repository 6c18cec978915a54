//! Files that come with a request: <https://github.com/jaydenseric/graphql-multipart-request-spec>.

use entity::membership::Role;
use image::GenericImageView;
use quoin::domain::scope::{Scope, Scopes};
use serde_json::{Value, json};

use crate::support::pictures::{claiming_png, jpeg, png, talkative_jpeg, tells};
use crate::support::press::{Press, part, signed};
use crate::support::server::refusal;

#[tokio::test]
async fn a_picture_is_kept_without_what_it_tells_and_served() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Contributor).await;
    let file = press
        .file(&ann, "C:\\fakepath\\holiday.png", &talkative_jpeg(60, 30, 6))
        .await;
    assert_eq!(
        (&file["fileName"], &file["mimeType"]),
        (&json!("holiday.jpg"), &json!("image/jpeg"))
    );
    assert_eq!(
        (&file["width"], &file["height"], &file["type"]),
        (&json!(30), &json!(60), &json!("IMAGE"))
    );
    assert_eq!((&file["altText"], &file["caption"]), (&json!("A picture"), &json!("")));
    assert!(file["placeholder"].as_str().unwrap().len() > 20);
    let response = press.get(file["url"].as_str().unwrap()).await;
    assert_eq!(response.headers()["content-type"], "image/jpeg");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert!(response.headers().get("content-disposition").is_none());
    let bytes = response.bytes().await.unwrap();
    assert_eq!(json!(bytes.len()), file["byteSize"]);
    assert!(!tells(&bytes));
    assert_eq!(image::load_from_memory(&bytes).unwrap().dimensions(), (30, 60));
    assert_eq!(press.stored(), 1);
}

#[tokio::test]
async fn what_is_no_picture_is_for_keeping() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let file = press
        .file(&ann, "Übersicht \"1\".csv".replace('"', "%22").as_str(), b"a,b\n1,2\n")
        .await;
    assert_eq!(
        (&file["mimeType"], &file["type"]),
        (&json!("text/csv"), &json!("DOCUMENT"))
    );
    assert_eq!((&file["width"], &file["placeholder"]), (&Value::Null, &Value::Null));
    let response = press.get(file["url"].as_str().unwrap()).await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    let disposition = response.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment; filename="), "{disposition}");
    assert!(disposition.contains("filename*=UTF-8''%C3%9Cbersicht"), "{disposition}");
    assert!(
        response.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("sandbox")
    );

    let pdf = press.file(&ann, "a", b"%PDF-1.7\n...").await;
    let response = press.get(pdf["url"].as_str().unwrap()).await;
    let disposition = response.headers()["content-disposition"].to_str().unwrap();
    assert!(
        disposition.starts_with("attachment; filename="),
        "a viewer runs what is in it: {disposition}"
    );
}

#[tokio::test]
async fn what_is_not_taken_is_told_and_leaves_nothing() {
    let press = Press::with(|settings| settings.most_pixels = 1_000_000).await;
    let ann = press.member("ann", Role::Owner).await;
    let whole = jpeg(200, 200);
    let long = "x".repeat(300);
    for (name, bytes, code) in [
        ("a.png", &b""[..], "REQUIRED"),
        (
            "a.png",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "INVALID",
        ),
        ("a.jpg", b"<!doctype html><script>alert(1)</script>", "INVALID"),
        ("a.jpg", b"MZ\x90\0\x03", "INVALID"),
        ("a.jpg", &whole[..whole.len() / 2], "INVALID"),
        ("a.png", &claiming_png(60_000, 60_000), "TOO_LONG"),
        ("a.png", &png(1_001, 1_000), "TOO_LONG"),
        ("..", &whole, "REQUIRED"),
        ("a\u{202e}gpj.png", &whole, "INVALID"),
        (&long, &whole, "TOO_LONG"),
    ] {
        let problem = press.problem(&ann, name, bytes).await;
        assert_eq!(problem, (code.to_owned(), json!(["input", "file"])), "{name:?}");
    }
    // A head with NUL is none.
    assert_eq!(refusal(press.send(Some(&ann), "a\0.png", &whole).await).await.0, 400);
    assert_eq!((press.rows().await.len(), press.stored()), (0, 0));
}

#[tokio::test]
async fn a_name_leads_nowhere() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    for (given, name) in [
        ("../../../etc/passwd", "passwd.png"),
        ("/etc/cron.d/x.png", "x.png"),
        ("a/../b.html", "b.png"),
        (".htaccess", "htaccess.png"),
    ] {
        let file = press.file(&ann, given, &png(3, 3)).await;
        assert_eq!(file["fileName"], name, "{given}");
        assert_eq!(press.get(file["url"].as_str().unwrap()).await.status(), 200, "{given}");
    }
    let folder = press.server.files.root().parent().unwrap();
    assert!(!folder.join("etc").exists() && !folder.join("b.html").exists());
}

#[tokio::test]
async fn only_members_with_the_scope_bring_files() {
    let press = Press::start().await;
    let eve = press.person("eve").await;
    let ann = press.member("ann", Role::Contributor).await;
    let code = async |who| {
        let answer: Value = press.send(Some(who), "a.png", &png(3, 3)).await.json().await.unwrap();
        answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    };
    assert_eq!(code(&eve).await.as_deref(), Some("FORBIDDEN"));
    let reader = press.key(&ann, Scopes::from_iter([Scope::Read])).await;
    assert_eq!(code(&reader).await.as_deref(), Some("FORBIDDEN"));
    assert_eq!((press.rows().await.len(), press.stored()), (0, 0));
    let writer = press.key(&ann, Scopes::from_iter([Scope::Write])).await;
    assert_eq!(code(&writer).await, None);

    let (status, code, _) = refusal(press.send(None, "a.png", &png(3, 3)).await).await;
    assert_eq!((status, code.as_str()), (401, "UNAUTHENTICATED"));
    assert_eq!(press.rows().await.len(), 1);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let parts = [part("operations", None, b"{}"), part("map", None, b"{}")];
    let answer = signed(press.form(&parts), Some(&ann)).send().await.unwrap();
    let (status, code, message) = refusal(answer).await;
    assert_eq!((status, code.as_str()), (415, "BAD_REQUEST"));
    assert!(message.contains("Quoin-Preflight"), "{message}");
    let request = press.form(&parts).header("Apollo-Require-Preflight", "true");
    let (status, ..) = refusal(signed(request, Some(&ann)).send().await.unwrap()).await;
    assert_eq!(status, 400, "the header that others send will do");
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_and_leaves_nothing() {
    let press = Press::with(|settings| settings.most_bytes = 100_000).await;
    let ann = press.member("ann", Role::Author).await;
    for size in [100_001, 3_000_000] {
        let response = press.send(Some(&ann), "a.txt", &vec![b'a'; size]).await;
        let (status, _, message) = refusal(response).await;
        assert_eq!(status, 413, "{size}");
        assert!(message.contains("100000"), "{message}");
    }
    assert_eq!(press.stored(), 0);
    let file = press.file(&ann, "a.txt", &vec![b'a'; 100_000]).await;
    assert_eq!(file["byteSize"], 100_000);
}

#[tokio::test]
async fn what_is_to_be_executed_keeps_to_the_limit_of_all_bodies() {
    let press = Press::served(|settings| settings.limits.body_bytes = 10_000).await;
    let ann = press.member("ann", Role::Author).await;
    let long = vec![b' '; 10_001];
    for parts in [
        vec![part("operations", None, &long)],
        vec![
            part("operations", None, b"{\"query\": \"{ __typename }\"}"),
            part("map", None, &long),
        ],
    ] {
        let (status, ..) = refusal(press.send_form(Some(&ann), &parts).await).await;
        assert_eq!(status, 413);
    }
    // A file may be larger.
    press.file(&ann, "a.txt", &vec![b'a'; 100_000]).await;
    // The head of a part has no end.
    let endless = [
        b"--a-boundary-that-nobody-writes\r\nX: ".to_vec(),
        vec![b'x'; 20_000_000],
    ]
    .concat();
    let parts = [part("operations", None, b"{}"), part("map", None, b"{}"), endless];
    let request = signed(press.form(&parts).header("Quoin-Preflight", "1"), Some(&ann));
    // The server may close the connection before all was sent.
    if let Ok(answer) = request.send().await {
        assert_eq!(refusal(answer).await.0, 400);
    }
}

#[tokio::test]
async fn a_form_that_is_not_after_the_specification_is_refused() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let good = br#"{"query": "mutation($f: Upload!) { __typename }", "variables": {"f": null, "g": "x", "l": [null]}}"#;
    let map = |text: &str| part("map", None, text.as_bytes());
    let operations = || part("operations", None, good);
    let file = || part("0", Some("a.txt"), b"words");
    let nul = br#"{"query": "{ __typename }", "variables": {"a": "\u0000"}}"#;
    for (what, parts) in [
        ("nothing", vec![]),
        ("no map", vec![operations()]),
        ("the wrong order", vec![map("{}"), operations()]),
        ("a file first", vec![file(), operations(), map("{}")]),
        ("no JSON", vec![part("operations", None, b"{"), map("{}")]),
        ("a batch", vec![part("operations", None, b"[]"), map("{}")]),
        ("a NUL", vec![part("operations", None, nul), map("{}")]),
        ("a map of something else", vec![operations(), map("[1]")]),
        (
            "a file that did not come",
            vec![operations(), map(r#"{"0": ["variables.f"]}"#)],
        ),
        ("a file that nobody named", vec![operations(), map("{}"), file()]),
        (
            "a file twice",
            vec![operations(), map(r#"{"0": ["variables.f"]}"#), file(), file()],
        ),
        (
            "a file for two",
            vec![operations(), map(r#"{"0": ["variables.f", "variables.l.0"]}"#), file()],
        ),
        (
            "a place that is taken",
            vec![operations(), map(r#"{"0": ["variables.g"]}"#), file()],
        ),
        (
            "a place that is none",
            vec![operations(), map(r#"{"0": ["variables.l.1"]}"#), file()],
        ),
        (
            "a place outside",
            vec![operations(), map(r#"{"0": ["query"]}"#), file()],
        ),
        ("an empty place", vec![operations(), map(r#"{"0": [""]}"#), file()]),
    ] {
        let (status, code, message) = refusal(press.send_form(Some(&ann), &parts).await).await;
        assert_eq!((status, code.as_str()), (400, "BAD_REQUEST"), "{what}: {message}");
    }
    let many: Vec<_> = (0..20).map(|index| format!("\"{index}\": [\"variables.f\"]")).collect();
    let parts = vec![operations(), map(&format!("{{{}}}", many.join(",")))];
    assert_eq!(refusal(press.send_form(Some(&ann), &parts).await).await.0, 400);
    assert_eq!(press.stored(), 0);
}

#[tokio::test]
async fn a_text_that_looks_like_a_file_opens_nothing() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    for text in [
        "upload:0",
        "upload:99999999999999999999",
        "#__graphql_file__:0",
        "#__graphql_file__:x",
        "",
    ] {
        let input = json!({ "publicationId": press.id, "file": text });
        let answer = press.told(&ann, "mediaUpload", "media { id }", input).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_REQUEST",
            "{text}: {answer}"
        );
    }
    let query = format!(
        "mutation {{ mediaUpload(input: {{ publicationId: \"{}\", file: \"upload:0\" }}) {{ media {{ id }} }} }}",
        press.id
    );
    let answer = press.ask(Some(&ann), &query, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{answer}");
}

#[tokio::test]
async fn what_is_said_about_a_file_is_bounded() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Author).await;
    let operations = json!({
        "query": "mutation($input: MediaUploadInput!) { it: mediaUpload(input: $input) { userErrors { code field } } }",
        "variables": { "input": {
            "publicationId": press.id, "file": null, "altText": "x".repeat(2_001), "caption": "a\u{7}b",
        } },
    });
    let parts = [
        part("operations", None, operations.to_string().as_bytes()),
        part("map", None, br#"{"0": ["variables.input.file"]}"#),
        part("0", Some("a.png"), &png(3, 3)),
    ];
    let answer: Value = press.send_form(Some(&ann), &parts).await.json().await.unwrap();
    let expected = json!([
        { "code": "TOO_LONG", "field": ["input", "altText"] },
        { "code": "INVALID", "field": ["input", "caption"] },
    ]);
    assert_eq!(answer["data"]["it"]["userErrors"], expected);
    assert_eq!(press.stored(), 0);
}
