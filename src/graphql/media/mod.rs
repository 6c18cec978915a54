//! Media: files that posts show.

mod change;
mod list;
mod upload;
mod usage;

pub use change::MediaMutation;
pub use list::{MediaCount, MediaList, MediaWhere, plan_media};
pub use upload::{UploadMutation, UploadedFile, Uploads, marker};
pub use usage::{MediaUsage, PublicationUsage};

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::MediaId;
use sea_orm::DbErr;
use uuid::Uuid;

use super::context::RequestContext;
use super::error::{Fault, Result};
use super::id::{NodeType, encode};
use super::loader::{Relation, Source, by_id};
use super::member::StandingTo;
use super::page::Listed;
use super::plan::{Plan, Selected, Step};
use super::post::Post;
use super::posts::{PostWhere, order_of};
use super::written::{Write, WriteField, all, maybe_text, scalar, text};
use crate::domain::media::{self, Class, Format, MediaRow};
use crate::domain::page::{MOST_ITEMS, PageRequest, Position, SortKind};
use crate::domain::policy::Standing;
use crate::domain::post::{self, PostFilter, PostOrder, PostParent, PostRow};

/// What one does with a file.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash)]
#[graphql(remote = "Class")]
pub enum MediaType {
    /// To be looked at.
    Image,
    /// To be heard.
    Audio,
    /// To be watched.
    Video,
    /// To be read or kept.
    Document,
}

/// In which format a picture is wanted.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub enum MediaFormat {
    /// As it is.
    #[default]
    Original,
    /// JPEG; transparent parts are white.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl MediaFormat {
    fn wanted(self) -> Option<Format> {
        match self {
            Self::Original => None,
            Self::Jpeg => Some(Format::Jpeg),
            Self::Png => Some(Format::Png),
            Self::Webp => Some(Format::Webp),
        }
    }
}

/// A file: a picture, a recording, a document.
#[derive(Clone)]
pub struct Media(pub(super) Arc<MediaRow>);

impl From<MediaRow> for Media {
    fn from(row: MediaRow) -> Self {
        Self(Arc::new(row))
    }
}

impl Plan for Media {
    fn plan(step: &mut Step<'_, Self>) {
        match step.selected().name() {
            "originalUrl" => step.load(StandingTo, |media| Some(media.0.publication_id.0)),
            "usedBy" => {
                // Unreadable arguments are reported by the resolver.
                if let Ok(uses) = UsedBy::new(step.selected().argument("where")) {
                    step.follow(uses, |media| Some(media.0.id.0));
                }
            }
            _ => {}
        }
    }
}

