//! A server with a publication, and people who bring files to it.

use entity::membership::Role;
use entity::{MediaId, PublicationId, UserId, media};
use quoin::domain::media::MediaSettings;
use quoin::domain::publication::{self, NewPublication};
use quoin::domain::session::{self, Device, Grant};
use quoin::domain::{api_key, member};
use quoin::http::HttpSettings;
use quoin::store::files::FileStore;
use reqwest::{RequestBuilder, Response};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::accounts::{BASE_URL, account};
use super::office::text;
use super::server::TestServer;

/// A publication `press` on a server of its own.
pub struct Press {
    pub server: TestServer,
    pub publication: PublicationId,
    /// The publication's global id.
    pub id: String,
}

/// Somebody who signed in.
#[derive(Clone, Debug)]
pub struct Writer {
    pub user: UserId,
    pub jwt: String,
}

/// What every answer about a file tells.
pub const FILE: &str = "id url fileName mimeType type byteSize width height placeholder altText caption";

impl Press {
    pub async fn start() -> Self {
        Self::on(TestServer::start().await).await
    }

    /// With some settings of the library changed.
    pub async fn with(change: impl FnOnce(&mut MediaSettings)) -> Self {
        Self::on(TestServer::with_library(change).await).await
    }

    /// With its files elsewhere.
    pub async fn keeping(files: FileStore) -> Self {
        Self::on(TestServer::keeping(files).await).await
    }

    /// With some settings of the server changed.
    pub async fn served(change: impl FnOnce(&mut HttpSettings)) -> Self {
        Self::on(TestServer::with(change).await).await
    }

    async fn on(server: TestServer) -> Self {
        let owner = account(&server.accounts, "olga@press.example", None, false).await;
        let new = NewPublication {
            slug: "press".into(),
            title: "Press".into(),
            tagline: String::new(),
            language: "en".into(),
            site_url: None,
            owner,
        };
        let transaction = server.store.write().await.unwrap();
        let publication = publication::create(&transaction, new).await.unwrap();
        transaction.commit().await.unwrap();
        let answer = server.query(ITS_ID).await;
        let answer: Value = answer.json().await.unwrap();
        Self {
            server,
            publication,
            id: answer["data"]["publication"]["id"].as_str().unwrap().to_owned(),
        }
    }

    /// Somebody with an account.
    pub async fn person(&self, name: &str) -> Writer {
        let email = format!("{name}@press.example");
        let user = account(&self.server.accounts, &email, None, false).await;
        let transaction = self.server.store.write().await.unwrap();
        let device = Device::new("Test/1", "192.0.2.1");
        let tokens = session::start(&transaction, &self.server.accounts, Grant::own(user), &device).await;
        transaction.commit().await.unwrap();
        let jwt = tokens.unwrap().access.jwt;
        Writer { user, jwt }
    }

    /// A member of the publication.
    pub async fn member(&self, name: &str, role: Role) -> Writer {
        let writer = self.person(name).await;
        let transaction = self.server.store.write().await.unwrap();
        member::put(&transaction, self.publication, writer.user, role)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        writer
    }

    /// Begins a post and publishes it; its global id.
    pub async fn publish(&self, who: &Writer, title: &str) -> String {
        let fields = json!({ "publicationId": self.id, "title": title, "bodySource": "Words." });
        let post = self.done(who, "postCreate", "post { id }", fields).await;
        let id = text(&post["post"]["id"]);
        self.done(who, "postPublish", "post { id }", json!({ "id": id })).await;
        id
    }

    /// The whole answer to a request.
    pub async fn ask(&self, who: Option<&Writer>, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let request = self.server.request(&body);
        signed(request, who).send().await.unwrap().json().await.unwrap()
    }

    /// What a mutation with one input answers, without any error.
    pub async fn done(&self, who: &Writer, mutation: &str, selection: &str, input: Value) -> Value {
        let answer = self.told(who, mutation, selection, input).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"]["it"].clone()
    }

    /// The same, with whatever comes.
    pub async fn told(&self, who: &Writer, mutation: &str, selection: &str, input: Value) -> Value {
        let name = mutation[..1].to_uppercase() + &mutation[1..];
        let query = format!(
            "mutation($input: {name}Input!) {{ it: {mutation}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}"
        );
        self.ask(Some(who), &query, json!({ "input": input })).await
    }

