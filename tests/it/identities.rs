//! Identities at outside providers open the accounts that they were proven to belong to.

use entity::{UserId, sign_in_attempt};
use quoin::domain::identity::{self, NewAttempt};
use quoin::domain::refusal::{ProblemCode, Refusal};
use quoin::domain::session::Tokens;
use quoin::domain::{Viewer, account};
use quoin::provider::OutsideIdentity;
use quoin::token::{Secret, digest};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::Town;
use crate::support::town::{PASSWORD, device, email, problem};

fn outside(subject: &str, name: &str) -> OutsideIdentity {
    OutsideIdentity {
        issuer: "https://id.example".to_owned(),
        subject: subject.to_owned(),
        email: Some(email(name)),
        email_verified: true,
        name: Some("Ann Lee".to_owned()),
        username: None,
    }
}

async fn sign_in(town: &Town, identity: OutsideIdentity, linking: Option<UserId>) -> Result<Tokens, Refusal> {
    identity::sign_in(&town.accounts, identity, linking, &device()).await
}

#[tokio::test]
async fn a_verified_address_finds_the_account_or_makes_one() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let mut shouted = outside("1", "ann");
    shouted.email = Some("ANN@Example.com".to_owned());
    assert_eq!(sign_in(&town, shouted, None).await.unwrap().user, ann.id);
    let events = town.events_of(ann.id).await;
    assert_eq!(events, ["SIGNED_UP", "IDENTITY_LINKED", "SIGNED_IN"]);
    let mut moved = outside("1", "elsewhere");
    moved.email_verified = false;
    assert_eq!(
        sign_in(&town, moved, None).await.unwrap().user,
        ann.id,
        "the subject counts"
    );
    let new = sign_in(&town, outside("2", "bob"), None).await.unwrap();
    let account = account::by_id(town.store().read(), new.user).await.unwrap().unwrap();
    assert_eq!(
        (account.username.as_str(), account.email),
        ("ann-lee", Some(email("bob")))
    );
    let author = town.byline("carl").await;
    assert_eq!(sign_in(&town, outside("3", "carl"), None).await.unwrap().user, author);
    assert!(town.events_of(author).await.contains(&"ACCOUNT_CLAIMED".to_owned()));
}

