use entity::post::{Model, PostKind, PostStatus, SourceFormat, Visibility};
use entity::{MediaId, PostId, PublicationId, SeriesId, Timestamp};
use serde_json::Value;

use crate::store::row::row;

row! {
    /// A post without its text: what lists show.
    pub struct PostRow of post {
        /// The id.
        pub id: PostId = Id,
        /// The row that its text, tags and categories hang on: its own, or the working copy's where that is shown.
        pub content_id: PostId = Id,
        /// Where it appears.
        pub publication_id: PublicationId = PublicationId,
        /// Article or page.
        pub kind: PostKind = Kind,
        /// Where it stands between draft and archive.
        pub status: PostStatus = Status,
        /// Who may read it once published.
        pub visibility: Visibility = Visibility,
        /// Its name in addresses.
        pub slug: String = Slug,
        /// Its title.
        pub title: String = Title,
        /// The summary its author wrote.
        pub excerpt: Option<String> = Excerpt,
        /// The start of the text.
        pub lead: String = Lead,
        /// What the source is written in.
        pub source_format: SourceFormat = SourceFormat,
        /// Words of the text.
        pub word_count: i32 = WordCount,
        /// Minutes to read it.
        pub reading_minutes: i32 = ReadingMinutes,
        /// Pinned by the editors.
        pub is_featured: bool = IsFeatured,
        /// The picture that stands for it.
        pub featured_media_id: Option<MediaId> = FeaturedMediaId,
        /// The series that it is a part of.
        pub series_id: Option<SeriesId> = SeriesId,
        /// Its place in the series.
        pub series_position: i32 = SeriesPosition,
        /// The page above this one.
        pub parent_id: Option<PostId> = ParentId,
        /// Its place among the pages of one parent.
        pub position: i32 = Position,
        /// Where the original was published.
        pub canonical_url: Option<String> = CanonicalUrl,
        /// Fields that the publication defines.
        pub custom_fields: Value = CustomFields,
        /// Visible comments.
        pub comment_count: i32 = CommentCount,
        /// When it went or goes public.
        pub published_at: Option<Timestamp> = PublishedAt,
        /// What an editor asked to be changed.
        pub review_note: Option<String> = ReviewNote,
        /// Counts up with every save.
        pub version: i32 = Version,
        /// When it was begun.
        pub created_at: Timestamp = CreatedAt,
        /// When it last changed.
        pub updated_at: Timestamp = UpdatedAt,
    }
}

row! {
    /// The text of a post as readers are shown it, which only those who ask for it pay for.
    pub struct PostHtml of post {
        /// The sanitised rendering.
        pub html: String = BodyHtml,
        /// The headings of the rendering.
        pub table_of_contents: Value = TableOfContents,
    }
}

row! {
    /// The text of a post without markup.
    pub struct PostText of post {
        /// The rendering without markup.
        pub text: String = BodyText,
    }
}

row! {
    /// The text of a post as it was written.
    pub struct PostSource of post {
        /// The text as written.
        pub source: String = BodySource,
        /// The addresses of other sites that it links to.
        pub outbound_links: Value = OutboundLinks,
    }
}

impl PostRow {
    /// The post as its working copy will make it: the copy's words, picture and fields at the post's address.
    #[must_use]
    pub fn as_draft(&self, copy: Self) -> Self {
        Self {
            id: self.id,
            slug: self.slug.clone(),
            is_featured: self.is_featured,
            series_id: self.series_id,
            series_position: self.series_position,
            parent_id: self.parent_id,
            position: self.position,
            comment_count: self.comment_count,
            published_at: copy.published_at.or(self.published_at),
            created_at: self.created_at,
            ..copy
        }
    }
}

impl From<Model> for PostRow {
    fn from(post: Model) -> Self {
        Self {
            id: post.id,
            content_id: post.id,
            publication_id: post.publication_id,
            kind: post.kind,
            status: post.status,
            visibility: post.visibility,
            slug: post.slug,
            title: post.title,
            excerpt: post.excerpt,
            lead: post.lead,
            source_format: post.source_format,
            word_count: post.word_count,
            reading_minutes: post.reading_minutes,
            is_featured: post.is_featured,
            featured_media_id: post.featured_media_id,
            series_id: post.series_id,
            series_position: post.series_position,
            parent_id: post.parent_id,
            position: post.position,
            canonical_url: post.canonical_url,
            custom_fields: post.custom_fields,
            comment_count: post.comment_count,
            published_at: post.published_at,
            review_note: post.review_note,
            version: post.version,
            created_at: post.created_at,
            updated_at: post.updated_at,
        }
    }
}
