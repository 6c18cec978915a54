//! Access tokens of configured outside issuers are believed, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jsonwebtoken::jwk::Jwk;
use quoin::outbound::{Exchange, Reach};
use quoin::provider::trusted::{OutsideToken, TokenFault, TrustedIssuerSettings, TrustedIssuers};
use serde_json::{Value, json};

use crate::support::openid::{CLIENT_ID, OpenIdProvider, RESOURCE};
use crate::support::signing::{SigningKey, seconds, sign_shared, unsigned};
use crate::support::stage::{Asked, Reply, Stage, answer, json as json_answer};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";

fn settings(issuer: &str) -> TrustedIssuerSettings {
    TrustedIssuerSettings {
        issuer: issuer.to_owned(),
        audience: RESOURCE.to_owned(),
        subject_claim: "sub".to_owned(),
        email_claim: "email".to_owned(),
        scope_claim: "scope".to_owned(),
    }
}

fn trusting(issuer: &str) -> TrustedIssuers {
    trusting_with(settings(issuer), Reach::Any)
}

fn trusting_with(settings: TrustedIssuerSettings, reach: Reach) -> TrustedIssuers {
    let client = Exchange::new(reach, Duration::from_millis(500)).unwrap();
    TrustedIssuers::new([settings], &client)
}

/// An issuer with these keys, but for what `otherwise` answers itself.
async fn issuer(keys: Value, otherwise: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Stage {
    Stage::start(move |asked| {
        let usual = || match asked.path.as_str() {
            DISCOVERY => json_answer(&metadata(&asked.base)),
            "/jwks" => json_answer(&json!({ "keys": keys })),
            _ => answer("404 Not Found", "text/plain", "nothing"),
        };
        otherwise(asked).unwrap_or_else(usual)
    })
    .await
}

fn metadata(base: &str) -> Value {
    json!({ "issuer": base, "jwks_uri": format!("{base}/jwks") })
}

fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer,
        "aud": RESOURCE,
        "sub": "ada",
        "email": "ada@example.com",
        "email_verified": true,
        "name": "Ada",
        "scope": "posts:read posts:write",
        "iat": seconds(0),
        "exp": seconds(60),
    })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

/// What a token is worth to somebody who trusts an issuer with this key.
async fn verify(key: &SigningKey, token: impl FnOnce(&str) -> String) -> Result<OutsideToken, TokenFault> {
    let stage = issuer(json!([key.public()]), |_| None).await;
    trusting(&stage.base()).verify(&token(&stage.base())).await
}

#[tokio::test]
async fn a_token_that_a_real_provider_issued_is_believed() {
    for algorithm in ["RS256", "ES256", "EdDSA", "PS256"] {
        let provider = OpenIdProvider::with("https://quoin.test/callback", &json!({ "algorithm": algorithm }));
        let token = provider.access_token("posts:read posts:write").await;
        let issuers = trusting(&provider.issuer);
        assert!(issuers.knows_issuer_of(&token));
        let said = issuers.verify(&token).await.unwrap();
        assert_eq!(
            (said.issuer.as_str(), said.subject.as_str()),
            (provider.issuer.as_str(), CLIENT_ID)
        );
        assert_eq!(said.scopes, ["posts:read", "posts:write"]);
        assert_eq!((said.email, said.email_verified), (None, false));
        assert!(said.issued_at < said.expires_at);
    }
}

