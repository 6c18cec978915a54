//! A browser as far as pages without scripts need one: it keeps cookies, sends forms, and follows nothing by itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::{LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

use entity::UserId;

use super::accounts::{SentLetter, account, hash};
use super::server::{TestServer, http_client};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// A browser, at one server.
pub struct Visitor {
    client: Client,
    base: String,
    pub cookies: Mutex<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub set_cookies: Vec<String>,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of a refusal in JSON.
    #[track_caller]
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().expect("a code").to_owned()
    }

    /// The parameters of where it leads.
    #[track_caller]
    pub fn query(&self) -> BTreeMap<String, String> {
        let location = self
            .location
            .as_deref()
            .unwrap_or_else(|| panic!("leads nowhere: {self:?}"));
        let (_, query) = location.split_once('?').unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The value of a hidden field.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let begin = format!("name=\"{name}\" value=\"");
        let (_, rest) = self
            .text
            .split_once(&begin)
            .unwrap_or_else(|| panic!("no {name}: {self:?}"));
        let value = rest.split('"').next().unwrap();
        value
            .replace("&#38;", "&")
            .replace("&amp;", "&")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
    }
}

impl Visitor {
    pub fn at(server: &TestServer) -> Self {
        Self::of(&server.url(""))
    }

    pub fn of(base: &str) -> Self {
        let client = http_client().redirect(Policy::none()).build().unwrap();
        Self {
            client,
            base: base.to_owned(),
            cookies: Mutex::default(),
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<_> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        let request = self.client.request(method, url);
        if cookies.is_empty() {
            request
        } else {
            request.header("Cookie", cookies.join("; "))
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response: Response = request.send().await.unwrap();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
        let set_cookies: Vec<_> = response.headers().get_all(SET_COOKIE).iter().map(text).collect();
        for cookie in &set_cookies {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer {
            status: response.status().as_u16(),
            location: response.headers().get(LOCATION).map(text),
            set_cookies,
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a form as it stands.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.request(Method::POST, path).form(fields)).await
    }

    /// Sends a form with the token of this browser.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.csrf().await;
        let mut fields = fields.to_vec();
        fields.push(("csrfToken", &token));
        self.post(path, &fields).await
    }

    /// Sends JSON as a script does that has the token of this browser.
    pub async fn call(&self, path: &str, body: &Value) -> Answer {
        let token = self.csrf().await;
        self.send(self.request(Method::POST, path).header("Quoin-CSRF", token).json(body))
            .await
    }

    pub async fn csrf(&self) -> String {
        self.get("/auth/csrf").await.json()["csrfToken"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Signs in with the password that everybody has, and gives the access token.
    pub async fn sign_in(&self, email: &str) -> String {
        let body = serde_json::json!({ "email": email, "password": PASSWORD });
        let answer = self.call("/auth/sign-in", &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["accessToken"].as_str().unwrap().to_owned()
    }
}

/// Makes an account with the password that everybody has.
pub async fn person(server: &TestServer, email: &str) -> UserId {
    let hash = hash(&server.accounts, PASSWORD).await;
    account(&server.accounts, email, Some(hash), false).await
}

/// The link in the newest letter to an address.
pub async fn link_to(server: &TestServer, email: &str) -> String {
    let text = newest_letter(server, email).await.expect("a letter");
    let link = text
        .split_whitespace()
        .find(|word| word.contains("token="))
        .expect("a link");
    link.to_owned()
}

/// The newest letter to an address.
pub async fn newest_letter(server: &TestServer, email: &str) -> Option<String> {
    let letters = SentLetter::all(&server.accounts, &server.outbox).await;
    let newest = letters.into_iter().rev().find(|letter| letter.to == email);
    newest.map(|letter| letter.text)
}
