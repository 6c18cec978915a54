//! What an editor gives a post: read, checked, and put into its row.

use std::sync::LazyLock;

use entity::post::{ActiveModel, Model, SourceFormat, Visibility};
use entity::{CategoryId, MediaId, PostId};
use sea_orm::{ActiveValue, DbErr};
use serde_json::Value;

use super::desk::Desk;
use super::links::{NamedTag, known};
use super::place::Arrangement;
use super::save::MOST_TITLE;
use crate::domain::custom_fields;
use crate::domain::media::{self, PostUses};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::render::{self, Rendered};
use crate::domain::text::{line, lines, web_address};
use crate::store::Transaction;
use crate::threads::Threads;

/// The longest excerpt, in characters.
const MOST_EXCERPT: usize = 2_000;
/// The longest source, in bytes.
const MOST_SOURCE: usize = 1_000_000;

/// What of a post is to change; the rest stays as it is.
#[derive(Clone, Debug, Default)]
pub struct PostChange {
    /// The title.
    pub title: Option<String>,
    /// The excerpt, or none any more.
    pub excerpt: Option<Option<String>>,
    /// The text as written.
    pub source: Option<String>,
    /// What it is written in.
    pub source_format: Option<SourceFormat>,
    /// Who may read it once published.
    pub visibility: Option<Visibility>,
    /// The tags, in order.
    pub tags: Option<Vec<NamedTag>>,
    /// The categories, in order.
    pub categories: Option<Vec<CategoryId>>,
    /// The picture that stands for it, or none any more.
    pub featured_media: Option<Option<MediaId>>,
    /// Where the original was published, or here.
    pub canonical_url: Option<Option<String>>,
    /// The fields that the publication defines; all of them.
    pub custom_fields: Option<Value>,
    /// What applies at once.
    pub place: Arrangement,
}

impl PostChange {
    /// The text that it gives, if that can be one.
    pub(super) fn text(&self) -> Option<(SourceFormat, String)> {
        let source = self.source.clone().filter(|source| !source.is_empty())?;
        let format = self.source_format.unwrap_or(SourceFormat::Markdown);
        Some((format, source_text(source).ok()?))
    }

    /// Whether it hangs on, or changes, the order of the publication: its tags and categories, its slugs, its lists.
    pub(super) fn takes_order(&self) -> bool {
        self.tags.is_some() || self.categories.is_some() || self.place.takes_order()
    }

    /// What of its words differs from a row, checked and cleaned as far as that takes no database. What is as it is there
    /// needs no check: it may be older than the rules.
    pub(super) fn against(self, row: &Model, problems: &mut Problems) -> Self {
        let optional = |text: Option<String>, check: &dyn Fn(&str) -> Result<String, Problem>| {
            let text = text.map(|text| check(&text)).transpose()?;
            Ok(text.filter(|text| !text.is_empty()))
        };
        let title = |title: String| line("title", &title, MOST_TITLE);
        let excerpt = |text| optional(text, &|text| lines("excerpt", text, MOST_EXCERPT));
        let canonical_url = |url| optional(url, &|url| web_address("canonicalUrl", url));
        Self {
            title: differing(self.title, &row.title, problems, title),
            excerpt: differing(self.excerpt, &row.excerpt, problems, excerpt),
            source: differing(self.source, &row.body_source, problems, source_text),
            source_format: self.source_format.filter(|format| *format != row.source_format),
            visibility: self.visibility.filter(|visibility| *visibility != row.visibility),
            featured_media: self.featured_media.filter(|media| *media != row.featured_media_id),
            canonical_url: differing(self.canonical_url, &row.canonical_url, problems, canonical_url),
            custom_fields: self.custom_fields.filter(|fields| *fields != row.custom_fields),
            ..self
        }
    }

    /// Whether there are any words, or what goes with them: anything but links and place.
    pub(super) fn is_some(&self) -> bool {
        self.title.is_some()
            || self.excerpt.is_some()
            || self.source.is_some()
            || self.source_format.is_some()
            || self.visibility.is_some()
            || self.featured_media.is_some()
            || self.canonical_url.is_some()
            || self.custom_fields.is_some()
    }

    /// Checks that the featured image is a file of the publication, and that the custom fields match its schema.
    ///
    /// # Errors
    /// The database. Problems are noted.
    pub(super) async fn check_references(&self, desk: &Desk<'_>, problems: &mut Problems) -> Result<(), Refusal> {
        let (transaction, publication) = (desk.transaction, desk.post.publication_id);
        if let Some(Some(file)) = self.featured_media {
            let columns = (entity::media::Column::Id, entity::media::Column::PublicationId);
            let known = known(transaction, entity::media::Entity, columns, publication, &[file]).await?;
            if known.is_empty() {
                let message = "There is no such file in the publication.";
                problems.add(Problem::new(ProblemCode::Invalid, "featuredImageId", message));
            }
        }
        if let Some(fields) = &self.custom_fields {
            for problem in custom_fields::check_for(transaction, publication, fields).await? {
                problems.add(problem);
            }
        }
        Ok(())
    }