#[tokio::test]
async fn an_address_that_was_not_verified_opens_nothing() {
    let town = Town::new().await;
    town.resident("ann").await;
    let mut unverified = outside("1", "ann");
    unverified.email_verified = false;
    let mut without = outside("2", "ann");
    without.email = None;
    let mut odd = outside("3", "ann");
    odd.email = Some("nobody".to_owned());
    for identity in [unverified, without, odd] {
        assert_eq!(problem(sign_in(&town, identity, None).await), ProblemCode::NotAllowed);
    }
    assert_eq!(
        entity::identity::Entity::find()
            .count(town.store().read())
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn closed_sign_up_lets_those_in_who_are_there_alone() {
    let town = Town::with(|settings| settings.sign_up_open = false).await;
    let author = town.byline("ann").await;
    assert_eq!(
        problem(sign_in(&town, outside("1", "bob"), None).await),
        ProblemCode::NotAllowed
    );
    assert_eq!(sign_in(&town, outside("2", "ann"), None).await.unwrap().user, author);
}

#[tokio::test]
async fn an_identity_is_linked_from_a_session_and_to_one_account_alone() {
    let town = Town::new().await;
    let (ann, bob) = (town.resident("ann").await, town.resident("bob").await);
    let mut identity = outside("1", "unknown");
    identity.email_verified = false;
    let linked = sign_in(&town, identity.clone(), Some(ann.id)).await.unwrap();
    assert_eq!(linked.user, ann.id);
    let stolen = sign_in(&town, identity.clone(), Some(bob.id)).await;
    assert_eq!(problem(stolen), ProblemCode::Taken);
    assert_eq!(
        sign_in(&town, identity.clone(), Some(ann.id)).await.unwrap().user,
        ann.id
    );
    let own = identity::list_of(town.store().read(), ann.id).await.unwrap();
    assert_eq!(own.len(), 1);
    assert!(matches!(
        identity::unlink(&town.accounts, bob.viewer(), own[0].id).await,
        Err(Refusal::NotFound(_))
    ));
    identity::unlink(&town.accounts, ann.viewer(), own[0].id).await.unwrap();
    assert_eq!(problem(sign_in(&town, identity, None).await), ProblemCode::NotAllowed);
    assert!(town.events_of(ann.id).await.contains(&"IDENTITY_UNLINKED".to_owned()));
}

#[tokio::test]
async fn the_only_way_in_is_not_taken_away() {
    let town = Town::new().await;
    let tokens = sign_in(&town, outside("1", "ann"), None).await.unwrap();
    let ann = crate::support::town::Resident::of(tokens);
    let own = identity::list_of(town.store().read(), ann.id).await.unwrap();
    let unlink = || identity::unlink(&town.accounts, ann.viewer(), own[0].id);
    assert_eq!(problem(unlink().await), ProblemCode::NotAllowed);
    account::forgot_password(&town.accounts, &email("ann"), &device())
        .await
        .unwrap();
    let secret = town.letter().await.secret();
    account::reset_password(&town.accounts, &secret, PASSWORD.to_owned(), &device())
        .await
        .unwrap();
    unlink().await.unwrap();
}

#[tokio::test]
async fn a_disabled_account_is_not_opened_nor_linked() {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    sign_in(&town, outside("1", "ann"), None).await.unwrap();
    account::disable(&town.accounts, Viewer::Operator, ann.id)
        .await
        .unwrap();
    assert_eq!(
        problem(sign_in(&town, outside("1", "ann"), None).await),
        ProblemCode::NotAllowed
    );
    assert_eq!(
        problem(sign_in(&town, outside("2", "ann"), None).await),
        ProblemCode::NotAllowed
    );
    assert_eq!(identity::list_of(town.store().read(), ann.id).await.unwrap().len(), 1);
}

async fn begin(town: &Town, browser: &str) -> Secret {
    let state = Secret::new();
    let new = NewAttempt {
        provider: "example",
        state: &state,
        browser: digest(browser),
        nonce: "n1".to_owned(),
        pkce_verifier: "v1".to_owned(),
        return_to: "/".to_owned(),
        user: None,
    };
    identity::begin(&town.accounts, new).await.unwrap();
    state
}

#[tokio::test]
async fn a_state_is_good_once_and_in_its_own_browser() {
    let town = Town::new().await;
    let resume =
        async |state: &Secret, browser: &str| identity::resume(&town.accounts, state, &digest(browser)).await.unwrap();
    let state = begin(&town, "mine").await;
    let (one, other) = tokio::join!(resume(&state, "mine"), resume(&state, "mine"));
    assert_eq!([&one, &other].iter().filter(|found| found.is_some()).count(), 1);
    assert_eq!(one.or(other).unwrap().nonce.expose(), "n1");
    assert!(resume(&state, "mine").await.is_none());

    let state = begin(&town, "mine").await;
    assert!(resume(&state, "theirs").await.is_none());
    assert!(resume(&state, "mine").await.is_none(), "somebody else has seen it");

    let state = begin(&town, "mine").await;
    let long_ago = entity::now() - chrono::TimeDelta::minutes(16);
    let change =
        sign_in_attempt::Entity::update_many().col_expr(sign_in_attempt::Column::CreatedAt, Expr::value(long_ago));
    change.exec(town.store().read()).await.unwrap();
    assert!(resume(&state, "mine").await.is_none());
    for odd in ["", "x", &"a".repeat(5_000)] {
        assert!(resume(&Secret::given(odd), "mine").await.is_none());
    }
}
