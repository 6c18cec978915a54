//! How posts are written.

use super::relations::{Authors, BeforeInSeries, Beside, Categories, Editable, Html, Tags, Text, Words};
use super::states::{PostKind, PostStatus, SourceFormat, TableOfContentsEntry, Visibility};
use super::{EXCERPT, Post};
use crate::domain::comment::CommentParent;
use crate::domain::post::Neighbour;
use crate::graphql::comment::write_comments;
use crate::graphql::id::encode;
use crate::graphql::media::ShownMedia;
use crate::graphql::plan::Selected;
use crate::graphql::publication::PublicationById;
use crate::graphql::series::SeriesById;
use crate::graphql::written::{Write, WriteField, all, list, maybe_one, maybe_text, object, one, scalar, text};

impl Write for Post {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        let id = |post: &Self| post.row.id;
        let content = |post: &Self| post.row.content_id;
        match selected.name() {
            "id" => scalar(|post: &Self| encode(post.node_type, post.row.id)),
            "kind" => scalar(|post: &Self| PostKind::from(post.row.kind)),
            "status" => scalar(|post: &Self| PostStatus::from(post.row.status)),
            "visibility" => scalar(|post: &Self| Visibility::from(post.row.visibility)),
            "slug" => text(|post: &Self| post.row.slug.as_str()),
            "path" => scalar(Self::path_of),
            "title" => text(|post: &Self| post.row.title.as_str()),
            "excerpt" => {
                let length = selected.read("length", EXCERPT)?;
                Some(Box::new(move |post, json| json.value(&post.summary(length).ok()?)))
            }
            "bodyHtml" => Some(Box::new(move |post, json| {
                let body = json.request.reader.loaded(&Html, content(post))??;
                json.value(&Self::with_addresses(&body, json.request))
            })),
            "bodyText" => Some(Box::new(move |post, json| {
                let body = json.request.reader.loaded(&Text, content(post))??;
                json.value(&body.text)
            })),
            "bodySource" => Some(Box::new(move |post, json| {
                if !json.request.reader.loaded(&Editable, id(post))? {
                    return json.value(&());
                }
                let body = json.request.reader.loaded(&Words, content(post))??;
                json.value(&body.source)
            })),
            "tableOfContents" => list(selected, move |post, request| {
                let body = request.reader.loaded(&Html, content(post))??;
                TableOfContentsEntry::all(id(post), &body).ok()
            }),
            "sourceFormat" => scalar(|post: &Self| SourceFormat::from(post.row.source_format)),
            "wordCount" => scalar(|post: &Self| post.row.word_count),
            "readingMinutes" => scalar(|post: &Self| post.row.reading_minutes),
            "isFeatured" => scalar(|post: &Self| post.row.is_featured),
            "canonicalUrl" => maybe_text(|post: &Self| post.row.canonical_url.as_deref()),
            "customFields" => Some(Box::new(|post, json| json.value(&post.row.custom_fields))),
            "publishedAt" => scalar(|post: &Self| post.row.published_at),
            "createdAt" => scalar(|post: &Self| post.row.created_at),
            "updatedAt" => scalar(|post: &Self| post.row.updated_at),
            "version" => scalar(|post: &Self| post.row.version),
            "publication" => one(selected, PublicationById, |post: &Self| post.row.publication_id),
            "author" => object(selected, move |post, request| {
                let authors = request.reader.loaded(&Authors, id(post))?;
                authors.first().cloned().map(Some)
            }),
            "authors" => all(selected, Authors, id),
            "tags" => all(selected, Tags, content),
            "categories" => all(selected, Categories, content),
            "series" => maybe_one(selected, SeriesById, |post: &Self| post.row.series_id),
            "seriesPosition" => Some(Box::new(|post, json| {
                let place = match post.in_series() {
                    Some(place) => Some(json.request.reader.loaded(&BeforeInSeries, place)? + 1),
                    None => None,
                };
                json.value(&place)
            })),
            "featuredImage" => maybe_one(selected, ShownMedia, |post: &Self| post.row.featured_media_id),
            "previous" => maybe_one(selected, Beside(Neighbour::Previous), move |post| Some(id(post))),
            "next" => maybe_one(selected, Beside(Neighbour::Next), move |post| Some(id(post))),
            "commentCount" => scalar(|post: &Self| post.row.comment_count),
            "comments" => {
                let threads_only = selected.read("threadsOnly", false)?;
                write_comments(
                    selected,
                    CommentParent::below_posts(threads_only),
                    move |post: &Self| (post.row.id.0, (!threads_only).then_some(post.row.comment_count)),
                )
            }
            _ => None,
        }
    }
}

impl Write for TableOfContentsEntry {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "level" => scalar(|entry: &Self| entry.level),
            "anchor" => text(|entry: &Self| entry.anchor.as_str()),
            "text" => text(|entry: &Self| entry.text.as_str()),
            _ => None,
        }
    }
}
