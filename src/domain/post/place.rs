//! What changes at once and is no part of a working copy: a post's address, its byline, its place, whether it is pinned.

use std::collections::HashMap;

use entity::post::{ActiveModel, Column, Entity, PostKind};
use entity::{PostId, UserId, post_author};
use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

use super::byline::{byline_of, check_authors, link_authors};
use super::desk::Desk;
use super::policy;
use super::row::PostRow;
use super::shown::{Face, tell};
use super::slug::place;
use super::state::Act;
use crate::domain::accounts::Accounts;
use crate::domain::redirect::{self, Target};
use crate::domain::refusal::{Problem, ProblemCode, Refusal};
use crate::domain::{Viewer, listing, own_slug};
use crate::store::dialect::{any_of, take_turns};
use crate::store::row::fetch_cell;

/// The deepest that a page can stand below others.
const DEEPEST: usize = 10;
/// The farthest place among the pages of one parent.
const LAST_POSITION: i32 = 1_000_000;

/// Gives a post another address. The old one leads there, if it was ever public.
///
/// # Errors
/// A problem of `slug`; not found; a viewer who may not.
pub async fn set_slug(accounts: &Accounts, viewer: Viewer, id: PostId, slug: &str) -> Result<PostRow, Refusal> {
    policy::may_write(viewer)?;
    let slug = own_slug::given(slug)?;
    let transaction = accounts.store.write().await?;
    let desk = Desk::open_alone(&transaction, viewer, id).await?;
    desk.decide(Act::Arrange)?;
    let known = Face::of(&transaction, &desk.post).await?;
    let post = &desk.post;
    if post.slug == slug.as_str() {
        return Ok(desk.post.into());
    }
    let slug = place(post.publication_id, post.kind).free(&transaction, slug).await?;
    if post.published_at.is_some() {
        let slugs = (post.slug.as_str(), slug.as_str());
        redirect::renamed(&transaction, post.publication_id, slugs, Target::Post(id)).await?;
    }
    let mut row = post.clone().into_active_model();
    row.slug = ActiveValue::Set(slug);
    row.updated_at = ActiveValue::Set(entity::now());
    let post = desk.write(row).await?;
    tell(&transaction, known, Some(&post)).await?;
    transaction.commit().await?;
    Ok(post.into())
}

/// Sets the byline of a post. Requires the right to name other authors in a new post: otherwise an author could publish
/// under another name.
///
/// # Errors
/// A problem of `authorIds`; not found; a viewer who may not.
pub async fn set_authors(
    accounts: &Accounts,
    viewer: Viewer,
    id: PostId,
    authors: Vec<UserId>,
) -> Result<PostRow, Refusal> {
    let transaction = accounts.store.write().await?;
    let desk = Desk::open_alone(&transaction, viewer, id).await?;
    desk.decide(Act::Arrange)?;
    if byline_of(&transaction, id).await? == authors {
        return Ok(desk.post.into());
    }
    policy::may_name_authors(desk.who)?;
    let known = Face::of(&transaction, &desk.post).await?;
    check_authors(&transaction, desk.post.publication_id, &authors).await?;
    let delete = post_author::Entity::delete_many().filter(post_author::Column::PostId.eq(id));
    delete.exec(&transaction).await?;
    link_authors(&transaction, id, authors).await?;
    listing::renew(&transaction, &[id]).await?;
    let mut row = desk.post.clone().into_active_model();
    row.updated_at = ActiveValue::Set(entity::now());
    let post = desk.write(row).await?;
    tell(&transaction, known, Some(&post)).await?;
    transaction.commit().await?;
    Ok(post.into())
}

/// Pins a post, or no longer.
///
/// # Errors
/// Not found; a viewer who may not.
pub async fn set_featured(
    accounts: &Accounts,
    viewer: Viewer,
    id: PostId,
    is_featured: bool,
) -> Result<PostRow, Refusal> {
    let transaction = accounts.store.write().await?;
    let desk = Desk::open(&transaction, viewer, id).await?;
    desk.decide(Act::Arrange)?;
    let known = Face::of(&transaction, &desk.post).await?;
    policy::may_review(desk.who)?;
    if desk.post.is_featured == is_featured {
        return Ok(desk.post.into());
    }
    let mut row = desk.post.clone().into_active_model();
    row.is_featured = ActiveValue::Set(is_featured);
    row.updated_at = ActiveValue::Set(entity::now());
    let post = desk.write(row).await?;
    tell(&transaction, known, Some(&post)).await?;
    transaction.commit().await?;
    Ok(post.into())
}

