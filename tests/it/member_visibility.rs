//! What is not public is seen by exactly those who may, and with a token that lets them read drafts.

use entity::membership::Role;
use entity::post::{PostStatus, Visibility};
use entity::{PostId, UserId};
use quoin::domain::post::{Reach, visible};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::{Actor, Credential, Viewer, member};
use sea_orm::{EntityTrait, QueryFilter};

use crate::support::Gazette;

/// Each kind of post, and who sees it by its address: everybody, or members, or those who edit and its authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    All,
    Members,
    EditorsAndAuthors,
}

const POSTS: [(&str, PostStatus, Visibility, Seen); 9] = [
    ("public", PostStatus::Published, Visibility::Public, Seen::All),
    ("unlisted", PostStatus::Published, Visibility::Unlisted, Seen::All),
    ("members", PostStatus::Published, Visibility::Members, Seen::Members),
    (
        "private",
        PostStatus::Published,
        Visibility::Private,
        Seen::EditorsAndAuthors,
    ),
    ("draft", PostStatus::Draft, Visibility::Public, Seen::EditorsAndAuthors),
    (
        "in-review",
        PostStatus::InReview,
        Visibility::Public,
        Seen::EditorsAndAuthors,
    ),
    (
        "scheduled",
        PostStatus::Scheduled,
        Visibility::Public,
        Seen::EditorsAndAuthors,
    ),
    (
        "archived",
        PostStatus::Archived,
        Visibility::Public,
        Seen::EditorsAndAuthors,
    ),
    (
        "draft-for-members",
        PostStatus::Draft,
        Visibility::Members,
        Seen::EditorsAndAuthors,
    ),
];

async fn sees(site: &Gazette, viewer: Viewer, reach: Reach) -> Vec<PostId> {
    let rows = entity::post::Entity::find()
        .filter(visible(viewer, reach))
        .all(site.store().read());
    rows.await.unwrap().into_iter().map(|row| row.id).collect()
}

fn with(user: UserId, scopes: Scopes) -> Viewer {
    Viewer::User(Actor {
        user,
        scopes,
        credential: Credential::Outside,
    })
}

async fn put(site: &Gazette, user: UserId, role: Role) {
    let transaction = site.store().write().await.unwrap();
    member::put(&transaction, site.publication, user, role).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn each_post_is_seen_by_exactly_those_who_may() {
    let site = Gazette::new().await;
    let author = site.user("bob").await;
    let mut posts = Vec::new();
    for (number, (slug, status, visibility, seen)) in POSTS.into_iter().enumerate() {
        let id = site
            .post(slug, number as i64, |post| {
                (post.status, post.visibility) = (status, visibility);
                post.authors = vec![author];
            })
            .await;
        posts.push((slug, id, status, visibility, seen));
    }
    let people = [
        ("a stranger", None, false, false),
        ("an owner", Some(Role::Owner), true, true),
        ("an admin", Some(Role::Admin), true, true),
        ("an editor", Some(Role::Editor), true, true),
        ("another author", Some(Role::Author), true, false),
        ("a contributor", Some(Role::Contributor), true, false),
    ];
    for (name, role, is_member, is_editor) in people {
        let user = site.user(&name.replace(' ', "-")).await;
        if let Some(role) = role {
            put(&site, user, role).await;
        }
        let viewer = with(user, Scopes::from_iter([Scope::Read, Scope::ReadDrafts]));
        check(&site, &posts, (name, viewer), is_member, is_editor).await;
        for scope in [Scope::Read, Scope::ReadDrafts] {
            let blind = with(user, Scopes::ALL.without(scope));
            check(&site, &posts, (name, blind), false, false).await;
        }
    }
    let read = with(author, Scopes::ALL);
    check(
        &site,
        &posts,
        ("who was an author and is no member", read),
        false,
        false,
    )
    .await;
    put(&site, author, Role::Contributor).await;
    check(&site, &posts, ("the author", read), true, true).await;
    let application = Viewer::Client(entity::OauthClientId::new());
    check(&site, &posts, ("an application", application), false, false).await;
}

async fn check(
    site: &Gazette,
    posts: &[(&str, PostId, PostStatus, Visibility, Seen)],
    (name, viewer): (&str, Viewer),
    is_member: bool,
    is_editor: bool,
) {
    let (direct, listed, desk) = (
        sees(site, viewer, Reach::Direct).await,
        sees(site, viewer, Reach::Listed).await,
        sees(site, viewer, Reach::Desk).await,
    );
    for (slug, id, status, visibility, seen) in posts {
        let may = match seen {
            Seen::All => true,
            Seen::Members => is_member,
            Seen::EditorsAndAuthors => is_editor,
        };
        assert_eq!(direct.contains(id), may, "{name} at the path of {slug}");
        let is_unlisted = *visibility == Visibility::Unlisted && !is_editor;
        assert_eq!(desk.contains(id), may && !is_unlisted, "{name} on the desk: {slug}");
        let is_public = *status == PostStatus::Published && *visibility == Visibility::Public;
        assert_eq!(listed.contains(id), is_public, "{name} in lists: {slug}");
    }
}

#[tokio::test]
async fn a_member_of_one_publication_is_nobody_to_another() {
    let site = Gazette::new().await;
    let post = site.post("draft", 1, |post| post.status = PostStatus::Draft).await;
    let user = site.user("bob").await;
    let new = quoin::domain::publication::NewPublication {
        slug: "other".into(),
        title: "Other".into(),
        tagline: String::new(),
        language: "en".into(),
        site_url: None,
        owner: user,
    };
    let transaction = site.store().write().await.unwrap();
    quoin::domain::publication::create(&transaction, new).await.unwrap();
    transaction.commit().await.unwrap();
    assert!(
        !sees(&site, with(user, Scopes::ALL), Reach::Direct)
            .await
            .contains(&post)
    );
}
