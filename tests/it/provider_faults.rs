//! Whatever a provider does wrong, a person reads a clear sentence, and nobody is taken for somebody else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use quoin::provider::{Attempt, CallbackParameters, OutsideIdentity, ProviderFault, ProviderKind, Providers};
use serde_json::{Value, json};

use crate::provider_openid::providers;
use crate::support::openid::{CLIENT_ID, CLIENT_SECRET};
use crate::support::signing::{SigningKey, seconds, sign_shared, unsigned};
use crate::support::stage::{Asked, Reply, Stage, answer, json as json_answer, redirect};

/// Where a provider's metadata is.
pub const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A provider that does everything right, but for what `wrong` answers itself.
async fn provider(key: SigningKey, wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Stage {
    Stage::start(move |asked| wrong(asked).unwrap_or_else(|| right(&key, asked))).await
}

fn right(key: &SigningKey, asked: &Asked) -> Reply {
    match asked.path.as_str() {
        DISCOVERY => json_answer(&metadata(&asked.base)),
        "/jwks" => json_answer(&json!({ "keys": [key.public()] })),
        "/token" => token(&key.sign(&claims(&asked.base))),
        "/userinfo" => json_answer(&json!({ "sub": "ada", "email": "ada@example.com", "email_verified": true })),
        _ => answer("404 Not Found", "text/plain", "nothing"),
    }
}

/// What a provider says of itself.
pub fn metadata(base: &str) -> Value {
    json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/auth"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "jwks_uri": format!("{base}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    })
}

fn claims(base: &str) -> Value {
    json!({
        "iss": base,
        "aud": CLIENT_ID,
        "sub": "ada",
        "nonce": "the nonce",
        "iat": seconds(0),
        "exp": seconds(60),
    })
}

fn token(id_token: &str) -> Reply {
    json_answer(&json!({ "access_token": "gold", "token_type": "Bearer", "id_token": id_token }))
}

/// With a short patience.
fn providers_of(stage: &Stage) -> Providers {
    providers(&stage.base(), |_, options| options.timeout = Duration::from_millis(500))
}

async fn finish(providers: &Providers, parameters: CallbackParameters) -> Result<OutsideIdentity, ProviderFault> {
    let attempt = Attempt {
        nonce: "the nonce".to_owned(),
        pkce_verifier: "v".repeat(43),
    };
    providers.finish("acme", &attempt, &parameters).await
}

fn with_code() -> CallbackParameters {
    CallbackParameters {
        code: Some("the code".to_owned()),
        ..CallbackParameters::default()
    }
}

