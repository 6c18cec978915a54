//! Beginning a post, and changing its words.

use entity::post::{ActiveModel, Model, PostKind, PostStatus, SourceFormat, Visibility};
use entity::{PostId, PublicationId, RevisionId, UserId, post_category, post_tag};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use super::byline::{check_authors, link_authors};
use super::content::{PostChange, note_uses, put_text, rendered};
use super::desk::Desk;
use super::policy;
use super::row::PostRow;
use super::save::links;
use super::slug::{NAMELESS, place};
use super::state::Act;
use crate::domain::accounts::Accounts;
use crate::domain::member::{self, unseen};
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::slug::Slug;
use crate::domain::{Viewer, organise, own_slug, publication, revision};
use crate::store::Transaction;
use crate::store::sql::insert;

/// A post to be begun.
#[derive(Clone, Debug)]
pub struct NewPost {
    /// Where it is to appear.
    pub publication: PublicationId,
    /// Article or page.
    pub kind: PostKind,
    /// Its name in addresses; made of the title when there is none.
    pub slug: Option<String>,
    /// Its authors in byline order; whoever begins it when there are none.
    pub authors: Vec<UserId>,
    /// Its words and what goes with them.
    pub content: PostChange,
}

/// Begins a post, as a draft.
///
/// # Errors
/// Problems with what was given; no such publication; a viewer who may not.
pub async fn create(accounts: &Accounts, viewer: Viewer, new: NewPost) -> Result<PostRow, Refusal> {
    policy::may_write(viewer)?;
    let content = new.content.checked()?;
    let Some(title) = content.title.clone() else {
        return Err(Problem::new(ProblemCode::Required, "title", "This is needed.").into());
    };
    let slug = new.slug.as_deref().map(own_slug::given).transpose()?;
    let format = content.source_format.unwrap_or(SourceFormat::Markdown);
    let source = content.source.clone().unwrap_or_default();
    let text = rendered(format, source.clone(), accounts.settings.issuer()).await?;

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
    if !new.authors.is_empty() && new.authors != own {
        policy::may_name_authors(who)?;
        check_authors(&transaction, publication.id, &new.authors).await?;
    }
    let authors = if new.authors.is_empty() { own } else { new.authors };
    if authors.is_empty() {
        return Err(Problem::new(ProblemCode::Required, "authorIds", "Give at least one author.").into());
    }
    content.check_references(&transaction, publication.id).await?;
    let place = place(publication.id, new.kind);
    let slug = if let Some(slug) = slug {
        place.free(&transaction, slug).await?
    } else {
        let slug = Slug::from_text(&title, NAMELESS);
        place.number(&transaction, &slug).await?
    };

    let (id, now) = (PostId::new(), entity::now());
    let mut row = begun(id, publication.id, new.kind, slug, title, now)
        .into_active_model()
        .reset_all();
    content.put(&mut row);
    put_text(&mut row, format, source, text);
    let post: Model = row.insert(&transaction).await?;
    link_authors(&transaction, id, authors).await?;
    link(&transaction, id, &content).await?;
    note_uses(&transaction, None, &post, id).await?;
    let editor = viewer.actor().map(|actor| actor.user);
    revision::record(&transaction, editor, None, &post).await?;
    transaction.commit().await?;
    Ok(post.into())
}

