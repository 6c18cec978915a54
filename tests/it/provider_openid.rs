//! People sign in with an OpenID provider: a real one.

use std::time::Duration;

use quoin::app;
use quoin::config::{Config, Environment, Sources};
use quoin::provider::{
    Attempt, Begun, CallbackParameters, ClientSecret, OutsideIdentity, ProviderFault, ProviderKind, ProviderOptions,
    ProviderSettings, Providers,
};
use reqwest::Url;
use serde_json::json;

use crate::support::openid::{CLIENT_ID, CLIENT_SECRET, OpenIdProvider};

/// Where people come back to.
const CALLBACK: &str = "http://127.0.0.1:8080/auth/oauth/acme/callback";

/// One provider called "acme".
pub fn providers(issuer: &str, change: impl FnOnce(&mut ProviderSettings, &mut ProviderOptions)) -> Providers {
    let mut settings = ProviderSettings {
        name: "acme".to_owned(),
        kind: ProviderKind::OpenId {
            issuer: issuer.to_owned(),
        },
        client_id: CLIENT_ID.to_owned(),
        client_secret: ClientSecret::new(CLIENT_SECRET.to_owned()),
        label: "Acme".to_owned(),
    };
    let mut options = ProviderOptions {
        callback_base: Url::parse("http://127.0.0.1:8080").unwrap(),
        allow_private_addresses: true,
        timeout: Duration::from_secs(10),
    };
    change(&mut settings, &mut options);
    Providers::new([settings], &options).unwrap()
}

/// What the caller keeps.
pub fn attempt(begun: &Begun) -> Attempt {
    Attempt {
        nonce: begun.nonce.clone(),
        pkce_verifier: begun.pkce_verifier.clone(),
    }
}

/// The whole way of a person.
async fn sign_in(provider: &OpenIdProvider, login: &str) -> Result<OutsideIdentity, ProviderFault> {
    let providers = providers(&provider.issuer, |_, _| ());
    let begun = providers.begin("acme").await?;
    let parameters = provider.sign_in(&begun.url, login).await;
    assert_eq!(parameters.state.as_deref(), Some(begun.state.as_str()));
    assert_eq!(parameters.iss.as_deref(), Some(provider.issuer.as_str()));
    providers.finish("acme", &attempt(&begun), &parameters).await
}

#[tokio::test]
async fn a_person_with_a_verified_email_signs_in() {
    let provider = OpenIdProvider::start(CALLBACK);
    let identity = sign_in(&provider, "ada").await.unwrap();
    let expected = OutsideIdentity {
        issuer: provider.issuer.clone(),
        subject: "ada".to_owned(),
        email: Some("ada@example.com".to_owned()),
        email_verified: true,
        name: Some("Ada Lovelace".to_owned()),
        username: Some("ada".to_owned()),
    };
    assert_eq!(identity, expected);
}

#[tokio::test]
async fn an_email_in_the_id_token_is_enough() {
    let provider = OpenIdProvider::with(CALLBACK, &json!({ "conform": false }));
    let identity = sign_in(&provider, "ada").await.unwrap();
    assert_eq!(
        (identity.email.as_deref(), identity.email_verified),
        (Some("ada@example.com"), true)
    );
}

#[tokio::test]
async fn an_unverified_email_says_so_and_none_is_none() {
    let provider = OpenIdProvider::start(CALLBACK);
    let bob = sign_in(&provider, "bob").await.unwrap();
    assert_eq!(
        (bob.email.as_deref(), bob.email_verified),
        (Some("bob@example.com"), false)
    );
    let eve = sign_in(&provider, "eve").await.unwrap();
    assert_eq!(
        (eve.email, eve.email_verified, eve.subject.as_str()),
        (None, false, "eve")
    );
}

#[tokio::test]
async fn every_usual_signature_is_understood() {
    for algorithm in ["ES256", "EdDSA", "PS256"] {
        let provider = OpenIdProvider::with(CALLBACK, &json!({ "algorithm": algorithm }));
        let identity = sign_in(&provider, "ada").await;
        assert_eq!(identity.unwrap().subject, "ada", "{algorithm}");
    }
}

