//! API keys: what they look like, what they may, and how they end.

use chrono::TimeDelta;
use entity::{ApiKeyId, api_key as api_key_row};
use quoin::domain::api_key::{self, ApiKeyRow, NewApiKey};
use quoin::domain::authenticate::authenticate;
use quoin::domain::page::PageRequest;
use quoin::domain::refusal::{Denied, ProblemCode, Refusal};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::{Credential, Viewer};
use quoin::token::Secret;
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;

use crate::support::Town;
use crate::support::town::{Resident, ends_within_a_second, fault, problem};

fn new(name: &str) -> NewApiKey {
    NewApiKey {
        name: name.to_owned(),
        scopes: Scopes::from_iter([Scope::Read, Scope::Write]),
        expires_at: None,
    }
}

async fn make(town: &Town, resident: &Resident) -> (ApiKeyRow, Secret) {
    api_key::create(&town.accounts, resident.viewer(), new("build"))
        .await
        .unwrap()
}

async fn stored(town: &Town, id: ApiKeyId) -> api_key_row::Model {
    let row = api_key_row::Entity::find_by_id(id).one(town.store().read());
    row.await.unwrap().unwrap()
}

#[tokio::test]
async fn a_key_is_known_by_its_form_and_acts_for_whoever_made_it_within_its_scopes() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let (row, key) = make(&town, &ann).await;
    let (id, secret) = key.expose().strip_prefix("qn_").unwrap().split_once('_').unwrap();
    assert_eq!(id, row.id.0.simple().to_string());
    assert_eq!(secret.len(), 43);
    assert_ne!(stored(&town, row.id).await.digest.expose(), secret);
    let Viewer::User(actor) = authenticate(&town.accounts, key.expose()).await.unwrap() else {
        panic!("a person")
    };
    assert_eq!((actor.user, actor.credential), (ann.id, Credential::ApiKey(row.id)));
    assert_eq!(actor.scopes.to_string(), "read write");
    assert!(town.events_of(ann.id).await.contains(&"API_KEY_CREATED".to_owned()));
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let (_, key) = make(&town, &ann).await;
    let key = key.expose();
    let (_, other) = make(&town, &ann).await;
    let (head, secret) = key.split_at(36);
    let mixed = format!("{head}{}", other.expose().split_at(36).1);
    for wrong in [
        "qn_",
        "qn__",
        &key[..key.len() - 1],
        &format!("{key}x"),
        &key.to_uppercase(),
        &mixed,
        &format!("qn_{secret}"),
        &format!("qn_{}_{}", "0".repeat(32), "A".repeat(43)),
        "qn_\0",
        &format!("qn_{}", "🦀".repeat(30)),
    ] {
        assert!(fault(&town.accounts, wrong).await.is_some(), "{wrong}");
    }
    assert_eq!(fault(&town.accounts, key).await, None);
}

#[tokio::test]
async fn an_expired_key_works_no_longer_also_while_it_is_known() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let soon = NewApiKey {
        expires_at: Some(entity::now() + TimeDelta::seconds(1)),
        ..new("soon")
    };
    let (_, key) = api_key::create(&town.accounts, ann.viewer(), soon).await.unwrap();
    let late = NewApiKey {
        expires_at: Some(entity::now() - TimeDelta::seconds(1)),
        ..new("late")
    };
    assert_eq!(
        problem(api_key::create(&town.accounts, ann.viewer(), late).await),
        ProblemCode::Invalid
    );
    // Lives its second, whether or not the first look came in time.
    let begun = std::time::Instant::now();
    while fault(&town.accounts, key.expose()).await.is_none() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(5));
        tokio::task::yield_now().await;
    }
    let forever = make(&town, &ann).await;
    assert_eq!(fault(&town.accounts, forever.1.expose()).await, None);
}

