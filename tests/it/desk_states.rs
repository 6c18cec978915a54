//! Every act on a post, in every state, by everybody.

use entity::PostId;
use entity::membership::Role;
use entity::post::{self as stored, PostStatus};
use quoin::domain::post::{self, Act, Arrangement, NewPost, Order, Outcome, PostChange, PostRow, State};
use quoin::domain::refusal::Refusal;
use quoin::domain::{Viewer, refusal::Denied};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::support::Gazette;
use crate::support::people::Person;

/// Who acts on posts of which the author and the contributor are both authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Stranger,
    Account,
    OtherAuthor,
    OwnContributor,
    OwnAuthor,
    Editor,
}

struct Desk {
    gazette: Gazette,
    people: Vec<(Who, Viewer)>,
    authors: Vec<Person>,
}

impl Desk {
    async fn new() -> Self {
        let gazette = Gazette::new().await;
        let (author, contributor) = (
            gazette.member("author", Role::Author).await,
            gazette.member("contributor", Role::Contributor).await,
        );
        let people = vec![
            (Who::Stranger, Viewer::Anonymous),
            (Who::Account, gazette.person("account").await.viewer()),
            (Who::OtherAuthor, gazette.member("other", Role::Author).await.viewer()),
            (Who::OwnContributor, contributor.viewer()),
            (Who::OwnAuthor, author.viewer()),
            (Who::Editor, gazette.member("editor", Role::Editor).await.viewer()),
        ];
        Self {
            gazette,
            people,
            authors: vec![author, contributor],
        }
    }

    async fn act(&self, viewer: Viewer, id: PostId, act: Act) -> Result<Option<PostRow>, Refusal> {
        let accounts = &self.gazette.accounts;
        let order = match act {
            Act::Edit => {
                let change = PostChange {
                    title: Some(format!("Title {}", PostId::new())),
                    ..PostChange::default()
                };
                return post::update(accounts, viewer, id, None, change).await.map(Some);
            }
            Act::Arrange => {
                let mut change = PostChange::default();
                change.place.slug = Some(format!("moved {id}"));
                return post::update(accounts, viewer, id, None, change).await.map(Some);
            }
            Act::Submit => Order::Submit,
            Act::RequestChanges => Order::RequestChanges("Shorter, please.".into()),
            Act::Publish => Order::Publish(None),
            Act::Schedule => Order::Schedule(entity::now() + chrono::TimeDelta::days(1)),
            Act::Unschedule => Order::Unschedule,
            Act::Unpublish => Order::Unpublish,
            Act::Archive => Order::Archive,
            Act::Discard => Order::Discard,
            Act::Delete => Order::Delete,
            Act::Restore => Order::Restore,
            Act::Erase => Order::Erase,
        };
        post::perform(accounts, viewer, id, None, order).await
    }

    /// A post in a state, come there by acts.
    async fn in_state(&self, state: State) -> PostId {
        let new = NewPost {
            publication: self.gazette.publication,
            kind: stored::PostKind::Article,
            change: PostChange {
                place: Arrangement {
                    authors: Some(self.authors.iter().map(|person| person.user).collect()),
                    ..Arrangement::default()
                },
                title: Some("A title".into()),
                source: Some("Some *words*.".into()),
                ..PostChange::default()
            },
        };
        let id = post::create(&self.gazette.accounts, Viewer::Operator, new)
            .await
            .unwrap()
            .id;
        let mut acts = match state.post {
            PostStatus::Draft => vec![],
            PostStatus::InReview => vec![Act::Submit],
            PostStatus::Scheduled => vec![Act::Schedule],
            PostStatus::Published | PostStatus::Archived => vec![Act::Publish],
            PostStatus::Trashed => vec![Act::Delete],
        };
        if state.copy.is_some() {
            acts.push(Act::Edit);
        }
        if state.post == PostStatus::Archived {
            acts.push(Act::Archive);
        }
        match state.copy {
            Some(PostStatus::InReview) => acts.push(Act::Submit),
            Some(PostStatus::Scheduled) => acts.push(Act::Schedule),
            _ => {}
        }
        for act in acts {
            self.act(Viewer::Operator, id, act).await.unwrap();
        }
        assert_eq!(self.state(id).await, Some(state));
        id
    }

    async fn state(&self, id: PostId) -> Option<State> {
        let read = self.gazette.store().read();
        let post = stored::Entity::find_by_id(id).one(read).await.unwrap()?;
        let copy = stored::Entity::find()
            .filter(stored::Column::DraftOf.eq(id))
            .one(read)
            .await
            .unwrap();
        Some(State {
            post: post.status,
            copy: copy.map(|copy| copy.status),
        })
    }
}

/// Who may do what where, by hand.
fn may(who: Who, act: Act, state: State) -> bool {
    let is_public = matches!(state.post, PostStatus::Published | PostStatus::Archived);
    let is_scheduled = state.working() == PostStatus::Scheduled;
    match (who, act) {
        (Who::OwnAuthor, Act::RequestChanges | Act::Erase) => false,
        (Who::Editor | Who::OwnAuthor, _) | (Who::OwnContributor, Act::Submit) => true,
        (Who::OwnContributor, Act::Edit | Act::Discard) => !is_scheduled,
        (Who::OwnContributor, Act::Delete | Act::Restore | Act::Arrange) => !is_public && !is_scheduled,
        _ => false,
    }
}

#[tokio::test]
async fn each_act_in_each_state_is_done_for_those_who_may_and_for_nobody_else() {
    let desk = Desk::new().await;
    for state in State::ALL {
        let seen = state.post == PostStatus::Published;
        let untouched = desk.in_state(state).await;
        for act in Act::ALL {
            for (who, viewer) in &desk.people {
                let case = format!("{who:?}, {act:?}, {state:?}");
                if may(*who, act, state) && state.after(act).is_ok() {
                    continue;
                }
                let refused = desk.act(*viewer, untouched, act).await;
                match (who, refused) {
                    (Who::Stranger, Err(Refusal::Denied(Denied::Unauthenticated))) => {}
                    (Who::Account | Who::OtherAuthor, Err(Refusal::NotFound(_))) => assert!(!seen, "{case}: found"),
                    (Who::Account | Who::OtherAuthor, Err(Refusal::Denied(Denied::Role(_)))) => {
                        assert!(seen, "{case}: seen");
                    }
                    (_, Err(Refusal::Denied(Denied::Role(_)))) => assert!(!may(*who, act, state), "{case}: may not"),
                    (_, Err(Refusal::Invalid(_))) => assert!(may(*who, act, state), "{case}: cannot"),
                    (_, other) => panic!("{case}: {other:?}"),
                }
            }
        }
        assert_eq!(
            desk.state(untouched).await,
            Some(state),
            "what was refused changed nothing"
        );
        for act in Act::ALL {
            let Ok(outcome) = state.after(act) else { continue };
            for (who, viewer) in desk.people.iter().filter(|(who, _)| may(*who, act, state)) {
                let id = desk.in_state(state).await;
                let done = desk.act(*viewer, id, act).await;
                assert!(done.is_ok(), "{who:?}, {act:?}, {state:?}: {done:?}");
                let after = match outcome {
                    Outcome::Stands(after) => Some(after),
                    Outcome::Gone => None,
                };
                assert_eq!(desk.state(id).await, after, "{who:?}, {act:?}, {state:?}");
            }
        }
    }
}
