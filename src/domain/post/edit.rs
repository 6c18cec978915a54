//! Saving posts: beginning one, changing one, and going back to a revision. Whatever a save changes, it changes in one
//! transaction.

use entity::post::{ActiveModel, Model, PostKind, PostStatus, SourceFormat, Visibility};
use entity::{PostId, PublicationId, RevisionId, UserId};
use sea_orm::{ActiveModelTrait, ActiveValue, IntoActiveModel};
use serde_json::{Value, json};

use super::content::{PostChange, note_uses, put_text, rendered};
use super::desk::{Desk, PostRef};
use super::links::Links;
use super::place::Placement;
use super::policy;
use super::row::PostRow;
use super::shown::{Face, tell};
use super::slug::{NAMELESS, place};
use super::state::Act;
use crate::domain::accounts::Accounts;
use crate::domain::member::{self, unseen};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::render::Rendered;
use crate::domain::slug::Slug;
use crate::domain::{Viewer, organise, publication, revision};
use crate::store::Transaction;
use crate::store::sql::insert;

/// A post to be begun.
#[derive(Clone, Debug)]
pub struct NewPost {
    /// Where it is to appear.
    pub publication: PublicationId,
    /// Article or page.
    pub kind: PostKind,
    /// Its content, with a title at least. The slug is derived from the title by default, and the viewer is the author by
    /// default.
    pub change: PostChange,
}

/// Begins a post, as a draft.
///
/// # Errors
/// Problems with what was given; no such publication; a viewer who may not.
pub async fn create(accounts: &Accounts, viewer: Viewer, new: NewPost) -> Result<PostRow, Refusal> {
    policy::may_write(viewer)?;
    let mut change = new.change;
    // Before the transaction, in which others wait.
    let text = match change.text() {
        Some((format, source)) => Some(rendered(format, source, accounts.settings.issuer()).await?),
        None => None,
    };
    let transaction = accounts.store.write().await?;
    let publication = publication::by_ids(&transaction, &[new.publication])
        .await?
        .remove(&new.publication)
        .ok_or(Refusal::NotFound("publication"))?;
    // For the slug and the links.
    organise::lock(&transaction, publication.id).await?;
    let who = member::standing(&transaction, viewer, publication.id).await?;
    policy::may_create(who).map_err(unseen)?;
    let own: Vec<UserId> = viewer.actor().map(|actor| actor.user).into_iter().collect();
    let authors = change.place.authors.take().filter(|authors| !authors.is_empty());
    change.place.authors = Some(authors.unwrap_or_else(|| own.clone()));
    let title = change.title.clone().unwrap_or_default();
    let mut problems = Problems::default();
    if title.is_empty() {
        problems.add(Problem::new(ProblemCode::Required, "title", "This is needed."));
    }
    if change.place.authors.as_ref().is_none_or(Vec::is_empty) {
        problems.add(Problem::new(
            ProblemCode::Required,
            "authorIds",
            "Give at least one author.",
        ));
    }
    let has_slug = change.place.slug.is_some();

    let desk = Desk::begin(&transaction, viewer, who, begun(publication.id, new.kind));
    let mut change = Change::of(&desk, &own, change, problems).await?;
    if !has_slug {
        let slug = Slug::from_text(&title, NAMELESS);
        change.place.slug = Some(place(publication.id, new.kind).number(&transaction, &slug).await?);
    }
    change.place.authors.get_or_insert(own);
    let post = save(accounts, &desk, change, Save::First(text)).await?;
    transaction.commit().await?;
    Ok(post)
}

