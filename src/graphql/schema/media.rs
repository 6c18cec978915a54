//! Media: images, audio, video and documents used by posts.

use std::borrow::Cow;

use async_graphql::InputObject;

use super::guarded::{GuardedList, guarded_connection, guarded_value};
use super::node;
use crate::domain::media::{self, policy};
use crate::domain::page::{Position, SortKind};
use crate::graphql::engine::{Fields, Leaf, Listed, LookAhead, Object, PageArguments};
use crate::graphql::error::Result;
use crate::graphql::id::NodeType;
use crate::graphql::media::{
    DEFAULT_WIDTHS, Media, MediaCount, MediaFormat, MediaList, MediaType, MediaUsage, MediaWhere, PublicationUsage,
    UsedBy,
};
use crate::graphql::member::StandingTo;
use crate::graphql::post::Post;
use crate::graphql::posts::PostWhere;
use crate::graphql::publication::Publication;

impl Object for Media {
    const DESCRIPTION: &'static str = "A file in a media library: an image, audio, video or document.";

    fn type_name() -> Cow<'static, str> {
        "Media".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Media, |media| media.0.id);
        urls(fields);
        fields.value("type", "Kind of file.", |media| MediaType::from(media::class(&media.0)));
        fields.text("fileName", "File name, without directories.", |media| {
            &media.0.file_name
        });
        fields.text("mimeType", "Media type, such as `image/jpeg`.", |media| {
            &media.0.mime_type
        });
        fields.value(
            "byteSize",
            "Size in bytes; null if the file is not stored on this instance.",
            |media| media.0.byte_size,
        );
        fields.value(
            "width",
            "Width in pixels, for images stored on this instance.",
            |media| media.0.width,
        );
        fields.value(
            "height",
            "Height in pixels, for images stored on this instance.",
            |media| media.0.height,
        );
        fields.optional_text(
            "placeholder",
            "Placeholder to show while an image loads: a `ThumbHash` (<https://evanw.github.io/thumbhash/>) of about 25 bytes, \
             base64-encoded. Null for files that cannot be decoded and for imported files.",
            |media| media.0.placeholder.as_deref(),
        );
        fields.text("altText", "Alternative text; may be empty.", |media| &media.0.alt_text);
        fields.text("caption", "Caption, plain text; may be empty.", |media| {
            &media.0.caption
        });
        fields.derived(
            "originalUrl",
            "URL that the file was imported from. Only members of the publication, who can browse its media library, can see \
             it; null for others.",
            StandingTo,
            |media| Some(media.0.publication_id.0),
            |media, who, _| Ok(Leaf(media.original(who).map(str::to_owned))),
        );
        fields.value("createdAt", "Creation time.", |media| media.0.created_at);
        fields.derived_with(
            "usedBy",
            "Posts and pages of the publication that use the file in their text or as the featured image, newest first, at \
             most 100. For viewers who may edit them, `where` also finds posts that are not published, and posts whose drafts \
             use the file.",
            UsedByArguments::relation,
            |media| Some(media.0.id.0),
            |_, posts: Vec<Post>, _, _| Ok(posts),
        );
    }
}

fn urls(fields: &mut Fields<Media>) {
    fields.each(
        "url",
        "URL of the file: on this instance if the file is stored there, else the URL that it was imported from. Images that can \
         be decoded (JPEG, PNG, WebP, GIF) are available in other widths and formats; for any other file, the arguments are \
         ignored.",
        |media, arguments: &UrlArguments, request| {
            media.address(request, arguments.width, arguments.format).map(Leaf)
        },
    );
    fields.each(
        "srcSet",
        "Value for the `srcset` attribute of an `<img>`: the image in these widths, up to its own. Null if the image is not \
         available in other widths.",
        |media, arguments: &SourceSetArguments, request| {
            media.sources(request, &arguments.widths, arguments.format).map(Leaf)
        },
    );
}

/// Arguments of `url`.
#[derive(InputObject)]
struct UrlArguments {
    /// Minimum width in pixels: selects the next larger available width, never wider than the image.
    width: Option<i32>,
    /// Format. A GIF requested in its own format is unchanged, because it may be animated.
    #[graphql(default)]
    format: MediaFormat,
}

/// Arguments of `srcSet`.
#[derive(InputObject)]
struct SourceSetArguments {
    /// Widths in pixels, at most 16.
    #[graphql(default_with = "DEFAULT_WIDTHS.to_vec()")]
    widths: Vec<i32>,
    /// Format.
    #[graphql(default)]
    format: MediaFormat,
}

/// Arguments of `usedBy`.
#[derive(InputObject)]
struct UsedByArguments {
    /// Conditions that all hold. Finds both posts and pages by default.
    #[graphql(name = "where")]
    filter: Option<PostWhere>,
}

impl UsedByArguments {
    fn relation(&self, _: &LookAhead) -> Result<UsedBy> {
        UsedBy::new(self.filter.clone())
    }
}

impl Listed for Media {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("c-", SortKind::Time)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

impl GuardedList for MediaList {
    type Node = Media;
    type Count = MediaCount;

    fn order(&self) {}

    fn count(&self) -> MediaCount {
        MediaCount(self.filter.clone())
    }
}

/// Arguments of `media` below a publication.
#[derive(InputObject)]
struct MediaListArguments {
    #[graphql(flatten)]
    page: PageArguments,
    /// Conditions that all hold.
    #[graphql(name = "where")]
    filter: Option<MediaWhere>,
}

impl MediaListArguments {
    fn list(&self, look_ahead: &LookAhead) -> Result<MediaList> {
        Ok(MediaList {
            filter: self.filter.clone().unwrap_or_default().into(),
            page: self.page.request::<Media>((), look_ahead)?,
        })
    }
}

impl Object for MediaUsage {
    const DESCRIPTION: &'static str = "Storage used by the files of an account or a publication.";

    fn type_name() -> Cow<'static, str> {
        "MediaUsage".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.value(
            "byteSize",
            "Total size of all files in bytes, including uploads in progress.",
            |usage| usage.byte_size,
        );
        fields.value(
            "byteLimit",
            "Maximum total size in bytes; uploads beyond it fail with `QUOTA_EXCEEDED`.",
            |usage| usage.byte_limit,
        );
    }
}

/// The fields of a publication that have its media library.
pub(super) fn of_publication(fields: &mut Fields<Publication>) {
    let id = |publication: &Publication| publication.0.id.0;
    guarded_connection(
        fields,
        "media",
        "Media library, newest first. Requires membership and the `read:drafts` scope; null for others.",
        MediaListArguments::list,
        id,
    );
    guarded_value(
        fields,
        "mediaUsage",
        "Storage used by the media library. Requires membership and the `read:drafts` scope; null for others.",
        |who| policy::may_see(who).is_ok(),
        PublicationUsage,
        id,
        |used, request| Some(MediaUsage::in_publication(request, used)),
    );
}
