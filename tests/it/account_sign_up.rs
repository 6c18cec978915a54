//! An account comes into being when its address is proven, and nobody learns by it who has one.

use entity::{Hidden, user};
use quoin::domain::account::{self, Proof, SignUp};
use quoin::domain::refusal::{ProblemCode, Refusal};
use quoin::domain::session::Tokens;
use quoin::token::{Secret, digest};
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::Town;
use crate::support::town::{OTHER_PASSWORD, PASSWORD, device, email, problem};

fn sign_up(name: &str, browser: Option<Hidden>) -> SignUp {
    SignUp {
        email: email(name),
        password: PASSWORD.to_owned(),
        display_name: name.to_owned(),
        browser,
    }
}

async fn people(town: &Town) -> u64 {
    user::Entity::find().count(town.store().read()).await.unwrap()
}

async fn confirm(town: &Town, secret: &Secret, proof: Proof) -> Result<Tokens, Refusal> {
    account::confirm_sign_up(&town.accounts, secret, proof, &device()).await
}

#[tokio::test]
async fn there_is_no_account_before_the_link_is_followed() {
    let town = Town::new().await;
    let browser = digest("browser");
    account::sign_up(&town.accounts, sign_up("ann", Some(browser.clone())))
        .await
        .unwrap();
    assert_eq!(people(&town).await, 0);
    assert_eq!(
        problem(town.sign_in("ann", PASSWORD).await),
        ProblemCode::WrongCredentials
    );
    let letter = town.letter().await;
    assert_eq!(
        (letter.to.as_str(), letter.path()),
        ("ann@example.com", "/auth/verify-email")
    );
    let tokens = confirm(&town, &letter.secret(), Proof::Browser(browser)).await.unwrap();
    assert_eq!(people(&town).await, 1);
    assert_eq!(town.events_of(tokens.user).await, ["SIGNED_UP"]);
    assert_eq!(town.sign_in("ann", PASSWORD).await.unwrap().id, tokens.user);
}

#[tokio::test]
async fn a_known_address_is_answered_as_an_unknown_one_with_as_many_statements() {
    let town = Town::new().await;
    town.resident("ann").await;
    let mut counts = Vec::new();
    for name in ["ann", "bob"] {
        let (done, statements) = town
            .statements(account::sign_up(&town.accounts, sign_up(name, None)))
            .await;
        done.unwrap();
        counts.push(statements);
    }
    assert_eq!(counts[0].len(), counts[1].len(), "{counts:#?}");
    let letters = town.letters().await;
    let [.., known, unknown] = letters.as_slice() else {
        panic!("two letters")
    };
    assert_eq!(
        (known.to.as_str(), known.path()),
        ("ann@example.com", "/auth/reset-password")
    );
    assert_eq!(
        (unknown.to.as_str(), unknown.path()),
        ("bob@example.com", "/auth/verify-email")
    );
    assert_eq!(people(&town).await, 1);
}

#[tokio::test]
async fn in_another_browser_the_link_asks_for_the_password() {
    let town = Town::new().await;
    account::sign_up(&town.accounts, sign_up("ann", Some(digest("browser"))))
        .await
        .unwrap();
    let secret = town.letter().await.secret();
    for proof in [
        Proof::Browser(digest("another")),
        Proof::Password(OTHER_PASSWORD.to_owned()),
        Proof::Password(String::new()),
    ] {
        assert_eq!(
            problem(confirm(&town, &secret, proof).await),
            ProblemCode::WrongCredentials
        );
    }
    assert_eq!(people(&town).await, 0);
    confirm(&town, &secret, Proof::Password(PASSWORD.to_owned()))
        .await
        .unwrap();
    assert_eq!(people(&town).await, 1);
}

#[tokio::test]
async fn a_link_works_once_also_when_it_is_followed_twice_at_the_same_time() {
    let town = Town::new().await;
    let browser = digest("browser");
    account::sign_up(&town.accounts, sign_up("ann", Some(browser.clone())))
        .await
        .unwrap();
    let secret = town.letter().await.secret();
    let follow = || confirm(&town, &secret, Proof::Browser(browser.clone()));
    let (one, other) = tokio::join!(follow(), follow());
    assert_eq!([&one, &other].iter().filter(|tokens| tokens.is_ok()).count(), 1);
    assert_eq!(problem(one.and(other)), ProblemCode::Expired);
    assert_eq!(problem(follow().await), ProblemCode::Expired);
    assert_eq!(people(&town).await, 1);
}

