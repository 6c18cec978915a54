//! Saving posts: the one way in which a post's text, its relations and what is derived from them come to be.

use std::collections::{BTreeMap, HashMap};

use entity::post::{ActiveModel, Column, Entity, PostKind, PostStatus, SourceFormat, Visibility};
use entity::{
    CategoryId, MediaId, PostId, PublicationId, RevisionId, SeriesId, TagId, Timestamp, UserId, post_author,
    post_category, post_tag, revision,
};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value;

use super::act::schedule;
use super::content::put_text;
use crate::domain::media::{PostUses, note_uses};
use crate::domain::render::Rendered;
use crate::domain::text::of_the_web;
use crate::domain::{listing, organise};
use crate::store::dialect::any_of;
use crate::store::sql::insert;

/// The longest title, in characters: what the index on titles holds in any script.
pub const MOST_TITLE: usize = 500;
/// The most authors, tags and categories of one post, each.
pub const MOST_LINKS: usize = 100;

/// A post as it shall be.
#[derive(Clone, Debug)]
pub struct PostDraft {
    /// The id, new or of the post that is to change.
    pub id: PostId,
    /// Whether there is none with this id yet.
    pub is_new: bool,
    /// Article or page.
    pub kind: PostKind,
    /// Where it stands.
    pub status: PostStatus,
    /// Who may read it.
    pub visibility: Visibility,
    /// Its name in addresses, free in its publication.
    pub slug: String,
    /// Its title, plain text; cut to [`MOST_TITLE`].
    pub title: String,
    /// The excerpt that its author wrote.
    pub excerpt: Option<String>,
    /// What the source is written in.
    pub source_format: SourceFormat,
    /// The text as written.
    pub source: String,
    /// The text as readers get it.
    pub rendered: Rendered,
    /// Its authors in byline order, at least one; cut to [`MOST_LINKS`].
    pub authors: Vec<UserId>,
    /// Its tags; cut to [`MOST_LINKS`].
    pub tags: Vec<TagId>,
    /// Its categories; cut to [`MOST_LINKS`].
    pub categories: Vec<CategoryId>,
    /// Its series, and its place there from 1.
    pub series: Option<(SeriesId, i32)>,
    /// The picture that stands for it.
    pub featured_media: Option<MediaId>,
    /// Its place among the pages of one parent.
    pub position: i32,
    /// Pinned.
    pub is_featured: bool,
    /// Where the original was published.
    pub canonical_url: Option<String>,
    /// Fields beyond these.
    pub custom_fields: BTreeMap<String, Value>,
    /// When it went or goes public. A published post without it counts from `created_at`.
    pub published_at: Option<Timestamp>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Saves posts of one publication, each with a revision, and counts what they carry or carried. A changed post
/// keeps its comments, its parent and its count.
pub async fn save_many(
    transaction: &impl ConnectionTrait,
    publication: PublicationId,
    editor: Option<UserId>,
    drafts: Vec<PostDraft>,
) -> Result<(), DbErr> {
    organise::lock(transaction, publication).await?;
    let changed: Vec<PostId> = drafts
        .iter()
        .filter(|draft| !draft.is_new)
        .map(|draft| draft.id)
        .collect();
    let versions = versions(transaction, &changed).await?;
    let scheduled: Vec<_> = drafts.iter().filter_map(scheduled).collect();
    let shown = |draft: &PostDraft| PostUses::of(draft.id, draft.is_new, draft.featured_media, &draft.rendered.html);
    let shown: Vec<_> = drafts.iter().map(shown).collect();
    let all: Vec<PostId> = drafts.iter().map(|draft| draft.id).collect();
    unlink(transaction, &changed).await?;

    let (mut added, mut revisions) = (Vec::new(), Vec::new());
    let (mut authors, mut tags, mut categories) = (Vec::new(), Vec::new(), Vec::new());
    for mut draft in drafts {
        let version = versions.get(&draft.id).map_or(1, |version| version + 1);
        let post_id = ActiveValue::Set(draft.id);
        for (position, user) in links(std::mem::take(&mut draft.authors)) {
            authors.push(post_author::ActiveModel {
                post_id: post_id.clone(),
                user_id: ActiveValue::Set(user),
                position,
            });
        }
        for (position, tag) in links(std::mem::take(&mut draft.tags)) {
            tags.push(post_tag::ActiveModel {
                post_id: post_id.clone(),
                tag_id: ActiveValue::Set(tag),
                position,
            });
        }
        for (position, category) in links(std::mem::take(&mut draft.categories)) {
            categories.push(post_category::ActiveModel {
                post_id: post_id.clone(),
                category_id: ActiveValue::Set(category),
                position,
            });
        }
        let is_new = draft.is_new;
        let mut model = row(publication, draft, version);
        revisions.push(revision_of(&model, editor));
        if is_new {
            model.comment_count = ActiveValue::Set(0);
            model.parent_id = ActiveValue::Set(None);
            model.draft_of = ActiveValue::Set(None);
            model.draft_status = ActiveValue::Set(None);
            model.review_note = ActiveValue::Set(None);
            added.push(model);
        } else {
            Entity::update(model).exec_without_returning(transaction).await?;
        }
    }
    insert::<Entity, _>(transaction, added).await?;
    insert::<revision::Entity, _>(transaction, revisions).await?;
    insert::<post_author::Entity, _>(transaction, authors).await?;
    insert::<post_tag::Entity, _>(transaction, tags).await?;
    insert::<post_category::Entity, _>(transaction, categories).await?;
    listing::renew(transaction, &all).await?;
    note_uses(transaction, &shown).await?;
    for (post, time) in scheduled {
        schedule(transaction, post, time).await?;
    }
    Ok(())
}

/// The post and its time, if it waits for one.
fn scheduled(draft: &PostDraft) -> Option<(PostId, Timestamp)> {
    let time = draft.published_at.filter(|_| draft.status == PostStatus::Scheduled)?;
    Some((draft.id, time))
}

/// The first occurrences, with their places.
pub(super) fn links<T: PartialEq + Copy>(ids: Vec<T>) -> Vec<(ActiveValue<i32>, T)> {
    let mut unique: Vec<T> = Vec::new();
    for id in ids {
        if !unique.contains(&id) && unique.len() < MOST_LINKS {
            unique.push(id);
        }
    }
    (0..).map(ActiveValue::Set).zip(unique).collect()
}

/// The newest versions of posts, their working copies' included.
async fn versions(transaction: &impl ConnectionTrait, ids: &[PostId]) -> Result<HashMap<PostId, i32>, DbErr> {
    let mut versions = HashMap::new();
    if ids.is_empty() {
        return Ok(versions);
    }
    let of = |column: Column| any_of(transaction, column.into_expr(), ids);
    let rows: Vec<(PostId, Option<PostId>, i32)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::DraftOf, Column::Version])
        .filter(of(Column::Id).or(of(Column::DraftOf)))
        .into_tuple()
        .all(transaction)
        .await?;
    for (id, draft_of, version) in rows {
        let newest = versions.entry(draft_of.unwrap_or(id)).or_insert(version);
        *newest = Ord::max(version, *newest);
    }
    Ok(versions)
}