impl Write for Media {
    fn field(selected: &Selected<'_>) -> Option<WriteField<Self>> {
        match selected.name() {
            "id" => scalar(|media: &Self| encode(NodeType::Media, media.0.id)),
            "url" => {
                let (width, format) = (
                    selected.read("width", None)?,
                    selected.read("format", MediaFormat::default())?,
                );
                Some(Box::new(move |media, json| {
                    json.value(&media.address(json.request, width, format).ok()?)
                }))
            }
            "srcSet" => {
                let widths = selected.read("widths", DEFAULT_WIDTHS.to_vec())?;
                let format = selected.read("format", MediaFormat::default())?;
                Some(Box::new(move |media, json| {
                    json.value(&media.sources(json.request, &widths, format).ok()?)
                }))
            }
            "type" => scalar(|media: &Self| MediaType::from(media::class(&media.0))),
            "fileName" => text(|media: &Self| media.0.file_name.as_str()),
            "mimeType" => text(|media: &Self| media.0.mime_type.as_str()),
            "byteSize" => scalar(|media: &Self| media.0.byte_size),
            "width" => scalar(|media: &Self| media.0.width),
            "height" => scalar(|media: &Self| media.0.height),
            "placeholder" => maybe_text(|media: &Self| media.0.placeholder.as_deref()),
            "altText" => text(|media: &Self| media.0.alt_text.as_str()),
            "caption" => text(|media: &Self| media.0.caption.as_str()),
            "originalUrl" => Some(Box::new(|media, json| {
                let standing = json.request.reader.loaded(&StandingTo, media.0.publication_id.0)?;
                json.value(&media.original(standing))
            })),
            "createdAt" => scalar(|media: &Self| media.0.created_at),
            "usedBy" => all(
                selected,
                UsedBy::new(selected.read("where", None)?).ok()?,
                |media: &Self| media.0.id.0,
            ),
            _ => None,
        }
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

impl Media {
    /// Where it is to be had at least so wide, in a format.
    pub(super) fn address(&self, request: &RequestContext, width: Option<i32>, format: MediaFormat) -> Result<String> {
        let row = &self.0;
        let width = width.map(|width| {
            let pixels = u32::try_from(width).ok().filter(|pixels| *pixels > 0);
            pixels.ok_or_else(|| Fault::BadRequest(format!("A width is {width}; allowed is 1 and more.")))
        });
        let width = width.transpose()?;
        if row.storage_key.is_none()
            && let Some(url) = &row.original_url
        {
            return Ok(url.clone());
        }
        let path = media::address(row, width, format.wanted());
        Ok(format!("{}{path}", request.base_url))
    }

    /// Where it was found, for those who may see the library that it is in.
    pub(super) fn original(&self, who: Option<Standing>) -> Option<&str> {
        let may_see = who.is_some_and(|who| media::policy::may_see(who).is_ok());
        self.0.original_url.as_deref().filter(|_| may_see)
    }

    /// Where it is to be had in several widths, as `srcset` has it; none when it cannot be had in other widths.
    pub(super) fn sources(
        &self,
        request: &RequestContext,
        widths: &[i32],
        format: MediaFormat,
    ) -> Result<Option<String>> {
        if widths.len() > MOST_WIDTHS {
            let given = widths.len();
            return Err(Fault::BadRequest(format!(
                "`widths` has {given} entries; allowed are {MOST_WIDTHS}."
            )));
        }
        let row = &self.0;
        let mut entries: Vec<(u32, String)> = Vec::new();
        for &width in widths {
            let address = self.address(request, Some(width), format)?;
            let Some(pixels) = u32::try_from(width)
                .ok()
                .and_then(|width| media::width_of(row, width, format.wanted()))
            else {
                return Ok(None);
            };
            entries.push((pixels, format!("{address} {pixels}w")));
        }
        entries.sort();
        entries.dedup_by_key(|(pixels, _)| *pixels);
        let entries: Vec<_> = entries.into_iter().map(|(_, entry)| entry).collect();
        Ok((!entries.is_empty()).then(|| entries.join(", ")))
    }
}

/// The most widths of one `srcSet`.
const MOST_WIDTHS: usize = 16;

/// The widths of a `srcSet` whose argument is left out, in pixels.
pub(super) const DEFAULT_WIDTHS: [i32; 4] = [480, 960, 1440, 1920];

/// A file: a picture, a recording, a document.
#[Object(serial)]
impl Media {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(NodeType::Media, self.0.id)
    }

    /// Where it is to be had: from this installation when it is stored here, else from where it was found. Of pictures that
    /// can be decoded here (JPEG, PNG, WebP, GIF) there are other widths and formats; of everything else, whatever is asked
    /// for, the file itself.
    async fn url(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "At least so many pixels wide: the next wider of the widths that there are, never wider than the picture."
        )]
        width: Option<i32>,
        #[graphql(
            desc = "In which format. A GIF stays as it is in its own, since it may move.",
            default
        )]
        format: MediaFormat,
    ) -> Result<String> {
        self.address(RequestContext::of(context)?, width, format)
    }

    /// The value of the attribute `srcset` of an `<img>`: the picture in these widths, as far as it is so wide. None when it
    /// cannot be had in other widths.
    async fn src_set(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "In which widths, in pixels, at most 16.",
            default_with = "DEFAULT_WIDTHS.to_vec()"
        )]
        widths: Vec<i32>,
        #[graphql(desc = "In which format.", default)] format: MediaFormat,
    ) -> Result<Option<String>> {
        self.sources(RequestContext::of(context)?, &widths, format)
    }

    /// What one does with it.
    #[graphql(name = "type")]
    async fn media_type(&self) -> MediaType {
        media::class(&self.0).into()
    }

    /// Its name, without folders.
    async fn file_name(&self) -> &str {
        &self.0.file_name
    }

    /// Its media type, such as `image/jpeg`.
    async fn mime_type(&self) -> &str {
        &self.0.mime_type
    }

    /// Its size in bytes; unknown while it is not stored here.
    async fn byte_size(&self) -> Option<i64> {
        self.0.byte_size
    }

    /// The width in pixels, of a picture stored here.
    async fn width(&self) -> Option<i32> {
        self.0.width
    }

    /// The height in pixels, of a picture stored here.
    async fn height(&self) -> Option<i32> {
        self.0.height
    }

    /// A small stand-in for a picture while it loads: a `ThumbHash` (<https://evanw.github.io/thumbhash/>) of some 25 bytes, in
    /// base64. None for what cannot be decoded here, and for files that an import brought.
    async fn placeholder(&self) -> Option<&str> {
        self.0.placeholder.as_deref()
    }

    /// What it shows, for those who cannot see it; may be empty.
    async fn alt_text(&self) -> &str {
        &self.0.alt_text
    }

    /// The line below it, plain text; may be empty.
    async fn caption(&self) -> &str {
        &self.0.caption
    }

    /// Source URL, for imported files. Requires access to the media library; otherwise null.
    async fn original_url(&self, context: &Context<'_>) -> Result<Option<&str>> {
        let reader = &RequestContext::of(context)?.reader;
        Ok(self.original(reader.child(StandingTo, self.0.publication_id.0).await?))
    }

    /// When it was recorded.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The posts and pages of its publication that show it, in their text or as the featured image, newest first: at most 100.
    /// For those who may edit them, `where` also finds posts that are not published, and posts whose drafts show it.
    async fn used_by(
        &self,
        context: &Context<'_>,
        #[graphql(name = "where", desc = "Which of them; posts and pages when `kind` is left out.")] filter: Option<
            PostWhere,
        >,
    ) -> Result<Vec<Post>> {
        let reader = &RequestContext::of(context)?.reader;
        reader.child(UsedBy::new(filter)?, self.0.id.0).await
    }
}

