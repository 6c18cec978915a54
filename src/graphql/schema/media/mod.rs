//! Media: images, audio, video and documents used by posts.

mod list;
mod mutation;
mod url;
mod usage;
mod used_by;

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::Enum;
use entity::MediaId;

pub(super) use mutation::mutation;
pub use usage::MediaUsage;

use self::list::MediaListArguments;
use self::usage::PublicationUsage;
use self::used_by::UsedByArguments;
use super::content::Content;
use super::guarded::{guarded_connection, guarded_value};
use super::member::StandingTo;
use super::node;
use super::publication::Publication;
use crate::domain::media::{self, Class, MediaRow, policy};
use crate::domain::page::{Position, SortKind};
use crate::domain::policy::Standing;
use crate::graphql::engine::id::NodeType;
use crate::graphql::engine::loader::by_id;
use crate::graphql::engine::scalar::BigInt;
use crate::graphql::engine::{Fields, Leaf, Listed, Object};

/// Kind of file.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash)]
#[graphql(remote = "Class")]
pub enum MediaType {
    /// An image.
    Image,
    /// Audio.
    Audio,
    /// A video.
    Video,
    /// A document, or any other file.
    Document,
}

/// A file in a media library.
#[derive(Clone)]
pub struct Media(pub Arc<MediaRow>);

impl From<MediaRow> for Media {
    fn from(row: MediaRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Media {
    /// The URL that the file was imported from, for viewers who may see the library.
    fn original_url(&self, who: Option<Standing>) -> Option<&str> {
        let may_see = who.is_some_and(|who| policy::may_see(who).is_ok());
        self.0.original_url.as_deref().filter(|_| may_see)
    }
}

impl Object for Media {
    const DESCRIPTION: &'static str = "A file in a media library: an image, audio, video or document.";

    fn type_name() -> Cow<'static, str> {
        "Media".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        node::id(fields, NodeType::Media, |media| media.0.id);
        url::fields(fields);
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
            |media| media.0.byte_size.map(BigInt),
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
            "Placeholder to show while an image loads: a `ThumbHash` (<https://evanw.github.io/thumbhash/>) of about \
             25 bytes, base64-encoded. Null for files that cannot be decoded and for imported files.",
            |media| media.0.placeholder.as_deref(),
        );
        fields.text("altText", "Alternative text; may be empty.", |media| &media.0.alt_text);
        fields.text("caption", "Caption, plain text; may be empty.", |media| {
            &media.0.caption
        });
        fields.derived(
            "originalUrl",
            "URL that the file was imported from. Only members of the publication, who can browse its media library, \
             can see it; null for others.",
            StandingTo,
            |media| Some(media.0.publication_id.0),
            |media, who, _| Ok(Leaf(media.original_url(who).map(str::to_owned))),
        );
        fields.value("createdAt", "Creation time.", |media| media.0.created_at);
        fields.derived_with(
            "usedBy",
            "Posts and pages of the publication that use the file in their text or as the featured image, newest \
             first, at most 100. For viewers who may edit them, `where` also finds posts that are not published, and \
             posts whose drafts use the file.",
            UsedByArguments::relation,
            |media| Some(media.0.id.0),
            |_, using: Vec<Content>, _, _| Ok(using),
        );
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

by_id! {
    /// Files by id, for objects that the viewer may see: these show the file, too.
    ShownMedia: MediaId => Media, |source, ids| media::shown(&source.database, ids)
}

by_id! {
    /// Files by id, of those that the viewer may see.
    MediaById: MediaId => Media, |source, ids| media::by_ids(&source.database, source.viewer, ids)
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
