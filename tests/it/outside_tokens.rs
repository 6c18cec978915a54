//! Tokens of outside issuers act for the accounts that they are linked with, and do at most what a key can.

use std::sync::Arc;
use std::time::Duration;

use entity::revocation;
use quoin::domain::authenticate::authenticate;
use quoin::domain::refusal::Refusal;
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::{Actor, Credential, Viewer, account, api_key, identity};
use quoin::outbound::{Exchange, Reach};
use quoin::provider::trusted::{TrustedIssuerSettings, TrustedIssuers};
use quoin::token::TokenFault;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::Town;
use crate::support::accounts::accounts_with;
use crate::support::signing::{SigningKey, seconds};
use crate::support::stage::{Stage, answer, json as json_answer};
use crate::support::town::{email, ends_within_a_second, fault};

/// An issuer whose tokens a town trusts.
struct Outside {
    town: Town,
    issuers: Arc<TrustedIssuers>,
    stage: Stage,
    key: SigningKey,
}

impl Outside {
    async fn new() -> Self {
        let key = SigningKey::new("k1");
        let keys = json!({ "keys": [key.public()] });
        let stage = Stage::start(move |asked| match asked.path.as_str() {
            "/.well-known/openid-configuration" => {
                json_answer(&json!({ "issuer": asked.base, "jwks_uri": format!("{}/jwks", asked.base) }))
            }
            "/jwks" => json_answer(&keys),
            _ => answer("404 Not Found", "text/plain", "nothing"),
        })
        .await;
        let settings = TrustedIssuerSettings {
            issuer: stage.base(),
            audience: "quoin".to_owned(),
            subject_claim: "sub".to_owned(),
            email_claim: "email".to_owned(),
            scope_claim: "scope".to_owned(),
        };
        let client = Exchange::new(Reach::Any, Duration::from_secs(5)).unwrap();
        let issuers = Arc::new(TrustedIssuers::new([settings], &client));
        let town = Town::with(|settings| settings.issuers = Some(Arc::clone(&issuers))).await;
        Self {
            town,
            issuers,
            stage,
            key,
        }
    }