#[tokio::test]
async fn a_revoked_key_ends_at_once_here_and_within_a_second_elsewhere() {
    let town = Town::new().await;
    let (ann, bob) = (town.resident("ann").await, town.resident("bob").await);
    let (row, key) = make(&town, &ann).await;
    let replica = town.replica().await;
    assert_eq!(fault(&replica, key.expose()).await, None);
    assert!(matches!(
        api_key::revoke(&town.accounts, bob.viewer(), row.id).await,
        Err(Refusal::NotFound(_))
    ));
    api_key::revoke(&town.accounts, ann.viewer(), row.id).await.unwrap();
    assert!(fault(&town.accounts, key.expose()).await.is_some());
    ends_within_a_second(&replica, key.expose()).await;
    assert!(matches!(
        api_key::revoke(&town.accounts, ann.viewer(), row.id).await,
        Err(Refusal::NotFound(_))
    ));
    assert!(town.events_of(ann.id).await.contains(&"API_KEY_REVOKED".to_owned()));
}

#[tokio::test]
async fn no_key_makes_or_revokes_a_key_nor_has_the_rights_to() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let (row, key) = make(&town, &ann).await;
    let by_key = authenticate(&town.accounts, key.expose()).await.unwrap();
    for refused in [
        api_key::create(&town.accounts, by_key, new("more")).await.map(drop),
        api_key::revoke(&town.accounts, by_key, row.id).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Refusal::Denied(_))), "{refused:?}");
    }
    for scope in [Scope::Account, Scope::OpenId, Scope::Email] {
        let wrong = NewApiKey {
            scopes: Scopes::from_iter([Scope::Read, scope]),
            ..new("wide")
        };
        let refused = api_key::create(&town.accounts, ann.viewer(), wrong).await;
        assert_eq!(problem(refused), ProblemCode::Invalid);
    }
    let none = NewApiKey {
        scopes: Scopes::NONE,
        ..new("none")
    };
    assert_eq!(
        problem(api_key::create(&town.accounts, ann.viewer(), none).await),
        ProblemCode::Invalid
    );
    let refused = api_key::create(&town.accounts, Viewer::Anonymous, new("mine")).await;
    assert!(matches!(refused, Err(Refusal::Denied(Denied::Unauthenticated))));
}

#[tokio::test]
async fn the_last_use_is_kept_to_the_minute_and_known_keys_ask_nobody() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let (row, key) = make(&town, &ann).await;
    assert_eq!(row.last_used_at, None);
    assert_eq!(fault(&town.accounts, key.expose()).await, None);
    let first = stored(&town, row.id).await.last_used_at.expect("noted");
    let asking = async {
        for _ in 0..1_000 {
            assert_eq!(fault(&town.accounts, key.expose()).await, None);
        }
    };
    let ((), statements) = town.statements(asking).await;
    assert_eq!(statements, Vec::<String>::new());
    let uses = |minutes| {
        let at = first - TimeDelta::seconds(minutes);
        api_key_row::Entity::update_many().col_expr(api_key_row::Column::LastUsedAt, Expr::value(at))
    };
    for (seconds, is_noted) in [(30, false), (61, true)] {
        uses(seconds).exec(town.store().read()).await.unwrap();
        town.accounts.known_keys.forget();
        assert_eq!(fault(&town.accounts, key.expose()).await, None);
        let noted = stored(&town, row.id).await.last_used_at.unwrap() >= first;
        assert_eq!(noted, is_noted, "{seconds}");
    }
}

#[tokio::test]
async fn an_account_has_no_more_than_fifty_keys() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    for _ in 0..50 {
        make(&town, &ann).await;
    }
    let refused = api_key::create(&town.accounts, ann.viewer(), new("one more")).await;
    assert_eq!(problem(refused), ProblemCode::NotAllowed);
    let page = api_key::list_of(town.store().read(), ann.id, &PageRequest::first(100)).await;
    assert_eq!(page.unwrap().items.len(), 50);
}
