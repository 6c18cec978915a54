//! Quoin as an authorization server: applications are let in, exactly as far as people let them.

use std::collections::BTreeMap;

use quoin::domain::Viewer;
use quoin::domain::oauth_client::{self, GrantType, NewClient};
use quoin::domain::scope::Scopes;
use quoin::domain::session::client_name;
use quoin::http::{CacheSettings, HttpSettings};
use quoin::token::{Secret, digest};
use reqwest::{Method, RequestBuilder};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::support::server::TestServer;
use crate::support::visitor::{Answer, PASSWORD, Visitor, person};

const EMAIL: &str = "ann@quoin.test";
const CALLBACK: &str = "https://app.example/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An application, and what it sends to prove that it is it.
struct App {
    id: String,
    secret: Option<Secret>,
}

/// Registers an application.
async fn app(server: &TestServer, change: impl FnOnce(&mut NewClient)) -> App {
    let mut new = NewClient {
        name: "The App".into(),
        is_confidential: true,
        redirect_uris: vec![CALLBACK.into()],
        scopes: Scopes::parse("openid profile email read write offline_access").unwrap(),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        is_trusted: false,
    };
    change(&mut new);
    let transaction = server.accounts.store.write().await.unwrap();
    let (client, secret) = oauth_client::create(&transaction, Viewer::Operator, new).await.unwrap();
    transaction.commit().await.unwrap();
    App {
        id: client_name(client.id),
        secret,
    }
}

impl App {
    /// The address to which it sends people, with some parameters changed; an empty one is left out.
    fn authorize(&self, changes: &[(&str, &str)]) -> String {
        let challenge = digest(VERIFIER);
        let mut parameters = BTreeMap::from([
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile email read"),
            ("state", "a b&c"),
            ("nonce", "n-0S6"),
            ("code_challenge", challenge.expose()),
            ("code_challenge_method", "S256"),
        ]);
        parameters.extend(changes.iter().copied());
        parameters.retain(|_, value| !value.is_empty());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        format!("/oauth/authorize?{}", query.finish())
    }

    /// Sends a form with its id and secret in the body.
    async fn post(&self, server: &TestServer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        fields.push(("client_id", &self.id));
        if let Some(secret) = &self.secret {
            fields.push(("client_secret", secret.expose()));
        }
        Visitor::at(server).post(path, &fields).await
    }

    /// Exchanges a code as it should be done, with some fields changed.
    async fn exchange(&self, server: &TestServer, code: &str, changes: &[(&str, &str)]) -> Answer {
        let mut fields = BTreeMap::from([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ]);
        fields.extend(changes.iter().copied());
        let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        self.post(server, "/oauth/token", &fields).await
    }

    async fn refresh(&self, server: &TestServer, token: &str) -> Answer {
        self.post(
            server,
            "/oauth/token",
            &[("grant_type", "refresh_token"), ("refresh_token", token)],
        )
        .await
    }
}

/// Ann, signed in at a browser.
async fn ann(server: &TestServer) -> Visitor {
    person(server, EMAIL).await;
    let ann = Visitor::at(server);
    ann.sign_in(EMAIL).await;
    ann
}

/// Ann lets the application in.
async fn consent(ann: &Visitor, app: &App, changes: &[(&str, &str)]) -> String {
    let page = ann.get(&app.authorize(changes)).await;
    assert_eq!(page.status, 200, "{page:?}");
    let fields = [
        ("request", &*page.hidden("request")),
        ("csrfToken", &*page.hidden("csrfToken")),
        ("decision", "allow"),
    ];
    let answer = ann.post("/oauth/authorize", &fields).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    answer.query()["code"].clone()
}

fn error(answer: &Answer) -> (u16, String) {
    (
        answer.status,
        answer.json()["error"].as_str().unwrap_or_default().to_owned(),
    )
}

