//! What belongs to posts and pages: authors, tags, categories, comments.

use super::ContentObject;
use super::relations::{Authors, Categories, Tags};
use crate::domain::comment::CommentParent;
use crate::graphql::engine::Fields;
use crate::graphql::engine::error::Fault;
use crate::graphql::schema::comment::CommentListArguments;
use crate::graphql::schema::media::ShownMedia;
use crate::graphql::schema::publication::PublicationById;
use crate::graphql::schema::user::User;

/// Describes the fields that lead to other objects.
pub(super) fn fields<T: ContentObject>(fields: &mut Fields<T>) {
    let id = |item: &T| Some(item.row().id);
    let content = |item: &T| Some(item.row().content_id);
    fields.required(
        "publication",
        "Publication it belongs to.",
        PublicationById,
        |item: &T| item.row().publication_id,
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
    fields.related("featuredImage", "Featured image.", ShownMedia, |item: &T| {
        item.row().featured_media_id
    });
}

/// Describes the fields that lead to comments.
pub(super) fn comments<T: ContentObject>(fields: &mut Fields<T>) {
    fields.value("commentCount", "Number of visible comments.", |item| {
        item.row().comment_count
    });
    fields.counted_connection(
        "comments",
        "Comments, oldest first by default.",
        CommentListArguments::below_content,
        |item: &T| item.row().id.0,
        |item, list, _| (list.parent == CommentParent::Post).then(|| item.row().comment_count.into()),
    );
}