/// Puts a page below another, or at the top, at a place among those that stand there.
///
/// # Errors
/// A problem of `parentId` or `position`; an article; not found; a viewer who may not.
pub async fn set_parent(
    accounts: &Accounts,
    viewer: Viewer,
    id: PostId,
    parent: Option<PostId>,
    position: i32,
) -> Result<PostRow, Refusal> {
    policy::may_write(viewer)?;
    if !(0..=LAST_POSITION).contains(&position) {
        let message = format!("This is {position}; allowed is 0 to {LAST_POSITION}.");
        return Err(Problem::new(ProblemCode::Invalid, "position", message).into());
    }
    let transaction = accounts.store.write().await?;
    // Two moves at once could make a ring that neither makes alone.
    take_turns(&transaction).await?;
    let desk = Desk::open(&transaction, viewer, id).await?;
    desk.decide(Act::Arrange)?;
    let known = Face::of(&transaction, &desk.post).await?;
    policy::may_review(desk.who)?;
    if desk.post.kind != PostKind::Page {
        return Err(Problem::whole(ProblemCode::NotAllowed, "Only pages stand below others.").into());
    }
    let mut above = parent;
    for depth in 0.. {
        let Some(page) = above else { break };
        if page == id {
            let message = "This page stands below the one that is to be moved.";
            return Err(Problem::new(ProblemCode::Invalid, "parentId", message).into());
        }
        if depth >= DEEPEST {
            let message = format!("Pages stand at most {DEEPEST} deep.");
            return Err(Problem::new(ProblemCode::Invalid, "parentId", message).into());
        }
        let statement = Query::select()
            .column(Column::ParentId)
            .from(Entity)
            .and_where(Column::Id.eq(page))
            .and_where(Column::PublicationId.eq(desk.post.publication_id))
            .and_where(Column::Kind.eq(PostKind::Page))
            .and_where(Column::DraftOf.is_null())
            .take();
        let found: Option<Option<PostId>> = fetch_cell(&transaction, &statement).await?;
        above = found.ok_or_else(|| {
            let message = "There is no such page in the publication.";
            Problem::new(ProblemCode::Invalid, "parentId", message)
        })?;
    }
    let mut row = desk.post.clone().into_active_model();
    row.parent_id = ActiveValue::Set(parent);
    row.position = ActiveValue::Set(position);
    row.updated_at = ActiveValue::Set(entity::now());
    let post = desk.write(row).await?;
    tell(&transaction, known, Some(&post)).await?;
    transaction.commit().await?;
    Ok(post.into())
}

/// Ids of one statement.
const CHUNK: usize = 1000;

/// Puts pages below others, or at the top; those that stand there already are not touched. The caller sees to it that
/// no page comes to stand below itself.
pub async fn place_pages(transaction: &impl ConnectionTrait, pages: &[(PostId, Option<PostId>)]) -> Result<(), DbErr> {
    for pages in pages.chunks(CHUNK) {
        let ids: Vec<PostId> = pages.iter().map(|(page, _)| *page).collect();
        let present: Vec<(PostId, Option<PostId>)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::ParentId])
            .filter(any_of(transaction, Column::Id.into_expr(), &ids))
            .into_tuple()
            .all(transaction)
            .await?;
        let present: HashMap<PostId, Option<PostId>> = present.into_iter().collect();
        for (page, parent) in pages {
            if present.get(page).is_some_and(|present| present != parent) {
                let row = ActiveModel {
                    id: ActiveValue::Unchanged(*page),
                    parent_id: ActiveValue::Set(*parent),
                    ..Default::default()
                };
                Entity::update(row).exec_without_returning(transaction).await?;
            }
        }
    }
    Ok(())
}
