//! Members and invitations over the API.

use entity::membership::Role;
use quoin::domain::Viewer;
use quoin::domain::account::{self, NewAccount};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::text::Email;
use quoin::domain::{member, policy};
use serde_json::{Value, json};

use crate::support::Gazette;
use crate::support::accounts::run_jobs;
use crate::support::people::Person;

const PAGE: &str =
    "{ publication { viewerRole members { totalCount nodes { role user { username } publication { slug } } }
    invitations { totalCount nodes { id email role invitedBy { username } publication { slug } } } } }";

/// The global ids of the gazette and of a user.
async fn ids(gazette: &Gazette, person: Person) -> (String, String) {
    let query = "{ publication { id } viewer { user { id } } }";
    let answer = gazette.done(person.viewer(), query).await;
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    (id(&answer["publication"]["id"]), id(&answer["viewer"]["user"]["id"]))
}

fn invite(publication: &str, email: &str, role: &str) -> String {
    format!("memberInvite(input: {{ publicationId: \"{publication}\", email: \"{email}\", role: {role} }})")
}

fn whole(mutation: &str, selection: &str) -> String {
    format!("mutation {{ it: {mutation} {{ {selection} userErrors {{ code field }} }} }}")
}

/// The token of the newest letter to somebody.
async fn token(gazette: &Gazette, email: &str) -> String {
    run_jobs(&gazette.accounts).await;
    let entries = std::fs::read_dir(gazette.database.outbox()).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut letters = files.iter().map(|path| std::fs::read_to_string(path).unwrap());
    let letter = letters.rfind(|letter| letter.contains(email)).expect("a letter");
    let text = letter.replace("=\r\n", "").replace("=3D", "=");
    let (_, rest) = text.split_once("token=").expect("a link");
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn who_is_no_member_sees_neither_members_nor_invitations() {
    let gazette = Gazette::new().await;
    let (eve, root) = (gazette.person("eve").await, gazette.administrator("root").await);
    let nothing = json!({ "publication": { "viewerRole": null, "members": null, "invitations": null } });
    for other in [Viewer::Anonymous, eve.viewer(), root.viewer()] {
        assert_eq!(gazette.done(other, PAGE).await, nothing, "{other:?}");
    }
}

#[tokio::test]
async fn members_see_each_other_and_those_who_invite_the_invitations() {
    let gazette = Gazette::new().await;
    let owner = gazette.member("olga", Role::Owner).await;
    let author = gazette.member("arno", Role::Author).await;
    let (publication, _) = ids(&gazette, owner).await;
    gazette
        .done(
            owner.viewer(),
            &whole(&invite(&publication, "new@people.example", "EDITOR"), ""),
        )
        .await;
    let seen = &gazette.done(owner.viewer(), PAGE).await["publication"];
    assert_eq!(seen["viewerRole"], "OWNER");
    assert_eq!(seen["members"]["totalCount"], 3);
    let names: Vec<_> = seen["members"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| &node["user"]["username"])
        .collect();
    assert_eq!(names, ["ann", "olga", "arno"]);
    let invitation = &seen["invitations"]["nodes"][0];
    assert_eq!(invitation["email"], "new@people.example");
    assert_eq!(invitation["invitedBy"]["username"], "olga");
    let node = format!(
        "{{ node(id: {}) {{ ... on Invitation {{ email }} }} }}",
        invitation["id"]
    );
    assert_eq!(
        gazette.done(owner.viewer(), &node).await["node"]["email"],
        "new@people.example"
    );
    let seen = &gazette.done(author.viewer(), PAGE).await["publication"];
    assert_eq!(
        (&seen["viewerRole"], &seen["invitations"]),
        (&json!("AUTHOR"), &json!(null))
    );
    assert_eq!(seen["members"]["totalCount"], 3);
    assert_eq!(gazette.done(author.viewer(), &node).await, json!({ "node": null }));
}

#[tokio::test]
async fn a_token_without_the_scope_learns_which_it_takes() {
    let gazette = Gazette::new().await;
    let owner = gazette.member("olga", Role::Owner).await;
    for (field, scope) in [
        ("members", Scope::Read),
        ("invitations", Scope::Publication),
        ("auditEvents", Scope::Publication),
    ] {
        let query = format!("{{ publication {{ {field} {{ totalCount }} }} }}");
        let (code, message) = gazette.denied(owner.without(scope), &query).await;
        assert_eq!(code, "FORBIDDEN", "{field}");
        assert!(message.contains(&format!("`{}`", scope.name())), "{message}");
    }
    let (publication, _) = ids(&gazette, owner).await;
    let mutation = whole(&invite(&publication, "new@people.example", "EDITOR"), "");
    let (code, message) = gazette.denied(owner.without(Scope::Publication), &mutation).await;
    assert_eq!((code.as_str(), message.contains("`publication`")), ("FORBIDDEN", true));
}

#[tokio::test]
async fn nobody_gives_a_role_that_is_not_theirs_to_give() {
    let gazette = Gazette::new().await;
    let owner = gazette.member("olga", Role::Owner).await;
    let (publication, _) = ids(&gazette, owner).await;
    let all = [Role::Owner, Role::Admin, Role::Editor, Role::Author, Role::Contributor];
    let names = ["OWNER", "ADMIN", "EDITOR", "AUTHOR", "CONTRIBUTOR"];
    for (role, name) in all.into_iter().zip(names) {
        let person = gazette.member(&format!("a-{}", name.to_lowercase()), role).await;
        for (wanted, wanted_name) in all.into_iter().zip(names) {
            let email = format!("{}-{}@people.example", name.to_lowercase(), wanted_name.to_lowercase());
            let mutation = whole(&invite(&publication, &email, wanted_name), "invitation { email role }");
            let answer = gazette.answer(person.viewer(), &mutation).await;
            let may = role == Role::Owner || (role == Role::Admin && policy::rank(wanted) > policy::rank(Role::Admin));
            assert_eq!(
                answer.errors.is_empty(),
                may,
                "{name} invites {wanted_name}: {answer:#?}"
            );
        }
        let outsider = gazette.person(&format!("x-{}", name.to_lowercase())).await;
        let mutation = whole(&invite(&publication, "x@people.example", name), "");
        assert_eq!(gazette.denied(outsider.viewer(), &mutation).await.0, "NOT_FOUND");
    }
}

#[tokio::test]
async fn an_invitation_is_accepted_once_by_the_account_with_its_address() {
    let gazette = Gazette::new().await;
    let owner = gazette.member("olga", Role::Owner).await;
    let bob = gazette.person("bob").await;
    let (publication, user) = ids(&gazette, bob).await;
    let problems = gazette
        .problems(owner.viewer(), &invite(&publication, "nonsense", "AUTHOR"))
        .await;
    assert_eq!(problems, [("INVALID".to_owned(), json!(["input", "email"]))]);
    let made = gazette
        .done(
            owner.viewer(),
            &whole(
                &invite(&publication, "Bob@People.example", "AUTHOR"),
                "invitation { email role }",
            ),
        )
        .await;
    assert_eq!(
        made["it"]["invitation"],
        json!({ "email": "bob@people.example", "role": "AUTHOR" })
    );
    let token = token(&gazette, "bob@people.example").await;
    let accept = |token: &str| format!("invitationAccept(input: {{ token: \"{token}\" }})");
    let expired = [("EXPIRED".to_owned(), json!(["input", "token"]))];
    let eve = gazette.person("eve").await;
    let not_theirs = [("NOT_ALLOWED".to_owned(), json!(["input", "token"]))];
    assert_eq!(gazette.problems(eve.viewer(), &accept(&token)).await, not_theirs);
    assert_eq!(gazette.problems(bob.viewer(), &accept("nonsense")).await, expired);
    assert_eq!(
        gazette.denied(bob.by_key(), &whole(&accept(&token), "")).await.0,
        "FORBIDDEN"
    );
    let joined = gazette
        .done(bob.viewer(), &whole(&accept(&token), "publication { slug viewerRole }"))
        .await;
    assert_eq!(
        joined["it"]["publication"],
        json!({ "slug": "gazette", "viewerRole": "AUTHOR" })
    );
    assert_eq!(gazette.problems(bob.viewer(), &accept(&token)).await, expired);
    let mine = gazette
        .done(
            bob.viewer(),
            "{ viewer { memberships { role publication { slug } user { id } } } }",
        )
        .await;
    let expected = json!([{ "role": "AUTHOR", "publication": { "slug": "gazette" }, "user": { "id": user } }]);
    assert_eq!(mine["viewer"]["memberships"], expected);
    let taken = gazette
        .problems(owner.viewer(), &invite(&publication, "bob@people.example", "AUTHOR"))
        .await;
    assert_eq!(taken, [("TAKEN".to_owned(), json!(["input", "email"]))]);
}

#[tokio::test]
async fn an_invitation_that_was_taken_back_opens_nothing() {
    let gazette = Gazette::new().await;
    let owner = gazette.member("olga", Role::Owner).await;
    let (author, bob) = (gazette.member("arno", Role::Author).await, gazette.person("bob").await);
    let (publication, _) = ids(&gazette, owner).await;
    let made = gazette
        .done(
            owner.viewer(),
            &whole(
                &invite(&publication, "bob@people.example", "ADMIN"),
                "invitation { id }",
            ),
        )
        .await;
    let token = token(&gazette, "bob@people.example").await;
    let revoke = whole(
        &format!("invitationRevoke(input: {{ id: {} }})", made["it"]["invitation"]["id"]),
        "invitation { email }",
    );
    assert_eq!(gazette.denied(bob.viewer(), &revoke).await.0, "NOT_FOUND");
    assert_eq!(gazette.denied(author.viewer(), &revoke).await.0, "FORBIDDEN");
    let revoked = gazette.done(owner.viewer(), &revoke).await;
    assert_eq!(revoked["it"]["invitation"]["email"], "bob@people.example");
    assert_eq!(gazette.denied(owner.viewer(), &revoke).await.0, "NOT_FOUND");
    let accept = format!("invitationAccept(input: {{ token: \"{token}\" }})");
    assert_eq!(gazette.problems(bob.viewer(), &accept).await[0].0, "EXPIRED");
}

#[tokio::test]
async fn roles_change_members_go_and_the_last_owner_stays() {
    let gazette = Gazette::new().await;
    // Ann has no account, so that Olga is the last who can own.
    let owner = gazette.member("olga", Role::Owner).await;
    let (admin, author) = (
        gazette.member("ada", Role::Admin).await,
        gazette.member("arno", Role::Author).await,
    );
    let (publication, olga) = ids(&gazette, owner).await;
    let (_, ada) = ids(&gazette, admin).await;
    let (_, arno) = ids(&gazette, author).await;
    let change = |user: &str, role: &str| {
        format!("memberChangeRole(input: {{ publicationId: \"{publication}\", userId: \"{user}\", role: {role} }})")
    };
    let remove =
        |user: &str| format!("memberRemove(input: {{ publicationId: \"{publication}\", userId: \"{user}\" }})");
    let leave = format!("publicationLeave(input: {{ publicationId: \"{publication}\" }})");
    for (person, mutation) in [
        (author, change(&arno, "EDITOR")),
        (author, remove(&ada)),
        (admin, change(&arno, "ADMIN")),
        (admin, change(&ada, "OWNER")),
        (admin, change(&olga, "AUTHOR")),
        (admin, remove(&olga)),
    ] {
        assert_eq!(
            gazette.denied(person.viewer(), &whole(&mutation, "")).await.0,
            "FORBIDDEN",
            "{mutation}"
        );
    }
    let last = [("NOT_ALLOWED".to_owned(), json!(null))];
    for mutation in [leave.clone(), remove(&olga), change(&olga, "EDITOR")] {
        assert_eq!(gazette.problems(owner.viewer(), &mutation).await, last, "{mutation}");
    }
    let changed = gazette
        .done(
            admin.viewer(),
            &whole(&change(&arno, "EDITOR"), "member { role user { username } }"),
        )
        .await;
    assert_eq!(
        changed["it"]["member"],
        json!({ "role": "EDITOR", "user": { "username": "arno" } })
    );
    gazette.done(owner.viewer(), &whole(&change(&ada, "OWNER"), "")).await;
    let left = gazette
        .done(owner.viewer(), &whole(&leave, "publication { viewerRole }"))
        .await;
    assert_eq!(
        left["it"],
        json!({ "publication": { "viewerRole": null }, "userErrors": [] })
    );
    assert_eq!(
        gazette.denied(owner.viewer(), &whole(&leave, "")).await.0,
        "NOT_FOUND",
        "she is no member any more"
    );
    let removed = gazette
        .done(
            admin.viewer(),
            &whole(&remove(&arno), "publication { members { totalCount } }"),
        )
        .await;
    assert_eq!(removed["it"]["publication"]["members"]["totalCount"], 2);
    for foreign in ["nonsense", &publication, &olga] {
        let mutation = whole(&remove(foreign), "");
        assert_eq!(
            gazette.denied(admin.viewer(), &mutation).await.0,
            "NOT_FOUND",
            "{foreign}"
        );
    }
}

#[tokio::test]
async fn an_imported_author_is_sent_a_claim_by_those_who_may() {
    let gazette = Gazette::new().await;
    let owner = gazette.member("olga", Role::Owner).await;
    let (author, bob) = (gazette.member("arno", Role::Author).await, gazette.person("bob").await);
    gazette.post("first", 1, |_| ()).await;
    let (publication, arno) = ids(&gazette, author).await;
    let ann = gazette.ask("{ user(by: { username: \"ann\" }) { id } }").await;
    let ann = ann["user"]["id"].as_str().unwrap();
    let send = |author: &str| {
        format!("authorSendClaim(input: {{ publicationId: \"{publication}\", authorId: \"{author}\" }})")
    };
    for person in [author, bob] {
        assert_eq!(
            gazette.denied(person.viewer(), &whole(&send(ann), "")).await.0,
            "FORBIDDEN"
        );
    }
    let sent = gazette
        .done(owner.viewer(), &whole(&send(ann), "author { username }"))
        .await;
    assert_eq!(sent["it"], json!({ "author": { "username": "ann" }, "userErrors": [] }));
    assert!(!token(&gazette, "ann@example.com").await.is_empty());
    let claimed = gazette.problems(owner.viewer(), &send(&arno)).await;
    assert_eq!(claimed, [("NOT_ALLOWED".to_owned(), json!(["input", "authorId"]))]);
    let (_, stranger) = ids(&gazette, bob).await;
    assert_eq!(
        gazette.denied(owner.viewer(), &whole(&send(&stranger), "")).await.0,
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn a_page_of_members_takes_as_many_statements_whatever_its_size() {
    let gazette = Gazette::new().await;
    let owner = gazette.member("olga", Role::Owner).await;
    let transaction = gazette.store().write().await.unwrap();
    for number in 0..40 {
        let new = NewAccount {
            email: Email::parse(&format!("m{number}@people.example")).unwrap(),
            display_name: format!("M {number}"),
            username: format!("m{number}"),
            password: None,
            is_administrator: false,
        };
        let user = account::make(&transaction, new, "").await.unwrap().unwrap();
        member::put(&transaction, gazette.publication, user, Role::Contributor)
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    let count = async |first: usize| {
        let query = format!(
            "{{ publications {{ nodes {{ viewerRole members(first: {first}) {{ totalCount nodes {{ role user {{ username }}
                publication {{ slug }} }} }} invitations {{ nodes {{ email }} }} auditEvents(first: {first}) {{ nodes {{ kind actor {{ username }}
                user {{ username }} }} }} }} }} }}"
        );
        gazette.statements_of(owner.viewer(), &query).await.len()
    };
    let (few, many) = (count(2).await, count(40).await);
    assert_eq!(few, many);
    assert!(many <= 20, "{many} statements");
    let reader = owner.with(Scopes::from_iter([Scope::Read]));
    let statements = gazette
        .statements_of(reader, "{ publication { members { nodes { role } } } }")
        .await;
    assert_eq!(
        statements.len(),
        4,
        "the publication, the account, the roles, the members: {statements:#?}"
    );
}
