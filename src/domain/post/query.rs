use std::collections::HashMap;

use entity::post::{Column, Entity, PostKind, PostStatus};
use entity::{PostId, category, post_author, post_category, post_tag, publication, tag, user};
use sea_orm::sea_query::{Expr, ExprTrait, IntoTableRef, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr};
use uuid::Uuid;

use super::draft::previewed;
use super::filter::{PostFilter, column};
use super::listed::Scope;
use super::order::PostOrder;
use super::parent::PostParent;
use super::row::{PostHtml, PostRow};
use super::visible::{Reach, showing_unpublished, visible};
use crate::domain::Viewer;
use crate::domain::category::CategoryRow;
use crate::domain::page::{Page, PageRequest, pages};
use crate::domain::publication::id_by_slug;
use crate::domain::tag::TagRow;
use crate::domain::user::UserRow;
use crate::store::changes::{Showing, Topic};
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{
    Row, fetch, fetch_children, fetch_count, fetch_counts, fetch_grouped, fetch_keyed, fetch_named, fetch_one,
};
use crate::store::sql::constant;

/// The posts with these ids; what the viewer may not see, coming to it so, is missing.
pub async fn by_ids(
    database: &impl Reads,
    viewer: Viewer,
    reach: Reach,
    ids: &[PostId],
) -> Result<HashMap<PostId, PostRow>, DbErr> {
    let statement = posts()
        .cond_where(visible(viewer, reach))
        .and_where(among(database, ids))
        .take();
    let mut posts: Vec<PostRow> = fetch(&database.showing(Topic::things(ids)), &statement).await?;
    if reach != Reach::Listed {
        tell_unpublished(database, viewer, ids.len(), &posts);
    }
    previewed(database, viewer, posts.iter_mut()).await?;
    Ok(posts.into_iter().map(|post| (post.id, post)).collect())
}

/// The post or page at an address, in the publication with a slug or else in the oldest.
pub async fn by_slug(
    database: &impl Reads,
    viewer: Viewer,
    publication: Option<&str>,
    kind: PostKind,
    slug: &str,
) -> Result<Option<PostRow>, DbErr> {
    let mut post = at_slug::<PostRow>(database, viewer, publication, kind, slug).await?;
    tell_unpublished(database, viewer, 1, &post);
    previewed(database, viewer, post.iter_mut()).await?;
    Ok(post)
}

/// The same, with its text; in one statement, but for previews.
pub async fn by_slug_with_html(
    database: &impl Reads,
    viewer: Viewer,
    publication: Option<&str>,
    kind: PostKind,
    slug: &str,
) -> Result<Option<(PostRow, PostHtml)>, DbErr> {
    let found = at_slug::<(PostRow, PostHtml)>(database, viewer, publication, kind, slug).await?;
    tell_unpublished(database, viewer, 1, found.iter().map(|(post, _)| post));
    let Some((mut post, html)) = found else {
        return Ok(None);
    };
    previewed(database, viewer, [&mut post].into_iter()).await?;
    if post.content_id == post.id {
        return Ok(Some((post, html)));
    }
    let draft = texts(database, &[post.content_id]).await?.remove(&post.content_id);
    Ok(draft.map(|draft| (post, draft)))
}

/// The log tells nothing of what is not published: what somebody who may see it is given of it, or misses, is not kept.
fn tell_unpublished<'a>(
    database: &impl Reads,
    viewer: Viewer,
    asked: usize,
    found: impl IntoIterator<Item = &'a PostRow>,
) {
    let published = |post: &&PostRow| post.status == PostStatus::Published;
    if found.into_iter().filter(published).count() < asked {
        showing_unpublished(database, viewer);
    }
}

async fn at_slug<R: Row>(
    database: &impl Reads,
    viewer: Viewer,
    publication: Option<&str>,
    kind: PostKind,
    slug: &str,
) -> Result<Option<R>, DbErr> {
    let mut statement = Query::select();
    R::select(&mut statement);
    statement
        .from(Entity)
        .cond_where(visible(viewer, Reach::Direct))
        .and_where(of_publication(publication))
        .and_where(column(Column::Kind).eq(constant(kind)))
        .and_where(column(Column::Slug).eq(slug));
    let database = database.showing([Topic::any(publication::Entity)]);
    fetch_named(&database, &statement, Topic::any(Entity)).await
}