    /// Puts everything but links and text into a row.
    pub(super) fn put(&self, row: &mut ActiveModel) {
        if let Some(title) = &self.title {
            row.title.set_if_not_equals(title.clone());
        }
        if let Some(excerpt) = &self.excerpt {
            row.excerpt.set_if_not_equals(excerpt.clone());
        }
        if let Some(visibility) = self.visibility {
            row.visibility.set_if_not_equals(visibility);
        }
        if let Some(media) = self.featured_media {
            row.featured_media_id.set_if_not_equals(media);
        }
        if let Some(url) = &self.canonical_url {
            row.canonical_url.set_if_not_equals(url.clone());
        }
        if let Some(fields) = &self.custom_fields {
            row.custom_fields.set_if_not_equals(fields.clone());
        }
    }
}

/// Text that somebody wrote: any but for characters that no text has.
fn source_text(source: String) -> Result<String, Problem> {
    let is_odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    if let Some(place) = source.chars().position(is_odd) {
        let message = format!("Character {place} is a control character; give text.");
        return Err(Problem::new(ProblemCode::Invalid, "bodySource", message));
    }
    if source.len() > MOST_SOURCE {
        let message = format!("This has {} bytes; allowed are {MOST_SOURCE}.", source.len());
        return Err(Problem::new(ProblemCode::TooLong, "bodySource", message));
    }
    Ok(source)
}

/// What is given, checked, where it differs from what is there.
fn differing<T: PartialEq>(
    given: Option<T>,
    current: &T,
    problems: &mut Problems,
    check: impl FnOnce(T) -> Result<T, Problem>,
) -> Option<T> {
    let given = given.filter(|given| given != current)?;
    problems.check(check(given)).filter(|checked| checked != current)
}

/// Renders what an editor wrote. Addresses of this installation's own files are kept as paths, so that it can move.
///
/// # Errors
/// [`Refusal::Busy`] when too many texts wait.
pub(super) async fn rendered(format: SourceFormat, source: String, base_url: &str) -> Result<Rendered, Refusal> {
    let base_url = base_url.to_owned();
    let render = move || {
        let own = |address: &str| {
            let path = address.strip_prefix(&base_url)?;
            crate::domain::media::is_path(path).then(|| path.to_owned())
        };
        match format {
            SourceFormat::Markdown => render::finish(&render::markdown(&source), &own),
            SourceFormat::Html => render::finish(&source, &own),
        }
    };
    Ok(RENDERING.run(render).await?)
}

/// Where texts are rendered: many large ones at once leave the machine to readers.
static RENDERING: LazyLock<Threads> = LazyLock::new(|| Threads::with_queue(128));

/// Puts a text and what is derived from it into a row.
pub(super) fn put_text(row: &mut ActiveModel, format: SourceFormat, source: String, rendered: Rendered) {
    use ActiveValue::Set;
    let count = |number: u32| Set(i32::try_from(number).unwrap_or(i32::MAX));
    row.source_format = Set(format);
    row.body_source = Set(source);
    row.body_html = Set(rendered.html);
    row.body_text = Set(rendered.text);
    row.lead = Set(rendered.lead);
    row.table_of_contents = Set(serde_json::to_value(rendered.headings).unwrap_or_default());
    row.outbound_links = Set(serde_json::to_value(rendered.links).unwrap_or_default());
    row.word_count = count(rendered.word_count);
    row.reading_minutes = count(rendered.reading_minutes);
}

/// Gives a post the words, the picture and the fields of another row: what a working copy is made of, and gives back.
pub(super) fn put_content(row: &mut ActiveModel, from: &Model) {
    let from = from.clone();
    row.visibility.set_if_not_equals(from.visibility);
    row.title.set_if_not_equals(from.title);
    row.excerpt.set_if_not_equals(from.excerpt);
    row.lead.set_if_not_equals(from.lead);
    row.source_format.set_if_not_equals(from.source_format);
    row.body_source.set_if_not_equals(from.body_source);
    row.body_html.set_if_not_equals(from.body_html);
    row.body_text.set_if_not_equals(from.body_text);
    row.table_of_contents.set_if_not_equals(from.table_of_contents);
    row.outbound_links.set_if_not_equals(from.outbound_links);
    row.word_count.set_if_not_equals(from.word_count);
    row.reading_minutes.set_if_not_equals(from.reading_minutes);
    row.featured_media_id.set_if_not_equals(from.featured_media_id);
    row.canonical_url.set_if_not_equals(from.canonical_url);
    row.custom_fields.set_if_not_equals(from.custom_fields);
}

/// Notes which files a row shows, where that is not what it, or the row before it, showed.
pub(super) async fn note_uses(
    transaction: &Transaction,
    before: Option<&Model>,
    after: &Model,
    row: PostId,
) -> Result<(), DbErr> {
    let used = |post: &Model| media::used_in(post.featured_media_id, &post.body_html);
    if before.map(used).unwrap_or_default() == used(after) {
        return Ok(());
    }
    let uses = PostUses::of(row, before.is_none(), after.featured_media_id, &after.body_html);
    media::note_uses(transaction, &[uses]).await
}
