//! Members of a publication: who invites whom, and that somebody always owns it.

use entity::PublicationId;
use entity::membership::Role;
use quoin::domain::member::{self, InvitationRow, InviteInput};
use quoin::domain::page::PageRequest;
use quoin::domain::refusal::{ProblemCode, Refusal};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::{Viewer, account};
use quoin::token::Secret;

use crate::support::Town;
use crate::support::town::{PASSWORD, Resident, device, email, problem};

const ROLES: [Role; 5] = [Role::Owner, Role::Admin, Role::Editor, Role::Author, Role::Contributor];

async fn gazette() -> (Town, Resident, PublicationId) {
    let town = Town::new().await;
    let ann = town.resident("ann").await;
    let gazette = town.publication("gazette", ann.id).await;
    (town, ann, gazette)
}

async fn invite(
    town: &Town,
    viewer: Viewer,
    publication: PublicationId,
    name: &str,
    role: Role,
) -> Result<InvitationRow, Refusal> {
    let input = InviteInput {
        email: email(name),
        role,
    };
    member::invite(&town.accounts, viewer, publication, input).await
}

async fn role(town: &Town, publication: PublicationId, resident: &Resident) -> Option<Role> {
    member::role_of(town.store().read(), publication, resident.id)
        .await
        .unwrap()
}

async fn open(town: &Town, publication: PublicationId) -> Vec<String> {
    let page = member::invitations(town.store().read(), publication, &PageRequest::first(10)).await;
    page.unwrap().items.into_iter().map(|row| row.email).collect()
}

#[tokio::test]
async fn an_invitation_is_accepted_once_by_the_account_with_its_address() {
    let (town, ann, gazette) = gazette().await;
    invite(&town, ann.viewer(), gazette, "bob", Role::Editor).await.unwrap();
    let letter = town.letter().await;
    assert_eq!(
        (letter.to.as_str(), letter.path()),
        ("bob@example.com", "/auth/invitation")
    );
    assert!(letter.text.contains("GAZETTE"), "{letter:?}");
    let (bob, eve) = (town.resident("bob").await, town.resident("eve").await);
    let accept = |viewer| {
        let secret = letter.secret();
        let accounts = town.accounts.clone();
        async move { member::accept(&accounts, viewer, &secret).await }
    };
    assert!(matches!(accept(Viewer::Anonymous).await, Err(Refusal::Denied(_))));
    let by_link_alone = accept(eve.viewer()).await;
    assert_eq!(problem(by_link_alone), ProblemCode::NotAllowed);
    assert_eq!(role(&town, gazette, &eve).await, None);
    assert_eq!(
        open(&town, gazette).await,
        ["bob@example.com"],
        "it can still be accepted"
    );
    let (one, other) = tokio::join!(accept(bob.viewer()), accept(bob.viewer()));
    assert_eq!([&one, &other].iter().filter(|done| done.is_ok()).count(), 1);
    assert_eq!(problem(one.and(other)), ProblemCode::Expired);
    assert_eq!(role(&town, gazette, &bob).await, Some(Role::Editor));
    assert!(open(&town, gazette).await.is_empty());
    assert_eq!(town.events_of(bob.id).await.last().unwrap(), "MEMBER_JOINED");
}

#[tokio::test]
async fn who_has_no_account_gets_one_with_the_invitation() {
    let (town, ann, gazette) = gazette().await;
    invite(&town, ann.viewer(), gazette, "bob", Role::Author).await.unwrap();
    let secret = town.letter().await.secret();
    let accept = |password: &str| {
        let password = password.to_owned();
        let (accounts, secret) = (town.accounts.clone(), secret.clone());
        async move { member::accept_as_new(&accounts, &secret, "Bob", password, &device()).await }
    };
    assert_eq!(problem(accept("short").await), ProblemCode::TooShort);
    let bob = Resident::of(accept(PASSWORD).await.unwrap());
    assert_eq!(role(&town, gazette, &bob).await, Some(Role::Author));
    assert_eq!(town.sign_in("bob", PASSWORD).await.unwrap().id, bob.id);
    assert_eq!(problem(accept(PASSWORD).await), ProblemCode::Expired);
    town.resident("eve").await;
    invite(&town, ann.viewer(), gazette, "eve", Role::Author).await.unwrap();
    let secret = town.letter().await.secret();
    let refused = member::accept_as_new(&town.accounts, &secret, "Eve", PASSWORD.to_owned(), &device()).await;
    assert_eq!(problem(refused), ProblemCode::Taken);
    assert_eq!(
        open(&town, gazette).await,
        ["eve@example.com"],
        "it can still be accepted"
    );
}

