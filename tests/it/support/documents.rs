//! Documents that are known by name.

use std::sync::Arc;

use quoin::domain::account;
use quoin::domain::trusted_document::{DocumentName, Index};
use quoin::http::HttpSettings;
use reqwest::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::press::{ITS_ID, Press, Writer, signed};
use super::server::TestServer;

/// The SHA-256 of a text, in hexadecimal.
pub fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The `extensions` that name a document by its digest.
pub fn by_digest(text: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": sha256(text) } })
}

/// Settings with these documents in their manifest.
pub fn trusting(documents: &[(&str, &str)]) -> impl Fn(&mut HttpSettings) {
    let mut index = Index::default();
    for (name, text) in documents {
        index.add(DocumentName::parse(name).unwrap(), text, None).unwrap();
    }
    let index = Arc::new(index);
    move |settings| settings.documents.manifest = Arc::clone(&index)
}

/// The answer to a GET.
pub async fn get(server: &TestServer, parameters: &[(&str, &str)]) -> Response {
    let request = server.client.get(server.url("/graphql")).query(parameters);
    let request = request.header("Accept", "application/graphql-response+json");
    request.send().await.unwrap()
}

/// The answer to a POST.
pub async fn post(server: &TestServer, body: Value) -> Response {
    server.request(&body).send().await.unwrap()
}

/// What an answer tells, without any error.
pub async fn data(answer: Response) -> Value {
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"].clone()
}

/// Somebody who looks after the installation.
pub async fn administrator(press: &Press) -> Writer {
    let writer = press.person("root").await;
    let transaction = press.server.store.write().await.unwrap();
    account::make_administrator(&transaction, writer.user, true)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    writer
}

const REGISTER: &str = "mutation Register($input: TrustedDocumentRegisterInput!) { it: trustedDocumentRegister(input: $input) { \
    trustedDocuments { documentId text sha256 } userErrors { code field message } } }";

/// What registering these answers.
pub async fn register(press: &Press, who: &Writer, documents: &[(&str, &str)]) -> Value {
    let documents: Vec<_> = documents
        .iter()
        .map(|(name, text)| json!({ "documentId": name, "text": text }))
        .collect();
    let body = json!({ "query": REGISTER, "variables": { "input": { "documents": documents } } });
    let answer = signed(press.server.request(&body), Some(who)).send().await.unwrap();
    data(answer).await["it"].clone()
}

/// Registers these, which are in order.
pub async fn registered(press: &Press, who: &Writer, documents: &[(&str, &str)]) {
    let it = register(press, who, documents).await;
    assert_eq!(it["userErrors"], json!([]), "{it}");
}

const REMOVE: &str = "mutation Remove($input: TrustedDocumentRemoveInput!) { it: trustedDocumentRemove(input: $input) { \
    trustedDocument { documentId text } userErrors { code } } }";

/// The whole answer to removing a document.
pub async fn remove(press: &Press, who: &Writer, name: &str) -> Value {
    let body = json!({ "query": REMOVE, "variables": { "input": { "documentId": name } } });
    let answer = signed(press.server.request(&body), Some(who)).send().await.unwrap();
    answer.json().await.unwrap()
}

/// Documents that tests need where nothing else is executed.
pub const ADMINISTRATION: [(&str, &str); 3] = [("register", REGISTER), ("remove", REMOVE), ("press", ITS_ID)];
