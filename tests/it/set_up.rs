//! The first person of an installation comes by a link that only its operator sees.

use entity::membership::Role;
use quoin::domain::account::{self, SetUp};
use quoin::domain::page::PageRequest;
use quoin::domain::refusal::{ProblemCode, Refusal};
use quoin::domain::session::Tokens;
use quoin::domain::{member, publication};
use quoin::token::Secret;

use crate::support::Town;
use crate::support::town::{PASSWORD, device, email, problem};

async fn link(town: &Town) -> Option<Secret> {
    let transaction = town.store().write().await.unwrap();
    let secret = account::set_up_link(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    secret
}

async fn set_up(town: &Town, secret: &Secret, name: &str, publication: Option<&str>) -> Result<Tokens, Refusal> {
    let input = SetUp {
        email: email(name),
        password: PASSWORD.to_owned(),
        display_name: name.to_owned(),
        publication: publication.map(str::to_owned),
    };
    account::set_up(&town.accounts, secret, input, &device()).await
}

#[tokio::test]
async fn the_first_person_owns_the_first_publication_and_looks_after_everything() {
    let town = Town::new().await;
    let secret = link(&town).await.unwrap();
    let tokens = set_up(&town, &secret, "ann", Some("The Gazette")).await.unwrap();
    let account = account::by_id(town.store().read(), tokens.user).await.unwrap().unwrap();
    assert!(account.is_administrator);
    let page = publication::list(town.store().read(), &PageRequest::first(10))
        .await
        .unwrap();
    assert_eq!(
        (page.items[0].slug.as_str(), page.items[0].title.as_str()),
        ("the-gazette", "The Gazette")
    );
    let role = member::role_of(town.store().read(), page.items[0].id, tokens.user)
        .await
        .unwrap();
    assert_eq!(role, Some(Role::Owner));
    assert!(town.sign_in("ann", PASSWORD).await.is_ok());
    assert!(
        town.events_of(tokens.user)
            .await
            .contains(&"ADMINISTRATOR_MADE".to_owned())
    );
}

#[tokio::test]
async fn there_is_one_first_person_however_many_links_and_people_there_are() {
    let town = Town::new().await;
    let (one, other) = (link(&town).await.unwrap(), link(&town).await.unwrap());
    let (ann, bob) = tokio::join!(set_up(&town, &one, "ann", None), set_up(&town, &other, "bob", None));
    assert_eq!([&ann, &bob].iter().filter(|tokens| tokens.is_ok()).count(), 1);
    assert_eq!(problem(ann.and(bob)), ProblemCode::Expired);
    for secret in [&one, &other, &Secret::new(), &Secret::given("")] {
        assert_eq!(problem(set_up(&town, secret, "eve", None).await), ProblemCode::Expired);
    }
    assert!(link(&town).await.is_none());
}

#[tokio::test]
async fn imported_publications_get_an_owner_who_can_sign_in_and_others_keep_theirs() {
    let town = Town::new().await;
    let author = town.byline("imported").await;
    let bob = town.resident("bob").await;
    let (imported, owned) = (
        town.publication("imported", author).await,
        town.publication("owned", bob.id).await,
    );
    let secret = link(&town).await.unwrap();
    let ann = set_up(&town, &secret, "ann", Some("Never made")).await.unwrap().user;
    let role = async |publication, user| member::role_of(town.store().read(), publication, user).await.unwrap();
    assert_eq!(role(imported, ann).await, Some(Role::Owner));
    assert_eq!(
        role(imported, author).await,
        Some(Role::Owner),
        "the byline's place stays"
    );
    assert_eq!(role(owned, ann).await, None);
    assert_eq!(publication::count(town.store().read()).await.unwrap(), 2);
}

#[tokio::test]
async fn an_address_with_an_account_and_wrong_input_leave_the_link_as_it_was() {
    let town = Town::new().await;
    town.resident("bob").await;
    let secret = link(&town).await.unwrap();
    assert_eq!(problem(set_up(&town, &secret, "bob", None).await), ProblemCode::Taken);
    let wrong = SetUp {
        email: "x".into(),
        password: "short".into(),
        display_name: String::new(),
        publication: Some("a\nb".into()),
    };
    let Err(Refusal::Invalid(problems)) = account::set_up(&town.accounts, &secret, wrong, &device()).await else {
        panic!("problems")
    };
    assert_eq!(problems.len(), 4, "{problems:?}");
    set_up(&town, &secret, "ann", None).await.unwrap();
}
