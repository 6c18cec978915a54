//! Signing in with a password, and what becomes of passwords and addresses.

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use entity::password;
use quoin::domain::account::{self, SignIn};
use quoin::domain::refusal::{Denied, ProblemCode, Refusal};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::session::Reuse;
use quoin::domain::{session, user};
use quoin::token::{Secret, TokenFault};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;

use crate::support::Town;
use crate::support::town::{OTHER_PASSWORD, PASSWORD, Resident, device, email, ends_within_a_second, fault, problem};

async fn hash_of(town: &Town, resident: &Resident) -> String {
    let row = password::Entity::find_by_id(resident.id).one(town.store().read());
    row.await.unwrap().unwrap().hash.expose().to_owned()
}

async fn forgot(town: &Town, name: &str) -> Secret {
    account::forgot_password(&town.accounts, &email(name), &device())
        .await
        .unwrap();
    town.letter().await.secret()
}

async fn reset(town: &Town, secret: &Secret, password: &str) -> Result<Resident, Refusal> {
    let tokens = account::reset_password(&town.accounts, secret, password.to_owned(), &device()).await;
    tokens.map(Resident::of)
}

async fn can_refresh(town: &Town, resident: &Resident) -> bool {
    let secret = resident.tokens.refresh.as_ref().unwrap();
    session::refresh(&town.accounts, secret, None, None, Reuse::Never, &device())
        .await
        .is_ok()
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_one_refusal_after_as_many_statements() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    town.byline("imported").await;
    let mut seen = Vec::new();
    for (name, password) in [("ann", OTHER_PASSWORD), ("nobody", PASSWORD), ("imported", PASSWORD)] {
        let input = SignIn {
            email: email(name),
            password: password.into(),
        };
        let (refused, statements) = town
            .statements(account::sign_in(&town.accounts, input, &device()))
            .await;
        seen.push((format!("{:?}", refused.unwrap_err()), statements.len()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    assert!(seen[0].0.contains("WrongCredentials"), "{seen:?}");
    assert_eq!(town.events_of(ann.id).await, ["SIGNED_UP", "SIGN_IN_FAILED"]);
    let ann = town.sign_in("ann", PASSWORD).await.unwrap();
    assert_eq!(town.events_of(ann.id).await.last().unwrap(), "SIGNED_IN");
    assert_eq!(fault(&town.accounts, ann.jwt()).await, None);
}

#[tokio::test]
async fn an_address_is_known_in_any_case_and_a_password_in_its_own() {
    let town = Town::new().await;
    town.resident("ann").await;
    let input = |email: &str, password: &str| SignIn {
        email: email.to_owned(),
        password: password.to_owned(),
    };
    let device = device();
    let sign_in = |input| account::sign_in(&town.accounts, input, &device);
    assert!(sign_in(input(" Ann@Example.COM ", PASSWORD)).await.is_ok());
    for wrong in [
        input("ann@example.com", &PASSWORD.to_uppercase()),
        input("ann@example.com", &format!("{PASSWORD} ")),
        input("ann@example.com", ""),
        input("ann@example.com", &"x".repeat(5_000)),
        input("ann@example.com", "a\0b"),
        input("", PASSWORD),
        input("' OR 1=1 --", PASSWORD),
    ] {
        assert_eq!(problem(sign_in(wrong).await), ProblemCode::WrongCredentials);
    }
}

#[tokio::test]
async fn an_outdated_hash_is_made_anew_at_the_next_sign_in() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    let old: argon2::password_hash::phc::PasswordHash = weak.hash_password(PASSWORD.as_bytes()).unwrap();
    let change = password::Entity::update_many().col_expr(password::Column::Hash, Expr::value(old.to_string()));
    change.exec(town.store().read()).await.unwrap();
    assert_eq!(
        problem(town.sign_in("ann", OTHER_PASSWORD).await),
        ProblemCode::WrongCredentials
    );
    assert_eq!(hash_of(&town, &ann).await, old.to_string());
    town.sign_in("ann", PASSWORD).await.unwrap();
    let new = hash_of(&town, &ann).await;
    assert_ne!(new, old.to_string());
    town.sign_in("ann", PASSWORD).await.unwrap();
    assert_eq!(hash_of(&town, &ann).await, new);
}

#[tokio::test]
async fn asking_for_a_new_password_tells_nobody_who_has_an_account() {
    let town = Town::new().await;
    town.resident("ann").await;
    let device = device();
    let mut counts = Vec::new();
    for name in ["ann", "nobody"] {
        let address = email(name);
        let ask = account::forgot_password(&town.accounts, &address, &device);
        let (done, statements) = town.statements(ask).await;
        done.unwrap();
        counts.push(statements.len());
    }
    assert_eq!(counts[0], counts[1]);
    assert!(town.letters().await.iter().all(|letter| letter.to == email("ann")));
}

#[tokio::test]
async fn a_reset_sets_the_password_once_and_ends_every_session() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let (first, second) = (forgot(&town, "ann").await, forgot(&town, "ann").await);
    assert_eq!(problem(reset(&town, &first, "short").await), ProblemCode::TooShort);
    let (one, other) = tokio::join!(
        reset(&town, &first, OTHER_PASSWORD),
        reset(&town, &first, OTHER_PASSWORD)
    );
    let again = one.or(other).expect("one of them");
    assert_eq!(problem(reset(&town, &first, PASSWORD).await), ProblemCode::Expired);
    assert_eq!(
        problem(reset(&town, &second, PASSWORD).await),
        ProblemCode::Expired,
        "older links end too"
    );
    assert_eq!(fault(&town.accounts, ann.jwt()).await, Some(TokenFault::Revoked));
    assert!(!can_refresh(&town, &ann).await);
    assert_eq!(fault(&town.accounts, again.jwt()).await, None);
    assert!(can_refresh(&town, &again).await);
    assert!(town.sign_in("ann", PASSWORD).await.is_err());
    assert!(town.sign_in("ann", OTHER_PASSWORD).await.is_ok());
    assert!(town.events_of(ann.id).await.contains(&"PASSWORD_CHANGED".to_owned()));
    assert_eq!(town.letter().await.subject, "Your password was changed");
}

#[tokio::test]
async fn a_reset_claims_an_imported_author() {
    let town = Town::new().await;
    let author = town.byline("ann").await;
    let secret = forgot(&town, "ann").await;
    let ann = reset(&town, &secret, PASSWORD).await.unwrap();
    assert_eq!(ann.id, author);
    assert_eq!(
        town.events_of(author).await,
        ["PASSWORD_RESET_REQUESTED", "ACCOUNT_CLAIMED", "PASSWORD_CHANGED"]
    );
    assert!(town.sign_in("ann", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_change_of_password_keeps_the_session_at_hand_and_ends_the_others() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let elsewhere = town.sign_in("ann", PASSWORD).await.unwrap();
    let replica = town.replica().await;
    assert_eq!(fault(&replica, elsewhere.jwt()).await, None);
    let change = |current: &str, new: &str| {
        account::change_password(&town.accounts, ann.viewer(), current.to_owned(), new.to_owned())
    };
    assert_eq!(
        problem(change(OTHER_PASSWORD, OTHER_PASSWORD).await),
        ProblemCode::WrongCredentials
    );
    assert_eq!(problem(change(PASSWORD, "short").await), ProblemCode::TooShort);
    assert!(town.sign_in("ann", PASSWORD).await.is_ok(), "nothing was changed");
    change(PASSWORD, OTHER_PASSWORD).await.unwrap();
    ends_within_a_second(&replica, elsewhere.jwt()).await;
    assert!(!can_refresh(&town, &elsewhere).await);
    assert_eq!(fault(&town.accounts, ann.jwt()).await, None);
    assert_eq!(fault(&replica, ann.jwt()).await, None);
    assert!(can_refresh(&town, &ann).await);
}

#[tokio::test]
async fn an_account_is_changed_by_its_owner_in_person_alone() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let without = Scopes::ALL.without(Scope::Account);
    let refused = account::change_password(
        &town.accounts,
        ann.with(without),
        PASSWORD.to_owned(),
        OTHER_PASSWORD.to_owned(),
    );
    assert!(matches!(
        refused.await,
        Err(Refusal::Denied(Denied::Scope(Scope::Account)))
    ));
    let nobody = quoin::domain::Viewer::Anonymous;
    let refused = account::delete(&town.accounts, nobody, PASSWORD.to_owned()).await;
    assert!(matches!(refused, Err(Refusal::Denied(Denied::Unauthenticated))));
}

#[tokio::test]
async fn an_address_changes_by_its_link_alone_and_while_it_is_free() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let change = |address: &'static str, password: &str| {
        account::change_email(&town.accounts, ann.viewer(), address, password.to_owned())
    };
    assert_eq!(
        problem(change("new@example.com", OTHER_PASSWORD).await),
        ProblemCode::WrongCredentials
    );
    assert_eq!(problem(change("nowhere", PASSWORD).await), ProblemCode::Invalid);
    change("bob@example.com", PASSWORD).await.unwrap();
    let taken = town.letter().await;
    assert_eq!(
        (taken.to.as_str(), taken.path()),
        ("bob@example.com", "/auth/verify-email")
    );
    let address = async || {
        account::by_id(town.store().read(), ann.id)
            .await
            .unwrap()
            .unwrap()
            .email
    };
    assert_eq!(address().await, Some(email("ann")), "nothing happens before the link");
    town.resident("bob").await;
    assert_eq!(
        problem(account::confirm_email(&town.accounts, &taken.secret()).await),
        ProblemCode::Expired
    );
    assert_eq!(address().await, Some(email("ann")));

    change("new@example.com", PASSWORD).await.unwrap();
    let old = town.letter().await.secret();
    change("newer@example.com", PASSWORD).await.unwrap();
    let secret = town.letter().await.secret();
    let reset_link = forgot(&town, "ann").await;
    assert_eq!(
        problem(account::confirm_email(&town.accounts, &old).await),
        ProblemCode::Expired,
        "the newest counts"
    );
    account::confirm_email(&town.accounts, &secret).await.unwrap();
    assert_eq!(address().await, Some("newer@example.com".to_owned()));
    assert_eq!(
        problem(account::confirm_email(&town.accounts, &secret).await),
        ProblemCode::Expired
    );
    let told = town.letter().await;
    assert_eq!(
        (told.to, told.subject.as_str()),
        (email("ann"), "Your address was changed")
    );
    assert_eq!(
        problem(reset(&town, &reset_link, OTHER_PASSWORD).await),
        ProblemCode::Expired,
        "a link to the old address proves nothing of the new one"
    );
    assert!(town.events_of(ann.id).await.contains(&"EMAIL_CHANGED".to_owned()));
}

#[tokio::test]
async fn a_profile_keeps_to_its_bounds() {
    let town = Town::new().await;
    let (ann, _bob) = (town.resident("ann").await, town.resident("bob").await);
    let update = |change| account::update(&town.accounts, ann.viewer(), change);
    let username = |name: &str| account::ProfileChange {
        username: Some(name.to_owned()),
        ..account::ProfileChange::default()
    };
    assert_eq!(problem(update(username("bob")).await), ProblemCode::Taken);
    for wrong in ["Ann", "a b", "../etc", "", "-a"] {
        assert!(update(username(wrong)).await.is_err(), "{wrong}");
    }
    assert_eq!(update(username("annie")).await.unwrap().username, "annie");
    let site = account::ProfileChange {
        website_url: Some("javascript:alert(1)".to_owned()),
        ..account::ProfileChange::default()
    };
    assert_eq!(problem(update(site).await), ProblemCode::Invalid);
    let found = user::by_email(town.store().read(), &email("ann")).await.unwrap();
    assert_eq!(found, Some(ann.id));
}