fn begun(
    id: PostId,
    publication_id: PublicationId,
    kind: PostKind,
    slug: String,
    title: String,
    now: entity::Timestamp,
) -> Model {
    Model {
        id,
        publication_id,
        draft_of: None,
        draft_status: None,
        kind,
        status: PostStatus::Draft,
        visibility: Visibility::Public,
        slug,
        title,
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

/// Changes a post's words: at once where readers do not know it yet, in its working copy where they do. A save is four
/// statements where neither links nor files change, and the post had been changed before.
///
/// # Errors
/// Problems with what was given; a conflict with what somebody else saved; not found; a viewer who may not.
pub async fn update(
    accounts: &Accounts,
    viewer: Viewer,
    id: PostId,
    expected: Option<i32>,
    change: PostChange,
) -> Result<PostRow, Refusal> {
    policy::may_write(viewer)?;
    let change = change.checked()?;
    let transaction = accounts.store.write().await?;
    let desk = if change.changes_links() {
        Desk::open_alone(&transaction, viewer, id).await?
    } else {
        Desk::open(&transaction, viewer, id).await?
    };
    desk.decide(Act::Edit)?;
    desk.expect(expected).await?;
    change.check_references(&transaction, desk.post.publication_id).await?;
    let post = save(accounts, &desk, change, true).await?;
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
    id: PostId,
    expected: Option<i32>,
    revision: RevisionId,
) -> Result<PostRow, Refusal> {
    let transaction = accounts.store.write().await?;
    let desk = Desk::open(&transaction, viewer, id).await?;
    desk.decide(Act::Edit)?;
    desk.expect(expected).await?;
    let found = revision::by_ids(&transaction, Viewer::Operator, &[revision]).await?;
    if found.get(&revision).is_none_or(|found| found.post_id != id) {
        return Err(Problem::new(ProblemCode::Invalid, "revisionId", "The post has no such revision.").into());
    }
    let text = revision::texts(&transaction, &[revision]).await?.remove(&revision);
    let text = text.ok_or(Refusal::NotFound("revision"))?;
    let change = PostChange {
        title: Some(text.title),
        excerpt: Some(text.excerpt),
        source: Some(text.source),
        source_format: Some(text.source_format),
        custom_fields: Some(text.custom_fields),
        ..PostChange::default()
    };
    // A save of its own, so that what stood there before is a revision too.
    let post = save(accounts, &desk, change, false).await?;
    transaction.commit().await?;
    Ok(post)
}

/// Writes a change, and the revision that it makes.
async fn save(accounts: &Accounts, desk: &Desk<'_>, change: PostChange, collapses: bool) -> Result<PostRow, Refusal> {
    let transaction = desk.transaction;
    let is_new_copy = desk.copy.is_none() && desk.state().is_known();
    let working = desk.working();
    let mut row = if is_new_copy {
        desk.new_copy()
    } else {
        working.clone().into_active_model()
    };
    change.put(&mut row);
    let format = change.source_format.unwrap_or(working.source_format);
    let is_changed = |source: &String| *source != working.body_source;
    if format != working.source_format || change.source.as_ref().is_some_and(is_changed) {
        let source = change.source.clone().unwrap_or_else(|| working.body_source.clone());
        let text = rendered(format, source.clone(), accounts.settings.issuer()).await?;
        put_text(&mut row, format, source, text);
    }
    row.version = ActiveValue::Set(desk.next_version());
    row.updated_at = ActiveValue::Set(entity::now());
    let saved = if is_new_copy {
        let copy = insert_row(transaction, row).await?;
        desk.copy_links(copy.id, change.tags.is_none(), change.categories.is_none())
            .await?;
        desk.note_draft(Some(copy.status)).await?;
        copy
    } else {
        desk.write(row).await?
    };
    if !is_new_copy {
        unlink(transaction, saved.id, &change).await?;
    }
    link(transaction, saved.id, &change).await?;
    let known = (!is_new_copy).then_some(working);
    note_uses(transaction, known, &saved, saved.id).await?;
    let before = (collapses && !is_new_copy).then_some(working.version);
    let editor = desk.viewer.actor().map(|actor| actor.user);
    revision::record(transaction, editor, before, &saved).await?;
    let most = accounts.settings.desk.revisions;
    revision::prune(transaction, desk.post.id, desk.post.version, saved.version, most).await?;
    Ok(if saved.draft_of.is_some() {
        desk.post.clone().into()
    } else {
        saved.into()
    })
}

async fn insert_row(transaction: &Transaction, row: ActiveModel) -> Result<Model, Refusal> {
    use sea_orm::TryIntoModel;
    let model = row.clone().try_into_model()?;
    insert::<entity::post::Entity, _>(transaction, vec![row]).await?;
    Ok(model)
}

/// Removes the tags and categories that are about to be given anew.
async fn unlink(transaction: &Transaction, post: PostId, change: &PostChange) -> Result<(), Refusal> {
    use sea_orm::QueryFilter;
    if change.tags.is_some() {
        let delete = post_tag::Entity::delete_many().filter(post_tag::Column::PostId.eq(post));
        delete.exec(transaction).await?;
    }
    if change.categories.is_some() {
        let delete = post_category::Entity::delete_many().filter(post_category::Column::PostId.eq(post));
        delete.exec(transaction).await?;
    }
    Ok(())
}

/// Gives a row the tags and categories of a change.
async fn link(transaction: &Transaction, post: PostId, change: &PostChange) -> Result<(), Refusal> {
    let post_id = ActiveValue::Set(post);
    let tags = links(change.tags.clone().unwrap_or_default()).into_iter();
    let tags = tags.map(|(position, tag)| post_tag::ActiveModel {
        post_id: post_id.clone(),
        tag_id: ActiveValue::Set(tag),
        position,
    });
    insert::<post_tag::Entity, _>(transaction, tags.collect()).await?;
    let categories = links(change.categories.clone().unwrap_or_default()).into_iter();
    let categories = categories.map(|(position, category)| post_category::ActiveModel {
        post_id: post_id.clone(),
        category_id: ActiveValue::Set(category),
        position,
    });
    Ok(insert::<post_category::Entity, _>(transaction, categories.collect()).await?)
}