/// A page of the posts that the filter lets through, of the publication with a slug or else of the oldest.
pub async fn list(
    database: &impl Reads,
    viewer: Viewer,
    publication: Option<&str>,
    filter: &PostFilter,
    order: PostOrder,
    request: &PageRequest,
) -> Result<Page<PostRow>, DbErr> {
    let shown = deciding(
        database,
        viewer,
        filter,
        order,
        [Topic::any(publication::Entity), Topic::any(Entity)],
    );
    let publication = Some(id_by_slug(publication));
    let Some(scope) = Scope::of(&shown, viewer.as_reader(), filter, publication, None).await? else {
        return Ok(Page::new(Vec::new(), request));
    };
    let mut posts = match scope.glance(order, request) {
        Some(statement) => fetch(&shown, &statement).await?,
        None => Vec::new(),
    };
    if !request.is_filled_by(posts.len()) {
        posts = fetch(&shown, &scope.page(None, order, request)).await?;
    }
    if let Some(post) = viewer.previewed().filter(|_| filter.is_public())
        && let Some(post) = fetch_one(database, &scope.unpublished_preview(post, None)).await?
    {
        request.insert(&mut posts, post, |post| order.position(post), order.descending);
    }
    previewed(database, viewer, posts.iter_mut()).await?;
    Ok(Page::new(posts, request))
}

/// A page of posts for each parent.
pub async fn list_of(
    database: &impl Reads,
    viewer: Viewer,
    parent: PostParent,
    parents: &[Uuid],
    filter: &PostFilter,
    order: PostOrder,
    request: &PageRequest,
) -> Result<HashMap<Uuid, Page<PostRow>>, DbErr> {
    if parent == PostParent::Media {
        // The log of changes does not cover it.
        database.showing_untold();
    }
    let shown = deciding(database, viewer, filter, order, Topic::below_each(Entity, parents));
    let publication = filter.publication.as_deref().map(|slug| id_by_slug(Some(slug)));
    let scope = Scope::of(&shown, viewer.as_reader(), filter, publication, Some((parent, parents)));
    let Some(scope) = scope.await? else {
        return Ok(HashMap::new());
    };
    let page = |id| scope.page(Some(&(parent, id)), order, request);
    let mut children = fetch_children(&shown, parents, page).await?;
    if let Some(post) = viewer.previewed().filter(|_| filter.is_public()) {
        let below = fetch_children(database, parents, |id| {
            scope.unpublished_preview(post, Some(&(parent, id)))
        });
        for (id, post) in below.await? {
            for post in post {
                let posts = children.entry(id).or_default();
                request.insert(posts, post, |post| order.position(post), order.descending);
            }
        }
    }
    previewed(database, viewer, children.values_mut().flatten()).await?;
    Ok(pages(children, request))
}

/// How many posts of the publication with a slug, or else of the oldest, the filter lets through.
pub async fn count(
    database: &impl Reads,
    viewer: Viewer,
    publication: Option<&str>,
    filter: &PostFilter,
) -> Result<i64, DbErr> {
    let shown = deciding(
        database,
        viewer,
        filter,
        PostOrder::NEWEST,
        [Topic::any(publication::Entity), Topic::any(Entity)],
    );
    match Scope::of(&shown, viewer, filter, Some(id_by_slug(publication)), None).await? {
        Some(scope) => fetch_count(&shown, &scope.count(None)).await,
        None => Ok(0),
    }
}

/// Posts of the publication with a slug, or else of the oldest.
fn of_publication(slug: Option<&str>) -> Expr {
    column(Column::PublicationId).eq(id_by_slug(slug))
}

