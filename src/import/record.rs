//! What a foreign site consists of, once its format is peeled off: the one language between readers and the writer.
//!
//! Every record carries the id that it has in its source (`id`), which need only be unique among records of its kind
//! and must be the same at the next import. References are such ids too; a reference that leads nowhere is dropped by
//! the writer and reported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use entity::comment::{CommentKind, CommentStatus};
use entity::post::{PostKind, PostStatus, SourceFormat, Visibility};
use serde::Serialize;
use serde_json::Value;

/// A reader of one foreign format.
pub trait Source: Send {
    /// Reads everything once without writing: proves that the source is whole, so that a broken one is refused before
    /// anything is imported, and counts what [`Source::read`] will hand over.
    fn survey(&mut self) -> Result<Survey, SourceError>;

    /// Takes the names of the custom fields that are imported, before [`Source::read`]; only formats whose custom fields
    /// are not for readers ask for them.
    fn import_fields(&mut self, _names: &BTreeSet<String>) {}

    /// Hands over every record, in this order of kinds: authors, categories (parents first), tags, series, media,
    /// then posts; words for the report at any point. Stops early with [`SourceError::Stopped`] when `emit` says so.
    ///
    /// Runs on a thread of its own: it may block. What it holds in memory must not grow with the size of posts.
    fn read(&mut self, emit: &mut dyn FnMut(Record) -> Result<(), Stopped>) -> Result<(), SourceError>;
}

/// The receiver of records has gone away (it failed, and reports why itself).
#[derive(Debug)]
pub struct Stopped;

/// Why a source cannot be imported. `Display` is one line for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file or folder cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {message}", position)]
    Malformed {
        /// File, line and column.
        position: Position,
        /// What is wrong, and what was expected.
        message: String,
    },
    /// The receiver stopped the reading.
    #[error("stopped")]
    Stopped,
}

impl From<Stopped> for SourceError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// A place in a source, for messages: `export.xml:120:4` or `_posts/2020-01-01-hello.md`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The file, as the person gave it or below the folder that they gave.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column, from 1.
    pub column: Option<u64>,
}

impl std::fmt::Display for Position {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(formatter, ":{number}")?;
        }
        Ok(())
    }
}

impl Serialize for Position {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What [`Source::survey`] learned.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Names this source among others, the same at the next import: `wordpress:https://example.com`,
    /// `markdown:my-site`.
    pub source: String,
    /// The site's title, if it has one.
    pub title: Option<String>,
    /// One line about the site.
    pub tagline: Option<String>,
    /// BCP 47 language tag.
    pub language: Option<String>,
    /// The site's address, `https://example.com`.
    pub site_url: Option<String>,
    /// How many records [`Source::read`] will hand over, notices apart; for the progress bar.
    pub records: u64,
}

/// One thing that a reader hands over.
#[derive(Clone, Debug, Serialize)]
pub enum Record {
    /// A person.
    Author(AuthorRecord),
    /// A category.
    Category(CategoryRecord),
    /// A tag.
    Tag(TagRecord),
    /// A series.
    Series(SeriesRecord),
    /// A file.
    Media(MediaRecord),
    /// A post or page with its comments.
    Post(Box<PostRecord>),
    /// A word for the report; nothing is written.
    Notice(Notice),
    /// What is not imported unless the import names it, for the report; nothing is written.
    LeftOut(LeftOut),
}

/// What is not imported unless the import names it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LeftOut {
    /// How many posts have a custom field, by its name.
    pub fields: BTreeMap<String, u64>,
    /// How many posts have text inside a shortcode that may have hidden it, by its name.
    pub shortcodes: BTreeMap<String, u64>,
}

/// A word for the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What became of the thing.
    pub effect: Effect,
    /// What it is: `nav_menu_item 1234`, `post "Hello"`, `_posts/2020-01-01-x.md`.
    pub item: String,
    /// Why, in one line.
    pub reason: String,
    /// Where it stands.
    pub position: Position,
}

/// What a notice says of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It was not imported.
    Skipped,
    /// It was imported, but not wholly as it was.
    Changed,
}

/// A person who writes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AuthorRecord {
    /// The login or key there.
    pub id: String,
    /// The wanted username; the writer makes a free one of it.
    pub username: String,
    /// The name on bylines.
    pub display_name: String,
    /// The address, if known.
    pub email: Option<String>,
    /// A few words about them.
    pub bio: String,
    /// Their own site.
    pub website_url: Option<String>,
}