#[tokio::test]
async fn inviting_again_replaces_the_link_and_the_role() {
    let (town, ann, gazette) = gazette().await;
    let bob = town.resident("bob").await;
    invite(&town, ann.viewer(), gazette, "bob", Role::Author).await.unwrap();
    let old = town.letter().await.secret();
    invite(&town, ann.viewer(), gazette, "BOB", Role::Editor).await.unwrap();
    let new = town.letter().await.secret();
    assert_eq!(open(&town, gazette).await, ["bob@example.com"]);
    let accept = |secret: Secret| {
        let accounts = town.accounts.clone();
        let viewer = bob.viewer();
        async move { member::accept(&accounts, viewer, &secret).await }
    };
    assert_eq!(problem(accept(old).await), ProblemCode::Expired);
    accept(new).await.unwrap();
    assert_eq!(role(&town, gazette, &bob).await, Some(Role::Editor));
    let taken = invite(&town, ann.viewer(), gazette, "bob", Role::Author).await;
    assert_eq!(problem(taken), ProblemCode::Taken);
}

#[tokio::test]
async fn whoever_has_a_mightier_role_keeps_it() {
    let (town, ann, gazette) = gazette().await;
    invite(&town, ann.viewer(), gazette, "bob", Role::Author).await.unwrap();
    let secret = town.letter().await.secret();
    let bob = town.member("bob", gazette, Role::Admin).await;
    member::accept(&town.accounts, bob.viewer(), &secret).await.unwrap();
    assert_eq!(role(&town, gazette, &bob).await, Some(Role::Admin));
}

#[tokio::test]
async fn an_invitation_that_was_taken_back_is_worth_nothing() {
    let (town, ann, gazette) = gazette().await;
    let bob = town.resident("bob").await;
    let editor = town.member("eve", gazette, Role::Editor).await;
    let row = invite(&town, ann.viewer(), gazette, "bob", Role::Author).await.unwrap();
    let secret = town.letter().await.secret();
    let revoke = |viewer| member::revoke_invitation(&town.accounts, viewer, row.id);
    assert!(matches!(revoke(bob.viewer()).await, Err(Refusal::NotFound(_))));
    assert!(matches!(revoke(editor.viewer()).await, Err(Refusal::Denied(_))));
    revoke(ann.viewer()).await.unwrap();
    assert!(matches!(revoke(ann.viewer()).await, Err(Refusal::NotFound(_))));
    let late = member::accept(&town.accounts, bob.viewer(), &secret).await;
    assert_eq!(problem(late), ProblemCode::Expired);
}

/// Whether each role may give and take each role.
const MAY: [(Role, [bool; 5]); 5] = [
    (Role::Owner, [true, true, true, true, true]),
    (Role::Admin, [false, false, true, true, true]),
    (Role::Editor, [false; 5]),
    (Role::Author, [false; 5]),
    (Role::Contributor, [false; 5]),
];

#[tokio::test]
async fn each_role_gives_and_takes_what_it_may_and_nothing_else() {
    let (town, ann, gazette) = gazette().await;
    let subject = town.resident("subject").await;
    for (giver, may) in MAY {
        let name = format!("giver-{}", giver as u8);
        let giver_resident = town.member(&name, gazette, giver).await;
        for (given, may) in ROLES.into_iter().zip(may) {
            let invited = invite(&town, giver_resident.viewer(), gazette, "new", given).await;
            assert_eq!(invited.is_ok(), may, "{giver:?} invites {given:?}: {invited:?}");
            let transaction = town.store().write().await.unwrap();
            member::put(&transaction, gazette, subject.id, given).await.unwrap();
            transaction.commit().await.unwrap();
            let removed = member::remove(&town.accounts, giver_resident.viewer(), gazette, subject.id).await;
            assert_eq!(removed.is_ok(), may, "{giver:?} removes {given:?}: {removed:?}");
            assert_eq!(role(&town, gazette, &subject).await.is_none(), may);
        }
    }
    let stranger = town.resident("stranger").await;
    let without = ann.with(Scopes::ALL.without(Scope::Publication));
    assert!(matches!(
        invite(&town, stranger.viewer(), gazette, "new", Role::Author).await,
        Err(Refusal::NotFound("publication"))
    ));
    assert!(matches!(
        invite(&town, without, gazette, "new", Role::Author).await,
        Err(Refusal::Denied(_))
    ));
}

