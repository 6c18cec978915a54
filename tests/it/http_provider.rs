//! People sign in at Quoin with an outside provider, a real one, over HTTP and in a real browser.

use quoin::domain::Viewer;
use quoin::domain::oauth_client::{self, GrantType, NewClient};
use quoin::domain::scope::Scopes;
use quoin::domain::session::client_name;
use quoin::domain::user;
use quoin::provider::{CallbackParameters, ClientSecret, ProviderKind, ProviderOptions, ProviderSettings, Providers};
use quoin::token::digest;
use reqwest::Url;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::browser::browse;
use crate::support::openid::{CLIENT_ID, CLIENT_SECRET, OpenIdProvider};
use crate::support::server::TestServer;
use crate::support::visitor::{Answer, Visitor, person};

/// Quoin with the provider "acme".
async fn site() -> (TestServer, OpenIdProvider) {
    let mut started = None;
    let server = TestServer::at_home_with(
        |_| (),
        |home| {
            let callback = home.join("/auth/oauth/acme/callback").unwrap();
            let provider = started.insert(OpenIdProvider::start(callback.as_str()));
            Some(providers(home, &provider.issuer))
        },
    )
    .await;
    (server, started.unwrap())
}

fn providers(home: &Url, issuer: &str) -> Providers {
    let settings = ProviderSettings {
        name: "acme".to_owned(),
        kind: ProviderKind::OpenId {
            issuer: issuer.to_owned(),
        },
        client_id: CLIENT_ID.to_owned(),
        client_secret: ClientSecret::new(CLIENT_SECRET.to_owned()),
        label: "Acme".to_owned(),
    };
    let options = ProviderOptions {
        callback_base: home.clone(),
        allow_private_addresses: true,
        timeout: std::time::Duration::from_secs(10),
    };
    Providers::new([settings], &options).unwrap()
}

/// Goes to the provider, and comes back with what it gave.
async fn walk(visitor: &Visitor, provider: &OpenIdProvider, login: &str, begin: &str) -> String {
    let away = visitor.get(begin).await;
    assert_eq!(away.status, 303, "{away:?}");
    let url: Url = away.location.unwrap().parse().unwrap();
    path(&provider.sign_in(&url, login).await)
}

/// The callback with its parameters.
fn path(back: &CallbackParameters) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let given = [
        ("state", &back.state),
        ("code", &back.code),
        ("iss", &back.iss),
        ("error", &back.error),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    format!("/auth/oauth/acme/callback?{}", query.finish())
}

