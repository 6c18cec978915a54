//! The commands and queries of the documentation run as they are written.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::Gazette;
use crate::support::command::{Outcome, quoin};
use crate::support::server::TestServer;
use crate::support::site::{article, export};
use crate::support::visitor::{Visitor, person};

const README: &str = include_str!("../../README.md");
const SIGN_IN: &str = include_str!("../../docs/sign-in.md");
const ACCOUNTS: &str = include_str!("../../docs/accounts.md");

/// The code blocks of a page in a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("\n```{language}\n");
    let rest = page.split(&fence).skip(1);
    rest.map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// The commands of a page, as words.
fn commands(page: &str) -> Vec<Vec<String>> {
    let lines = blocks(page, "console").join("\n").replace("\\\n", " ");
    lines.lines().map(words).filter(|words| !words.is_empty()).collect()
}

/// The words of a command, of which quotes hold spaces.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote, mut is_word) = (vec![String::new()], None, false);
    for letter in line.split(" #").next().unwrap().chars() {
        match letter {
            _ if quote == Some(letter) => quote = None,
            '"' | '\'' if quote.is_none() => (quote, is_word) = (Some(letter), true),
            ' ' if quote.is_none() => {
                if std::mem::take(&mut is_word) {
                    words.push(String::new());
                }
            }
            letter => {
                words.last_mut().unwrap().push(letter);
                is_word = true;
            }
        }
    }
    if !is_word {
        words.pop();
    }
    words
}

/// What the reader of the README has at hand.
fn at_hand(folder: &Path) {
    std::fs::write(folder.join("export.xml"), export(&article(1, "Hello", ""))).unwrap();
    let ghost = json!({ "db": [{
        "meta": { "exported_on": 1, "version": "5.0.0" },
        "data": { "posts": [{ "id": "1", "title": "A post", "slug": "a-post", "html": "<p>Words</p>", "status": "published",
            "type": "post", "published_at": "2024-01-01T00:00:00.000Z" }], "users": [] },
    }] });
    std::fs::write(folder.join("site.ghost.json"), ghost.to_string()).unwrap();
    std::fs::create_dir_all(folder.join("path/to/site")).unwrap();
    std::fs::write(folder.join("path/to/site/one.md"), "---\ntitle: One\n---\nWords.\n").unwrap();
}

/// Runs `quoin serve` until it listens.
fn serve(folder: &Path, arguments: &[&str]) {
    let mut command = quoin(folder, &[arguments, &["--listen", "127.0.0.1:0"]].concat());
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let listens = log.lines().any(|line| line.unwrap().contains("\"listening\""));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(listens, "{arguments:?}");
}

#[tokio::test]
async fn the_commands_of_the_readme_succeed_one_after_the_other_on_an_empty_machine() {
    let folder = tempfile::tempdir().unwrap();
    at_hand(folder.path());
    let mut run = Vec::new();
    for command in commands(README) {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let arguments = match words.as_slice() {
            ["cargo", "run", "--release", "--", arguments @ ..] | ["quoin", arguments @ ..] => arguments,
            // They need servers of their own.
            ["curl" | "docker", ..] => continue,
            [variable, ..] if variable.starts_with("DATABASE_URL=") => continue,
            _ => panic!("a command of another kind: {words:?}"),
        };
        if arguments[0] == "serve" {
            serve(folder.path(), arguments);
        } else {
            Outcome::of(&mut quoin(folder.path(), arguments)).succeeded();
        }
        run.push(arguments.first().copied().unwrap_or_default().to_owned());
    }
    let expected = ["serve", "import", "serve", "import", "import", "user"];
    assert_eq!(run, expected);
}

/// What a server answers to a query of a bearer.
async fn ask(server: &TestServer, token: &str, query: &str) -> Value {
    let request = server.request(&json!({ "query": query })).bearer_auth(token);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_key_is_created_and_used_as_the_pages_say() {
    let server = TestServer::at_home().await;
    person(&server, "ann@example.com").await;
    let token = Visitor::at(&server).sign_in("ann@example.com").await;
    let asks = commands(SIGN_IN);
    let curl = asks.iter().find(|words| words[0] == "curl").unwrap();
    let data: Value = serde_json::from_str(curl.last().unwrap()).unwrap();
    for page in [SIGN_IN, ACCOUNTS] {
        let mutation = blocks(page, "graphql")
            .into_iter()
            .find(|query| query.contains("apiKeyCreate"));
        let mutation = mutation.unwrap();
        let answer = ask(&server, &token, mutation).await;
        let it = &answer["data"]["apiKeyCreate"];
        assert_eq!(it["userErrors"], json!([]), "{answer}");
        let key = it["secret"].as_str().unwrap();
        assert!(key.starts_with("qn_"), "{key}");
        let answer = ask(&server, key, data["query"].as_str().unwrap()).await;
        assert_eq!(answer["data"]["posts"]["totalCount"], 0, "{answer}");
        let refused = ask(&server, key, mutation).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    }
}

#[tokio::test]
async fn the_queries_of_the_readme_are_executed() {
    let gazette = Gazette::new().await;
    gazette.post("a", 1, |_| ()).await;
    let curl = commands(README).into_iter().find(|words| words[0] == "curl").unwrap();
    let data: Value = serde_json::from_str(curl.last().unwrap()).unwrap();
    for query in blocks(README, "graphql").into_iter().chain(data["query"].as_str()) {
        let answer = gazette.ask(query).await;
        assert_eq!(answer["posts"]["totalCount"], 1, "{answer}");
    }
}