/// A category.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CategoryRecord {
    /// The slug or path there.
    pub id: String,
    /// The wanted slug.
    pub slug: String,
    /// The name, plain text.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// The id of the category above.
    pub parent: Option<String>,
}

/// A tag.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TagRecord {
    /// The slug there.
    pub id: String,
    /// The wanted slug.
    pub slug: String,
    /// The name, plain text.
    pub name: String,
    /// What it is about.
    pub description: String,
}

/// A series.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SeriesRecord {
    /// The slug there.
    pub id: String,
    /// The wanted slug.
    pub slug: String,
    /// The title, plain text.
    pub title: String,
    /// What it is about.
    pub description: String,
}

/// A file that posts show.
#[derive(Clone, Debug, Serialize)]
pub struct MediaRecord {
    /// The id or path there.
    pub id: String,
    /// Where its bytes are.
    pub origin: MediaOrigin,
    /// The file's name, without folders.
    pub file_name: String,
    /// What it shows.
    pub alt_text: String,
    /// The line below it, plain text.
    pub caption: String,
    /// The id of the author who brought it.
    pub uploader: Option<String>,
    /// When it was uploaded.
    pub created_at: Option<DateTime<Utc>>,
}

/// Where a file's bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum MediaOrigin {
    /// Beside the imported text.
    File(PathBuf),
    /// On the old site; fetched only when asked for.
    Url(String),
}

/// A post or page.
#[derive(Clone, Debug, Serialize)]
pub struct PostRecord {
    /// The id or path there.
    pub id: String,
    /// Where it stands, for the report.
    #[serde(skip)]
    pub position: Position,
    /// Article or page.
    pub kind: PostKind,
    /// Where it stands between draft and archive.
    pub status: PostStatus,
    /// Who may read it.
    pub visibility: Visibility,
    /// The wanted slug; empty: the writer makes one of the title.
    pub slug: String,
    /// The title, plain text (entities decoded, tags removed).
    pub title: String,
    /// The excerpt that the author wrote, plain text.
    pub excerpt: Option<String>,
    /// The text.
    pub body: Body,
    /// The ids of its authors in byline order; empty: the importing owner.
    pub authors: Vec<String>,
    /// The ids of its tags, in order.
    pub tags: Vec<String>,
    /// The ids of its categories, in order.
    pub categories: Vec<String>,
    /// The id of its series, and its place there from 1.
    pub series: Option<(String, i32)>,
    /// The id of the media item that stands for it.
    pub featured_media: Option<String>,
    /// The id of the page above.
    pub parent: Option<String>,
    /// The place among siblings.
    pub menu_order: i32,
    /// Pinned.
    pub is_featured: bool,
    /// Where the original was published.
    pub canonical_url: Option<String>,
    /// Everything else that readers may see, by name.
    pub custom_fields: BTreeMap<String, Value>,
    /// When it was or will be published; none for a draft that never was.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was begun, if known.
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed, if known.
    pub updated_at: Option<DateTime<Utc>>,
    /// Old paths that should lead here, each from `/`, without host, query or trailing slash.
    pub old_paths: Vec<String>,
    /// What readers said.
    pub comments: Vec<CommentRecord>,
}

/// A post's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Body {
    /// What `source` is written in.
    pub format: SourceFormat,
    /// Exactly as it was written there.
    pub source: String,
    /// The HTML of it, not yet sanitised.
    pub html: String,
    /// Which address in `html` means which media item: (the address to the letter, as it stands in an `src` or `href`
    /// after entity decoding; the item's id).
    pub media: Vec<(String, String)>,
}

/// A comment.
#[derive(Clone, Debug, Serialize)]
pub struct CommentRecord {
    /// The id there.
    pub id: String,
    /// The id of the comment that it answers; may come later in the list.
    pub parent: Option<String>,
    /// A comment, or a notice from another site.
    pub kind: CommentKind,
    /// Whether readers see it.
    pub status: CommentStatus,
    /// The name that its author gave.
    pub author_name: String,
    /// The address that its author gave.
    pub author_email: Option<String>,
    /// The site that its author gave (http or https only).
    pub author_url: Option<String>,
    /// The text as written.
    pub source: String,
    /// The HTML of it, not yet sanitised.
    pub html: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}
