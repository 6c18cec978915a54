//! People sign in with GitHub, which has no OpenID.

use quoin::provider::{CallbackParameters, OutsideIdentity, ProviderFault, ProviderKind, Providers};
use reqwest::Url;
use serde_json::{Value, json};

use crate::provider_openid::{attempt, providers};
use crate::support::openid::{CLIENT_ID, CLIENT_SECRET};
use crate::support::stage::{Asked, Reply, Stage, answer, json as json_answer, redirect};

/// GitHub as its documentation describes it, but for what `otherwise` answers itself.
async fn github(otherwise: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Stage {
    Stage::start(move |asked| otherwise(asked).unwrap_or_else(|| usual(asked))).await
}

fn usual(asked: &Asked) -> Reply {
    let is_signed_in = asked.head.contains("authorization: bearer gho_1");
    match asked.path.as_str() {
        "/login/oauth/access_token" => json_answer(&json!({
            "access_token": "gho_1", "scope": "read:user,user:email", "token_type": "bearer"
        })),
        "/api/user" if is_signed_in => json_answer(&json!({ "id": 42, "login": "ada", "name": "Ada", "email": null })),
        "/api/user/emails" if is_signed_in => json_answer(&emails(true)),
        _ => answer("404 Not Found", "application/json", "{}"),
    }
}

fn emails(verified: bool) -> Value {
    json!([
        { "email": "other@example.com", "primary": false, "verified": true, "visibility": null },
        { "email": "ada@example.com", "primary": true, "verified": verified, "visibility": "private" },
    ])
}

fn providers_of(stage: &Stage) -> Providers {
    providers("https://unused.example", |settings, _| {
        settings.kind = ProviderKind::GitHub {
            web: Url::parse(&stage.base()).unwrap(),
            api: Url::parse(&format!("{}/api", stage.base())).unwrap(),
        };
    })
}

async fn sign_in(stage: &Stage, iss: Option<String>) -> Result<OutsideIdentity, ProviderFault> {
    let providers = providers_of(stage);
    let begun = providers.begin("acme").await.unwrap();
    let parameters = CallbackParameters {
        code: Some("the code".to_owned()),
        iss,
        ..CallbackParameters::default()
    };
    providers.finish("acme", &attempt(&begun), &parameters).await
}

#[tokio::test]
async fn a_person_signs_in_with_the_primary_address() {
    let stage = github(|_| None).await;
    let begun = providers_of(&stage).begin("acme").await.unwrap();
    let query = begun.url.query().unwrap();
    assert_eq!(begun.url.path(), "/login/oauth/authorize");
    for part in [
        "response_type=code",
        "code_challenge_method=S256",
        "scope=read%3Auser+user%3Aemail",
        &format!("client_id={CLIENT_ID}"),
        &format!("state={}", begun.state),
    ] {
        assert!(query.contains(part), "{part}: {query}");
    }
    let identity = sign_in(&stage, None).await.unwrap();
    let expected = OutsideIdentity {
        issuer: stage.base(),
        subject: "42".to_owned(),
        email: Some("ada@example.com".to_owned()),
        email_verified: true,
        name: Some("Ada".to_owned()),
        username: Some("ada".to_owned()),
    };
    assert_eq!(identity, expected);
    let asked = stage.asked();
    assert!(asked[0].body.contains("code_verifier="), "{}", asked[0].body);
    assert!(
        asked.iter().all(|asked| asked.head.contains("user-agent: quoin")),
        "GitHub asks for it"
    );
}

#[tokio::test]
async fn an_unverified_primary_address_says_so() {
    let stage = github(|asked| (asked.path == "/api/user/emails").then(|| json_answer(&emails(false)))).await;
    let identity = sign_in(&stage, None).await.unwrap();
    assert_eq!(
        (identity.email.as_deref(), identity.email_verified),
        (Some("ada@example.com"), false)
    );
    let stage = github(|asked| (asked.path == "/api/user/emails").then(|| json_answer(&json!([])))).await;
    let identity = sign_in(&stage, None).await.unwrap();
    assert_eq!((identity.email, identity.email_verified), (None, false));
}

#[tokio::test]
async fn refusals_with_status_200_are_understood() {
    for (error, expected) in [
        ("bad_verification_code", "Stale"),
        ("incorrect_client_credentials", "Misconfigured"),
        ("redirect_uri_mismatch", "Misconfigured"),
        ("something_else", "NotItsProtocol"),
    ] {
        let refusal = json!({ "error": error, "error_description": "x" });
        let stage = github(move |asked| asked.path.contains("access_token").then(|| json_answer(&refusal))).await;
        let fault = sign_in(&stage, None).await.unwrap_err();
        let text = format!("{fault:?}");
        assert!(
            text.starts_with(expected) && !text.contains(CLIENT_SECRET),
            "{error}: {text}"
        );
    }
}

#[tokio::test]
async fn what_the_api_breaks_is_a_clear_fault() {
    type Break = fn() -> Reply;
    let broken: [(&str, Break); 5] = [
        ("NotItsProtocol", || {
            answer("401 Unauthorized", "application/json", "{}")
        }),
        ("NotItsProtocol", || redirect("/elsewhere")),
        ("NotItsProtocol", || json_answer(&json!({ "id": "42" }))),
        ("NotItsProtocol", || answer("200 OK", "text/html", "<p>")),
        ("Unreachable", || answer("502 Bad Gateway", "text/html", "<p>")),
    ];
    for (expected, reply) in broken {
        for path in ["/api/user", "/api/user/emails"] {
            let stage = github(move |asked| (asked.path == path).then(reply)).await;
            let fault = sign_in(&stage, None).await.unwrap_err();
            assert!(format!("{fault:?}").starts_with(expected), "{path}: {fault:?}");
            assert_eq!(stage.times("/elsewhere"), 0);
        }
    }
}

#[tokio::test]
async fn an_answer_from_elsewhere_is_refused() {
    let stage = github(|_| None).await;
    let fault = sign_in(&stage, Some("https://evil.example".to_owned()))
        .await
        .unwrap_err();
    assert!(matches!(fault, ProviderFault::WrongIssuer(_)), "{fault:?}");
    assert_eq!(stage.asked().len(), 0);
    assert!(sign_in(&stage, Some(stage.base())).await.is_ok());
}
