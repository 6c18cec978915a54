//! Posts: articles and pages.

mod act;
mod change;
mod plan;
mod preview;
mod query;
pub(super) mod relations;
mod states;
mod written;

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Context, ID, Json, Object};
use chrono::{DateTime, Utc};
use entity::{PostId, SeriesId};

use super::category::Category;
use super::comment::{Comment, CommentCount, CommentOrder, comment_list, comment_page};
use super::context::RequestContext;
use super::cost::{LONG_TEXT, cost};
use super::error::{Fault, Result};
use super::id::{NodeType, encode};
use super::loader::Relation;
use super::media::{Media, ShownMedia};
use super::page::{Connection, PageArguments, Total};
use super::publication::{Publication, PublicationById};
use super::revision::{Revision, RevisionList};
use super::series::{Series, SeriesById};
use super::tag::Tag;
use super::user::User;
use crate::domain::comment::CommentParent;
use crate::domain::media;
use crate::domain::post::{self, Neighbour, PostHtml, PostRow};
use crate::domain::redirect::Target;
use crate::domain::render::{readdressed, truncate};

pub use act::PostActMutation;
pub use change::PostMutation;
pub use preview::{PreviewMutation, PreviewToken};
pub use query::{PostBy, PostQuery, find};
pub use relations::PostById;
use relations::{Authors, BeforeInSeries, Beside, Categories, Draft, Editable, Html, Tags, Text, Words};
pub use states::{PostKind, PostStatus, SourceFormat, TableOfContentsEntry, Visibility};

/// How many characters an excerpt has at the most when the query does not say.
const EXCERPT: i32 = 300;

/// A post: an article or a page.
#[derive(Clone)]
pub struct Post {
    row: Arc<PostRow>,
    /// As what its id stands for it; a page can be met as either.
    node_type: NodeType,
}

impl From<PostRow> for Post {
    fn from(row: PostRow) -> Self {
        Self {
            row: Arc::new(row),
            node_type: NodeType::Post,
        }
    }
}

impl Post {
    /// The post, met as a page.
    pub(super) fn as_page(&self) -> Self {
        Self {
            row: Arc::clone(&self.row),
            node_type: NodeType::Page,
        }
    }

    pub(super) fn row(&self) -> &PostRow {
        &self.row
    }

    /// Its path below the front end's address.
    pub(super) fn path_of(&self) -> String {
        Target::Post(self.row.id).path(&self.row.slug)
    }

    /// A summary of at most `length` characters.
    pub(super) fn summary(&self, length: i32) -> Result<String> {
        let length = usize::try_from(length)
            .ok()
            .filter(|length| (1..=600).contains(length))
            .ok_or_else(|| Fault::BadRequest(format!("`length` is {length}; allowed is 1 to 600.")))?;
        Ok(truncate(self.row.excerpt.as_deref().unwrap_or(&self.row.lead), length))
    }

    /// What [`BeforeInSeries`] counts for; none without a series.
    pub(super) fn in_series(&self) -> Option<(SeriesId, PostId)> {
        self.row.series_id.map(|series| (series, self.row.id))
    }

    /// Its HTML with whole addresses of stored files, which are kept by path, so that an installation can move.
    pub(super) fn with_addresses<'a>(body: &'a PostHtml, request: &RequestContext) -> Cow<'a, str> {
        if !body.html.contains(media::PATHS) {
            return Cow::Borrowed(&body.html);
        }
        let base_url = &request.base_url;
        let whole = |address: &str| media::is_path(address).then(|| format!("{base_url}{address}"));
        Cow::Owned(readdressed(&body.html, &whole))
    }

    /// Whether the viewer may see what its writers alone see.
    async fn is_editable(&self, context: &Context<'_>) -> Result<bool> {
        RequestContext::of(context)?.reader.child(Editable, self.row.id).await
    }

    /// Its text, in one of its forms.
    async fn text<T>(
        &self,
        context: &Context<'_>,
        form: impl Relation<Parent = PostId, Child = Option<Arc<T>>>,
    ) -> Result<Arc<T>> {
        let reader = &RequestContext::of(context)?.reader;
        // Gone between two statements.
        reader.child(form, self.row.content_id).await?.ok_or(Fault::Unavailable)
    }
}

/// A post: an article or a page.
#[Object(serial)]
impl Post {
    /// The global id.
    pub(super) async fn id(&self) -> ID {
        encode(self.node_type, self.row.id)
    }

    /// Article or page.
    async fn kind(&self) -> PostKind {
        self.row.kind.into()
    }