async fn asks_graphql(server: &TestServer, token: &str) -> u16 {
    let request = server.request(&json!({ "query": "{ __typename }" })).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

/// The claims of a token, its signature checked with the published keys as any client does.
async fn claims(server: &TestServer, token: &str, audience: &str) -> Value {
    let keys = Visitor::at(server).get("/.well-known/jwks.json").await.json();
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(header.alg);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[server.accounts.settings.issuer()]);
    jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn a_person_signs_in_consents_and_the_application_knows_them() {
    let server = TestServer::at_home().await;
    let user = person(&server, EMAIL).await;
    let app = app(&server, |_| ()).await;
    let ann = Visitor::at(&server);
    let wanted = app.authorize(&[]);
    let first = ann.get(&wanted).await;
    let onward = first.query()["returnTo"].clone();
    assert!(first.location.unwrap().starts_with("/auth/sign-in?"));
    let signed_in = ann
        .submit(
            "/auth/sign-in",
            &[("email", EMAIL), ("password", PASSWORD), ("returnTo", &onward)],
        )
        .await;
    assert_eq!(signed_in.location.as_deref(), Some(onward.as_str()));
    let page = ann.get(&onward).await;
    assert!(
        page.text.contains("The App wants to") && page.text.contains("know your e-mail address"),
        "{}",
        page.text
    );
    let code = consent(&ann, &app, &[]).await;
    let granted = app.exchange(&server, &code, &[]).await;
    assert_eq!(granted.status, 200, "{granted:?}");
    assert_eq!(granted.headers["cache-control"], "no-store");
    let granted = granted.json();
    assert_eq!(granted["token_type"], "Bearer");
    assert_eq!(granted["scope"], "read openid profile email");

    let access = claims(
        &server,
        granted["access_token"].as_str().unwrap(),
        server.accounts.settings.issuer(),
    )
    .await;
    assert_eq!(
        (&access["sub"], &access["client_id"]),
        (&json!(user.to_string()), &json!(app.id))
    );
    let lifetime = access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap();
    assert!((1..=900).contains(&lifetime));
    assert!(access["jti"].is_string());
    let id = claims(&server, granted["id_token"].as_str().unwrap(), &app.id).await;
    assert_eq!(
        (
            &id["sub"],
            &id["nonce"],
            &id["email"],
            &id["email_verified"],
            &id["name"]
        ),
        (
            &json!(user.to_string()),
            &json!("n-0S6"),
            &json!(EMAIL),
            &json!(true),
            &json!("ANN")
        )
    );
    let request = ann
        .request(Method::GET, "/oauth/userinfo")
        .bearer_auth(granted["access_token"].as_str().unwrap());
    let told = ann.send(request).await.json();
    assert_eq!(
        (&told["sub"], &told["email"]),
        (&json!(user.to_string()), &json!(EMAIL))
    );

    // The next time nobody is asked, unless for more.
    let again = ann.get(&wanted).await;
    assert_eq!(again.status, 303);
    let query = again.query();
    assert!(again.location.unwrap().starts_with(CALLBACK));
    assert_eq!(
        (&*query["state"], &*query["iss"]),
        ("a b&c", server.accounts.settings.issuer())
    );
    assert_eq!(ann.get(&app.authorize(&[("scope", "openid write")])).await.status, 200);
    assert_eq!(ann.get(&app.authorize(&[("prompt", "consent")])).await.status, 200);
}

#[tokio::test]
async fn a_code_is_good_once_and_its_replay_ends_what_it_gave() {
    let server = TestServer::at_home().await;
    let (ann, app) = (ann(&server).await, app(&server, |_| ()).await);
    let code = consent(&ann, &app, &[]).await;
    let granted = app.exchange(&server, &code, &[]).await.json();
    let access = granted["access_token"].as_str().unwrap();
    assert_eq!(asks_graphql(&server, access).await, 200);
    assert_eq!(
        error(&app.exchange(&server, &code, &[]).await),
        (400, "invalid_grant".into())
    );
    assert_eq!(asks_graphql(&server, access).await, 401);
    let refresh = granted["refresh_token"].as_str().unwrap();
    assert_eq!(
        error(&app.refresh(&server, refresh).await),
        (400, "invalid_grant".into())
    );
}

#[tokio::test]
async fn a_code_needs_its_verifier_its_address_and_its_application() {
    let server = TestServer::at_home().await;
    let (ann, app) = (ann(&server).await, app(&server, |_| ()).await);
    let other = self::app(&server, |_| ()).await;
    for changes in [
        &[("code_verifier", "another-verifier-of-the-right-length-0123456789")][..],
        &[("code_verifier", "short")],
        &[("redirect_uri", "https://app.example/callback2")],
        &[("code", "unknown")],
    ] {
        let code = consent(&ann, &app, &[("prompt", "consent")]).await;
        assert_eq!(
            error(&app.exchange(&server, &code, changes).await),
            (400, "invalid_grant".into()),
            "{changes:?}"
        );
        if changes[0].0 == "code_verifier" {
            // Nobody may try verifiers: the code is used up.
            assert_eq!(app.exchange(&server, &code, &[]).await.status, 400);
        }
    }
    let code = consent(&ann, &app, &[("prompt", "consent")]).await;
    assert_eq!(
        error(&other.exchange(&server, &code, &[]).await),
        (400, "invalid_grant".into())
    );
    assert_eq!(
        error(&app.exchange(&server, &code, &[("code_verifier", "")]).await),
        (400, "invalid_request".into())
    );
    let old = "UPDATE authorization_code SET created_at = '2020-01-01T00:00:00+00:00'";
    server.store.read().execute_unprepared(old).await.unwrap();
    assert_eq!(
        error(&app.exchange(&server, &code, &[]).await),
        (400, "invalid_grant".into())
    );
}

#[tokio::test]
async fn a_refresh_token_changes_with_every_use_and_its_replay_ends_the_family() {
    let server = TestServer::at_home().await;
    let (ann, app) = (ann(&server).await, app(&server, |_| ()).await);
    let code = consent(&ann, &app, &[]).await;
    let first = app.exchange(&server, &code, &[]).await.json()["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let second = app.refresh(&server, &first).await.json();
    let narrow = app
        .post(
            &server,
            "/oauth/token",
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", second["refresh_token"].as_str().unwrap()),
                ("scope", "read"),
            ],
        )
        .await
        .json();
    assert_eq!(narrow["scope"], "read");
    let wider = [
        ("grant_type", "refresh_token"),
        ("refresh_token", narrow["refresh_token"].as_str().unwrap()),
        ("scope", "read write"),
    ];
    assert_eq!(
        error(&app.post(&server, "/oauth/token", &wider).await),
        (400, "invalid_scope".into())
    );
    assert_eq!(
        error(&app.refresh(&server, &first).await),
        (400, "invalid_grant".into())
    );
    let newest = narrow["refresh_token"].as_str().unwrap();
    assert_eq!(
        error(&app.refresh(&server, newest).await),
        (400, "invalid_grant".into())
    );
    assert_eq!(
        asks_graphql(&server, narrow["access_token"].as_str().unwrap()).await,
        401
    );
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let server = TestServer::at_home().await;
    let (ann, app) = (ann(&server).await, app(&server, |_| ()).await);
    for changes in [
        [("redirect_uri", "https://evil.example/callback")],
        [("redirect_uri", "https://app.example/callback/../evil")],
        [("redirect_uri", "https://app.example/callback?x=1")],
        [("redirect_uri", "https://app.example.evil.example/callback")],
        [("redirect_uri", "javascript:alert(1)")],
        [("client_id", "01890000-0000-7000-8000-000000000000")],
        [("client_id", "nobody")],
    ] {
        let answer = ann.get(&app.authorize(&changes)).await;
        assert_eq!((answer.status, answer.location.as_deref()), (400, None), "{changes:?}");
        assert!(!answer.text.contains("evil"), "{}", answer.text);
        let forged = app.authorize(&changes);
        let request = forged.split_once('?').unwrap().1;
        let answer = ann
            .submit("/oauth/authorize", &[("request", request), ("decision", "allow")])
            .await;
        assert_eq!((answer.status, answer.location.as_deref()), (400, None), "{changes:?}");
    }
}

#[tokio::test]
async fn a_wrong_request_is_answered_to_the_application_in_the_standards_words() {
    let server = TestServer::at_home().await;
    let (ann, app) = (ann(&server).await, app(&server, |_| ()).await);
    for (changes, code) in [
        ([("response_type", "token")], "unsupported_response_type"),
        ([("response_type", "")], "unsupported_response_type"),
        ([("code_challenge", "")], "invalid_request"),
        ([("code_challenge", "short")], "invalid_request"),
        ([("code_challenge_method", "plain")], "invalid_request"),
        ([("code_challenge_method", "")], "invalid_request"),
        ([("scope", "read root")], "invalid_scope"),
        ([("scope", "admin")], "invalid_scope"),
        ([("prompt", "none login")], "invalid_request"),
        ([("prompt", "never")], "invalid_request"),
        ([("max_age", "-1")], "invalid_request"),
        ([("request", "eyJ")], "request_not_supported"),
        ([("response_mode", "fragment")], "invalid_request"),
        ([("prompt", "none")], "consent_required"),
    ] {
        let answer = ann.get(&app.authorize(&changes)).await;
        assert_eq!(answer.status, 303, "{changes:?}");
        let query = answer.query();
        assert_eq!(query["error"], code, "{changes:?}: {query:?}");
        assert_eq!(
            (&*query["state"], &*query["iss"]),
            ("a b&c", server.accounts.settings.issuer())
        );
        assert!(!query.contains_key("code"));
    }
    let stranger = Visitor::at(&server);
    assert_eq!(
        stranger.get(&app.authorize(&[("prompt", "none")])).await.query()["error"],
        "login_required"
    );
    let page = ann.get(&app.authorize(&[])).await;
    let fields = [("request", &*page.hidden("request")), ("decision", "deny")];
    assert_eq!(
        ann.submit("/oauth/authorize", &fields).await.query()["error"],
        "access_denied"
    );
}

#[tokio::test]
async fn nobody_consents_in_anothers_place() {
    let server = TestServer::at_home().await;
    let (ann, app) = (ann(&server).await, app(&server, |_| ()).await);
    let page = ann.get(&app.authorize(&[])).await;
    let request = page.hidden("request");
    let forged = ann
        .post("/oauth/authorize", &[("request", &request), ("decision", "allow")])
        .await;
    assert_eq!(forged.status, 403);
    let mallory = Visitor::at(&server);
    let answer = mallory
        .submit("/oauth/authorize", &[("request", &request), ("decision", "allow")])
        .await;
    assert!(answer.location.unwrap().starts_with("/auth/sign-in"));
}

#[tokio::test]
async fn a_person_is_asked_to_sign_in_anew_where_the_application_wants_it() {
    let server = TestServer::at_home().await;
    let (ann, app) = (ann(&server).await, app(&server, |new| new.is_trusted = true).await);
    let asked = ann.get(&app.authorize(&[("prompt", "login")])).await;
    let onward = asked.query()["returnTo"].clone();
    assert!(!onward.contains("prompt"), "or it would never end: {onward}");
    let old = "UPDATE session SET authenticated_at = '2020-01-01T00:00:00+00:00'";
    server.store.read().execute_unprepared(old).await.unwrap();
    assert!(
        ann.get(&app.authorize(&[("max_age", "60")]))
            .await
            .location
            .unwrap()
            .starts_with("/auth/sign-in")
    );
    let answer = ann.get(&app.authorize(&[])).await;
    assert!(
        answer.query().contains_key("code"),
        "a trusted application needs no consent: {answer:?}"
    );
}

#[tokio::test]
async fn a_public_client_of_this_machine_comes_from_any_port_and_has_no_secret() {
    let server = TestServer::at_home().await;
    let ann = ann(&server).await;
    let app = app(&server, |new| {
        new.is_confidential = false;
        new.redirect_uris = vec!["http://127.0.0.1/done".into()];
    })
    .await;
    let callback = [("redirect_uri", "http://127.0.0.1:50123/done")];
    let code = consent(&ann, &app, &callback).await;
    let granted = app.exchange(&server, &code, &callback).await;
    assert_eq!(granted.status, 200, "{granted:?}");
    let with_secret = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_secret", "guessed"),
    ];
    assert_eq!(
        error(&app.post(&server, "/oauth/token", &with_secret).await),
        (401, "invalid_client".into())
    );
}

