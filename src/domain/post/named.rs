//! The lists that a filter names by slugs, resolved to ids before the posts are read: a database does not know that a slug
//! stands for a long list, and reads the longer one of two.

use entity::listing_count::{Column as Count, Entity as Counts};
use entity::post::{Column, PostKind};
use entity::{category, post_author, post_category, post_tag, series, tag, user};
use futures_util::future::try_join_all;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement, TableRef};
use sea_orm::{ColumnTrait, DbErr, EntityName, EntityTrait};
use uuid::Uuid;

use super::filter::{PostFilter, column};
use super::parent::PostParent;
use crate::domain::category::below;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::fetch_count;
use crate::store::sql::{constant, scalar};

/// How many posts a list has that is read as a whole.
const SHORT: i64 = 1_000;

/// A list that a filter names: of a tag, a category, a series or an author.
pub(super) struct Named {
    parent: PostParent,
    /// The ids of all that have the slug. Publications have slugs of their own.
    pub(super) ids: Vec<Uuid>,
    /// How many public posts stand in it.
    pub(super) posts: i64,
}

impl Named {
    /// The lists that `filter` names, in one publication if one is given; none when one of them does not exist. A statement
    /// for each, sent together.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(
        database: &impl Reads,
        filter: &PostFilter,
        publication: Option<&Expr>,
    ) -> Result<Option<Vec<Self>>, DbErr> {
        let slugs = [
            (PostParent::Tag, &filter.tag),
            (PostParent::Category, &filter.category),
            (PostParent::Series, &filter.series),
            (PostParent::Author, &filter.author),
        ];
        let named = slugs
            .into_iter()
            .filter_map(|(parent, slug)| Some((parent, slug.as_deref()?)));
        let found = named.map(async |(parent, slug)| {
            let mut named = Self {
                parent,
                ids: Vec::new(),
                posts: 0,
            };
            let statement = named_by(parent, slug, filter.kind, publication);
            for cells in database.rows(&statement).await?.each() {
                named.ids.push(cells.get(0)?);
                named.posts += cells.get::<i64>(1)?;
            }
            Ok::<_, DbErr>(named)
        });
        let found = try_join_all(found).await?;
        Ok((!found.iter().any(|named| named.ids.is_empty())).then_some(found))
    }

    /// Whether it is the list with exactly this id, and the filter wants all that stands in it.
    pub(super) fn only(&self, filter: &PostFilter) -> Option<Uuid> {
        match self.ids.as_slice() {
            [only] if !self.is_direct(filter) => Some(*only),
            _ => None,
        }
    }

    /// Whether the filter wants only some of what stands in it.
    pub(super) fn is_direct(&self, filter: &PostFilter) -> bool {
        filter.direct_only && self.parent == PostParent::Category
    }

    /// Whether the post at hand is linked to it, published or not. A short list is read first, a long one searched for each post.
    pub(super) fn holds(&self, database: &impl Reads, filter: &PostFilter) -> Expr {
        let links = |table: TableRef, post: Expr, link: Expr| {
            let links = Query::select().expr(post.clone()).from(table).and_where(link).take();
            if self.posts < SHORT {
                column(Column::Id).in_subquery(links)
            } else {
                found({ links }.and_where(post.eq(column(Column::Id))).take())
            }
        };
        let among = |column: Expr| any_of(database, column, &self.ids);
        match self.parent {
            PostParent::Tag => links(
                post_tag::Entity.table_ref(),
                post_tag::Column::PostId.into_expr(),
                among(post_tag::Column::TagId.into_expr()),
            ),
            PostParent::Author => links(
                post_author::Entity.table_ref(),
                post_author::Column::PostId.into_expr(),
                among(post_author::Column::UserId.into_expr()),
            ),
            PostParent::Category => {
                let (table, post) = (
                    post_category::Entity.table_ref(),
                    post_category::Column::PostId.into_expr(),
                );
                let category = post_category::Column::CategoryId.into_expr();
                if filter.direct_only {
                    return links(table, post, among(category));
                }
                let roots = Query::select()
                    .column((category::Entity, category::Column::Id))
                    .from(category::Entity)
                    .and_where(among(category::Column::Id.into_expr()))
                    .take();
                links(table, post, category.in_subquery(below(roots)))
            }
            PostParent::Series | PostParent::Publication | PostParent::Page | PostParent::Media => {
                among(column(Column::SeriesId))
            }
        }
    }
}

/// Whether a statement that is about the row at hand finds something. Databases search for each row, where they would read a long
/// list for an EXISTS.
pub(super) fn found(statement: SelectStatement) -> Expr {
    scalar({ statement }.limit(1).take()).is_not_null()
}

/// Ids and lengths of the lists with a slug.
fn named_by(parent: PostParent, slug: &str, kind: Option<PostKind>, publication: Option<&Expr>) -> SelectStatement {
    fn of<C: ColumnTrait>(table: impl EntityTrait, id: C, name: Expr) -> (SelectStatement, Expr) {
        let statement = Query::select()
            .expr(id.into_expr())
            .from(table.table_ref())
            .and_where(name)
            .take();
        (statement, id.into_expr())
    }
    let (mut statement, id, own) = match parent {
        PostParent::Tag => {
            let (statement, id) = of(tag::Entity, tag::Column::Id, tag::Column::Slug.eq(slug));
            (statement, id, Some(tag::Column::PublicationId.into_expr()))
        }
        PostParent::Category => {
            let (statement, id) = of(category::Entity, category::Column::Id, category::Column::Slug.eq(slug));
            (statement, id, Some(category::Column::PublicationId.into_expr()))
        }
        PostParent::Series => {
            let (statement, id) = of(series::Entity, series::Column::Id, series::Column::Slug.eq(slug));
            (statement, id, Some(series::Column::PublicationId.into_expr()))
        }
        PostParent::Author | PostParent::Publication | PostParent::Page | PostParent::Media => {
            let (statement, id) = of(user::Entity, user::Column::Id, user::Column::Username.eq(slug));
            (statement, id, None)
        }
    };
    if let (Some(own), Some(publication)) = (own, publication) {
        statement.and_where(own.eq(publication.clone()));
    }
    statement.expr(scalar(length(Count::ListId.into_expr().eq(id), kind, publication)));
    statement
}

/// How many public posts stand in the lists for which this holds.
pub(super) fn length(lists: Expr, kind: Option<PostKind>, publication: Option<&Expr>) -> SelectStatement {
    let own = Count::PublicationId.into_expr();
    Query::select()
        .expr(Func::coalesce([
            Func::sum(Count::Posts.into_expr()).into(),
            Expr::val(0_i64),
        ]))
        .from(Counts)
        .and_where(lists)
        .and_where_option(kind.map(|kind| Count::Kind.into_expr().eq(constant(kind))))
        .and_where_option(publication.map(|publication| own.eq(publication.clone())))
        .take()
}

/// How many public posts stand in each of these lists, on average.
///
/// # Errors
/// When the database fails.
pub(super) async fn average_length(
    database: &impl Reads,
    lists: &[Uuid],
    kind: Option<PostKind>,
) -> Result<i64, DbErr> {
    let statement = length(any_of(database, Count::ListId.into_expr(), lists), kind, None);
    let posts = fetch_count(database, &statement).await?;
    Ok(posts / Ord::max(i64::try_from(lists.len()).unwrap_or(i64::MAX), 1))
}
