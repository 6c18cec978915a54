//! Users: people, as their bylines and comments show them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject};
use chrono::{DateTime, Utc};
use entity::UserId;

use super::context::RequestContext;
use super::error::Result;
use super::id::{NodeType, decode_as, encode};
use super::loader::by_id;
use super::page::{Connection, PageArguments};
use super::plan::{Plan, Selected, Step};
use super::post::Post;
use super::posts::{PostList, PostOrder, PostWhere, plan_posts, write_posts};
use super::written::{Write, WriteField, Written, maybe_text, scalar, text};
use crate::domain::post::PostParent;
use crate::domain::user::{self, UserRow};

/// A person who writes here.
#[derive(Clone)]
pub struct User(pub(super) Arc<UserRow>);

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Plan for User {
    fn plan(step: &mut Step<'_, Self>) {
        if step.selected().name() == "posts" {
            plan_posts(step, PostParent::Author, |user| user.0.id.0);
        }
    }
}

impl Write for User {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "id" => scalar(|user: &Self| encode(NodeType::User, user.0.id)),
            "username" => text(|user: &Self| user.0.username.as_str()),
            "displayName" => text(|user: &Self| user.0.display_name.as_str()),
            "bio" => text(|user: &Self| user.0.bio.as_str()),
            "websiteUrl" => maybe_text(|user: &Self| user.0.website_url.as_deref()),
            "createdAt" => scalar(|user: &Self| user.0.created_at),
            "posts" => write_posts(selected, PostParent::Author, |user: &Self| (user.0.id.0, None)),
            _ => None,
        }
    }
}

/// A person who writes here.
#[Object(serial)]
impl User {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::User, self.0.id)
    }

    /// The name in addresses; unique over the whole installation.
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// The name on bylines.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// A few words about them; may be empty.
    async fn bio(&self) -> &str {
        &self.0.bio
    }

    /// Their own site.
    async fn website_url(&self) -> Option<&str> {
        self.0.website_url.as_deref()
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Its posts, newest first unless ordered otherwise.
    #[allow(clippy::too_many_arguments)] // They are the field's arguments.
    async fn posts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which of them.")] filter: Option<PostWhere>,
        #[graphql(desc = "In which order.")] order_by: Option<PostOrder>,
    ) -> Result<Connection<Post>> {
        let page = PageArguments::given(context, first, after, last, before);
        let list = PostList::new(PostParent::Author, filter, order_by, &page)?;
        list.connection(RequestContext::of(context)?, self.0.id.0, None).await
    }
}

by_id! {
    /// People by id, as visible things name them.
    Byline: UserId => User, |source, ids| user::bylines(&source.database, ids)
}

by_id! {
    /// People by id, of those whom the viewer may know of.
    UserById: UserId => User, |source, ids| user::by_ids(&source.database, source.viewer, ids)
}

/// Names a user: give exactly one.
#[derive(OneofObject)]
pub enum UserBy {
    /// The global id.
    Id(ID),
    /// The username.
    Username(String),
}

/// Users, of the query.
#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// A person with a byline or a comment on something public.
    async fn user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] by: UserBy,
    ) -> Result<Option<Written<User>>> {
        let request = RequestContext::of(context)?;
        let user = match by {
            UserBy::Id(id) => match decode_as(NodeType::User, &id) {
                Some(id) => request.reader.child(UserById, id).await?,
                None => None,
            },
            UserBy::Username(username) => user::by_username(request.database(), request.viewer(), &username)
                .await?
                .map(User::from),
        };
        Ok(request.planned(context, user).await?.map(Written))
    }
}