#[tokio::test]
async fn an_application_on_its_own_behalf_is_given_what_was_made_for_anybody() {
    let keeping = |settings: &mut HttpSettings| settings.cache = CacheSettings::default();
    let server = TestServer::at_home_with(keeping, |_| None).await;
    let app = app(&server, |new| new.grant_types.push(GrantType::ClientCredentials)).await;
    let granted = Visitor::at(&server)
        .request(Method::POST, "/oauth/token")
        .basic_auth(&app.id, Some(app.secret.as_ref().unwrap().expose()))
        .form(&[("grant_type", "client_credentials"), ("scope", "read")]);
    let granted = granted.send().await.unwrap().json::<Value>().await.unwrap();
    let token = granted["access_token"].as_str().unwrap();
    let ask = async |token: Option<&str>| {
        let asked = server.client.get(server.url("/graphql"));
        let asked = asked.query(&[("query", "{ posts { nodes { title } } }")]);
        let answer = token
            .into_iter()
            .fold(asked, RequestBuilder::bearer_auth)
            .send()
            .await
            .unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        (header("etag"), header("cache-control"))
    };
    let (of_anybody, control) = ask(None).await;
    assert_eq!(control, "public, no-cache");
    for _ in 0..2 {
        assert_eq!(
            ask(Some(token)).await,
            (of_anybody.clone(), "private, no-cache".to_owned())
        );
    }
}

