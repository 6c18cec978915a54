//! People sign up, in and out, with pages and with scripts, and nobody else does it for them.

use quoin::domain::account;
use reqwest::Method;
use serde_json::json;

use crate::support::server::TestServer;
use crate::support::visitor::{PASSWORD, Visitor, link_to, newest_letter, person};

const EMAIL: &str = "ann@quoin.test";

/// The path and query of a link.
fn path(link: &str) -> String {
    let (_, rest) = link.split_once("://").unwrap();
    rest[rest.find('/').unwrap()..].to_owned()
}

#[tokio::test]
async fn a_person_signs_up_confirms_and_is_signed_in_without_any_script() {
    let server = TestServer::at_home().await;
    let ann = Visitor::at(&server);
    let page = ann.get("/auth/sign-up").await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("<script"), "{}", page.text);
    let token = page.hidden("csrfToken");
    let fields = [
        ("displayName", "Ann"),
        ("email", EMAIL),
        ("password", PASSWORD),
        ("csrfToken", &token),
    ];
    let sent = ann.post("/auth/sign-up", &fields).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    // The account is made by the link.
    let early = ann
        .submit("/auth/sign-in", &[("email", EMAIL), ("password", PASSWORD)])
        .await;
    assert_eq!(early.status, 422);
    assert!(early.text.contains("wrong"), "{}", early.text);

    let confirm = ann.get(&path(&link_to(&server, EMAIL).await)).await;
    let fields = [
        ("token", &*confirm.hidden("token")),
        ("csrfToken", &*confirm.hidden("csrfToken")),
    ];
    let confirmed = ann.post("/auth/verify-email", &fields).await;
    assert_eq!(
        (confirmed.status, confirmed.location.as_deref()),
        (303, Some("/auth/account")),
        "{confirmed:?}"
    );
    let account = ann.get("/auth/account").await;
    assert!(account.text.contains("signed in as Ann"), "{}", account.text);
    // A link works once.
    assert_eq!(ann.post("/auth/verify-email", &fields).await.status, 422);

    let signed_out = ann.submit("/auth/sign-out", &[]).await;
    assert_eq!(signed_out.location.as_deref(), Some("/auth/sign-in"));
    assert_eq!(
        ann.get("/auth/account").await.location.as_deref(),
        Some("/auth/sign-in")
    );
    let back = ann
        .submit("/auth/sign-in", &[("email", "ANN@quoin.test "), ("password", PASSWORD)])
        .await;
    assert_eq!(back.status, 303);
}

#[tokio::test]
async fn a_link_followed_in_another_browser_asks_for_the_password() {
    let server = TestServer::at_home().await;
    let (attacker, ann) = (Visitor::at(&server), Visitor::at(&server));
    let body = json!({ "displayName": "Ann", "email": EMAIL, "password": PASSWORD });
    assert_eq!(attacker.call("/auth/sign-up", &body).await.status, 202);
    let link = path(&link_to(&server, EMAIL).await);
    let token = link.split_once("token=").unwrap().1;
    let asked = ann.submit("/auth/verify-email", &[("token", token)]).await;
    assert!(asked.text.contains("name=\"password\""), "{}", asked.text);
    let wrong = ann
        .call(
            "/auth/verify-email",
            &json!({ "token": token, "password": "guessed it" }),
        )
        .await;
    assert_eq!((wrong.status, wrong.code()), (401, "WRONG_CREDENTIALS".to_owned()));
    let right = ann
        .call("/auth/verify-email", &json!({ "token": token, "password": PASSWORD }))
        .await;
    assert_eq!(right.status, 200, "{right:?}");
}

#[tokio::test]
async fn a_refusal_has_the_code_that_graphql_gives_for_the_same_fault() {
    let server = TestServer::at_home().await;
    person(&server, EMAIL).await;
    let visitor = Visitor::at(&server);
    for (path, body, status, code) in [
        (
            "/auth/sign-in",
            json!({ "email": EMAIL, "password": "guessed it" }),
            401,
            "WRONG_CREDENTIALS",
        ),
        (
            "/auth/sign-in",
            json!({ "email": "nobody@quoin.test", "password": "guessed it" }),
            401,
            "WRONG_CREDENTIALS",
        ),
        (
            "/auth/sign-up",
            json!({ "email": "bob@quoin.test", "displayName": "Bob", "password": "short" }),
            422,
            "TOO_SHORT",
        ),
        (
            "/auth/sign-up",
            json!({ "email": "nonsense", "displayName": "Bob", "password": PASSWORD }),
            422,
            "INVALID",
        ),
        (
            "/auth/reset-password",
            json!({ "token": "nonsense", "password": PASSWORD }),
            422,
            "EXPIRED",
        ),
    ] {
        let answer = visitor.call(path, &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path} {body}");
    }
}

