//! What belongs to posts: authors, tags, categories, neighbours, comments.

use super::PostObject;
use super::relations::{Authors, Beside, Categories, InSeries, Tags};
use crate::domain::comment::CommentParent;
use crate::domain::post::Neighbour;
use crate::graphql::engine::error::Fault;
use crate::graphql::engine::{Fields, Leaf};
use crate::graphql::schema::comment::CommentListArguments;
use crate::graphql::schema::media::ShownMedia;
use crate::graphql::schema::publication::PublicationById;
use crate::graphql::schema::series::SeriesById;
use crate::graphql::schema::user::User;

/// Describes the fields that lead to other objects.
pub(super) fn fields<T: PostObject>(fields: &mut Fields<T>) {
    let id = |post: &T| Some(post.row().id);
    let content = |post: &T| Some(post.row().content_id);
    fields.required(
        "publication",
        "Publication it belongs to.",
        PublicationById,
        |post: &T| post.row().publication_id,
    );
    fields.derived(
        "author",
        "First author of the byline.",
        Authors,
        id,
        |_, authors: Vec<User>, _| authors.into_iter().next().ok_or(Fault::Unavailable),
    );
    fields.related("authors", "Authors in byline order, at least one.", Authors, id);
    fields.related("tags", "Tags, in the order that its authors chose.", Tags, content);
    fields.related(
        "categories",
        "Categories, in the order that its authors chose.",
        Categories,
        content,
    );
    fields.related("series", "Series it is part of.", SeriesById, |post: &T| {
        post.row().series_id
    });
    fields.derived(
        "seriesPosition",
        "Position among the listed posts of its series, starting at 1; null without a series or if the series does not list it.",
        InSeries,
        |post: &T| post.post().in_series(),
        |_, position: Option<i64>, _| Ok(Leaf(position)),
    );
    fields.related("featuredImage", "Featured image.", ShownMedia, |post: &T| {
        post.row().featured_media_id
    });
    fields.related(
        "previous",
        "Listed post of the same publication and kind that was published before it.",
        Beside(Neighbour::Previous),
        id,
    );
    fields.related(
        "next",
        "Listed post of the same publication and kind that was published after it.",
        Beside(Neighbour::Next),
        id,
    );
}

/// Describes the fields that lead to comments.
pub(super) fn comments<T: PostObject>(fields: &mut Fields<T>) {
    fields.value("commentCount", "Number of visible comments.", |post| {
        post.row().comment_count
    });
    fields.counted_connection(
        "comments",
        "Comments, oldest first by default.",
        CommentListArguments::below_post,
        |post: &T| post.row().id.0,
        |post, list, _| (list.parent == CommentParent::Post).then(|| post.row().comment_count.into()),
    );
}
