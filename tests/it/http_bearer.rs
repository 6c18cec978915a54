//! Bearer tokens at the API: good ones are known, all others are refused in the standard's words.

use chrono::Utc;
use entity::SessionId;
use quoin::domain::api_key::{self, NewApiKey};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::session::Device;
use quoin::domain::{Actor, Credential, Viewer, account};
use quoin::limit::Quota;
use quoin::token::{AccessClaims, Algorithm, Keyring, SigningKey};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::server::{TestServer, refusal};
use crate::support::visitor::{PASSWORD, Visitor, person};

const EMAIL: &str = "ann@quoin.test";

fn claims(server: &TestServer) -> AccessClaims {
    let (issuer, now) = (server.accounts.settings.issuer().to_owned(), Utc::now().timestamp());
    AccessClaims {
        iss: issuer.clone(),
        aud: issuer,
        sub: Uuid::now_v7().to_string(),
        client_id: "quoin".into(),
        scope: "read".into(),
        jti: Uuid::now_v7(),
        iat: now,
        exp: now + 60,
        sid: Some(SessionId::new()),
        auth_time: Some(now),
    }
}

/// Asks with a token: status, code, challenge.
async fn ask(server: &TestServer, token: &str) -> (u16, String, String) {
    let answer = server
        .request(&json!({ "query": "{ __typename }" }))
        .header("Authorization", format!("Bearer {token}"))
        .send()
        .await
        .unwrap();
    let challenge = answer
        .headers()
        .get("www-authenticate")
        .map(|value| value.to_str().unwrap().to_owned());
    if answer.status() == 200 {
        return (200, String::new(), String::new());
    }
    let (status, code, _) = refusal(answer).await;
    (status, code, challenge.unwrap_or_default())
}

#[tokio::test]
async fn a_good_token_is_taken_and_an_expired_one_says_so() {
    let server = TestServer::start().await;
    let ring = server.accounts.keys.ring();
    let good = ring.sign_access(&claims(&server)).unwrap();
    assert_eq!(ask(&server, &good).await.0, 200);
    let mut old = claims(&server);
    old.exp = old.iat - 60;
    let (status, code, challenge) = ask(&server, &ring.sign_access(&old).unwrap()).await;
    assert_eq!((status, &*code), (401, "TOKEN_EXPIRED"));
    assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{challenge}");
}

#[tokio::test]
async fn a_bad_token_is_refused_and_not_taken_for_nobody() {
    let server = TestServer::start().await;
    let good = server.accounts.keys.ring().sign_access(&claims(&server)).unwrap();
    let document = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let foreign = Keyring::new(
        SigningKey::new(entity::SigningKeyId::new(), Algorithm::EdDsa, &document),
        &[],
    )
    .unwrap();
    let mut elsewhere = claims(&server);
    elsewhere.aud = "https://elsewhere.test".into();
    let ring = server.accounts.keys.ring();
    for token in [
        String::new(),
        "x".to_owned(),
        good[..good.len() - 3].to_owned(),
        format!("{good}x"),
        foreign.sign_access(&claims(&server)).unwrap(),
        ring.sign_access(&elsewhere).unwrap(),
        "qn_".to_owned(),
        format!("qn_{}_{}", Uuid::now_v7().simple(), "a".repeat(43)),
        "a".repeat(7_000),
    ] {
        let (status, code, _) = ask(&server, &token).await;
        assert_eq!((status, &*code), (401, "UNAUTHENTICATED"), "{token}");
    }
}