#[tokio::test]
async fn a_sign_in_begins_with_a_code_pkce_and_a_nonce() {
    let provider = OpenIdProvider::start(CALLBACK);
    let providers = providers(&provider.issuer, |_, _| ());
    let listed: Vec<_> = providers.list().map(|listed| (listed.name, listed.label)).collect();
    assert_eq!(listed, [("acme", "Acme")]);
    let first = providers.begin("acme").await.unwrap();
    let second = providers.begin("acme").await.unwrap();
    let value = |name: &str| {
        let pair = first.url.query_pairs().find(|(other, _)| other == name);
        pair.unwrap_or_else(|| panic!("{name}: {}", first.url)).1.into_owned()
    };
    assert_eq!(value("response_type"), "code");
    assert_eq!(value("client_id"), CLIENT_ID);
    assert_eq!(value("redirect_uri"), CALLBACK);
    assert_eq!(value("code_challenge_method"), "S256");
    assert_eq!(value("scope"), "openid email profile");
    assert_eq!(
        (value("state"), value("nonce")),
        (first.state.clone(), first.nonce.clone())
    );
    assert!(!first.url.as_str().contains(&first.pkce_verifier));
    assert_ne!(first.state, second.state);
    assert_ne!(first.nonce, second.nonce);
    assert_ne!(first.pkce_verifier, second.pkce_verifier);
    let shown = format!("{first:?} {:?} {providers:?}", attempt(&first));
    for secret in [&first.state, &first.nonce, &first.pkce_verifier, CLIENT_SECRET] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_person_who_refuses_is_told_so() {
    let provider = OpenIdProvider::start(CALLBACK);
    let providers = providers(&provider.issuer, |_, _| ());
    let begun = providers.begin("acme").await.unwrap();
    let parameters = provider.refuse(&begun.url).await;
    let fault = providers
        .finish("acme", &attempt(&begun), &parameters)
        .await
        .unwrap_err();
    assert!(matches!(fault, ProviderFault::Declined(_)), "{fault:?}");
}

#[tokio::test]
async fn a_code_is_worth_nothing_with_another_verifier_nonce_or_a_second_time() {
    let provider = OpenIdProvider::start(CALLBACK);
    let providers = providers(&provider.issuer, |_, _| ());
    let other = providers.begin("acme").await.unwrap();

    let begun = providers.begin("acme").await.unwrap();
    let parameters = provider.sign_in(&begun.url, "ada").await;
    let stolen = Attempt {
        pkce_verifier: other.pkce_verifier.clone(),
        ..attempt(&begun)
    };
    let fault = providers.finish("acme", &stolen, &parameters).await.unwrap_err();
    assert!(matches!(fault, ProviderFault::Stale(_)), "{fault:?}");

    let begun = providers.begin("acme").await.unwrap();
    let parameters = provider.sign_in(&begun.url, "ada").await;
    let stolen = Attempt {
        nonce: other.nonce.clone(),
        ..attempt(&begun)
    };
    let fault = providers.finish("acme", &stolen, &parameters).await.unwrap_err();
    assert!(matches!(fault, ProviderFault::Unproven(_)), "{fault:?}");
    let fault = providers
        .finish("acme", &attempt(&begun), &parameters)
        .await
        .unwrap_err();
    assert!(matches!(fault, ProviderFault::Stale(_)), "{fault:?}");
}

#[tokio::test]
async fn an_answer_that_names_another_issuer_or_none_is_refused() {
    let provider = OpenIdProvider::start(CALLBACK);
    let providers = providers(&provider.issuer, |_, _| ());
    let begun = providers.begin("acme").await.unwrap();
    let parameters = provider.sign_in(&begun.url, "ada").await;
    for iss in [
        None,
        Some(""),
        Some("https://evil.example"),
        Some(&*format!("{}/", provider.issuer)),
    ] {
        let parameters = CallbackParameters {
            iss: iss.map(str::to_owned),
            ..parameters.clone()
        };
        let fault = providers
            .finish("acme", &attempt(&begun), &parameters)
            .await
            .unwrap_err();
        assert!(matches!(fault, ProviderFault::WrongIssuer(_)), "{iss:?}: {fault:?}");
    }
    let finished = providers.finish("acme", &attempt(&begun), &parameters).await;
    assert!(finished.is_ok(), "the code was not spent: {finished:?}");
}

#[tokio::test]
async fn a_wrong_secret_is_a_matter_of_configuration() {
    let provider = OpenIdProvider::start(CALLBACK);
    let providers = providers(&provider.issuer, |settings, _| {
        settings.client_secret = ClientSecret::new("hunter2".to_owned());
    });
    let begun = providers.begin("acme").await.unwrap();
    let parameters = provider.sign_in(&begun.url, "ada").await;
    let fault = providers
        .finish("acme", &attempt(&begun), &parameters)
        .await
        .unwrap_err();
    assert!(matches!(fault, ProviderFault::Misconfigured(_)), "{fault:?}");
    assert!(!format!("{fault:?}").contains("hunter2"));
}

#[tokio::test]
async fn only_configured_names_are_providers() {
    let providers = providers("https://id.example", |_, _| ());
    for name in ["", "other", "ACME", "../acme"] {
        assert_eq!(providers.begin(name).await.unwrap_err(), ProviderFault::Unknown);
    }
}

#[tokio::test]
async fn what_is_configured_can_be_signed_in_with() {
    let provider = OpenIdProvider::start(CALLBACK);
    let set = |name: &str, value: &str| (format!("QUOIN_AUTH__PROVIDERS__{name}").into(), value.into());
    let environment = vec![
        set("ACME__ISSUER", &provider.issuer),
        set("ACME__CLIENT_ID", CLIENT_ID),
        set("ACME__CLIENT_SECRET", CLIENT_SECRET),
        set("GITHUB__CLIENT_ID", "1"),
        set("GITHUB__CLIENT_SECRET", "2"),
    ];
    let config = Config::load(Sources {
        environment,
        ..Sources::default()
    });
    let mut config = config.unwrap();
    let providers = app::providers(&config).unwrap();
    let labels: Vec<_> = providers.list().map(|listed| listed.label).collect();
    assert_eq!(labels, ["acme", "GitHub"]);
    let begun = providers.begin("acme").await.unwrap();
    let parameters = provider.sign_in(&begun.url, "ada").await;
    assert!(providers.finish("acme", &attempt(&begun), &parameters).await.is_ok());
    let github = providers.begin("github").await.unwrap();
    assert!(
        github
            .url
            .as_str()
            .starts_with("https://github.com/login/oauth/authorize?"),
        "{}",
        github.url
    );

    config.env = Environment::Production;
    let fault = app::providers(&config).unwrap().begin("acme").await.unwrap_err();
    assert!(
        matches!(fault, ProviderFault::Misconfigured(_)),
        "on this machine: {fault:?}"
    );
}
