//! Accounts end: deleted by their owners, or disabled by those who look after the installation.

use entity::membership::Role;
use entity::{ApiKeyId, api_key, comment, session as session_row, user as user_row};
use quoin::domain::api_key::NewApiKey;
use quoin::domain::comment::CommentDraft;
use quoin::domain::refusal::{Denied, ProblemCode, Refusal};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::session::{Grant, Reuse};
use quoin::domain::{Viewer, account, member, session};
use quoin::token::{Secret, TokenFault};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::support::town::{PASSWORD, Resident, device, email, ends_within_a_second, fault, problem};
use crate::support::{Gazette, Town};

async fn delete(town: &Town, resident: &Resident, password: &str) -> Result<(), Refusal> {
    account::delete(&town.accounts, resident.viewer(), password.to_owned()).await
}

async fn key(town: &Town, resident: &Resident) -> String {
    let new = NewApiKey {
        name: "build".into(),
        scopes: Scopes::from_iter([Scope::Read]),
        expires_at: None,
    };
    let (_, key) = quoin::domain::api_key::create(&town.accounts, resident.viewer(), new)
        .await
        .unwrap();
    key.expose().to_owned()
}

#[tokio::test]
async fn an_account_without_a_byline_goes_with_everything_it_held() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let key = key(&town, &ann).await;
    assert_eq!(
        problem(delete(&town, &ann, "wrong password").await),
        ProblemCode::WrongCredentials
    );
    assert_eq!(fault(&town.accounts, &key).await, None);
    delete(&town, &ann, PASSWORD).await.unwrap();
    let read = town.store().read();
    assert_eq!(user_row::Entity::find().count(read).await.unwrap(), 0);
    assert_eq!(session_row::Entity::find().count(read).await.unwrap(), 0);
    assert_eq!(api_key::Entity::find().count(read).await.unwrap(), 0);
    assert_eq!(fault(&town.accounts, ann.jwt()).await, Some(TokenFault::Revoked));
    assert!(fault(&town.accounts, &key).await.is_some());
    assert_eq!(
        problem(town.sign_in("ann", PASSWORD).await),
        ProblemCode::WrongCredentials
    );
    assert_eq!(town.events_of(ann.id).await.last().unwrap(), "ACCOUNT_DELETED");
    let again = town.resident("ann").await;
    assert_ne!(again.id, ann.id);
}

#[tokio::test]
async fn what_was_published_keeps_the_byline_and_nothing_else_of_the_person() {
    let site = Gazette::new().await;
    let accounts = &site.accounts;
    account::forgot_password(accounts, "ann@example.com", &device())
        .await
        .unwrap();
    let letters = crate::support::accounts::SentLetter::all(accounts, site.database.outbox()).await;
    let secret = letters.last().unwrap().secret();
    let tokens = account::reset_password(accounts, &secret, PASSWORD.to_owned(), &device()).await;
    let ann = Resident::of(tokens.unwrap());
    let post = site.post("first", 1, |_| ()).await;
    site.comment(post, 2, |_: &mut CommentDraft| ()).await;
    let whose =
        comment::Entity::update_many().col_expr(comment::Column::AuthorId, sea_orm::sea_query::Expr::value(ann.id));
    whose.exec(site.store().read()).await.unwrap();

    let refused = account::delete(accounts, ann.viewer(), PASSWORD.to_owned()).await;
    assert_eq!(problem(refused), ProblemCode::NotAllowed, "she owns the gazette alone");
    let transaction = site.store().write().await.unwrap();
    let bob = quoin::domain::account::NewAccount {
        email: quoin::domain::text::Email::stored(email("bob")),
        display_name: "Bob".into(),
        username: "bob".into(),
        password: None,
        is_administrator: false,
    };
    let bob = account::make(&transaction, bob, "").await.unwrap().unwrap();
    member::put(&transaction, site.publication, bob, Role::Owner)
        .await
        .unwrap();
    transaction.commit().await.unwrap();

    account::delete(accounts, ann.viewer(), PASSWORD.to_owned())
        .await
        .unwrap();
    let row = user_row::Entity::find_by_id(ann.id).one(site.store().read());
    let row = row.await.unwrap().expect("the byline stays");
    assert_eq!((row.username.as_str(), row.email, row.claimed_at), ("ann", None, None));
    let comment = comment::Entity::find().one(site.store().read()).await.unwrap().unwrap();
    assert_eq!((comment.author_email, comment.author_url), (None, None));
    let role = member::role_of(site.store().read(), site.publication, ann.id)
        .await
        .unwrap();
    assert_eq!(role, None);
    assert_eq!(fault(accounts, ann.jwt()).await, Some(TokenFault::Revoked));
    let answer = site
        .ask("{ posts(first: 1) { nodes { author { displayName } } } }")
        .await;
    assert_eq!(answer["posts"]["nodes"][0]["author"]["displayName"], "ANN");
}