#[tokio::test]
async fn a_request_with_an_unreadable_authorization_is_refused_and_not_anonymous() {
    let server = TestServer::start().await;
    let good = server.accounts.keys.ring().sign_access(&claims(&server)).unwrap();
    let malformed = "Bearer error=\"invalid_token\", error_description=\"The token is malformed.\"";
    for (header, challenge) in [
        ("Bearer \u{e9}".as_bytes(), malformed),
        (b"Bearer \xff", malformed),
        (b"bearer x y", malformed),
        (b"Bearer", "Bearer"),
        (b"", "Bearer"),
        (good.as_bytes(), "Bearer"),
        (b"\xe9", "Bearer"),
        (b"Basic dXNlcjpwYXNzd29yZA==", "Bearer"),
        (b"Bearer\tx", "Bearer"),
    ] {
        let value = reqwest::header::HeaderValue::from_bytes(header).unwrap();
        let query = server.request(&json!({ "query": "{ __typename }" }));
        let userinfo = server.client.get(server.url("/oauth/userinfo"));
        for request in [query, userinfo] {
            let answer = request.header("Authorization", value.clone()).send().await.unwrap();
            assert_eq!(answer.status(), 401, "{value:?}");
            assert_eq!(answer.headers()["www-authenticate"], challenge, "{value:?}");
        }
    }
    let twice = server.request(&json!({ "query": "{ __typename }" }));
    let twice = twice.header("Authorization", format!("Bearer {good}"));
    let answer = twice.header("Authorization", "Bearer x").send().await.unwrap();
    assert_eq!(answer.status(), 401, "two tokens are none");
}

#[tokio::test]
async fn a_token_in_the_address_is_nobodys() {
    let server = TestServer::start().await;
    let answer = server
        .client
        .get(server.url("/graphql?query={__typename}&access_token=x"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "it is not looked at");
}

#[tokio::test]
async fn the_tokens_of_a_disabled_account_work_no_longer() {
    let server = TestServer::at_home().await;
    let user = person(&server, EMAIL).await;
    let token = Visitor::at(&server).sign_in(EMAIL).await;
    assert_eq!(ask(&server, &token).await.0, 200);
    account::disable(&server.accounts, Viewer::Operator, user)
        .await
        .unwrap();
    assert_eq!(ask(&server, &token).await.0, 401);
    let credentials = account::SignIn {
        email: EMAIL.into(),
        password: PASSWORD.into(),
    };
    let refused = account::sign_in(&server.accounts, credentials, &Device::default()).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn accounts_are_limited_apart_from_their_address() {
    let server = TestServer::at_home_with(
        |settings| settings.limits.requests = quoin::limit::Quota::per_minute("requests", 8),
        |_| None,
    )
    .await;
    person(&server, EMAIL).await;
    let token = Visitor::at(&server).sign_in(EMAIL).await;
    let mut statuses: Vec<u16> = Vec::new();
    for _ in 0..8 {
        statuses.push(server.query("{ __typename }").await.status().as_u16());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(ask(&server, &token).await.0, 200, "an account has a bucket of its own");
    let body: Value = server.query("{ __typename }").await.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "RATE_LIMITED");
}

#[tokio::test]
async fn all_sessions_and_keys_of_an_account_share_one_limit() {
    let server = TestServer::at_home_with(
        |settings| settings.limits.requests = Quota::per_hour("requests", 6),
        |_| None,
    )
    .await;
    let user = person(&server, EMAIL).await;
    // Two requests of the address for each sign-in.
    let sessions = [
        Visitor::at(&server).sign_in(EMAIL).await,
        Visitor::at(&server).sign_in(EMAIL).await,
    ];
    let viewer = Viewer::User(Actor {
        user,
        scopes: Scopes::ALL,
        credential: Credential::Session(SessionId::new()),
    });
    let mut tokens = sessions.to_vec();
    for name in ["one", "other"] {
        let new = NewApiKey {
            name: name.to_owned(),
            scopes: Scopes::from_iter([Scope::Read]),
            expires_at: None,
        };
        let (_, key) = api_key::create(&server.accounts, viewer, new).await.unwrap();
        tokens.push(key.expose().to_owned());
    }
    let mut statuses = Vec::new();
    for token in tokens.iter().cycle().take(10) {
        statuses.push(ask(&server, token).await.0);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 429, 429, 429, 429]);
}