fn begun(publication_id: PublicationId, kind: PostKind) -> Model {
    let now = entity::now();
    Model {
        id: PostId::new(),
        publication_id,
        draft_of: None,
        draft_status: None,
        kind,
        status: PostStatus::Draft,
        visibility: Visibility::Public,
        slug: String::new(),
        title: String::new(),
        excerpt: None,
        lead: String::new(),
        source_format: SourceFormat::Markdown,
        body_source: String::new(),
        body_html: String::new(),
        body_text: String::new(),
        table_of_contents: json!([]),
        outbound_links: json!([]),
        word_count: 0,
        reading_minutes: 1,
        is_featured: false,
        featured_media_id: None,
        series_id: None,
        series_position: 0,
        parent_id: None,
        position: 0,
        canonical_url: None,
        custom_fields: Value::Object(serde_json::Map::new()),
        review_note: None,
        comment_count: 0,
        published_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Changes a post: its words at once where readers do not know it yet, in its working copy where they do, its place at once.
/// What is given as it is there already changes nothing, and takes no right.
///
/// # Errors
/// Problems with what was given; a conflict with what somebody else saved; not found; a viewer who may not.
pub async fn update(
    accounts: &Accounts,
    viewer: Viewer,
    which: impl Into<PostRef>,
    expected: Option<i32>,
    change: PostChange,
) -> Result<PostRow, Refusal> {
    policy::may_write(viewer)?;
    let transaction = accounts.store.write().await?;
    let desk = if change.takes_order() {
        Desk::open_alone(&transaction, viewer, which).await?
    } else {
        Desk::open(&transaction, viewer, which).await?
    };
    policy::may_edit(desk.who)?;
    desk.expect(expected).await?;
    let change = Change::of(&desk, &[], change, Problems::default()).await?;
    let post = save(accounts, &desk, change, Save::Next).await?;
    transaction.commit().await?;
    Ok(post)
}

/// Makes the words of a revision those of the post again, as a new save.
///
/// # Errors
/// As [`update`]; no such revision of the post.
pub async fn restore_revision(
    accounts: &Accounts,
    viewer: Viewer,
    which: impl Into<PostRef>,
    expected: Option<i32>,
    revision: RevisionId,
) -> Result<PostRow, Refusal> {
    let transaction = accounts.store.write().await?;
    let desk = Desk::open(&transaction, viewer, which).await?;
    desk.decide(Act::Edit)?;
    desk.expect(expected).await?;
    let found = revision::by_ids(&transaction, Viewer::Operator, &[revision]).await?;
    if found.get(&revision).is_none_or(|found| found.post_id != desk.post.id) {
        return Err(Problem::new(ProblemCode::Invalid, "revisionId", "There is no such revision of it.").into());
    }
    let text = revision::texts(&transaction, &[revision]).await?.remove(&revision);
    let text = text.ok_or(Refusal::NotFound("revision"))?;
    let words = PostChange {
        title: Some(text.title),
        excerpt: Some(text.excerpt),
        source: Some(text.source),
        source_format: Some(text.source_format),
        custom_fields: Some(text.custom_fields),
        ..PostChange::default()
    };
    let change = Change {
        words,
        ..Change::default()
    };
    let post = save(accounts, &desk, change, Save::Restored).await?;
    transaction.commit().await?;
    Ok(post)
}

/// What a save changes: what differs from what is there, checked, and allowed to the viewer.
#[derive(Default)]
struct Change {
    words: PostChange,
    links: Links,
    place: Placement,
}

impl Change {
    /// What `given` changes of a post on the desk; `byline` is that of one that is begun.
    ///
    /// # Errors
    /// All problems, together with those that were found before; a viewer who may not.
    async fn of(
        desk: &Desk<'_>,
        byline: &[UserId],
        mut given: PostChange,
        mut problems: Problems,
    ) -> Result<Self, Refusal> {
        let (tags, categories) = (given.tags.take(), given.categories.take());
        let place = std::mem::take(&mut given.place);
        let words = given.against(desk.working(), &mut problems);
        let links = Links::against(desk, tags, categories, &mut problems).await?;
        if words.is_some() || links.is_some() {
            desk.decide(Act::Edit)?;
        }
        let place = place.against(desk, byline, &mut problems).await?;
        words.check_references(desk, &mut problems).await?;
        problems.finish()?;
        Ok(Self { words, links, place })
    }
}

/// Which save of a post it is.
enum Save {
    /// The first, with its text, if that was rendered before.
    First(Option<Rendered>),
    /// Another. Of those of one sitting, the last is listed.
    Next,
    /// One that goes back to a revision: what stood there before is listed too.
    Restored,
}

/// Writes a change: a new version, and a revision where it changes the words. Nothing where it changes nothing.
async fn save(accounts: &Accounts, desk: &Desk<'_>, change: Change, save: Save) -> Result<PostRow, Refusal> {
    let Change { words, links, place } = change;
    let transaction = desk.transaction;
    let (is_first, is_next, text) = match save {
        Save::First(text) => (true, false, text),
        Save::Next => (false, true, None),
        Save::Restored => (false, false, None),
    };
    let has_words = !is_next || words.is_some() || links.is_some();
    if !has_words && !place.is_some() {
        return Ok(desk.post.clone().into());
    }
    let known = if place.is_some() {
        Face::of(transaction, &desk.post).await?
    } else {
        None
    };
    let is_new_copy = has_words && desk.copy.is_none() && desk.state().is_known();
    let mut post = desk.post.clone().into_active_model();
    let mut copy = if is_new_copy {
        Some(desk.new_copy())
    } else {
        desk.copy.clone().map(IntoActiveModel::into_active_model)
    };
    place.put(desk, &mut post).await?;
    let working = copy.as_mut().unwrap_or(&mut post);
    if has_words {
        words.put(working);
        put_words(accounts, desk.working(), &words, text, working).await?;
        working.updated_at = ActiveValue::Set(entity::now());
    }
    if !is_first {
        working.version = ActiveValue::Set(desk.next_version());
    }
    let post = if is_first {
        insert_row(transaction, post.reset_all()).await?
    } else if post.is_changed() {
        post.updated_at = ActiveValue::Set(entity::now());
        desk.write(post).await?
    } else {
        desk.post.clone()
    };
    let copy = match copy {
        Some(copy) if is_new_copy => Some(insert_row(transaction, copy).await?),
        Some(copy) => Some(desk.write(copy).await?),
        None => None,
    };
    let saved = copy.as_ref().unwrap_or(&post);
    if is_new_copy {
        links.copy_others(desk, saved.id).await?;
        desk.note_draft(Some(saved.status)).await?;
    }
    links.write(transaction, saved.id).await?;
    place.write(desk, &post).await?;
    if has_words {
        let before = (!is_first && !is_new_copy).then(|| desk.working());
        note_uses(transaction, before, saved, saved.id).await?;
        let collapsed = before.filter(|_| is_next);
        let editor = desk.viewer.actor().map(|actor| actor.user);
        revision::record(transaction, editor, collapsed.map(|before| before.version), saved).await?;
    } else {
        revision::renumber(transaction, desk.working().version, saved).await?;
    }
    let most = accounts.settings.desk.revisions;
    revision::prune(transaction, post.id, post.version, saved.version, most).await?;
    if place.is_some() {
        tell(transaction, known, Some(&post)).await?;
    }
    Ok(post.into())
}

/// Puts the text of a change into a row, where it is another one.
async fn put_words(
    accounts: &Accounts,
    before: &Model,
    words: &PostChange,
    text: Option<Rendered>,
    row: &mut ActiveModel,
) -> Result<(), Refusal> {
    let format = words.source_format.unwrap_or(before.source_format);
    let is_changed = |source: &String| *source != before.body_source;
    if format == before.source_format && !words.source.as_ref().is_some_and(is_changed) {
        return Ok(());
    }
    let source = words.source.clone().unwrap_or_else(|| before.body_source.clone());
    let text = match text {
        Some(text) => text,
        None => rendered(format, source.clone(), accounts.settings.issuer()).await?,
    };
    put_text(row, format, source, text);
    Ok(())
}

async fn insert_row(transaction: &Transaction, row: ActiveModel) -> Result<Model, Refusal> {
    use sea_orm::TryIntoModel;
    let model = row.clone().try_into_model()?;
    insert::<entity::post::Entity, _>(transaction, vec![row]).await?;
    Ok(model)
}