async fn sign_in(
    wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> Result<OutsideIdentity, ProviderFault> {
    let stage = provider(SigningKey::new("1"), wrong).await;
    finish(&providers_of(&stage), with_code()).await
}

/// The name of a fault's kind.
fn kind(fault: &ProviderFault) -> String {
    let text = format!("{fault:?}");
    assert!(!fault.public_text().is_empty());
    for secret in [CLIENT_SECRET, "the code", "gold", "the nonce"] {
        assert!(!text.contains(secret), "{text}");
    }
    text.split('(').next().unwrap().to_owned()
}

#[tokio::test]
async fn nothing_wrong_is_nothing_refused() {
    let stage = provider(SigningKey::new("1"), |_| None).await;
    let providers = providers_of(&stage);
    providers.begin("acme").await.unwrap();
    let identity = finish(&providers, with_code()).await.unwrap();
    assert_eq!((identity.subject.as_str(), identity.email_verified), ("ada", true));
    finish(&providers, with_code()).await.unwrap();
    assert_eq!(
        (stage.times(DISCOVERY), stage.times("/jwks")),
        (1, 1),
        "what is known is not fetched again"
    );
    assert_eq!((stage.times("/token"), stage.times("/userinfo")), (2, 2));
    let asked = stage.asked();
    let exchange = asked.iter().find(|asked| asked.path == "/token").unwrap();
    assert!(exchange.body.contains("code_verifier=vvvv"), "{}", exchange.body);
    assert!(
        !exchange.body.contains("client_secret"),
        "it goes into the head: {}",
        exchange.body
    );
}

#[tokio::test]
async fn userinfo_is_not_asked_when_the_id_token_says_it_all() {
    let key = SigningKey::new("1");
    let public = key.public();
    let stage = provider(SigningKey::new("other"), move |asked| match asked.path.as_str() {
        "/jwks" => Some(json_answer(&json!({ "keys": [public] }))),
        "/token" => {
            let mut claims = claims(&asked.base);
            claims["email"] = json!("ada@example.com");
            Some(token(&key.sign(&claims)))
        }
        _ => None,
    })
    .await;
    let identity = finish(&providers_of(&stage), with_code()).await.unwrap();
    assert_eq!(
        (identity.email.as_deref(), identity.email_verified),
        (Some("ada@example.com"), false)
    );
    assert_eq!(stage.times("/userinfo"), 0);
}

#[tokio::test]
async fn every_broken_answer_is_a_clear_fault() {
    const HUGE: usize = 3_000_000;
    type Break = fn() -> Reply;
    let broken: [(&str, &str, Break); 8] = [
        ("a fault of its own", "Unreachable", || {
            answer("500 Internal Server Error", "text/plain", "x")
        }),
        ("overload", "Unreachable", || {
            answer("503 Service Unavailable", "application/json", "{}")
        }),
        ("silence", "TimedOut", || Reply::Silence),
        ("a redirect", "NotItsProtocol", || redirect("/elsewhere")),
        ("nothing there", "NotItsProtocol", || {
            answer("404 Not Found", "text/plain", "no")
        }),
        ("a page", "NotItsProtocol", || {
            answer("200 OK", "text/html", "<h1>Welcome</h1>")
        }),
        ("not JSON", "NotItsProtocol", || {
            answer("200 OK", "application/json", "{\"access_token\": 5")
        }),
        ("a huge answer", "NotItsProtocol", || {
            answer("200 OK", "application/json", &" ".repeat(HUGE))
        }),
    ];
    for (what, expected, reply) in broken {
        for path in [DISCOVERY, "/jwks", "/token", "/userinfo"] {
            let fault = sign_in(move |asked| (asked.path == path).then(reply))
                .await
                .unwrap_err();
            assert_eq!(kind(&fault), expected, "{what} at {path}: {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_so_secrets_stay_here() {
    let stage = provider(SigningKey::new("1"), |asked| {
        (asked.path == "/token").then(|| redirect("/elsewhere"))
    })
    .await;
    finish(&providers_of(&stage), with_code()).await.unwrap_err();
    assert_eq!(stage.times("/elsewhere"), 0);
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let stage = provider(SigningKey::new("1"), |_| None).await;
    let providers = providers_of(&stage);
    drop(stage);
    let fault = providers.begin("acme").await.unwrap_err();
    assert!(matches!(kind(&fault).as_str(), "Unreachable" | "TimedOut"), "{fault:?}");
}

#[tokio::test]
async fn a_provider_that_calls_itself_otherwise_is_another() {
    for issuer in ["https://evil.example", "", "http://127.0.0.1"] {
        let fault = sign_in(move |asked| {
            let mut metadata = metadata(&asked.base);
            metadata["issuer"] = json!(issuer);
            (asked.path == DISCOVERY).then(|| json_answer(&metadata))
        })
        .await
        .unwrap_err();
        assert!(
            matches!(kind(&fault).as_str(), "WrongIssuer" | "NotItsProtocol"),
            "{issuer:?}: {fault:?}"
        );
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_web_addresses_only() {
    let stage = provider(SigningKey::new("1"), |asked| {
        let mut metadata = metadata(&asked.base);
        metadata["authorization_endpoint"] = json!("javascript:alert(1)");
        (asked.path == DISCOVERY).then(|| json_answer(&metadata))
    })
    .await;
    let fault = providers_of(&stage).begin("acme").await.unwrap_err();
    assert_eq!(kind(&fault), "NotItsProtocol");
}

#[tokio::test]
async fn an_id_token_that_proves_nothing_is_refused() {
    type Forge = fn(&SigningKey, Value) -> String;
    let forged: [(&str, &str, Forge); 17] = [
        ("another issuer", "WrongIssuer", |key, claims| {
            key.sign(&with(claims, "iss", json!("https://evil.example")))
        }),
        ("another audience", "Unproven", |key, claims| {
            key.sign(&with(claims, "aud", json!("other")))
        }),
        ("one audience too many", "Unproven", |key, claims| {
            key.sign(&with(claims, "aud", json!([CLIENT_ID, "other"])))
        }),
        ("no audience", "Unproven", |key, claims| {
            key.sign(&with(claims, "aud", json!([])))
        }),
        ("another nonce", "Unproven", |key, claims| {
            key.sign(&with(claims, "nonce", json!("x")))
        }),
        ("no nonce", "Unproven", |key, claims| {
            key.sign(&with(claims, "nonce", Value::Null))
        }),
        ("expired", "Unproven", |key, claims| {
            key.sign(&with(claims, "exp", json!(seconds(-1))))
        }),
        ("valid later", "Unproven", |key, claims| {
            key.sign(&with(claims, "nbf", json!(seconds(40))))
        }),
        ("valid at no time", "Unproven", |key, claims| {
            key.sign(&with(claims, "nbf", json!("tomorrow")))
        }),
        ("issued later", "Unproven", |key, claims| {
            key.sign(&with(claims, "iat", json!(seconds(40))))
        }),
        ("for another party", "Unproven", |key, claims| {
            key.sign(&with(claims, "azp", json!("other")))
        }),
        ("of another access token", "Unproven", |key, claims| {
            key.sign(&with(claims, "at_hash", json!("AAAA")))
        }),
        ("no subject", "Unproven", |key, claims| {
            key.sign(&with(claims, "sub", json!("")))
        }),
        ("nobody's", "Unproven", |_, claims| unsigned(&claims)),
        ("signed with our secret", "Unproven", |_, claims| {
            sign_shared(CLIENT_SECRET.as_bytes(), None, &claims)
        }),
        ("signed with the public key", "Unproven", |key, claims| {
            sign_shared(key.public()["x"].as_str().unwrap().as_bytes(), Some("1"), &claims)
        }),
        ("of a foreign key", "Unproven", |_, claims| {
            SigningKey::new("1").sign(&claims)
        }),
    ];
    for (what, expected, forge) in forged {
        let key = SigningKey::new("1");
        let public = key.public();
        let fault = sign_in(move |asked| match asked.path.as_str() {
            "/jwks" => Some(json_answer(&json!({ "keys": [public] }))),
            "/token" => Some(token(&forge(&key, claims(&asked.base)))),
            _ => None,
        })
        .await
        .unwrap_err();
        assert_eq!(kind(&fault), expected, "{what}: {fault:?}");
    }
}

#[tokio::test]
async fn the_clock_of_a_provider_may_be_a_little_ahead() {
    for name in ["nbf", "iat"] {
        let key = SigningKey::new("1");
        let public = key.public();
        let found = sign_in(move |asked| match asked.path.as_str() {
            "/jwks" => Some(json_answer(&json!({ "keys": [public] }))),
            "/token" => Some(token(&key.sign(&with(claims(&asked.base), name, json!(seconds(20)))))),
            _ => None,
        })
        .await;
        assert!(found.is_ok(), "{name}: {found:?}");
    }
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

#[tokio::test]
async fn userinfo_of_somebody_else_proves_nothing() {
    let fault = sign_in(|asked| {
        let other = json!({ "sub": "bob", "email": "bob@example.com", "email_verified": true });
        (asked.path == "/userinfo").then(|| json_answer(&other))
    })
    .await
    .unwrap_err();
    assert_eq!(kind(&fault), "Unproven", "{fault:?}");
}

#[tokio::test]
async fn new_keys_of_a_provider_are_found() {
    let (old, new) = (SigningKey::new("1"), SigningKey::new("2"));
    let (old_public, new_public) = (old.public(), new.public());
    let fetched = AtomicUsize::new(0);
    let stage = provider(old, move |asked| match asked.path.as_str() {
        "/jwks" if fetched.fetch_add(1, Ordering::SeqCst) == 0 => Some(json_answer(&json!({ "keys": [old_public] }))),
        "/jwks" => Some(json_answer(&json!({ "keys": [new_public] }))),
        "/token" => Some(token(&new.sign(&claims(&asked.base)))),
        _ => None,
    })
    .await;
    let providers = providers_of(&stage);
    providers.begin("acme").await.unwrap();
    assert!(finish(&providers, with_code()).await.is_ok());
    assert!(finish(&providers, with_code()).await.is_ok());
    assert_eq!(stage.times("/jwks"), 2);
}

#[tokio::test]
async fn what_comes_back_instead_of_a_code_says_why() {
    let stage = provider(SigningKey::new("1"), |_| None).await;
    let providers = providers_of(&stage);
    for (error, expected) in [
        ("access_denied", "Declined"),
        ("login_required", "Declined"),
        ("server_error", "Unreachable"),
        ("temporarily_unavailable", "Unreachable"),
        ("unauthorized_client", "Misconfigured"),
        ("invalid_scope", "Misconfigured"),
        ("invalid_request", "NotItsProtocol"),
        ("", "NotItsProtocol"),
        ("<script>", "NotItsProtocol"),
    ] {
        let parameters = CallbackParameters {
            error: Some(error.to_owned()),
            error_description: Some("long\r\n".repeat(1_000)),
            ..with_code()
        };
        let fault = finish(&providers, parameters).await.unwrap_err();
        assert_eq!(kind(&fault), expected, "{error}");
        let cause = fault.cause().unwrap();
        assert!(cause.len() <= 300 && !cause.contains('\n') && !fault.public_text().contains("long"));
    }
    for code in [None, Some(String::new())] {
        let parameters = CallbackParameters {
            code,
            ..CallbackParameters::default()
        };
        let fault = finish(&providers, parameters).await.unwrap_err();
        assert_eq!(kind(&fault), "NotItsProtocol");
    }
    let elsewhere = CallbackParameters {
        error: Some("access_denied".to_owned()),
        iss: Some("https://evil.example".to_owned()),
        ..CallbackParameters::default()
    };
    assert_eq!(kind(&finish(&providers, elsewhere).await.unwrap_err()), "WrongIssuer");
    assert_eq!(stage.times("/token"), 0);
}

#[tokio::test]
async fn private_addresses_are_not_talked_to_unless_that_is_allowed() {
    let stage = provider(SigningKey::new("1"), |_| None).await;
    let port = stage.address.port();
    for host in [
        "http://127.0.0.1",
        "https://127.0.0.1",
        "https://localhost",
        "https://[::ffff:127.0.0.1]",
    ] {
        let issuer = format!("{host}:{port}");
        let providers = providers("https://id.example", |settings, options| {
            settings.kind = ProviderKind::OpenId { issuer };
            options.allow_private_addresses = false;
        });
        let fault = providers.begin("acme").await.unwrap_err();
        assert_eq!(kind(&fault), "Misconfigured", "{host}: {fault:?}");
    }
    assert_eq!(stage.asked().len(), 0);
}
