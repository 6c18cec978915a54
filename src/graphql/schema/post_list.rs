//! Lists of posts: what can be asked of them, at the root and on everything that has posts.

use std::sync::Arc;

use async_graphql::InputObject;
use futures_util::try_join;

use super::Query;
use crate::domain::post::{self, PostFilter, PostOrder as Order, PostParent};
use crate::graphql::engine::{Connection, Fields, LookAhead, One, PageArguments};
use crate::graphql::error::Result;
use crate::graphql::post::Post;
use crate::graphql::posts::{PostList, PostOrder, PostWhere, order_of};

/// Arguments of a list of posts.
#[derive(InputObject)]
pub(super) struct PostListArguments {
    #[graphql(flatten)]
    page: PageArguments,
    /// Conditions that all hold.
    #[graphql(name = "where")]
    filter: Option<PostWhere>,
    /// Order of the list.
    order_by: Option<PostOrder>,
}

impl PostListArguments {
    /// The list that they ask for below a thing of this kind.
    pub(super) fn list(parent: PostParent) -> impl Fn(&Self, &LookAhead) -> Result<PostList> {
        move |arguments, look_ahead| {
            PostList::below(parent, arguments.filter.clone(), arguments.order_by, |order| {
                arguments.page.request::<Post>(order, look_ahead)
            })
        }
    }
}

/// The fields of the query.
pub(super) fn query(fields: &mut Fields<Query>) {
    fields.resolve(
        "posts",
        "Posts of the publication that `where.publication` names, or of the default publication; newest first by default.",
        |one| Box::pin(all(one)),
    );
}

async fn all(one: One<'_, Query, PostListArguments>) -> Result<Connection<Post>> {
    let (request, arguments) = (one.request, &one.arguments);
    let mut filter = PostFilter::from(arguments.filter.clone().unwrap_or_default());
    let named = filter.publication.take();
    let publication = request.publication(named.as_deref());
    let order = order_of(arguments.order_by, &filter, Order::NEWEST)?;
    let page = arguments.page.request::<Post>(order, one.look_ahead)?;
    let (database, viewer) = (request.database(), request.viewer());
    let total = async {
        if one.look_ahead.has("totalCount") {
            post::count(database, viewer, publication, &filter).await
        } else {
            Ok(0)
        }
    };
    let (found, total) = try_join!(post::list(database, viewer, publication, &filter, order, &page), total)?;
    Ok(Connection::new(Arc::new(found.map(Post::from)), order, Ok(total)))
}
