//! What an editor gives a post: read, checked, and put into its row.

use std::sync::LazyLock;

use entity::post::{ActiveModel, Model, SourceFormat, Visibility};
use entity::{CategoryId, MediaId, PostId, PublicationId, TagId, category, tag};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue, ColumnTrait, DbErr, EntityTrait};
use serde_json::Value;
use uuid::Uuid;

use super::save::{MOST_LINKS, MOST_TITLE};
use crate::domain::custom_fields;
use crate::domain::media::{self, PostUses};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::render::{self, Rendered};
use crate::domain::text::{line, lines, web_address};
use crate::store::Transaction;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
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
    pub tags: Option<Vec<TagId>>,
    /// The categories, in order.
    pub categories: Option<Vec<CategoryId>>,
    /// The picture that stands for it, or none any more.
    pub featured_media: Option<Option<MediaId>>,
    /// Where the original was published, or here.
    pub canonical_url: Option<Option<String>>,
    /// The fields that the publication defines; all of them.
    pub custom_fields: Option<Value>,
}

impl PostChange {
    /// Checks what can be checked without the database, and cleans it.
    ///
    /// # Errors
    /// Every problem.
    pub fn checked(self) -> Result<Self, Refusal> {
        let mut problems = Problems::default();
        let title = self.title.map(|title| line("title", &title, MOST_TITLE));
        let excerpt = self.excerpt.map(|excerpt| match excerpt {
            Some(excerpt) => {
                lines("excerpt", &excerpt, MOST_EXCERPT).map(|text| Some(text).filter(|it| !it.is_empty()))
            }
            None => Ok(None),
        });
        let canonical_url = self.canonical_url.map(|url| match url {
            Some(url) => web_address("canonicalUrl", &url).map(Some),
            None => Ok(None),
        });
        let checked = Self {
            title: title.and_then(|title| problems.check(title)),
            excerpt: excerpt.and_then(|excerpt| problems.check(excerpt)),
            source: self.source.and_then(|source| problems.check(source_text(source))),
            tags: self.tags.and_then(|tags| problems.check(few("tagIds", tags))),
            categories: self
                .categories
                .and_then(|categories| problems.check(few("categoryIds", categories))),
            canonical_url: canonical_url.and_then(|url| problems.check(url)),
            ..self
        };
        problems.finish()?;
        Ok(checked)
    }

    /// Checks that what it refers to is there, in the publication, and that the custom fields are what that defines.
    ///
    /// # Errors
    /// Every problem; the database.
    pub(super) async fn check_references(
        &self,
        transaction: &Transaction,
        publication: PublicationId,
    ) -> Result<(), Refusal> {
        let mut problems = Problems::default();
        if let Some(tags) = &self.tags {
            let (id, of) = (tag::Column::Id, tag::Column::PublicationId);
            let unknown = unknown(transaction, tag::Entity, id, of, publication, tags).await?;
            note(&mut problems, "tagIds", "tag", unknown);
        }
        if let Some(categories) = &self.categories {
            let (id, of) = (category::Column::Id, category::Column::PublicationId);
            let unknown = unknown(transaction, category::Entity, id, of, publication, categories).await?;
            note(&mut problems, "categoryIds", "category", unknown);
        }
        if let Some(Some(file)) = self.featured_media {
            let (id, of) = (entity::media::Column::Id, entity::media::Column::PublicationId);
            if !unknown(transaction, entity::media::Entity, id, of, publication, &[file])
                .await?
                .is_empty()
            {
                let message = "There is no such file in the publication.";
                problems.add(Problem::new(ProblemCode::Invalid, "featuredImageId", message));
            }
        }
        if let Some(fields) = &self.custom_fields {
            for problem in custom_fields::check_for(transaction, publication, fields).await? {
                problems.add(problem);
            }
        }
        problems.finish()
    }

    /// Whether it changes what the post hangs on, which the publication counts.
    pub(super) fn changes_links(&self) -> bool {
        self.tags.is_some() || self.categories.is_some()
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

fn few<T>(field: &'static str, ids: Vec<T>) -> Result<Vec<T>, Problem> {
    if ids.len() > MOST_LINKS {
        let message = format!("These are {}; allowed are {MOST_LINKS}.", ids.len());
        return Err(Problem::new(ProblemCode::TooLong, field, message));
    }
    Ok(ids)
}

/// The places of those ids that are not in the publication.
async fn unknown<E: EntityTrait, I: Into<Uuid> + Copy>(
    transaction: &Transaction,
    table: E,
    id: E::Column,
    of: E::Column,
    publication: PublicationId,
    ids: &[I],
) -> Result<Vec<usize>, Refusal> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let statement = Query::select()
        .expr(id.into_expr())
        .from(table.table_ref())
        .and_where(any_of(transaction, id.into_expr(), ids))
        .and_where(of.eq(publication))
        .take();
    let rows = transaction.rows(&statement).await?;
    let known = rows
        .each()
        .map(|cells| cells.get::<Uuid>(0))
        .collect::<Result<Vec<_>, _>>()?;
    let unknown = |(place, id): (usize, &I)| (!known.contains(&(*id).into())).then_some(place);
    Ok(ids.iter().enumerate().filter_map(unknown).collect())
}

fn note(problems: &mut Problems, field: &'static str, thing: &str, places: Vec<usize>) {
    for place in places {
        let message = format!("There is no such {thing} in the publication.");
        problems.add(Problem::new(ProblemCode::Invalid, field, message).within(place.to_string()));
    }
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
