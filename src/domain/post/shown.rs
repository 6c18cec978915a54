//! What readers are shown differently when a post changes.

use entity::post::{Model, PostStatus};
use entity::{PostId, comment, post, post_author, post_category, post_tag, redirect, revision, user};
use sea_orm::sea_query::{Expr, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, DbErr, EntityTrait};
use uuid::Uuid;

use crate::domain::category::with_above;
use crate::store::Transaction;
use crate::store::changes::Topic;
use crate::store::read::Reads;

/// A post as readers know it at a time: what of it they are shown, and what it hangs on.
#[derive(PartialEq)]
pub(super) struct Face<'a> {
    post: &'a Model,
    /// Its tags, its categories with those above, and its authors.
    linked: Vec<Uuid>,
}

impl<'a> Face<'a> {
    /// As it is now; none while readers do not know it. One statement, where they do.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(transaction: &Transaction, post: &'a Model) -> Result<Option<Self>, DbErr> {
        if post.status != PostStatus::Published {
            return Ok(None);
        }
        let rows = transaction.rows(&linked(post.id)).await?;
        let linked = rows.each().map(|cells| cells.get(0)).collect::<Result<_, _>>()?;
        Ok(Some(Self { post, linked }))
    }

    /// Whether it stands in the same lists, at the same places.
    fn is_listed_as(&self, other: &Self) -> bool {
        let place = |post: &Model| {
            (
                (post.visibility, post.published_at, post.is_featured),
                (post.series_id, post.series_position, post.parent_id, post.position),
            )
        };
        place(self.post) == place(other.post) && self.post.slug == other.post.slug && self.linked == other.linked
    }

    /// Every list that it stands in, and what else shows that it does.
    fn listed(&self) -> impl Iterator<Item = Topic> {
        let post = self.post;
        let parents = [
            Some(post.publication_id.0),
            post.series_id.map(Uuid::from),
            post.parent_id.map(Uuid::from),
        ];
        let below = parents.into_iter().flatten().chain(self.linked.iter().copied());
        let below = below.map(|parent| Topic::below(post::Entity, parent));
        // They count their posts, are known by them, or are shown with them.
        let shown = [post.featured_media_id.map(Uuid::from), post.parent_id.map(Uuid::from)];
        let shown = shown
            .into_iter()
            .flatten()
            .chain(self.linked.iter().copied())
            .map(Topic::thing);
        let people = [Topic::any(user::Entity), Topic::any(comment::Entity)];
        let people = people.into_iter().take(if post.comment_count > 0 { 2 } else { 1 });
        let lists = [
            Topic::any(post::Entity),
            Topic::below(redirect::Entity, post.publication_id),
        ];
        below.chain(shown).chain(people).chain(lists)
    }
}

/// Says what of a post readers are shown differently, now that it was `before` and is `after`.
///
/// # Errors
/// When the database fails.
pub(super) async fn tell(
    transaction: &Transaction,
    before: Option<Face<'_>>,
    after: Option<&Model>,
) -> Result<(), DbErr> {
    let after = match after {
        Some(post) => Face::of(transaction, post).await?,
        None => None,
    };
    if before == after {
        return Ok(());
    }
    let faces = [&before, &after].map(Option::as_ref).into_iter().flatten();
    for face in faces.clone() {
        transaction.changed([Topic::thing(face.post.id), Topic::any(revision::Entity)]);
    }
    if let (Some(before), Some(after)) = (&before, &after)
        && before.is_listed_as(after)
    {
        let pictures = [before.post.featured_media_id, after.post.featured_media_id];
        transaction.changed(pictures.into_iter().flatten().map(Topic::thing));
        return Ok(());
    }
    for face in faces {
        transaction.changed(face.listed());
    }
    Ok(())
}

/// The tags, categories with those above, and authors of a post, in their orders.
fn linked(post: PostId) -> SelectStatement {
    fn links<C: ColumnTrait>(table: impl EntityTrait, [post, other, position]: [C; 3], id: PostId) -> SelectStatement {
        Query::select()
            .expr_as(other.into_expr(), "linked")
            .expr_as(position.into_expr(), "place")
            .from(table.table_ref())
            .and_where(post.eq(id))
            .take()
    }
    use {post_author::Column as Written, post_category::Column as InCategory, post_tag::Column as Tagged};
    let tags = links(
        post_tag::Entity,
        [Tagged::PostId, Tagged::TagId, Tagged::Position],
        post,
    );
    let categories = [InCategory::PostId, InCategory::CategoryId, InCategory::Position];
    let authors = [Written::PostId, Written::UserId, Written::Position];
    let [post_column, category, place] = categories;
    let in_categories = Query::select()
        .expr(place.into_expr())
        .expr(category.into_expr())
        .from(post_category::Entity)
        .and_where(post_column.eq(post))
        .take();
    let categories = Query::select()
        .expr_as(Expr::col("category"), "linked")
        .expr_as(Expr::col("thing"), "place")
        .from("above")
        .take();
    let mut linked = Query::select()
        .column("linked")
        .from_subquery(
            { tags }
                .union(UnionType::All, categories)
                .union(UnionType::All, links(post_author::Entity, authors, post))
                .take(),
            "links",
        )
        .order_by("place", sea_orm::sea_query::Order::Asc)
        .order_by("linked", sea_orm::sea_query::Order::Asc)
        .take();
    with_above(&mut linked, in_categories);
    linked
}
