//! A process whose SQLite database lies on a disk that fails for a while.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::command::{Outcome, quoin};
use crate::support::server::http_client;
use crate::support::serving::Serving;

const ENOSPC: &str = "28";
const EIO: &str = "5";

/// Compiles what makes writes to the database fail.
fn failing_disk(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/failing_disk.c");
    let library = folder.join("failing_disk.so");
    let mut compiler = Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(source);
    Outcome::of(compiler.arg("-ldl")).succeeded();
    library
}

/// An editor, over HTTP.
struct Client {
    http: reqwest::Client,
    address: String,
    token: String,
    publication: String,
}

impl Client {
    /// With an account and a publication of its own.
    async fn new(folder: &Path, address: String) -> Self {
        let create = ["user", "create", "ann@example.com", "--name", "Ann", "--administrator"];
        let printed = Outcome::of(&mut quoin(folder, &create)).succeeded();
        let (_, token) = printed.trim().rsplit_once("token=").unwrap();
        let token: String = token.split_whitespace().next().unwrap().to_owned();
        let mut client = Self {
            http: http_client().build().unwrap(),
            address,
            token: String::new(),
            publication: String::new(),
        };
        let password = json!({ "token": token, "password": "a long story about printing" });
        let session = client.post("/auth/reset-password", &password).await;
        session["accessToken"].as_str().unwrap().clone_into(&mut client.token);
        let input = json!({ "title": "Gazette" });
        let made = client
            .act(
                "publicationCreate",
                "PublicationCreateInput",
                "publication { id }",
                &input,
            )
            .await;
        let id = &made["data"]["publicationCreate"]["publication"]["id"];
        id.as_str().unwrap().clone_into(&mut client.publication);
        client
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("http://{}{path}", self.address)).json(body);
        let request = if self.token.is_empty() {
            request
        } else {
            request.bearer_auth(&self.token)
        };
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn act(&self, name: &str, kind: &str, fields: &str, input: &Value) -> Value {
        let query =
            format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} userErrors {{ message }} }} }}");
        let body = json!({ "query": query, "variables": { "input": input } });
        self.post("/graphql", &body).await
    }

    /// The id of a new post, or the code of the error.
    async fn create(&self, title: &str) -> Result<String, String> {
        let input = json!({ "publicationId": self.publication, "title": title, "bodySource": "Words. ".repeat(2_000) });
        let answer = self.act("postCreate", "PostCreateInput", "post { id }", &input).await;
        match answer["data"]["postCreate"]["post"]["id"].as_str() {
            Some(id) => Ok(id.to_owned()),
            None => Err(code(&answer)),
        }
    }

    /// Begins a write that is rolled back.
    async fn refused_update(&self, id: &str) -> String {
        let input = json!({ "id": id, "title": "Refused", "expectedVersion": 999 });
        code(&self.act("postUpdate", "PostUpdateInput", "post { id }", &input).await)
    }

    async fn has(&self, id: &str) -> bool {
        let body = json!({ "query": "query($id: ID!) { node(id: $id) { id } }", "variables": { "id": id } });
        self.post("/graphql", &body).await["data"]["node"]["id"] == id
    }

    async fn ready(&self) -> u16 {
        let ready = self.http.get(format!("http://{}/health/ready", self.address)).send();
        ready.await.unwrap().status().as_u16()
    }
}

fn code(answer: &Value) -> String {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

#[tokio::test]
async fn a_disk_that_fails_for_a_while_loses_nothing_that_was_acknowledged() {
    for fault in [ENOSPC, EIO] {
        let folder = tempfile::tempdir().unwrap();
        let (library, control) = (failing_disk(folder.path()), folder.path().join("fault"));
        // Tokens name the issuer, which must not change with the port.
        let base_url = ("QUOIN_BASE_URL", "http://127.0.0.1:8080");
        let preload = [
            base_url,
            ("LD_PRELOAD", library.to_str().unwrap()),
            ("FAILING_DISK", control.to_str().unwrap()),
        ];
        let mut serving = Serving::start(folder.path(), &preload);
        let address = serving.address();
        let mut client = Client::new(folder.path(), address).await;
        let mut acknowledged = vec![client.create("Before").await.unwrap()];

        std::fs::write(&control, fault).unwrap();
        for number in 0..20 {
            assert_eq!(
                client.create(&format!("Lost {number}")).await.unwrap_err(),
                "UNAVAILABLE",
                "{fault}"
            );
        }
        assert_eq!(client.ready().await, 503, "{fault}");
        assert!(client.has(&acknowledged[0]).await, "reading goes on");
        let sign_in = json!({ "email": "ann@example.com", "password": "a long story about printing" });
        let refused = client.post("/auth/sign-in", &sign_in).await;
        assert_eq!(refused["error"]["code"], "UNAVAILABLE", "{refused}");

        std::fs::remove_file(&control).unwrap();
        assert_eq!(client.ready().await, 200, "{fault}");
        for number in 0..20 {
            let id = client.create(&format!("After {number}")).await.unwrap();
            assert_eq!(client.refused_update(&id).await, "CONFLICT", "{fault}");
            for _ in 0..3 {
                assert!(client.has(&id).await, "{fault}: whichever connection reads");
            }
            acknowledged.push(id);
        }

        serving.kill();
        let mut serving = Serving::start(folder.path(), &[base_url]);
        client.address = serving.address();
        for id in acknowledged {
            assert!(client.has(&id).await, "{fault}");
        }
    }
}