#[tokio::test]
async fn a_client_proves_itself_once_and_rightly() {
    let server = TestServer::at_home().await;
    let app = app(&server, |new| new.grant_types.push(GrantType::ClientCredentials)).await;
    let secret = app.secret.as_ref().unwrap().expose();
    let visitor = Visitor::at(&server);
    let grant = [("grant_type", "client_credentials"), ("scope", "read")];
    let basic = |user: &str, password: &str| {
        visitor
            .request(Method::POST, "/oauth/token")
            .basic_auth(user, Some(password))
            .form(&grant)
    };
    let granted = visitor.send(basic(&app.id, secret)).await;
    assert_eq!(granted.status, 200, "{granted:?}");
    let granted = granted.json();
    assert!(granted.get("refresh_token").is_none());
    assert_eq!(
        asks_graphql(&server, granted["access_token"].as_str().unwrap()).await,
        200
    );
    for (user, password) in [(&*app.id, "wrong"), ("nobody", secret), (&*app.id, "")] {
        let refused = visitor.send(basic(user, password)).await;
        assert_eq!(error(&refused), (401, "invalid_client".into()), "{user}");
        assert!(
            refused.headers["www-authenticate"]
                .to_str()
                .unwrap()
                .starts_with("Basic")
        );
    }
    let twice = visitor
        .request(Method::POST, "/oauth/token")
        .basic_auth(&app.id, Some(secret));
    let twice = twice.form(&[("grant_type", "client_credentials"), ("client_secret", secret)]);
    assert_eq!(error(&visitor.send(twice).await), (400, "invalid_request".into()));
    for (fields, code) in [
        (&[("grant_type", "password")][..], "unsupported_grant_type"),
        (&[], "invalid_request"),
        (
            &[("grant_type", "client_credentials"), ("scope", "root")],
            "invalid_scope",
        ),
        (
            &[("grant_type", "client_credentials"), ("scope", "admin")],
            "invalid_scope",
        ),
        (&[("grant_type", "authorization_code")], "invalid_request"),
    ] {
        assert_eq!(
            error(&app.post(&server, "/oauth/token", fields).await),
            (400, code.into()),
            "{fields:?}"
        );
    }
    let other = self::app(&server, |_| ()).await;
    let refused = other.post(&server, "/oauth/token", &grant).await;
    assert_eq!(error(&refused), (400, "unauthorized_client".into()));
    let json = visitor
        .request(Method::POST, "/oauth/token")
        .json(&json!({ "grant_type": "client_credentials" }));
    assert_eq!(error(&visitor.send(json).await), (400, "invalid_request".into()));
}

