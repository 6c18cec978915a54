//! Posts in lists, and what is loaded ahead for them.

use super::Post;
use super::relations::{Authors, BeforeInSeries, Beside, Categories, Draft, Editable, Html, Tags, Text, Words};
use crate::domain::page::{Position, SortKind};
use crate::domain::post::{Neighbour, PostField, PostOrder};
use crate::graphql::comment::plan_comments;
use crate::graphql::media::ShownMedia;
use crate::graphql::page::Listed;
use crate::graphql::plan::{Plan, Step};
use crate::graphql::publication::PublicationById;
use crate::graphql::revision::plan_revisions;
use crate::graphql::series::SeriesById;

impl Listed for Post {
    type Order = PostOrder;

    fn order_key(order: PostOrder) -> (&'static str, SortKind) {
        match (order.field, order.descending) {
            (PostField::PublishedAt, false) => ("p", SortKind::Time),
            (PostField::PublishedAt, true) => ("p-", SortKind::Time),
            (PostField::UpdatedAt, false) => ("u", SortKind::Time),
            (PostField::UpdatedAt, true) => ("u-", SortKind::Time),
            (PostField::Title, false) => ("t", SortKind::Text),
            (PostField::Title, true) => ("t-", SortKind::Text),
            (PostField::SeriesPosition, false) => ("s", SortKind::Number),
            (PostField::SeriesPosition, true) => ("s-", SortKind::Number),
            (PostField::Position, false) => ("o", SortKind::Number),
            (PostField::Position, true) => ("o-", SortKind::Number),
        }
    }

    fn position(&self, order: PostOrder) -> Position {
        order.position(&self.row)
    }
}

/// The fields that need the text of a post as readers are shown it.
pub(super) const HTML_FIELDS: [&str; 2] = ["bodyHtml", "tableOfContents"];

impl Plan for Post {
    fn plan(step: &mut Step<'_, Self>) {
        let id = |post: &Self| Some(post.row.id);
        let content = |post: &Self| Some(post.row.content_id);
        match step.selected().name() {
            "author" | "authors" => step.follow(Authors, id),
            "tags" => step.follow(Tags, content),
            "categories" => step.follow(Categories, content),
            "publication" => step.follow(PublicationById, |post| Some(post.row.publication_id)),
            "series" => step.follow(SeriesById, |post| post.row.series_id),
            "seriesPosition" => step.load(BeforeInSeries, Self::in_series),
            "featuredImage" => step.follow(ShownMedia, |post| post.row.featured_media_id),
            "previous" => step.follow(Beside(Neighbour::Previous), id),
            "next" => step.follow(Beside(Neighbour::Next), id),
            "comments" => plan_comments(step, |post| post.row.id.0),
            "draft" => step.follow(Draft, id),
            "reviewNote" | "previews" => step.load(Editable, id),
            "revisions" => {
                step.load(Editable, id);
                if step.viewer().drafts_reader().is_some() {
                    plan_revisions(step, |post| post.row.id.0);
                }
            }
            field if HTML_FIELDS.contains(&field) => step.load(Html, content),
            "bodyText" => step.load(Text, content),
            "bodySource" => {
                step.load(Editable, id);
                if step.viewer().drafts_reader().is_some() {
                    step.load(Words, content);
                }
            }
            "outboundLinks" => step.load(Words, content),
            _ => {}
        }
    }
}
