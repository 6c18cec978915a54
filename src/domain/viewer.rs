//! On whose behalf something is read or done.

use entity::{ApiKeyId, OauthClientId, PostId, SessionId, UserId};

use crate::domain::scope::{Scope, Scopes};

/// On whose behalf something is read or done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// Somebody unknown: sees what is published and public.
    Anonymous,
    /// An application on its own behalf: sees what anybody sees.
    Client(OauthClientId),
    /// A person, or what acts for them.
    User(Actor),
    /// A front end that was given leave to see one post as its draft; otherwise it sees what anybody sees.
    Preview(PostId),
    /// Whoever runs the commands of this installation: sees and may do everything.
    Operator,
}

/// A person who acts, as far as what they came with lets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    /// The account.
    pub user: UserId,
    /// What the token or key allows.
    pub scopes: Scopes,
    /// What they came with.
    pub credential: Credential,
}

/// What an actor came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// An access token of a session.
    Session(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
    /// A token of an outside issuer that this installation trusts.
    Outside,
}

/// Some who see the same, so that one may be given what was made for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All who see what anybody sees.
    Anybody,
    /// Whatever comes with this key.
    Key(ApiKeyId),
}

impl Actor {
    /// The session, if they came with one.
    pub fn session(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(session) => Some(session),
            Credential::ApiKey(_) | Credential::Outside => None,
        }
    }
}

impl Viewer {
    /// The account, if its token allows reading.
    pub fn reader(self) -> Option<UserId> {
        match self {
            Self::User(actor) if actor.scopes.has(Scope::Read) => Some(actor.user),
            _ => None,
        }
    }

    /// The account, if more may be seen with it than what is published and public.
    pub fn drafts_reader(self) -> Option<UserId> {
        match self {
            Self::User(actor) if actor.scopes.has(Scope::ReadDrafts) => self.reader(),
            _ => None,
        }
    }

    /// The viewer as they see what they write: whoever may write may see that.
    #[must_use]
    pub fn at_work(self) -> Self {
        match self {
            Self::User(actor) if actor.scopes.has(Scope::Write) => Self::User(Actor {
                scopes: actor.scopes.and(Scopes::from_iter([Scope::Read, Scope::ReadDrafts])),
                ..actor
            }),
            other => other,
        }
    }

    /// The viewer as lists show them what is published, beside the post that a preview shows.
    #[must_use]
    pub fn as_reader(self) -> Self {
        match self {
            Self::Preview(_) => Self::Anonymous,
            other => other,
        }
    }

    /// The post that is shown as its draft.
    pub fn previewed(self) -> Option<PostId> {
        match self {
            Self::Preview(post) => Some(post),
            _ => None,
        }
    }

    /// Among whom an answer may be shared; none for who is always answered anew. A key stands for a front end, which asks the
    /// same over and over, as people do not.
    pub fn audience(self) -> Option<Audience> {
        match self {
            Self::Anonymous | Self::Client(_) => Some(Audience::Anybody),
            Self::User(actor) => match actor.credential {
                Credential::ApiKey(key) if actor.scopes.has(Scope::Read) => Some(Audience::Key(key)),
                Credential::ApiKey(_) | Credential::Session(_) | Credential::Outside => None,
            },
            Self::Preview(_) | Self::Operator => None,
        }
    }

    /// The actor, if it is a person.
    pub fn actor(self) -> Option<Actor> {
        match self {
            Self::User(actor) => Some(actor),
            _ => None,
        }
    }
}