#[tokio::test]
async fn a_revoked_token_works_no_longer_and_only_its_own_client_revokes_it() {
    let server = TestServer::at_home().await;
    let (ann, app) = (ann(&server).await, app(&server, |_| ()).await);
    let other = self::app(&server, |_| ()).await;
    for kind in ["access_token", "refresh_token"] {
        let code = consent(&ann, &app, &[("prompt", "consent")]).await;
        let granted = app.exchange(&server, &code, &[]).await.json();
        let (access, token) = (
            granted["access_token"].as_str().unwrap(),
            granted[kind].as_str().unwrap(),
        );
        assert_eq!(
            other.post(&server, "/oauth/revoke", &[("token", token)]).await.status,
            200
        );
        assert_eq!(asks_graphql(&server, access).await, 200, "{kind}");
        assert_eq!(
            app.post(&server, "/oauth/revoke", &[("token", token)]).await.status,
            200
        );
        assert_eq!(asks_graphql(&server, access).await, 401, "{kind}");
        assert_eq!(
            app.post(&server, "/oauth/revoke", &[("token", token)]).await.status,
            200
        );
    }
    assert_eq!(
        app.post(&server, "/oauth/revoke", &[("token", "unknown")]).await.status,
        200
    );
    assert_eq!(
        error(&app.post(&server, "/oauth/revoke", &[]).await),
        (400, "invalid_request".into())
    );
}

