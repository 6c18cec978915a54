//! Users: people with bylines or comments.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{ID, InputObject, OneofObject};
use entity::UserId;

use super::Query;
use super::node;
use super::post_list::PostListArguments;
use crate::domain::post::PostParent;
use crate::domain::user::{self, UserRow};
use crate::graphql::engine::error::Result;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::{Fields, Object, One};

/// A user: the public profile.
#[derive(Clone)]
pub struct User(pub Arc<UserRow>);

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Object for User {
    const DESCRIPTION: &'static str = "Public profile of an account or an imported author.";

    fn type_name() -> Cow<'static, str> {
        "User".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::User, |user| user.0.id);
        fields.text("username", "Username, unique within the instance.", |user| {
            &user.0.username
        });
        fields.text("displayName", "Display name.", |user| &user.0.display_name);
        fields.text("bio", "Biography, plain text; may be empty.", |user| &user.0.bio);
        fields.optional_text("websiteUrl", "URL of the user's own website.", |user| {
            user.0.website_url.as_deref()
        });
        fields.value("createdAt", "Creation time of the account.", |user| user.0.created_at);
        fields.connection(
            "posts",
            "Posts by the user, newest first by default.",
            PostListArguments::list(PostParent::Author),
            |user: &Self| user.0.id.0,
        );
    }
}

by_id! {
    /// Users by id, as objects that the viewer may see refer to them.
    Byline: UserId => User, |source, ids| user::bylines(&source.database, ids)
}

by_id! {
    /// Users by id, those of them that the viewer may see.
    UserById: UserId => User, |source, ids| user::by_ids(&source.database, source.viewer, ids)
}

/// Identifies a user.
#[derive(OneofObject)]
enum UserBy {
    /// Global id.
    Id(ID),
    /// Username.
    Username(String),
}

/// Arguments of `user`.
#[derive(InputObject)]
struct UserArguments {
    /// User to find.
    by: UserBy,
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "user",
        "A user with a byline or a comment on public content, by id or username.",
        |one| Box::pin(find(one)),
    );
}

async fn find(one: One<'_, Query, UserArguments>) -> Result<Option<User>> {
    let request = one.request;
    match &one.arguments.by {
        UserBy::Id(id) => node::by_id(request, NodeType::User, UserById, id).await,
        UserBy::Username(username) => Ok(user::by_username(request.database(), request.viewer(), username)
            .await?
            .map(User::from)),
    }
}