#[tokio::test]
async fn a_disabled_account_ends_everywhere_within_a_second() {
    let town = Town::new().await;
    let (root, ann) = (town.administrator("root").await, town.resident("ann").await);
    let key = key(&town, &ann).await;
    let replica = town.replica().await;
    assert_eq!(fault(&replica, ann.jwt()).await, None);
    assert_eq!(fault(&replica, &key).await, None);
    let row = account::disable(&town.accounts, root.viewer(), ann.id).await.unwrap();
    assert!(row.disabled_at.is_some());
    assert_eq!(fault(&town.accounts, ann.jwt()).await, Some(TokenFault::Revoked));
    assert!(fault(&town.accounts, &key).await.is_some());
    tokio::join!(
        ends_within_a_second(&replica, ann.jwt()),
        ends_within_a_second(&replica, &key)
    );
    let secret = ann.tokens.refresh.as_ref().unwrap();
    let refreshed = session::refresh(&replica, secret, None, None, Reuse::AmongTabs, &device()).await;
    assert_eq!(problem(refreshed), ProblemCode::Expired);
    assert_eq!(problem(town.sign_in("ann", PASSWORD).await), ProblemCode::NotAllowed);
    assert_eq!(
        problem(town.sign_in("ann", "a wrong password").await),
        ProblemCode::WrongCredentials,
        "only who knows the password learns of it"
    );
    let count = town.letters().await.len();
    account::forgot_password(&town.accounts, &email("ann"), &device())
        .await
        .unwrap();
    assert_eq!(town.letters().await.len(), count, "what is disabled gets no letters");
    assert!(town.events_of(ann.id).await.contains(&"ACCOUNT_DISABLED".to_owned()));
}

#[tokio::test]
async fn nothing_that_was_ended_comes_back_with_the_account() {
    let town = Town::new().await;
    let (root, ann) = (town.administrator("root").await, town.resident("ann").await);
    let key = key(&town, &ann).await;
    let replica = town.replica().await;
    account::forgot_password(&town.accounts, &email("ann"), &device())
        .await
        .unwrap();
    let link = town.letter().await.secret();
    account::disable(&town.accounts, root.viewer(), ann.id).await.unwrap();
    // Two that were on their way.
    let late = {
        let transaction = town.store().write().await.unwrap();
        let tokens = session::start(&transaction, &replica, Grant::own(ann.id), &device()).await;
        transaction.commit().await.unwrap();
        Resident::of(tokens.unwrap())
    };
    let late_key = {
        let secret = Secret::new();
        let row = api_key::ActiveModel {
            id: Set(ApiKeyId::new()),
            user_id: Set(ann.id),
            name: Set("late".into()),
            digest: Set(secret.digest()),
            scope: Set("read".into()),
            created_at: Set(entity::now()),
            expires_at: Set(None),
            last_used_at: Set(None),
        };
        let row = row.insert(town.store().read()).await.unwrap();
        format!("qn_{}_{}", row.id.0.simple(), secret.expose())
    };
    account::enable(&town.accounts, root.viewer(), ann.id).await.unwrap();
    for token in [ann.jwt(), late.jwt(), &key, &late_key] {
        assert!(fault(&town.accounts, token).await.is_some(), "{token}");
        ends_within_a_second(&replica, token).await;
    }
    for tokens in [&ann.tokens, &late.tokens] {
        let secret = tokens.refresh.as_ref().unwrap();
        let refreshed = session::refresh(&replica, secret, None, None, Reuse::AmongTabs, &device()).await;
        assert_eq!(problem(refreshed), ProblemCode::Expired);
    }
    let reset = account::reset_password(&town.accounts, &link, PASSWORD.to_owned(), &device()).await;
    assert_eq!(problem(reset), ProblemCode::Expired);
    assert_eq!(api_key::Entity::find().count(town.store().read()).await.unwrap(), 0);
}

#[tokio::test]
async fn whoever_signs_in_after_their_account_was_enabled_is_let_in_at_once() {
    let town = Town::new().await;
    let (root, ann) = (town.administrator("root").await, town.resident("ann").await);
    let replica = town.replica().await;
    account::disable(&town.accounts, root.viewer(), ann.id).await.unwrap();
    account::enable(&town.accounts, root.viewer(), ann.id).await.unwrap();
    let again = town.sign_in("ann", PASSWORD).await.unwrap();
    replica.revocations.refresh(town.store()).await.unwrap();
    for accounts in [&town.accounts, &replica] {
        assert_eq!(fault(accounts, again.jwt()).await, None);
    }
    let new = key(&town, &again).await;
    assert_eq!(fault(&town.accounts, &new).await, None);
    account::disable(&town.accounts, root.viewer(), ann.id).await.unwrap();
    assert_eq!(fault(&town.accounts, again.jwt()).await, Some(TokenFault::Revoked));
}

#[tokio::test]
async fn an_account_that_is_disabled_again_shows_since_when_it_has_been() {
    let town = Town::new().await;
    let (root, ann) = (town.administrator("root").await, town.resident("ann").await);
    let first = account::disable(&town.accounts, root.viewer(), ann.id).await.unwrap();
    let again = account::disable(&town.accounts, root.viewer(), ann.id).await.unwrap();
    assert!(first.disabled_at.is_some());
    assert_eq!(again.disabled_at, first.disabled_at);
}

#[tokio::test]
async fn accounts_are_disabled_by_administrators_and_not_their_own() {
    let town = Town::new().await;
    let (root, ann) = (town.administrator("root").await, town.resident("ann").await);
    let disable = |viewer, user| account::disable(&town.accounts, viewer, user);
    assert_eq!(problem(disable(root.viewer(), root.id).await), ProblemCode::NotAllowed);
    for viewer in [
        ann.viewer(),
        Viewer::Anonymous,
        root.with(Scopes::ALL.without(Scope::Admin)),
    ] {
        assert!(matches!(disable(viewer, root.id).await, Err(Refusal::Denied(_))));
    }
    assert!(matches!(
        disable(root.viewer(), entity::UserId::new()).await,
        Err(Refusal::NotFound(_))
    ));
    disable(Viewer::Operator, root.id).await.unwrap();
    assert!(matches!(
        disable(root.viewer(), ann.id).await,
        Err(Refusal::Denied(Denied::Unauthenticated))
    ));
    let ended = session_row::Entity::find()
        .filter(session_row::Column::UserId.eq(root.id))
        .filter(session_row::Column::EndedAt.is_null());
    assert_eq!(ended.count(town.store().read()).await.unwrap(), 0);
}