/// Removes the links of posts that are about to be linked anew.
async fn unlink(transaction: &impl ConnectionTrait, posts: &[PostId]) -> Result<(), DbErr> {
    if posts.is_empty() {
        return Ok(());
    }
    let of = |column: sea_orm::sea_query::Expr| any_of(transaction, column, posts);
    post_author::Entity::delete_many()
        .filter(of(post_author::Column::PostId.into_expr()))
        .exec(transaction)
        .await?;
    post_tag::Entity::delete_many()
        .filter(of(post_tag::Column::PostId.into_expr()))
        .exec(transaction)
        .await?;
    post_category::Entity::delete_many()
        .filter(of(post_category::Column::PostId.into_expr()))
        .exec(transaction)
        .await?;
    Ok(())
}

fn row(publication: PublicationId, draft: PostDraft, version: i32) -> ActiveModel {
    use ActiveValue::Set;
    let published_at = match draft.status {
        PostStatus::Published => Some(draft.published_at.unwrap_or(draft.created_at)),
        _ => draft.published_at,
    };
    let mut row = ActiveModel {
        id: Set(draft.id),
        publication_id: Set(publication),
        kind: Set(draft.kind),
        status: Set(draft.status),
        visibility: Set(draft.visibility),
        slug: Set(draft.slug),
        title: Set(draft.title.chars().take(MOST_TITLE).collect()),
        excerpt: Set(draft.excerpt),
        is_featured: Set(draft.is_featured),
        featured_media_id: Set(draft.featured_media),
        series_id: Set(draft.series.map(|(series, _)| series)),
        series_position: Set(draft.series.map_or(0, |(_, position)| position)),
        position: Set(draft.position),
        canonical_url: Set(of_the_web(draft.canonical_url)),
        custom_fields: Set(Value::Object(draft.custom_fields.into_iter().collect())),
        published_at: Set(published_at.map(entity::to_stored)),
        version: Set(version),
        created_at: Set(entity::to_stored(draft.created_at)),
        updated_at: Set(entity::to_stored(draft.updated_at)),
        ..Default::default()
    };
    put_text(&mut row, draft.source_format, draft.source, draft.rendered);
    row
}

fn revision_of(post: &ActiveModel, editor: Option<UserId>) -> revision::ActiveModel {
    revision::ActiveModel {
        id: ActiveValue::Set(RevisionId::new()),
        post_id: post.id.clone(),
        editor_id: ActiveValue::Set(editor),
        version: post.version.clone(),
        title: post.title.clone(),
        excerpt: post.excerpt.clone(),
        custom_fields: post.custom_fields.clone(),
        source_format: post.source_format.clone(),
        body_source: post.body_source.clone(),
        created_at: ActiveValue::Set(entity::now()),
        superseded_at: ActiveValue::Set(None),
    }
}