#[track_caller]
fn refused(answer: &Answer, status: u16, text: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(answer.text.contains(text), "{}", answer.text);
    assert!(
        answer.set_cookies.iter().all(|cookie| !cookie.contains("session")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_person_comes_back_from_the_provider_signed_in() {
    let (server, provider) = site().await;
    let ada = Visitor::at(&server);
    let page = ada.get("/auth/sign-in?returnTo=/graphql").await;
    assert!(
        page.text.contains("/auth/oauth/acme?returnTo=%2Fgraphql"),
        "{}",
        page.text
    );
    let back = walk(&ada, &provider, "ada", "/auth/oauth/acme?returnTo=/graphql").await;
    let answer = ada.get(&back).await;
    assert_eq!(
        (answer.status, answer.location.as_deref()),
        (303, Some("/graphql")),
        "{answer:?}"
    );
    assert!(
        ada.get("/auth/account")
            .await
            .text
            .contains("signed in as Ada Lovelace")
    );
    let again = Visitor::at(&server);
    let back = walk(&again, &provider, "ada", "/auth/oauth/acme").await;
    assert_eq!(again.get(&back).await.status, 303, "the same account");
    assert_eq!(
        user::by_email(server.store.read(), "ada@example.com")
            .await
            .unwrap()
            .iter()
            .count(),
        1
    );
}

#[tokio::test]
async fn a_state_is_good_once_and_in_its_own_browser() {
    let (server, provider) = site().await;
    let ada = Visitor::at(&server);
    let back = walk(&ada, &provider, "ada", "/auth/oauth/acme").await;
    assert_eq!(ada.get(&back).await.status, 303);
    refused(&ada.get(&back).await, 400, "finished already");

    let back = walk(&ada, &provider, "ada", "/auth/oauth/acme").await;
    let mallory = Visitor::at(&server);
    mallory.get("/auth/sign-in").await;
    refused(&mallory.get(&back).await, 400, "another browser");
    refused(&ada.get(&back).await, 400, "finished already");
    for odd in [
        "",
        "?state=",
        "?state=x&code=y",
        "?state=a&state=b",
        "?error=server_error",
    ] {
        refused(
            &ada.get(&format!("/auth/oauth/acme/callback{odd}")).await,
            400,
            "You were not signed in",
        );
    }
}

#[tokio::test]
async fn who_says_no_at_the_provider_is_told_so_on_a_page() {
    let (server, provider) = site().await;
    let visitor = Visitor::at(&server);
    let url: Url = visitor.get("/auth/oauth/acme").await.location.unwrap().parse().unwrap();
    let back = path(&provider.refuse(&url).await);
    refused(&visitor.get(&back).await, 400, "refused at the provider");
    assert_eq!(visitor.get("/auth/oauth/nobody").await.status, 404);
    // From another provider than was asked (RFC 9207).
    let url: Url = visitor.get("/auth/oauth/acme").await.location.unwrap().parse().unwrap();
    let mut back = provider.sign_in(&url, "ada").await;
    back.iss = Some("https://evil.example".into());
    assert_eq!(visitor.get(&path(&back)).await.status, 502);
}

#[tokio::test]
async fn a_provider_that_is_gone_is_a_clear_page() {
    let (server, provider) = site().await;
    drop(provider);
    refused(
        &Visitor::at(&server).get("/auth/oauth/acme").await,
        502,
        "cannot be reached",
    );
}

#[tokio::test]
async fn an_identity_opens_the_account_with_its_verified_address_alone() {
    let (server, provider) = site().await;
    let ada = person(&server, "ada@example.com").await;
    let visitor = Visitor::at(&server);
    let back = walk(&visitor, &provider, "ada", "/auth/oauth/acme").await;
    assert_eq!(visitor.get(&back).await.status, 303);
    assert!(visitor.get("/auth/account").await.text.contains("signed in as ADA"));
    assert_eq!(
        user::by_email(server.store.read(), "ada@example.com").await.unwrap(),
        Some(ada)
    );

    // Bob's address is not verified there, and Eve has none.
    person(&server, "bob@example.com").await;
    for login in ["bob", "eve"] {
        let stranger = Visitor::at(&server);
        let back = walk(&stranger, &provider, login, "/auth/oauth/acme").await;
        refused(&stranger.get(&back).await, 403, "does not vouch");
    }
    // From his session Bob links it nevertheless, and signs in with it from then on.
    let bob = Visitor::at(&server);
    bob.sign_in("bob@example.com").await;
    let away = bob.submit("/auth/oauth/acme", &[]).await;
    let url: Url = away.location.unwrap().parse().unwrap();
    let back = path(&provider.sign_in(&url, "bob").await);
    assert_eq!(bob.get(&back).await.status, 303);
    let elsewhere = Visitor::at(&server);
    let back = walk(&elsewhere, &provider, "bob", "/auth/oauth/acme").await;
    assert_eq!(elsewhere.get(&back).await.status, 303);
    assert!(elsewhere.get("/auth/account").await.text.contains("signed in as BOB"));
    // What is Bob's cannot become somebody else's.
    let ada = Visitor::at(&server);
    ada.sign_in("ada@example.com").await;
    let away = ada.submit("/auth/oauth/acme", &[]).await;
    let url: Url = away.location.unwrap().parse().unwrap();
    let back = path(&provider.sign_in(&url, "bob").await);
    refused(&ada.get(&back).await, 403, "another account");
}

/// An application's page to which people come back: whatever is asked, it answers with one sentence.
async fn application() -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/callback", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 8_192];
            let _ = stream.read(&mut request).await;
            let page = "<!doctype html><title>App</title><link rel=icon href=data:,>The application has you back.";
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, serving)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_at_a_real_browser_signs_in_consents_and_lands_back_signed_in() {
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let (server, _provider) = site().await;
    let (callback, application) = application().await;
    let new = NewClient {
        name: "The App".into(),
        is_confidential: false,
        redirect_uris: vec![callback.clone()],
        scopes: Scopes::parse("openid profile read").unwrap(),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        is_trusted: false,
    };
    let transaction = server.accounts.store.write().await.unwrap();
    let (client, _) = oauth_client::create(&transaction, Viewer::Operator, new).await.unwrap();
    transaction.commit().await.unwrap();
    let client_id = client_name(client.id);
    let mut address: Url = server.url("/oauth/authorize").parse().unwrap();
    address.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", &client_id),
        ("redirect_uri", &callback),
        ("scope", "openid profile read"),
        ("state", "the-state"),
        ("code_challenge", digest(VERIFIER).expose()),
        ("code_challenge_method", "S256"),
    ]);
    let seen = browse("sign-in.mjs", vec![address.to_string()]).await;
    assert_eq!(
        seen["titles"],
        json!(["Sign in", "Let an application in", "Your account"]),
        "{seen:#}"
    );
    assert_eq!(seen["problems"], json!([]), "{seen:#}");
    assert!(seen["asked"].as_str().unwrap().contains("The App wants to"), "{seen:#}");
    assert!(
        seen["account"].as_str().unwrap().contains("signed in as Ada Lovelace"),
        "{seen:#}"
    );
    for cookie in seen["cookies"].as_array().unwrap() {
        assert_eq!(
            (&cookie["httpOnly"], &cookie["sameSite"]),
            (&json!(true), &json!("Lax")),
            "{cookie}"
        );
    }
    let end: Url = seen["end"].as_str().unwrap().parse().unwrap();
    let back: std::collections::BTreeMap<_, _> = end.query_pairs().into_owned().collect();
    assert!(end.as_str().starts_with(&callback));
    assert_eq!(back["state"], "the-state");
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*back["code"]),
        ("redirect_uri", &callback),
        ("code_verifier", VERIFIER),
        ("client_id", &client_id),
    ];
    let granted = Visitor::at(&server).post("/oauth/token", &fields).await;
    assert_eq!(granted.status, 200, "{granted:?}");
    application.abort();
}
