//! A real OpenID provider, npm's certified `oidc-provider`, and somebody who signs in there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use quoin::provider::CallbackParameters;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response, Url, redirect};
use serde_json::{Value, json};

use super::server::http_client;

/// Who Quoin is at the provider.
pub const CLIENT_ID: &str = "quoin";
/// How it proves that.
pub const CLIENT_SECRET: &str = "a secret of the client";
/// For whom its JWT access tokens are.
pub const RESOURCE: &str = "https://api.quoin.test";

/// A provider that ends when it is dropped.
pub struct OpenIdProvider {
    pub issuer: String,
    process: Child,
}

impl OpenIdProvider {
    /// Where Quoin's callback stands under this name.
    pub fn start(callback: &str) -> Self {
        Self::with(callback, &json!({}))
    }

    /// With more options of `provider.mjs`.
    pub fn with(callback: &str, more: &Value) -> Self {
        let mut options = json!({
            "resource": RESOURCE,
            "clients": [{
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "redirect_uris": [callback],
                "grant_types": ["authorization_code", "client_credentials"],
            }],
        });
        options
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("script/clients");
        assert!(
            clients.join("node_modules/oidc-provider").exists(),
            "this test needs the OpenID provider: npm ci --prefix script/clients"
        );
        let mut process = Command::new("node")
            .arg(clients.join("openid/provider.mjs"))
            .arg(options.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node");
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line).expect("the provider's line of JSON");
        let issuer = started["issuer"].as_str().unwrap().to_owned();
        Self { issuer, process }
    }

    /// What a person brings back who signs in with this login and consents. `url` is what `begin` gave.
    pub async fn sign_in(&self, url: &Url, login: &str) -> CallbackParameters {
        self.walk(url, Some(login)).await
    }

    /// What a person brings back who does not want to.
    pub async fn refuse(&self, url: &Url) -> CallbackParameters {
        self.walk(url, None).await
    }

    /// A JWT access token for a program.
    pub async fn access_token(&self, scope: &str) -> String {
        let request = Client::new()
            .post(format!("{}/token", self.issuer))
            .basic_auth(encoded(CLIENT_ID), Some(encoded(CLIENT_SECRET)));
        let form = [
            ("grant_type", "client_credentials"),
            ("resource", RESOURCE),
            ("scope", scope),
        ];
        let answer: Value = request.form(&form).send().await.unwrap().json().await.unwrap();
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// The public keys.
    pub async fn keys(&self) -> Value {
        let answer = reqwest::get(format!("{}/jwks", self.issuer)).await.unwrap();
        answer.json().await.unwrap()
    }

    async fn walk(&self, url: &Url, login: Option<&str>) -> CallbackParameters {
        let mut browser = Browser::default();
        let mut answer = browser.send(browser.client.get(url.clone())).await;
        // Sign-in and consent, with redirects between them.
        for _ in 0..20 {
            if let Some(location) = answer.headers().get(LOCATION) {
                let location = answer.url().join(location.to_str().unwrap()).unwrap();
                if !location.as_str().starts_with(&self.issuer) {
                    return parameters(&location);
                }
                answer = browser.send(browser.client.get(location)).await;
                continue;
            }
            let page = answer.text().await.unwrap();
            let action = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
            let action = action.unwrap_or_else(|| panic!("a page without a form: {page}"));
            let action = Url::parse(&self.issuer).unwrap().join(action).unwrap();
            let request = match login {
                None => browser.client.get(format!("{action}/abort")),
                Some(login) if page.contains("name=\"login\"") => {
                    browser
                        .client
                        .post(action)
                        .form(&[("prompt", "login"), ("login", login), ("password", "any")])
                }
                Some(_) => browser.client.post(action).form(&[("prompt", "consent")]),
            };
            answer = browser.send(request).await;
        }
        panic!("the provider leads nowhere");
    }
}

impl Drop for OpenIdProvider {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser as far as a sign-in needs one: it keeps cookies, and is told where to go.
struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Default for Browser {
    fn default() -> Self {
        Self {
            client: http_client().redirect(redirect::Policy::none()).build().unwrap(),
            cookies: BTreeMap::new(),
        }
    }
}

impl Browser {
    async fn send(&mut self, request: RequestBuilder) -> Response {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}

/// What an address brings back.
pub fn parameters(url: &Url) -> CallbackParameters {
    let value = |name: &str| {
        let pair = url.query_pairs().find(|(other, _)| other == name);
        pair.map(|(_, value)| value.into_owned())
    };
    CallbackParameters {
        state: value("state"),
        code: value("code"),
        iss: value("iss"),
        error: value("error"),
        error_description: value("error_description"),
    }
}

/// As RFC 6749, section 2.3.1, wants names and passwords.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