#[tokio::test]
async fn a_real_token_that_was_changed_or_is_for_others_is_refused() {
    let provider = OpenIdProvider::start("https://quoin.test/callback");
    let token = provider.access_token("posts:read").await;
    let issuers = trusting(&provider.issuer);
    assert!(issuers.verify(&token).await.is_ok());

    let parts: Vec<_> = token.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    for changed in [
        format!("{header}.{claims}.{}", &signature[..signature.len() - 4]),
        format!("{header}.{claims}."),
        format!("{header}.{claims}.AAAA"),
        format!("{header}.{claims}.{}", "!".repeat(20)),
    ] {
        assert_eq!(issuers.verify(&changed).await, Err(TokenFault::Signature), "{changed}");
    }

    let jwk: Jwk = serde_json::from_value(provider.keys().await["keys"][0].clone()).unwrap();
    let kid = jwk.common.key_id.clone().unwrap();
    let public = serde_json::to_vec(&jwk).unwrap();
    let confused = sign_shared(&public, Some(&kid), &self::claims(&provider.issuer));
    assert_eq!(
        issuers.verify(&confused).await,
        Err(TokenFault::UnknownKey),
        "HS256 with the public key"
    );
    let foreign = SigningKey::new(&kid).sign(&self::claims(&provider.issuer));
    assert_eq!(
        issuers.verify(&foreign).await,
        Err(TokenFault::UnknownKey),
        "ES256, where the key is for RS256"
    );

    let elsewhere = TrustedIssuerSettings {
        audience: format!("{RESOURCE}/"),
        ..settings(&provider.issuer)
    };
    let elsewhere = trusting_with(elsewhere, Reach::Any);
    assert_eq!(elsewhere.verify(&token).await, Err(TokenFault::Audience));
    let stranger = trusting("https://id.example");
    assert_eq!(stranger.verify(&token).await, Err(TokenFault::UnknownIssuer));
    assert!(!stranger.knows_issuer_of(&token));
}

#[tokio::test]
async fn what_a_token_says_is_read_by_the_configured_claims() {
    let key = SigningKey::new("1");
    let said = verify(&key, |issuer| key.sign(&claims(issuer))).await.unwrap();
    assert_eq!((said.subject.as_str(), said.name.as_deref()), ("ada", Some("Ada")));
    assert_eq!(
        (said.email.as_deref(), said.email_verified),
        (Some("ada@example.com"), true)
    );

    let stage = issuer(json!([key.public()]), |_| None).await;
    let settings = TrustedIssuerSettings {
        subject_claim: "https://id.example/uid".to_owned(),
        email_claim: "mail".to_owned(),
        scope_claim: "permissions".to_owned(),
        ..settings(&stage.base())
    };
    let mut claims = claims(&stage.base());
    claims["https://id.example/uid"] = json!("u1");
    claims["mail"] = json!("m@example.com");
    claims["email_verified"] = json!("true");
    claims["permissions"] = json!(["a", 5, "b"]);
    claims["aud"] = json!(["https://other.example", RESOURCE]);
    let said = trusting_with(settings, Reach::Any)
        .verify(&key.sign(&claims))
        .await
        .unwrap();
    assert_eq!(
        (said.subject.as_str(), said.email.as_deref()),
        ("u1", Some("m@example.com"))
    );
    assert!(said.email_verified);
    assert_eq!(said.scopes, ["a", "b"]);
}

#[tokio::test]
async fn claims_that_do_not_hold_are_refused() {
    let key = SigningKey::new("1");
    let claim = |name: &str| TokenFault::Claim(name.to_owned());
    for (name, value, fault) in [
        ("iss", json!("https://evil.example"), TokenFault::UnknownIssuer),
        ("iss", Value::Null, TokenFault::UnknownIssuer),
        ("iss", json!(5), TokenFault::UnknownIssuer),
        ("aud", json!("https://other.example"), TokenFault::Audience),
        ("aud", json!([]), TokenFault::Audience),
        ("aud", Value::Null, claim("aud")),
        ("exp", json!(seconds(-40)), TokenFault::Expired),
        ("exp", Value::Null, claim("exp")),
        ("exp", json!("tomorrow"), claim("exp")),
        ("nbf", json!(seconds(40)), TokenFault::NotYetValid),
        ("nbf", json!("tomorrow"), claim("nbf")),
        ("iat", json!(seconds(40)), TokenFault::NotYetValid),
        ("iat", Value::Null, claim("iat")),
        ("sub", Value::Null, claim("sub")),
        ("sub", json!(""), claim("sub")),
        ("sub", json!(5), claim("sub")),
        ("sub", json!("x".repeat(256)), claim("sub")),
    ] {
        let found = verify(&key, |issuer| key.sign(&with(claims(issuer), name, value.clone()))).await;
        assert_eq!(found, Err(fault), "{name}: {value}");
    }
    for (name, value) in [("exp", seconds(-20)), ("nbf", seconds(20)), ("iat", seconds(20))] {
        let found = verify(&key, |issuer| key.sign(&with(claims(issuer), name, json!(value)))).await;
        assert!(found.is_ok(), "clocks may differ a little: {name}: {found:?}");
    }
}