#[tokio::test]
async fn introspection_tells_a_client_of_its_own_tokens_and_a_trusted_one_of_all() {
    let server = TestServer::at_home().await;
    let (ann, app) = (ann(&server).await, app(&server, |_| ()).await);
    let other = self::app(&server, |_| ()).await;
    let trusted = self::app(&server, |new| new.is_trusted = true).await;
    let public = self::app(&server, |new| new.is_confidential = false).await;
    let code = consent(&ann, &app, &[]).await;
    let granted = app.exchange(&server, &code, &[]).await.json();
    let (access, refresh) = (
        granted["access_token"].as_str().unwrap(),
        granted["refresh_token"].as_str().unwrap(),
    );
    let ask = async |who: &App, token: &str| {
        let answer = who.post(&server, "/oauth/introspect", &[("token", token)]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    let own = ask(&app, access).await;
    assert_eq!((&own["active"], &own["client_id"]), (&json!(true), &json!(app.id)));
    assert_eq!(ask(&app, refresh).await["token_type"], "refresh_token");
    assert_eq!(ask(&trusted, access).await["active"], true);
    let nothing = json!({ "active": false });
    assert_eq!(ask(&other, access).await, nothing);
    assert_eq!(ask(&trusted, refresh).await, nothing);
    assert_eq!(ask(&app, "a.b.c").await, nothing);
    app.post(&server, "/oauth/revoke", &[("token", access)]).await;
    assert_eq!(ask(&app, access).await, nothing);
    assert_eq!(ask(&app, refresh).await, nothing);
    let refused = public.post(&server, "/oauth/introspect", &[("token", access)]).await;
    assert_eq!(error(&refused), (401, "invalid_client".into()));
}

#[tokio::test]
async fn the_metadata_names_what_is_there() {
    let server = TestServer::at_home().await;
    let visitor = Visitor::at(&server);
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ] {
        let metadata = visitor.get(path).await.json();
        assert_eq!(metadata["issuer"], server.accounts.settings.issuer());
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
        for (name, value) in metadata.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let answer = visitor.get(value.as_str().unwrap()).await;
                assert_ne!(answer.status, 404, "{name}");
            }
        }
    }
    let keys = visitor.get("/.well-known/jwks.json").await.json();
    assert_eq!(keys["keys"][0]["kty"], "OKP");
    assert!(keys["keys"][0].get("d").is_none());
}
