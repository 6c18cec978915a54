//! Refresh tokens change with every use, and using one twice ends the session.

use entity::{OauthClientId, refresh_token};
use quoin::domain::page::PageRequest;
use quoin::domain::refusal::{ProblemCode, Refusal};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::session::{self, Reuse, Tokens};
use quoin::token::{Secret, TokenFault};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;

use crate::support::Town;
use crate::support::town::{PASSWORD, device, ends_within_a_second, fault, problem};

async fn refresh(town: &Town, secret: &Secret, reuse: Reuse) -> Result<Tokens, Refusal> {
    session::refresh(&town.accounts, secret, None, None, reuse, &device()).await
}

fn secret(tokens: &Tokens) -> &Secret {
    tokens.refresh.as_ref().expect("a refresh token")
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_the_next() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let mut tokens = ann.tokens.clone();
    for _ in 0..3 {
        let next = refresh(&town, secret(&tokens), Reuse::Never).await.unwrap();
        assert_ne!(secret(&next), secret(&tokens));
        assert_eq!((next.session, next.user), (ann.tokens.session, ann.id));
        assert_eq!(
            next.authenticated_at, ann.tokens.authenticated_at,
            "no new proof of who it is"
        );
        assert_eq!(fault(&town.accounts, &next.access.jwt).await, None);
        tokens = next;
    }
    let stored = refresh_token::Entity::find().all(town.store().read()).await.unwrap();
    assert!(stored.iter().all(|row| row.digest.expose() != secret(&tokens).expose()));
}