#[tokio::test]
async fn headers_that_lead_elsewhere_are_refused_or_not_looked_at() {
    let evil = Stage::start(|_| json_answer(&json!({ "keys": [] }))).await;
    let (key, foreign) = (SigningKey::new("1"), SigningKey::new("evil"));
    let stage = issuer(json!([key.public()]), |_| None).await;
    let issuers = trusting(&stage.base());
    let claims = claims(&stage.base());
    let led = |key: &SigningKey| {
        let mut header = key.header();
        header.jku = Some(evil.base());
        header.x5u = Some(evil.base());
        header.jwk = Some(serde_json::from_value(foreign.public()).unwrap());
        header
    };
    let honest = issuers.verify(&key.sign_with(&led(&key), &claims)).await;
    assert!(honest.is_ok(), "{honest:?}");
    let forged = issuers.verify(&foreign.sign_with(&led(&foreign), &claims)).await;
    assert_eq!(forged, Err(TokenFault::UnknownKey));
    let forged = issuers.verify(&foreign.sign_with(&led(&key), &claims)).await;
    assert_eq!(forged, Err(TokenFault::Signature));
    assert_eq!(evil.asked().len(), 0);

    for kid in [
        "../../etc/passwd",
        "..%2f1",
        "1\0",
        "",
        "1/../1",
        "' or 1=1",
        "http://evil.example/",
    ] {
        let mut header = key.header();
        header.kid = Some(kid.to_owned());
        let found = issuers.verify(&key.sign_with(&header, &claims)).await;
        assert_eq!(found, Err(TokenFault::UnknownKey), "{kid:?}");
    }
    for (typ, is_fine) in [
        (None, true),
        (Some("JWT"), true),
        (Some("at+jwt"), true),
        (Some("application/at+JWT"), true),
        (Some("dpop+jwt"), false),
        (Some("logout+jwt"), false),
        (Some(""), false),
    ] {
        let mut header = key.header();
        header.typ = typ.map(str::to_owned);
        let found = issuers.verify(&key.sign_with(&header, &claims)).await;
        assert_eq!(found.is_ok(), is_fine, "{typ:?}: {found:?}");
    }
    let mut critical = key.header();
    critical.crit = Some(vec!["b64".to_owned()]);
    let found = issuers.verify(&key.sign_with(&critical, &claims)).await;
    assert!(matches!(found, Err(TokenFault::Malformed(_))), "{found:?}");
}

#[tokio::test]
async fn what_is_no_signed_token_is_refused_without_asking_anybody() {
    let key = SigningKey::new("1");
    let stage = issuer(json!([key.public()]), |_| None).await;
    let issuers = trusting(&stage.base());
    let claims = claims(&stage.base());
    let good = key.sign(&claims);
    let parts: Vec<_> = good.split('.').collect();
    for token in [
        String::new(),
        "x".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        unsigned(&claims),
        parts[..2].join("."),
        format!("{good}.{}", parts[2]),
        format!("{}.{}.{}", parts[1], parts[0], parts[2]),
        format!("{} {good}", parts[0]),
        format!("{good}{}", "A".repeat(20_000)),
    ] {
        let found = issuers.verify(&token).await;
        assert!(
            matches!(found, Err(TokenFault::Malformed(_) | TokenFault::UnknownIssuer)),
            "{token}: {found:?}"
        );
        assert!(found.is_err() && stage.asked().is_empty(), "{token}");
    }
}