#[tokio::test]
async fn of_two_sign_ups_with_one_address_the_first_that_is_confirmed_wins() {
    let town = Town::new().await;
    let browser = digest("browser");
    let mut secrets = Vec::new();
    for _ in 0..2 {
        account::sign_up(&town.accounts, sign_up("ann", Some(browser.clone())))
            .await
            .unwrap();
        secrets.push(town.letter().await.secret());
    }
    let follow = |secret| confirm(&town, secret, Proof::Browser(browser.clone()));
    follow(&secrets[1]).await.unwrap();
    assert_eq!(problem(follow(&secrets[0]).await), ProblemCode::Expired);
    assert_eq!(people(&town).await, 1);
}

#[tokio::test]
async fn an_imported_author_with_the_same_address_is_claimed_and_keeps_the_name() {
    let town = Town::new().await;
    let author = town.byline("ann").await;
    account::sign_up(&town.accounts, {
        let mut input = sign_up("ann", None);
        input.display_name = "Somebody Else".into();
        input
    })
    .await
    .unwrap();
    let secret = town.letter().await.secret();
    let tokens = confirm(&town, &secret, Proof::Password(PASSWORD.to_owned()))
        .await
        .unwrap();
    assert_eq!(tokens.user, author);
    let account = account::by_id(town.store().read(), author).await.unwrap().unwrap();
    assert_eq!(
        (account.username.as_str(), account.display_name.as_str()),
        ("ann", "ANN")
    );
    assert!(account.claimed_at.is_some());
    assert_eq!(town.events_of(author).await, ["ACCOUNT_CLAIMED"]);
}

#[tokio::test]
async fn two_of_one_name_get_two_usernames() {
    let town = Town::new().await;
    let mut names = Vec::new();
    for address in ["one", "two"] {
        let mut input = sign_up(address, Some(digest("browser")));
        input.display_name = "Ann Lee".into();
        account::sign_up(&town.accounts, input).await.unwrap();
        let secret = town.letter().await.secret();
        let tokens = confirm(&town, &secret, Proof::Browser(digest("browser")))
            .await
            .unwrap();
        let account = account::by_id(town.store().read(), tokens.user).await.unwrap();
        names.push(account.unwrap().username);
    }
    assert_eq!(names, ["ann-lee", "ann-lee-2"]);
}

#[tokio::test]
async fn every_problem_of_the_input_is_told_at_once_and_nothing_is_sent() {
    let town = Town::new().await;
    let input = SignUp {
        email: "nobody".into(),
        password: "short".into(),
        display_name: " ".into(),
        browser: None,
    };
    let Err(Refusal::Invalid(problems)) = account::sign_up(&town.accounts, input).await else {
        panic!("problems")
    };
    let fields: Vec<_> = problems.iter().filter_map(|problem| problem.field).collect();
    assert_eq!(fields, ["email", "displayName", "password"]);
    for (password, code) in [
        ("1234567", ProblemCode::TooShort),
        ("password1", ProblemCode::TooCommon),
        ("ann@example.com", ProblemCode::Invalid),
        (&"a1b2 ".repeat(300), ProblemCode::TooLong),
    ] {
        let mut input = sign_up("ann", None);
        input.password = password.to_owned();
        assert_eq!(
            problem(account::sign_up(&town.accounts, input).await),
            code,
            "{password}"
        );
    }
    assert!(town.letters().await.is_empty());
}

#[tokio::test]
async fn closed_sign_up_takes_nobody() {
    let town = Town::with(|settings| settings.sign_up_open = false).await;
    assert_eq!(
        problem(account::sign_up(&town.accounts, sign_up("ann", None)).await),
        ProblemCode::NotAllowed
    );
    assert!(town.letters().await.is_empty());
}

#[tokio::test]
async fn a_secret_of_another_purpose_confirms_nothing() {
    let town = Town::new().await;
    town.resident("ann").await;
    account::forgot_password(&town.accounts, &email("ann"), &device())
        .await
        .unwrap();
    let reset = town.letter().await.secret();
    for secret in [
        reset,
        Secret::given(""),
        Secret::new(),
        Secret::given("x".repeat(1_000)),
    ] {
        let proof = Proof::Password(PASSWORD.to_owned());
        assert_eq!(problem(confirm(&town, &secret, proof).await), ProblemCode::Expired);
    }
}