#[tokio::test]
async fn a_replayed_refresh_token_ends_its_family_and_the_access_tokens() {
    let town = Town::new().await;
    let (ann, replica) = (town.resident("ann").await, town.replica().await);
    let bob = town.resident("bob").await;
    let next = refresh(&town, secret(&ann.tokens), Reuse::Never).await.unwrap();
    assert_eq!(fault(&replica, &next.access.jwt).await, None);
    assert_eq!(
        problem(refresh(&town, secret(&ann.tokens), Reuse::Never).await),
        ProblemCode::Expired
    );
    assert_eq!(
        problem(refresh(&town, secret(&next), Reuse::Never).await),
        ProblemCode::Expired,
        "the thief or the owner: nobody can tell which"
    );
    for jwt in [ann.jwt(), &next.access.jwt] {
        assert_eq!(fault(&town.accounts, jwt).await, Some(TokenFault::Revoked));
        ends_within_a_second(&replica, jwt).await;
    }
    assert_eq!(fault(&town.accounts, bob.jwt()).await, None);
    assert!(town.events_of(ann.id).await.contains(&"TOKEN_REPLAYED".to_owned()));
    assert!(town.sign_in("ann", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn two_tabs_that_wake_together_both_go_on() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let cookie = secret(&ann.tokens);
    let (one, other) = tokio::join!(
        refresh(&town, cookie, Reuse::AmongTabs),
        refresh(&town, cookie, Reuse::AmongTabs)
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    let refreshed: Vec<_> = [&one, &other]
        .into_iter()
        .filter_map(|tokens| tokens.refresh.as_ref())
        .collect();
    assert_eq!(refreshed.len(), 1, "one of them has the next cookie for both");
    for tokens in [&one, &other] {
        assert_eq!(fault(&town.accounts, &tokens.access.jwt).await, None);
    }
    refresh(&town, refreshed[0], Reuse::AmongTabs).await.unwrap();
    let long_ago = entity::now() - chrono::TimeDelta::seconds(11);
    let change = refresh_token::Entity::update_many().col_expr(refresh_token::Column::UsedAt, Expr::value(long_ago));
    change.exec(town.store().read()).await.unwrap();
    assert_eq!(
        problem(refresh(&town, cookie, Reuse::AmongTabs).await),
        ProblemCode::Expired,
        "ten seconds later it is a theft"
    );
    assert_eq!(fault(&town.accounts, &one.access.jwt).await, Some(TokenFault::Revoked));
}

#[tokio::test]
async fn of_two_applications_with_one_token_at_the_same_time_one_is_a_thief() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let token = secret(&ann.tokens);
    let (one, other) = tokio::join!(refresh(&town, token, Reuse::Never), refresh(&town, token, Reuse::Never));
    assert_eq!([&one, &other].iter().filter(|tokens| tokens.is_ok()).count(), 1);
    let next = one.or(other).unwrap();
    assert_eq!(
        problem(refresh(&town, secret(&next), Reuse::Never).await),
        ProblemCode::Expired
    );
}

#[tokio::test]
async fn an_access_token_may_have_fewer_scopes_than_its_session_and_never_more() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let read = Scopes::from_iter([Scope::Read]);
    let with = async |secret: &Secret, scopes| {
        session::refresh(&town.accounts, secret, None, Some(scopes), Reuse::Never, &device()).await
    };
    let narrow = with(secret(&ann.tokens), read).await.unwrap();
    assert_eq!(narrow.scopes, read);
    let wide = with(secret(&narrow), Scopes::ALL).await.expect("the session has all");
    assert_eq!(wide.scopes, Scopes::ALL);
    let transaction = town.store().write().await.unwrap();
    let grant = session::Grant {
        scopes: read,
        ..session::Grant::own(ann.id)
    };
    let tokens = session::start(&transaction, &town.accounts, grant, &device())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(
        problem(with(secret(&tokens), Scopes::ALL).await),
        ProblemCode::NotAllowed
    );
    assert!(
        with(secret(&tokens), read).await.is_ok(),
        "asking too much does not use it up"
    );
}

#[tokio::test]
async fn a_refresh_token_is_worth_nothing_to_another_application() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let foreign = Some(OauthClientId::new());
    let device = device();
    let refused = session::refresh(
        &town.accounts,
        secret(&ann.tokens),
        foreign,
        None,
        Reuse::Never,
        &device,
    );
    let refused = refused.await;
    assert_eq!(problem(refused), ProblemCode::Expired);
    let ended = session::ended_by_secret(&town.accounts, secret(&ann.tokens), foreign).await;
    assert_eq!(ended.unwrap(), None, "nor can it end the session");
    assert!(refresh(&town, secret(&ann.tokens), Reuse::Never).await.is_ok());
    for odd in ["", "x", &"a".repeat(43), &"a".repeat(10_000)] {
        let refused = refresh(&town, &Secret::given(odd), Reuse::Never).await;
        assert_eq!(problem(refused), ProblemCode::Expired);
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_by_their_owner() {
    let town = Town::new().await;
    let (ann, bob) = (town.resident("ann").await, town.resident("bob").await);
    let phone = town.sign_in("ann", PASSWORD).await.unwrap();
    let list = async || {
        let page = session::list_of(town.store().read(), ann.id, &PageRequest::first(10)).await;
        page.unwrap().items.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(list().await, [phone.tokens.session, ann.tokens.session]);
    let end = |user| session::end(&town.accounts, ann.viewer(), user, phone.tokens.session);
    assert!(!end(bob.id).await.unwrap(), "it is not his");
    assert!(end(ann.id).await.unwrap());
    assert!(!end(ann.id).await.unwrap(), "it has ended");
    assert_eq!(list().await, [ann.tokens.session]);
    assert_eq!(fault(&town.accounts, phone.jwt()).await, Some(TokenFault::Revoked));
    assert_eq!(fault(&town.accounts, ann.jwt()).await, None);
    let ended = session::ended_by_secret(&town.accounts, secret(&ann.tokens), None).await;
    assert_eq!(ended.unwrap(), Some(ann.tokens.session));
    assert_eq!(fault(&town.accounts, ann.jwt()).await, Some(TokenFault::Revoked));
    assert_eq!(session::count_of(town.store().read(), ann.id).await.unwrap(), 0);
}

#[tokio::test]
async fn a_session_that_was_not_used_for_long_has_ended() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let past = entity::now() - chrono::TimeDelta::seconds(1);
    let change = entity::session::Entity::update_many().col_expr(entity::session::Column::ExpiresAt, Expr::value(past));
    change.exec(town.store().read()).await.unwrap();
    assert_eq!(
        problem(refresh(&town, secret(&ann.tokens), Reuse::AmongTabs).await),
        ProblemCode::Expired
    );
    assert!(
        session::by_secret(town.store().read(), secret(&ann.tokens))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_request_asks_nobody_who_somebody_is() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let asking = async {
        for _ in 0..1_000 {
            assert_eq!(fault(&town.accounts, ann.jwt()).await, None);
        }
    };
    let ((), statements) = town.statements(asking).await;
    assert_eq!(statements, Vec::<String>::new());
}
