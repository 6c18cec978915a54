//! Bearer tokens at the API: good ones are known, all others are refused in the standard's words.

use chrono::Utc;
use entity::SessionId;
use quoin::domain::account;
use quoin::domain::{Viewer, session::Device};
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