    /// Where it stands between draft and archive.
    async fn status(&self) -> PostStatus {
        self.row.status.into()
    }

    /// Who may read it once it is published.
    async fn visibility(&self) -> Visibility {
        self.row.visibility.into()
    }

    /// Its name in addresses; unique among the articles, or the pages, of its publication.
    async fn slug(&self) -> &str {
        &self.row.slug
    }

    /// Its path below the front end's address, as `resolvePath` takes it.
    async fn path(&self) -> String {
        self.path_of()
    }

    /// Its title, plain text.
    async fn title(&self) -> &str {
        &self.row.title
    }

    /// A summary, plain text: the one its author wrote, whole, or else the start of the text.
    async fn excerpt(
        &self,
        #[graphql(
            desc = "How many characters at the most, 1 to 600; cut at a word.",
            default_with = "EXCERPT"
        )]
        length: i32,
    ) -> Result<String> {
        self.summary(length)
    }

    /// The text, rendered and sanitised: nothing in it runs.
    #[graphql(directive = cost::apply(LONG_TEXT.to_owned()))]
    async fn body_html(&self, context: &Context<'_>) -> Result<String> {
        let body = self.text(context, Html).await?;
        Ok(Self::with_addresses(&body, RequestContext::of(context)?).into_owned())
    }

    /// The text without markup.
    #[graphql(directive = cost::apply(LONG_TEXT.to_owned()))]
    async fn body_text(&self, context: &Context<'_>) -> Result<String> {
        Ok(self.text(context, Text).await?.text.clone())
    }

    /// Source of the text exactly as it was written, in `sourceFormat`, which may hold notes that readers do not see. For those
    /// who may edit the post, with the scope `read:drafts`; null for others.
    #[graphql(directive = cost::apply(LONG_TEXT.to_owned()))]
    async fn body_source(&self, context: &Context<'_>) -> Result<Option<String>> {
        if !self.is_editable(context).await? {
            return Ok(None);
        }
        Ok(Some(self.text(context, Words).await?.source.clone()))
    }

    /// What `bodySource` is written in.
    async fn source_format(&self) -> SourceFormat {
        self.row.source_format.into()
    }

    /// The headings of the text, in order.
    #[graphql(directive = cost::apply(LONG_TEXT.to_owned()))]
    async fn table_of_contents(&self, context: &Context<'_>) -> Result<Vec<TableOfContentsEntry>> {
        let body = self.text(context, Html).await?;
        TableOfContentsEntry::all(self.row.id, &body)
    }

    /// The addresses of other sites that the text links to, in order, each once.
    #[graphql(directive = cost::apply(LONG_TEXT.to_owned()))]
    async fn outbound_links(&self, context: &Context<'_>) -> Result<Vec<String>> {
        let body = self.text(context, Words).await?;
        Ok(serde_json::from_value(body.outbound_links.clone()).unwrap_or_default())
    }

    /// Words of the text.
    async fn word_count(&self) -> i32 {
        self.row.word_count
    }

    /// Minutes that reading takes, at least 1.
    async fn reading_minutes(&self) -> i32 {
        self.row.reading_minutes
    }

    /// Pinned by the editors.
    async fn is_featured(&self) -> bool {
        self.row.is_featured
    }

    /// Where the original was published, when elsewhere.
    async fn canonical_url(&self) -> Option<&str> {
        self.row.canonical_url.as_deref()
    }

    /// Fields beyond these, as the publication defines them: an object.
    async fn custom_fields(&self) -> Json<&serde_json::Value> {
        Json(&self.row.custom_fields)
    }

    /// When it went public, or will; none for a draft that never was.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.row.published_at
    }

    /// When it was begun.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }

    /// Counts up with every save.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// Where it appears.
    async fn publication(&self, context: &Context<'_>) -> Result<Publication> {
        let publication = RequestContext::of(context)?
            .reader
            .child(PublicationById, self.row.publication_id)
            .await?;
        publication.ok_or(Fault::Unavailable)
    }

    /// The first of its authors.
    async fn author(&self, context: &Context<'_>) -> Result<User> {
        let authors = RequestContext::of(context)?.reader.child(Authors, self.row.id).await?;
        authors.first().cloned().ok_or(Fault::Unavailable)
    }

    /// Its authors in byline order, at least one.
    async fn authors(&self, context: &Context<'_>) -> Result<Vec<User>> {
        RequestContext::of(context)?.reader.child(Authors, self.row.id).await
    }

    /// Its tags, in its authors' order.
    async fn tags(&self, context: &Context<'_>) -> Result<Vec<Tag>> {
        RequestContext::of(context)?
            .reader
            .child(Tags, self.row.content_id)
            .await
    }

    /// Its categories, in its authors' order.
    async fn categories(&self, context: &Context<'_>) -> Result<Vec<Category>> {
        RequestContext::of(context)?
            .reader
            .child(Categories, self.row.content_id)
            .await
    }

    /// The series that it is a part of.
    async fn series(&self, context: &Context<'_>) -> Result<Option<Series>> {
        match self.row.series_id {
            Some(id) => RequestContext::of(context)?.reader.child(SeriesById, id).await,
            None => Ok(None),
        }
    }

    /// Position among the listed posts of its series, starting at 1; null without a series.
    async fn series_position(&self, context: &Context<'_>) -> Result<Option<i64>> {
        let Some(place) = self.in_series() else {
            return Ok(None);
        };
        let before = RequestContext::of(context)?.reader.child(BeforeInSeries, place).await?;
        Ok(Some(before + 1))
    }

    /// The picture that stands for it.
    async fn featured_image(&self, context: &Context<'_>) -> Result<Option<Media>> {
        match self.row.featured_media_id {
            Some(id) => RequestContext::of(context)?.reader.child(ShownMedia, id).await,
            None => Ok(None),
        }
    }

    /// The listed post of the same publication and kind that was published before it.
    async fn previous(&self, context: &Context<'_>) -> Result<Option<Post>> {
        RequestContext::of(context)?
            .reader
            .child(Beside(Neighbour::Previous), self.row.id)
            .await
    }

    /// The listed post of the same publication and kind that was published after it.
    async fn next(&self, context: &Context<'_>) -> Result<Option<Post>> {
        RequestContext::of(context)?
            .reader
            .child(Beside(Neighbour::Next), self.row.id)
            .await
    }

    /// The post as its working copy will make it: the words, the featured image, tags, categories and fields that readers do not
    /// see before it is published. For those who may edit the post, with the scope `read:drafts`; null for others, and where there
    /// is no working copy: a post that readers do not know is changed itself.
    async fn draft(&self, context: &Context<'_>) -> Result<Option<Post>> {
        RequestContext::of(context)?.reader.child(Draft, self.row.id).await
    }

    /// Note of the editor who requested changes. Requires the right to edit the post and the scope `read:drafts`; otherwise null.
    async fn review_note(&self, context: &Context<'_>) -> Result<Option<&str>> {
        let is_editable = self.is_editable(context).await?;
        Ok(self.row.review_note.as_deref().filter(|_| is_editable))
    }

    /// Its content after each save, newest first. For those who may edit the post, with the scope `read:drafts`; null for
    /// others.
    async fn revisions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Revision>>> {
        let list = RevisionList::new(&PageArguments::given(context, first, after, last, before))?;
        if !self.is_editable(context).await? {
            return Ok(None);
        }
        let revisions = list.connection(RequestContext::of(context)?, self.row.id.0);
        revisions.await.map(Some)
    }

    /// Preview tokens that let front ends see it as its draft, newest first. For those who may edit the post, with the scope
    /// `read:drafts`; null for others.
    async fn previews(&self, context: &Context<'_>) -> Result<Option<Vec<PreviewToken>>> {
        if !self.is_editable(context).await? {
            return Ok(None);
        }
        let rows = post::previews(RequestContext::of(context)?.database(), self.row.id).await?;
        Ok(Some(rows.into_iter().map(PreviewToken::from).collect()))
    }

    /// How many comments readers see below it.
    async fn comment_count(&self) -> i32 {
        self.row.comment_count
    }

    /// What readers say, oldest first unless ordered otherwise.
    #[allow(clippy::too_many_arguments)] // They are the field's arguments.
    async fn comments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100; excludes `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "In which order.", default)] order_by: CommentOrder,
        #[graphql(desc = "Only those that answer no other; their `replies` hold the rest.", default)]
        threads_only: bool,
    ) -> Result<Connection<Comment>> {
        let parent = CommentParent::below_posts(threads_only);
        let list = comment_list(
            parent,
            order_by,
            &PageArguments::given(context, first, after, last, before),
        )?;
        let (request, id) = (RequestContext::of(context)?, self.row.id.0);
        let total = if threads_only {
            Total::by(request, CommentCount(parent), id)
        } else {
            Total::Known(self.row.comment_count.into())
        };
        comment_page(request, list, id, total).await
    }
}