/// How many posts hang on each parent; a parent without any is missing.
pub async fn count_of(
    database: &impl Reads,
    viewer: Viewer,
    parent: PostParent,
    parents: &[Uuid],
    filter: &PostFilter,
) -> Result<HashMap<Uuid, i64>, DbErr> {
    let below = Topic::below_each(Entity, parents);
    let shown = deciding(database, viewer, filter, PostOrder::NEWEST, below);
    let publication = filter.publication.as_deref().map(|slug| id_by_slug(Some(slug)));
    match Scope::of(&shown, viewer, filter, publication, Some((parent, parents))).await? {
        Some(scope) => fetch_counts(&shown, parents, |id| scope.count(Some(&(parent, id)))).await,
        None => Ok(HashMap::new()),
    }
}

/// Says what decides which posts a list holds. Of what is not published, and of working copies, the log tells nothing.
fn deciding<'a, D: Reads>(
    database: &'a D,
    viewer: Viewer,
    filter: &PostFilter,
    order: PostOrder,
    listed: impl IntoIterator<Item = Topic>,
) -> Showing<'a, D> {
    if filter.is_of_desk() {
        showing_unpublished(database, viewer);
    }
    database.showing(filter.shows(order).chain(listed))
}

/// The texts of posts that the viewer was given before, in one of their forms.
pub async fn texts<R: Row>(database: &impl Reads, ids: &[PostId]) -> Result<HashMap<PostId, R>, DbErr> {
    let mut statement = Query::select()
        .column((Entity, Column::Id))
        .from(Entity)
        .and_where(among(database, ids))
        .take();
    R::select(&mut statement);
    let database = database.showing(Topic::things(ids));
    Ok(fetch_keyed(&database, &statement).await?.into_iter().collect())
}

/// The authors of posts, in byline order.
pub async fn authors_of(database: &impl Reads, ids: &[PostId]) -> Result<HashMap<PostId, Vec<UserRow>>, DbErr> {
    use post_author::Column::{Position, PostId, UserId};
    joined(
        database,
        ids,
        post_author::Entity,
        (PostId, UserId, Position),
        user::Entity,
        user::Column::Id,
    )
    .await
}

/// The tags of posts, in their authors' order.
pub async fn tags_of(database: &impl Reads, ids: &[PostId]) -> Result<HashMap<PostId, Vec<TagRow>>, DbErr> {
    use post_tag::Column::{Position, PostId, TagId};
    joined(
        database,
        ids,
        post_tag::Entity,
        (PostId, TagId, Position),
        tag::Entity,
        tag::Column::Id,
    )
    .await
}

/// The categories of posts, in their authors' order.
pub async fn categories_of(database: &impl Reads, ids: &[PostId]) -> Result<HashMap<PostId, Vec<CategoryRow>>, DbErr> {
    use post_category::Column::{CategoryId, Position, PostId};
    let columns = (PostId, CategoryId, Position);
    joined(
        database,
        ids,
        post_category::Entity,
        columns,
        category::Entity,
        category::Column::Id,
    )
    .await
}

/// What hangs on posts by a table of links `(post, other, position)`, in the order of the positions.
async fn joined<L: ColumnTrait, R: Row>(
    database: &impl Reads,
    ids: &[PostId],
    links: impl IntoTableRef,
    (post, other, position): (L, L, L),
    others: impl IntoTableRef,
    id: impl ColumnTrait,
) -> Result<HashMap<PostId, Vec<R>>, DbErr> {
    let mut statement = Query::select();
    statement.expr(post.into_expr());
    R::select(&mut statement);
    statement
        .from(links)
        .inner_join(others, id.into_expr().eq(other.into_expr()))
        .and_where(any_of(database, post.into_expr(), ids))
        .order_by_expr(position.into_expr(), Order::Asc);
    fetch_grouped(&database.showing(Topic::things(ids)), &statement).await
}

pub(super) fn posts() -> SelectStatement {
    let mut statement = Query::select();
    PostRow::select(&mut statement);
    statement.from(Entity);
    statement
}

fn among(database: &impl Reads, ids: &[PostId]) -> Expr {
    any_of(database, column(Column::Id), ids)
}