#[tokio::test]
async fn keys_are_fetched_once_however_many_ask() {
    let key = SigningKey::new("1");
    let stage = issuer(json!([key.public()]), |_| None).await;
    let issuers = trusting(&stage.base());
    let token = key.sign(&claims(&stage.base()));
    let all = futures_util::future::join_all((0..50).map(|_| issuers.verify(&token))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!((stage.times(DISCOVERY), stage.times("/jwks")), (1, 1));
}

#[tokio::test]
async fn a_new_key_is_found_and_a_flood_of_unknown_ones_is_not_passed_on() {
    let keys = [SigningKey::new("1"), SigningKey::new("2"), SigningKey::new("3")];
    let public = keys.each_ref().map(SigningKey::public);
    let fetched = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&fetched);
    let stage = issuer(json!([]), move |asked| {
        let turn = || counter.fetch_add(1, Ordering::SeqCst).min(2);
        (asked.path == "/jwks").then(|| json_answer(&json!({ "keys": [public[turn()]] })))
    })
    .await;
    let issuers = trusting(&stage.base());
    let claims = claims(&stage.base());
    assert!(issuers.verify(&keys[0].sign(&claims)).await.is_ok());
    assert!(issuers.verify(&keys[1].sign(&claims)).await.is_ok(), "rotated");

    for number in 0..100 {
        let forged = SigningKey::new(&format!("unknown {number}")).sign(&claims);
        assert_eq!(issuers.verify(&forged).await, Err(TokenFault::UnknownKey));
    }
    assert_eq!(
        issuers.verify(&keys[2].sign(&claims)).await,
        Err(TokenFault::UnknownKey),
        "within the pause"
    );
    assert!(
        issuers.verify(&keys[1].sign(&claims)).await.is_ok(),
        "the flood does not touch known keys"
    );
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_issuer_that_is_not_there_is_not_asked_again_at_once() {
    type Break = fn(&Asked) -> Option<Reply>;
    let broken: [(&str, Break); 7] = [
        ("a fault", |_| {
            Some(answer("500 Internal Server Error", "text/plain", "x"))
        }),
        ("silence", |_| Some(Reply::Silence)),
        ("nothing", |_| Some(answer("404 Not Found", "text/plain", "x"))),
        ("a page", |_| Some(answer("200 OK", "text/html", "<p>"))),
        ("keys of no form", |asked| {
            (asked.path == "/jwks").then(|| json_answer(&json!({ "keys": 5 })))
        }),
        ("another name", |asked| {
            let other = json!({ "issuer": "https://evil.example", "jwks_uri": format!("{}/jwks", asked.base) });
            (asked.path == DISCOVERY).then(|| json_answer(&other))
        }),
        ("keys in a file", |asked| {
            let other = json!({ "issuer": asked.base, "jwks_uri": "file:///etc/passwd" });
            (asked.path == DISCOVERY).then(|| json_answer(&other))
        }),
    ];
    for (what, broken) in broken {
        let key = SigningKey::new("1");
        let stage = issuer(json!([key.public()]), broken).await;
        let issuers = trusting(&stage.base());
        let token = key.sign(&claims(&stage.base()));
        assert_eq!(issuers.verify(&token).await, Err(TokenFault::Unavailable), "{what}");
        let asked = stage.asked().len();
        assert_eq!(issuers.verify(&token).await, Err(TokenFault::Unavailable), "{what}");
        assert_eq!(stage.asked().len(), asked, "{what}");
    }
}

#[tokio::test]
async fn metadata_of_oauth_without_openid_does_too() {
    let key = SigningKey::new("1");
    let stage = issuer(json!([key.public()]), |asked| match asked.path.as_str() {
        DISCOVERY => Some(answer("404 Not Found", "text/plain", "x")),
        OAUTH_METADATA => Some(json_answer(&metadata(&asked.base))),
        _ => None,
    })
    .await;
    let found = trusting(&stage.base()).verify(&key.sign(&claims(&stage.base()))).await;
    assert!(found.is_ok(), "{found:?}");
}

#[tokio::test]
async fn issuers_at_private_addresses_are_not_talked_to_unless_that_is_allowed() {
    let key = SigningKey::new("1");
    let stage = issuer(json!([key.public()]), |_| None).await;
    let issuers = trusting_with(settings(&stage.base()), Reach::Public);
    let found = issuers.verify(&key.sign(&claims(&stage.base()))).await;
    assert_eq!(found, Err(TokenFault::Unavailable));
    assert_eq!(stage.asked().len(), 0);
}