#[tokio::test]
async fn neither_sign_up_nor_reset_tells_whether_an_address_is_known() {
    let server = TestServer::at_home().await;
    person(&server, EMAIL).await;
    let visitor = Visitor::at(&server);
    for (path, field) in [("/auth/sign-up", "displayName"), ("/auth/forgot-password", "unused")] {
        let mut answers = Vec::new();
        for email in [EMAIL, "nobody@quoin.test"] {
            let body = json!({ "email": email, "password": PASSWORD, field: "Ann" });
            let answer = visitor.call(path, &body).await;
            answers.push((answer.status, answer.text));
        }
        assert_eq!(answers[0], answers[1], "{path}");
        assert_eq!(answers[0].0, 202, "{path}");
    }
    let known = newest_letter(&server, EMAIL).await.unwrap();
    assert!(known.contains("/auth/reset-password?token="), "{known}");
    let unknown = newest_letter(&server, "nobody@quoin.test").await.unwrap();
    assert!(unknown.contains("/auth/verify-email?token="), "{unknown}");
    let wrong_password = json!({ "email": EMAIL, "password": "not this one" });
    let wrong_address = json!({ "email": "nobody@quoin.test", "password": PASSWORD });
    let (one, other) = (
        visitor.call("/auth/sign-in", &wrong_password).await,
        visitor.call("/auth/sign-in", &wrong_address).await,
    );
    assert_eq!((one.status, one.text), (other.status, other.text));
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_the_link_once() {
    let server = TestServer::at_home().await;
    person(&server, EMAIL).await;
    let elsewhere = Visitor::at(&server);
    elsewhere.sign_in(EMAIL).await;
    let ann = Visitor::at(&server);
    assert_eq!(
        ann.submit("/auth/forgot-password", &[("email", EMAIL)]).await.status,
        200
    );
    let link = path(&link_to(&server, EMAIL).await);
    let token = link.split_once("token=").unwrap().1.to_owned();
    let weak = ann
        .submit("/auth/reset-password", &[("token", &token), ("password", "password1")])
        .await;
    assert_eq!(weak.status, 422);
    assert!(weak.text.contains("commonest"), "{}", weak.text);
    let new = "another battery altogether";
    let set = ann
        .submit("/auth/reset-password", &[("token", &token), ("password", new)])
        .await;
    assert_eq!(set.status, 303, "{set:?}");
    assert_eq!(
        ann.submit("/auth/reset-password", &[("token", &token), ("password", new)])
            .await
            .status,
        422
    );
    // Whoever was signed in elsewhere is no longer.
    assert_eq!(elsewhere.call("/auth/refresh", &json!({})).await.status, 401);
    let old = ann
        .call("/auth/sign-in", &json!({ "email": EMAIL, "password": PASSWORD }))
        .await;
    assert_eq!(old.status, 401);
}

#[tokio::test]
async fn the_first_person_sets_the_installation_up_once() {
    let server = TestServer::at_home().await;
    let transaction = server.accounts.store.write().await.unwrap();
    let secret = account::set_up_link(&transaction)
        .await
        .unwrap()
        .expect("nobody is there");
    transaction.commit().await.unwrap();
    let visitor = Visitor::at(&server);
    let page = visitor.get(&format!("/auth/setup?token={}", secret.expose())).await;
    assert_eq!(page.status, 200);
    let fields = [
        ("token", secret.expose()),
        ("displayName", "Ann"),
        ("email", EMAIL),
        ("password", PASSWORD),
        ("publication", "The Gazette"),
    ];
    assert_eq!(visitor.submit("/auth/setup", &fields).await.status, 303);
    assert_eq!(visitor.submit("/auth/setup", &fields).await.status, 422);
    let answer = server.query("{ publication { title } }").await.text().await.unwrap();
    assert!(answer.contains("The Gazette"), "{answer}");
}

#[tokio::test]
async fn a_link_that_does_not_work_leads_to_no_form() {
    let server = TestServer::at_home().await;
    let visitor = Visitor::at(&server);
    for path in [
        "/auth/setup",
        "/auth/reset-password",
        "/auth/verify-email",
        "/auth/invitation",
    ] {
        for token in ["", "?token=", "?token=nothing"] {
            let page = visitor.get(&format!("{path}{token}")).await;
            assert_eq!(page.status, 404, "{path}{token}");
            assert!(page.text.contains("is too old. Ask for a new one."), "{}", page.text);
            assert!(!page.text.contains("<form"), "{}", page.text);
        }
    }
}

#[tokio::test]
async fn a_session_gives_access_tokens_and_its_cookie_changes_with_every_use() {
    let server = TestServer::at_home().await;
    person(&server, EMAIL).await;
    let ann = Visitor::at(&server);
    ann.sign_in(EMAIL).await;
    let first = ann.cookies.lock().unwrap()["quoin_session"].clone();
    let refreshed = ann.call("/auth/refresh", &json!({})).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert_eq!(refreshed.headers["cache-control"], "no-store");
    assert_ne!(ann.cookies.lock().unwrap()["quoin_session"], first);
    let token = refreshed.json()["accessToken"].as_str().unwrap().to_owned();
    let request = server
        .request(&json!({ "query": "{ __typename }" }))
        .bearer_auth(&token);
    assert_eq!(request.send().await.unwrap().status(), 200);

    assert_eq!(ann.call("/auth/sign-out", &json!({})).await.status, 204);
    assert!(!ann.cookies.lock().unwrap().contains_key("quoin_session"));
    // The access token ends with its session.
    let request = server
        .request(&json!({ "query": "{ __typename }" }))
        .bearer_auth(&token);
    assert_eq!(request.send().await.unwrap().status(), 401);
    assert_eq!(ann.call("/auth/refresh", &json!({})).await.status, 401);
}

#[tokio::test]
async fn cookies_are_kept_from_scripts_and_from_other_hosts() {
    let server = TestServer::start().await;
    person(&server, EMAIL).await;
    let ann = Visitor::at(&server);
    ann.get("/auth/sign-in").await;
    let signed_in = ann
        .call("/auth/sign-in", &json!({ "email": EMAIL, "password": PASSWORD }))
        .await;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    let cookie = signed_in
        .set_cookies
        .iter()
        .find(|cookie| cookie.contains("session"))
        .expect("a session");
    assert!(cookie.starts_with("__Host-quoin_session="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn what_bears_cookies_must_come_from_home_with_the_token() {
    let server = TestServer::at_home_with(
        |settings| settings.cors_origins = vec!["https://app.example".into()],
        |_| None,
    )
    .await;
    person(&server, EMAIL).await;
    let ann = Visitor::at(&server);
    ann.sign_in(EMAIL).await;
    let token = ann.csrf().await;
    let other = Visitor::at(&server).csrf().await;
    let post = |headers: &[(&str, &str)]| {
        let mut request = ann.request(Method::POST, "/auth/refresh").json(&json!({}));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ann.send(request)
    };
    for headers in [
        &[][..],
        &[("Quoin-CSRF", "")],
        &[("Quoin-CSRF", "forged")],
        &[("Quoin-CSRF", other.as_str())],
        &[("Quoin-CSRF", &token), ("Origin", "https://evil.example")],
        &[("Quoin-CSRF", &token), ("Origin", "null")],
        &[("Quoin-CSRF", &token), ("Sec-Fetch-Site", "cross-site")],
        &[("Quoin-CSRF", &token), ("Sec-Fetch-Site", "same-site")],
        &[
            ("Quoin-CSRF", &token),
            ("Origin", "https://app.example.evil.example"),
            ("Sec-Fetch-Site", "cross-site"),
        ],
    ] {
        let answer = post(headers).await;
        assert_eq!(
            (answer.status, answer.code()),
            (403, "FORBIDDEN".to_owned()),
            "{headers:?}"
        );
    }
    let trusted = [
        ("Quoin-CSRF", &*token),
        ("Origin", "https://app.example"),
        ("Sec-Fetch-Site", "cross-site"),
    ];
    assert_eq!(post(&trusted).await.status, 200);
    // Without any cookie a page of another site cannot sign somebody in either.
    let request = server
        .client
        .post(server.url("/auth/sign-in"))
        .header("Origin", "https://evil.example");
    let answer = request
        .form(&[("email", EMAIL), ("password", PASSWORD)])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn a_forged_cookie_is_no_session() {
    let server = TestServer::at_home().await;
    person(&server, EMAIL).await;
    let ann = Visitor::at(&server);
    ann.sign_in(EMAIL).await;
    let real = ann.cookies.lock().unwrap()["quoin_session"].clone();
    let swapped = format!("{}A", &real[..42]);
    for forged in ["x", "../../etc/passwd", &"a".repeat(4_000), &swapped] {
        let mallory = Visitor::at(&server);
        mallory
            .cookies
            .lock()
            .unwrap()
            .insert("quoin_session".into(), forged.to_owned());
        if forged == real {
            continue;
        }
        let answer = mallory.call("/auth/refresh", &json!({})).await;
        assert_eq!(answer.status, 401, "{forged}");
        assert_eq!(mallory.get("/auth/account").await.status, 303, "{forged}");
    }
}

#[tokio::test]
async fn a_sign_in_leads_nowhere_but_home_or_to_a_trusted_front_end() {
    let server = TestServer::at_home_with(
        |settings| settings.cors_origins = vec!["https://app.example".into()],
        |_| None,
    )
    .await;
    person(&server, EMAIL).await;
    for (wanted, leads_there) in [
        ("/graphql", true),
        ("/oauth/authorize?client_id=a&scope=b%20c", true),
        ("https://app.example/welcome?a=b", true),
        ("https://evil.example/", false),
        ("//evil.example", false),
        ("/\\evil.example", false),
        ("/\\/evil.example", false),
        ("/\t/evil.example", false),
        ("/../..//evil.example", true),
        ("https:evil.example", false),
        ("https://app.example@evil.example/", false),
        ("https://app.example.evil.example/", false),
        ("javascript:alert(1)", false),
        ("evil.example", false),
    ] {
        let ann = Visitor::at(&server);
        let fields = [("email", EMAIL), ("password", PASSWORD), ("returnTo", wanted)];
        let answer = ann.submit("/auth/sign-in", &fields).await;
        let location = answer.location.clone().unwrap_or_default();
        assert_eq!(location == wanted, leads_there, "{wanted}: {answer:?}");
        assert!(leads_there || location == "/auth/account", "{wanted}: {location}");
    }
}

#[tokio::test]
async fn what_is_typed_is_shown_as_text() {
    let server = TestServer::at_home().await;
    let visitor = Visitor::at(&server);
    let evil = "\"><script>alert(1)</script>";
    let fields = [
        ("displayName", evil),
        ("email", evil),
        ("password", evil),
        ("returnTo", evil),
        ("token", evil),
    ];
    let answer = visitor.submit("/auth/sign-up", &fields).await;
    assert_eq!(answer.status, 422);
    assert!(!answer.text.contains("<script"), "{}", answer.text);
    assert!(
        answer.text.matches("alert(1)").count() >= 2,
        "the name and the address stand there again"
    );
    assert!(
        answer.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
    assert_eq!(answer.headers["x-frame-options"], "DENY");
}

#[tokio::test]
async fn what_is_no_form_of_ours_is_refused() {
    let server = TestServer::at_home().await;
    let post = |kind: &str, body: String| {
        let request = server.client.post(server.url("/auth/sign-in"));
        request.header("Content-Type", kind).body(body).send()
    };
    let form = "application/x-www-form-urlencoded";
    for (kind, body, status) in [
        ("text/plain", "email=a&password=b".to_owned(), 415),
        ("multipart/form-data; boundary=x", "--x--".to_owned(), 415),
        (form, "email=a&email=b".to_owned(), 400),
        (form, "email=%00".to_owned(), 400),
        ("application/json", "[]".to_owned(), 400),
        ("application/json", "{\"email\":1}".to_owned(), 400),
        ("application/json", "{\"email\":\"\\u0000\"}".to_owned(), 400),
        ("application/json", "{".to_owned(), 400),
        (form, format!("email={}", "a".repeat(70_000)), 413),
    ] {
        let answer = post(kind, body.clone()).await.unwrap();
        assert_eq!(answer.status(), status, "{kind} {}", &body[..body.len().min(40)]);
    }
}

#[tokio::test]
async fn sign_ins_are_limited_by_address_and_by_account() {
    let server = TestServer::at_home_with(
        |settings| settings.limits.sign_ins = quoin::limit::Quota::per_minute("sign-ins", 3),
        |_| None,
    )
    .await;
    let visitor = Visitor::at(&server);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let body = json!({ "email": EMAIL, "password": "not this one" });
        let answer = visitor.call("/auth/sign-in", &body).await;
        if answer.status == 429 {
            assert!(answer.headers.contains_key("retry-after"));
            assert_eq!(answer.headers["ratelimit-limit"], "3");
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
}