    fn token(&self, more: &Value) -> String {
        let mut claims = json!({
            "iss": self.stage.base(),
            "aud": "quoin",
            "sub": "ada",
            "email": email("ann"),
            "email_verified": true,
            "scope": "read write account openid unheard-of",
            "iat": seconds(0),
            "exp": seconds(300),
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.key.sign(&claims)
    }

    async fn fault(&self, more: &Value) -> Option<TokenFault> {
        fault(&self.town.accounts, &self.token(more)).await
    }

    async fn actor(&self, token: &str) -> Actor {
        match authenticate(&self.town.accounts, token).await.unwrap() {
            Viewer::User(actor) => actor,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_verified_address_links_the_account_once_and_the_subject_counts_from_then_on() {
    let outside = Outside::new().await;
    let town = &outside.town;
    let ann = town.resident("ann").await;
    let actor = outside.actor(&outside.token(&json!({}))).await;
    assert_eq!((actor.user, actor.credential), (ann.id, Credential::Outside));
    assert_eq!(actor.scopes.to_string(), "read write", "at most what a key can have");
    let unverified = json!({ "email": "other@example.com", "email_verified": false });
    assert_eq!(outside.actor(&outside.token(&unverified)).await.user, ann.id);
    assert_eq!(town.events_of(ann.id).await, ["SIGNED_UP", "IDENTITY_LINKED"]);
    assert_eq!(fault(&town.accounts, ann.jwt()).await, None, "ours are taken as before");
}

#[tokio::test]
async fn whoever_has_no_account_here_is_told_so_and_gets_none() {
    let outside = Outside::new().await;
    let ann = outside.town.resident("ann").await;
    outside.town.byline("imported").await;
    for more in [
        json!({ "email_verified": false }),
        json!({ "email": "nobody@example.com" }),
        json!({ "email": email("imported") }),
        json!({ "email": null }),
        json!({ "email": "odd" }),
    ] {
        assert_eq!(outside.fault(&more).await, Some(TokenFault::NoAccount), "{more}");
    }
    assert_eq!(outside.town.events_of(ann.id).await, ["SIGNED_UP"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_told_as_for_our_own() {
    let outside = Outside::new().await;
    outside.town.resident("ann").await;
    for (more, expected) in [
        (
            json!({ "exp": seconds(-120), "iat": seconds(-300) }),
            TokenFault::Expired,
        ),
        (json!({ "nbf": seconds(120) }), TokenFault::NotYetValid),
        (json!({ "aud": "somebody" }), TokenFault::WrongAudience),
        (json!({ "sub": null }), TokenFault::Malformed),
        (json!({ "sub": "" }), TokenFault::Malformed),
    ] {
        assert_eq!(outside.fault(&more).await, Some(expected), "{more}");
    }
    let accounts = &outside.town.accounts;
    let token = outside.token(&json!({}));
    let (head, _) = token.rsplit_once('.').unwrap();
    let (_, others) = outside
        .token(&json!({ "sub": "eve" }))
        .rsplit_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert_eq!(
        fault(accounts, &format!("{head}.{others}")).await,
        Some(TokenFault::WrongSignature)
    );
    let foreign = SigningKey::new("k2").sign(
        &json!({ "iss": outside.stage.base(), "aud": "quoin", "sub": "ada", "iat": seconds(0), "exp": seconds(60) }),
    );
    assert_eq!(fault(accounts, &foreign).await, Some(TokenFault::UnknownKey));
    let untrusted = outside.token(&json!({ "iss": "https://elsewhere.example" }));
    assert!(fault(accounts, &untrusted).await.is_some());
}

#[tokio::test]
async fn a_disabled_account_ends_outside_tokens_that_were_known_and_fresh_ones() {
    let outside = Outside::new().await;
    let town = &outside.town;
    let ann = town.resident("ann").await;
    let token = outside.token(&json!({}));
    outside.actor(&token).await;
    let replica = town.replica().await;
    account::disable(&replica, Viewer::Operator, ann.id).await.unwrap();
    ends_within_a_second(&town.accounts, &token).await;
    let fresh = outside.token(&json!({ "iat": seconds(20) }));
    assert!(fault(&town.accounts, &fresh).await.is_some());
    account::enable(&replica, Viewer::Operator, ann.id).await.unwrap();
    assert_eq!(
        fault(&town.accounts, &token).await,
        Some(TokenFault::Revoked),
        "a token of before stays worth nothing"
    );
    assert_eq!(fault(&town.accounts, &fresh).await, None);
    // Revocations are forgotten within the hour, and such a token may last for days.
    let revocations = revocation::Entity::delete_many();
    revocations.exec(town.store().read()).await.unwrap();
    let later = accounts_with(town.store(), town.database.outbox(), |settings| {
        settings.issuers = Some(Arc::clone(&outside.issuers));
    });
    let later = later.await;
    assert_eq!(fault(&later, &token).await, Some(TokenFault::Revoked));
    assert_eq!(fault(&later, &fresh).await, None);
}

#[tokio::test]
async fn an_unlinked_identity_opens_nothing() {
    let outside = Outside::new().await;
    let town = &outside.town;
    let ann = town.resident("ann").await;
    outside.actor(&outside.token(&json!({}))).await;
    let unverified = outside.token(&json!({ "email_verified": false }));
    assert_eq!(outside.actor(&unverified).await.user, ann.id);
    let own = identity::list_of(town.store().read(), ann.id).await.unwrap();
    identity::unlink(&town.accounts, ann.viewer(), own[0].id).await.unwrap();
    assert_eq!(fault(&town.accounts, &unverified).await, Some(TokenFault::NoAccount));
}

#[tokio::test]
async fn an_outside_token_makes_no_key_and_changes_no_account() {
    let outside = Outside::new().await;
    let town = &outside.town;
    town.resident("ann").await;
    let viewer = Viewer::User(outside.actor(&outside.token(&json!({}))).await);
    let new = api_key::NewApiKey {
        name: "mine".into(),
        scopes: Scopes::from_iter([Scope::Read]),
        expires_at: None,
    };
    let refused = api_key::create(&town.accounts, viewer, new).await;
    assert!(matches!(refused, Err(Refusal::Denied(_))), "{refused:?}");
}

#[tokio::test]
async fn a_known_outside_token_asks_nobody() {
    let outside = Outside::new().await;
    let town = &outside.town;
    town.resident("ann").await;
    let token = outside.token(&json!({}));
    outside.actor(&token).await;
    let asked = outside.stage.asked().len();
    let asking = async {
        for _ in 0..300 {
            assert_eq!(fault(&town.accounts, &token).await, None);
        }
    };
    let ((), statements) = town.statements(asking).await;
    assert_eq!(statements, Vec::<String>::new());
    assert_eq!(outside.stage.asked().len(), asked);
}
