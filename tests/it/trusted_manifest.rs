//! Manifests as build tools write them, and what an operator is told of one that cannot be used.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::command::{Outcome, quoin};
use crate::support::documents::sha256;
use crate::support::serving::Serving;

const COUNT: &str = "query Count { publications { totalCount } }";

fn write(folder: &Path, manifest: &Value) -> String {
    let path = folder.join("manifest.json");
    std::fs::write(&path, manifest.to_string()).unwrap();
    path.display().to_string()
}

#[tokio::test]
async fn the_manifests_of_three_tools_are_served() {
    let apollo = json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [
        { "id": sha256(COUNT), "name": "Count", "type": "query", "body": COUNT },
    ] });
    let relay = json!({ "7dba4bd717b41f10434822356a93c32b": COUNT });
    let generated = json!({ "0c3ad2d6b8a8c2d3c0ef3b3c5b0f1f1d5e0b9a7c": COUNT });
    for (manifest, id) in [
        (apollo, sha256(COUNT)),
        (relay, "7dba4bd717b41f10434822356a93c32b".to_owned()),
        (generated, "0c3ad2d6b8a8c2d3c0ef3b3c5b0f1f1d5e0b9a7c".to_owned()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), &manifest);
        let variables = [
            ("QUOIN_DOCUMENTS__MANIFEST", path.as_str()),
            ("QUOIN_DOCUMENTS__ONLY_TRUSTED", "true"),
        ];
        let mut serving = Serving::start(folder.path(), &variables);
        let address = serving.address();
        let url = format!("http://{address}/graphql?documentId=");
        let answer: Value = reqwest::get(format!("{url}{id}")).await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["publications"]["totalCount"], 0, "{answer}");
        let other: Value = reqwest::get(format!("{url}other")).await.unwrap().json().await.unwrap();
        assert_eq!(other["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_IN_LIST");
        let text = reqwest::get(format!("http://{address}/graphql?query=%7B__typename%7D"));
        let text: Value = text.await.unwrap().json().await.unwrap();
        assert_eq!(text["errors"][0]["extensions"]["code"], "DOCUMENT_NOT_TRUSTED");
    }
}

#[test]
fn a_manifest_that_cannot_be_used_is_told_by_file_id_and_fault() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.json").display().to_string();
    let start = |path: &str| {
        let mut serve = quoin(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
        Outcome::of(serve.env("QUOIN_DOCUMENTS__MANIFEST", path)).failed()
    };
    assert!(start(&missing).contains(&missing));
    for (manifest, expected) in [
        (json!([]), "no JSON object"),
        (json!({ "operations": [] }), "`format`"),
        (
            json!({ "front": "{ nothing }" }),
            "the document \"front\": line 1, column 3",
        ),
        (
            json!({ "front": "query {" }),
            "the document \"front\": line 1, column 8",
        ),
        (
            json!({ "front": 5 }),
            "the document \"front\": its text must be a string",
        ),
        (json!({ "a b": COUNT }), "the document \"a b\": a document's id is"),
        (json!({ "0".repeat(64): COUNT }), "another SHA-256"),
        (
            json!({ "long": "#".repeat(65_537) }),
            "the document \"long\": it has 65537 bytes",
        ),
    ] {
        let path = write(folder.path(), &manifest);
        let told = start(&path);
        assert!(told.contains(&path) && told.contains(expected), "{told}");
    }
    let path = folder.path().join("manifest.json");
    let told = |text: &[u8]| {
        std::fs::write(&path, text).unwrap();
        start(&path.display().to_string())
    };
    assert!(told(b"{\"front\": \"\xff\"}").contains("no JSON object"));
    let twice = format!("{{\"front\": \"{COUNT}\", \"front\": \"{{ __typename }}\"}}");
    assert!(told(twice.as_bytes()).contains("the document \"front\": its id stands for two texts"));
    assert!(told(&vec![b' '; 33 * 1024 * 1024]).contains("more than"));
    assert!(!folder.path().join("data").exists(), "nothing was begun");
}

#[test]
fn the_doctor_looks_at_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = |path: &str| {
        let mut doctor = quoin(folder.path(), &["doctor"]);
        doctor
            .env("QUOIN_DOCUMENTS__MANIFEST", path)
            .env("QUOIN_LISTEN", "127.0.0.1:0");
        Outcome::of(&mut doctor).stdout
    };
    let path = write(folder.path(), &json!({ "count": COUNT }));
    let found = doctor(&path);
    assert!(found.contains(&format!("ok     documents: 1 in {path}")), "{found}");
    let path = write(folder.path(), &json!({ "count": "{ nothing }" }));
    let found = doctor(&path);
    assert!(
        found.contains("wrong  documents: ") && found.contains("the document \"count\""),
        "{found}"
    );
}