/// The posts that show files.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct UsedBy {
    filter: PostFilter,
    order: PostOrder,
}

impl UsedBy {
    /// The posts that the argument asks for.
    pub(super) fn new(filter: Option<PostWhere>) -> Result<Self> {
        let kind = filter.as_ref().and_then(|filter| filter.kind).map(Into::into);
        let filter = PostFilter {
            kind,
            ..filter.unwrap_or_default().into()
        };
        let order = order_of(None, &filter, PostOrder::NEWEST)?;
        Ok(Self { filter, order })
    }
}

impl Relation for UsedBy {
    type Parent = Uuid;
    type Child = Vec<Post>;

    async fn load(&self, source: &Source, files: &[Uuid]) -> std::result::Result<HashMap<Uuid, Vec<Post>>, DbErr> {
        let Self { filter, order } = self;
        let (database, viewer, request) = (&source.database, source.viewer, PageRequest::first(MOST_ITEMS));
        let found = post::list_of(database, viewer, PostParent::Media, files, filter, *order, &request).await?;
        let posts = |rows: Vec<PostRow>| rows.into_iter().map(Post::from).collect();
        Ok(found.into_iter().map(|(id, page)| (id, posts(page.items))).collect())
    }
}

by_id! {
    /// Files by id, as visible things show them.
    ShownMedia: MediaId => Media, |source, ids| media::shown(&source.database, ids)
}

by_id! {
    /// Files by id, of those that the viewer may see.
    MediaById: MediaId => Media, |source, ids| media::by_ids(&source.database, source.viewer, ids)
}