#[tokio::test]
async fn nobody_lifts_themselves_up() {
    let (town, ann, gazette) = gazette().await;
    let bob = town.member("bob", gazette, Role::Admin).await;
    let change = |viewer, user, role| member::change_role(&town.accounts, viewer, gazette, user, role);
    assert!(matches!(
        change(bob.viewer(), bob.id, Role::Owner).await,
        Err(Refusal::Denied(_))
    ));
    assert!(matches!(
        change(bob.viewer(), ann.id, Role::Author).await,
        Err(Refusal::Denied(_))
    ));
    assert_eq!(role(&town, gazette, &bob).await, Some(Role::Admin));
    change(ann.viewer(), bob.id, Role::Owner).await.unwrap();
    assert_eq!(role(&town, gazette, &bob).await, Some(Role::Owner));
    assert!(town.events_of(bob.id).await.contains(&"ROLE_CHANGED".to_owned()));
}

#[tokio::test]
async fn the_last_owner_with_an_account_cannot_go() {
    let (town, ann, gazette) = gazette().await;
    let byline = town.byline("imported").await;
    let transaction = town.store().write().await.unwrap();
    member::put(&transaction, gazette, byline, Role::Owner).await.unwrap();
    transaction.commit().await.unwrap();
    let leave = |resident: &Resident| {
        let viewer = resident.viewer();
        let accounts = town.accounts.clone();
        async move { member::leave(&accounts, viewer, gazette).await }
    };
    assert_eq!(problem(leave(&ann).await), ProblemCode::NotAllowed);
    let down = member::change_role(&town.accounts, ann.viewer(), gazette, ann.id, Role::Author).await;
    assert_eq!(problem(down), ProblemCode::NotAllowed);
    let removed = member::remove(&town.accounts, Viewer::Operator, gazette, ann.id).await;
    assert_eq!(problem(removed), ProblemCode::NotAllowed);
    let deleted = account::delete(&town.accounts, ann.viewer(), PASSWORD.to_owned()).await;
    assert_eq!(problem(deleted), ProblemCode::NotAllowed);

    let bob = town.member("bob", gazette, Role::Owner).await;
    let (one, other) = tokio::join!(leave(&ann), leave(&bob));
    assert_eq!(
        [&one, &other].iter().filter(|done| done.is_ok()).count(),
        1,
        "of two owners who leave at the same time, one stays: {one:?} {other:?}"
    );
    let stayed = if one.is_ok() { &bob } else { &ann };
    assert_eq!(role(&town, gazette, stayed).await, Some(Role::Owner));
}

#[tokio::test]
async fn an_imported_author_is_sent_the_account() {
    let (town, ann, gazette) = gazette().await;
    let author = town.byline("imported").await;
    let send = |viewer, address| account::send_claim(&town.accounts, viewer, gazette, author, address);
    assert!(
        matches!(send(ann.viewer(), None).await, Err(Refusal::NotFound("author"))),
        "who does not write here is none of ours"
    );
    let transaction = town.store().write().await.unwrap();
    member::put(&transaction, gazette, author, Role::Author).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(
        problem(send(ann.viewer(), Some("ann@example.com")).await),
        ProblemCode::Taken
    );
    send(ann.viewer(), None).await.unwrap();
    let first = town.letter().await;
    assert_eq!(first.to, email("imported"));
    send(ann.viewer(), Some("new@example.com")).await.unwrap();
    let second = town.letter().await;
    assert_eq!(second.to, "new@example.com");
    let reset =
        async |secret: Secret| account::reset_password(&town.accounts, &secret, PASSWORD.to_owned(), &device()).await;
    assert_eq!(problem(reset(first.secret()).await), ProblemCode::Expired);
    assert_eq!(reset(second.secret()).await.unwrap().user, author);
    assert_eq!(problem(send(ann.viewer(), None).await), ProblemCode::NotAllowed);
    assert_eq!(town.sign_in("new", PASSWORD).await.unwrap().id, author);
}