    /// Brings a file in one request; the whole answer.
    pub async fn send(&self, who: Option<&Writer>, name: &str, bytes: &[u8]) -> Response {
        let query = format!(
            "mutation($input: MediaUploadInput!) {{ it: mediaUpload(input: $input) {{ media {{ {FILE} }} userErrors {{ code \
             field message }} }} }}"
        );
        let operations = json!({
            "query": query,
            "variables": { "input": { "publicationId": self.id, "file": null, "altText": "A picture" } },
        });
        let form = [
            part("operations", None, operations.to_string().as_bytes()),
            part("map", None, br#"{"0": ["variables.input.file"]}"#),
            part("0", Some(name), bytes),
        ];
        self.send_form(who, &form).await
    }

    /// Sends a form of these parts.
    pub async fn send_form(&self, who: Option<&Writer>, parts: &[Vec<u8>]) -> Response {
        let request = self.form(parts).header("Quoin-Preflight", "1");
        signed(request, who).send().await.unwrap()
    }

    /// A form of these parts, without the header that it needs.
    pub fn form(&self, parts: &[Vec<u8>]) -> RequestBuilder {
        let end = format!("--{BOUNDARY}--\r\n");
        let body = [&parts.concat(), end.as_bytes()].concat();
        let request = self.server.client.post(self.server.url("/graphql"));
        request
            .header("Accept", "application/graphql-response+json")
            .header("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(body)
    }

    /// Brings a file in one request; what the mutation answers.
    pub async fn upload(&self, who: &Writer, name: &str, bytes: &[u8]) -> Value {
        let answer: Value = self.send(Some(who), name, bytes).await.json().await.unwrap();
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"]["it"].clone()
    }

    /// Brings a file that is taken.
    pub async fn file(&self, who: &Writer, name: &str, bytes: &[u8]) -> Value {
        let it = self.upload(who, name, bytes).await;
        assert_eq!(it["userErrors"], json!([]));
        it["media"].clone()
    }

    /// Code and field of what is wrong with a file.
    pub async fn problem(&self, who: &Writer, name: &str, bytes: &[u8]) -> (String, Value) {
        problem(&self.upload(who, name, bytes).await)
    }

    /// What is to be had at an address of this installation.
    pub async fn get(&self, url: &str) -> Response {
        self.server.client.get(self.here(url)).send().await.unwrap()
    }

    /// An address of this installation, on the port of the test.
    pub fn here(&self, url: &str) -> String {
        let path = url
            .strip_prefix(BASE_URL)
            .unwrap_or_else(|| panic!("{url} leads elsewhere"));
        self.server.url(path)
    }

    /// Every file that is recorded.
    pub async fn rows(&self) -> Vec<media::Model> {
        media::Entity::find().all(self.server.store.read()).await.unwrap()
    }

    /// How many files lie in the store, the unfinished ones included.
    pub fn stored(&self) -> usize {
        let all = walkdir::WalkDir::new(self.server.files.root())
            .into_iter()
            .filter_map(Result::ok);
        all.filter(|entry| entry.file_type().is_file()).count()
    }

    /// The id of a file in an answer, as the database has it.
    pub fn media_id(file: &Value) -> MediaId {
        let url = file["url"].as_str().unwrap();
        let path = url.split("/media/").nth(1).unwrap();
        MediaId(Uuid::parse_str(&path[..36]).unwrap())
    }

    /// A key of somebody that lets its bearer do this.
    pub async fn key(&self, who: &Writer, scopes: quoin::domain::scope::Scopes) -> Writer {
        let viewer = quoin::domain::authenticate::authenticate(&self.server.accounts, &who.jwt)
            .await
            .unwrap();
        let new = api_key::NewApiKey {
            name: "key".into(),
            scopes,
            expires_at: None,
        };
        let (_, secret) = api_key::create(&self.server.accounts, viewer, new).await.unwrap();
        Writer {
            user: who.user,
            jwt: secret.expose().to_owned(),
        }
    }
}

/// What asks for the publication's id.
pub const ITS_ID: &str = "{ publication(slug: \"press\") { id } }";

const BOUNDARY: &str = "a-boundary-that-nobody-writes";

/// A part of a form; a file has a name.
pub fn part(name: &str, file_name: Option<&str>, content: &[u8]) -> Vec<u8> {
    let file_name = file_name
        .map(|name| format!("; filename=\"{name}\""))
        .unwrap_or_default();
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

/// Code and field of the one thing that is wrong with an input.
#[track_caller]
pub fn problem(it: &Value) -> (String, Value) {
    let problems = it["userErrors"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{it}");
    (
        problems[0]["code"].as_str().unwrap().to_owned(),
        problems[0]["field"].clone(),
    )
}

pub fn signed(request: RequestBuilder, who: Option<&Writer>) -> RequestBuilder {
    match who {
        Some(who) => request.bearer_auth(&who.jwt),
        None => request,
    }
}
