//! The statements behind lists of posts: each reads about as many rows as it gives, whatever the size of the site.

use entity::post::{Column, Entity};
use entity::{PostId, listing, listing_count};
use sea_orm::sea_query::{Alias, Asterisk, Condition, Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, DbErr};
use uuid::Uuid;

use super::access::Access;
use super::filter::{PostFilter, column};
use super::named::{Named, average_length, found, length};
use super::order::{PostField, PostOrder};
use super::parent::PostParent;
use super::row::PostRow;
use super::visible::{self, Reach, visible};
use crate::domain::Viewer;
use crate::domain::page::PageRequest;
use crate::store::dialect::{any_of, finds_parts};
use crate::store::read::Reads;
use crate::store::row::Row;
use crate::store::sql::{constant, count_all};

/// How many posts of a list are looked at before an index is asked for all whose titles have a part: enough to fill a page with
/// those that have a common one.
const GLANCED_AT: u32 = 500;

/// What a list holds for its viewer.
pub(super) struct Scope<'a, D> {
    database: &'a D,
    viewer: Viewer,
    filter: &'a PostFilter,
    /// The id of the publication, where one is meant.
    publication: Option<Expr>,
    /// See [`PostFilter::sets`].
    sets: Vec<Condition>,
    /// The lists that the filter names.
    named: Vec<Named>,
    /// How many public posts hang on each parent, on average; known where the filter names lists.
    average: i64,
}

/// What the lists of a statement hang on, and the id of it.
pub(super) type Below = (PostParent, Expr);

impl<'a, D: Reads> Scope<'a, D> {
    /// Resolves the slugs of a filter and the viewer's roles, which takes no statement where there is nothing to resolve. None
    /// when the list is empty, since the viewer may see nothing of it or something that it names does not exist.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(
        database: &'a D,
        viewer: Viewer,
        filter: &'a PostFilter,
        publication: Option<Expr>,
        below: Option<(PostParent, &[Uuid])>,
    ) -> Result<Option<Self>, DbErr> {
        let Some(named) = Named::of(database, filter, publication.as_ref()).await? else {
            return Ok(None);
        };
        let sets = if filter.is_public() {
            vec![visible(viewer, Reach::Listed)]
        } else {
            filter.sets(&Access::of(database, viewer, publication.as_ref()).await?)
        };
        let average = match below {
            Some((parent, ids)) if !named.is_empty() && parent.is_list(filter) => {
                average_length(database, ids, filter.kind).await?
            }
            _ => 0,
        };
        let scope = Self {
            database,
            viewer,
            filter,
            publication,
            sets,
            named,
            average,
        };
        Ok((!scope.sets.is_empty()).then_some(scope))
    }

    /// A page of the list.
    pub(super) fn page(&self, below: Option<&Below>, order: PostOrder, request: &PageRequest) -> SelectStatement {
        let titles = self.titles();
        if order.field == PostField::PublishedAt && titles == Titles::InOrder && self.shortest(below).is_some() {
            let (mut statement, [place, id]) = self.listing(below, true);
            statement.and_where_option(self.filter.titled(false));
            PostRow::select(&mut statement);
            request.apply(&mut statement, &place, &id, order.descending);
            return statement;
        }
        if let [set] = self.sets.as_slice() {
            let mut statement = self.set(set, below, titles);
            PostRow::select(&mut statement);
            request.apply(
                &mut statement,
                &order.expression(),
                &column(Column::Id),
                order.descending,
            );
            return statement;
        }
        rows_of(self.places(below, order, request, titles), order, request)
    }

    /// The part of a page that is found among the first posts of the list, where it holds posts whose titles have a common part:
    /// an index finds all of these at once. None where there is no such index.
    pub(super) fn glance(&self, order: PostOrder, request: &PageRequest) -> Option<SelectStatement> {
        if self.titles() != Titles::Indexed {
            return None;
        }
        let first = PageRequest {
            size: GLANCED_AT,
            peeks: false,
            ..request.clone()
        };
        let mut statement = rows_of(self.places(None, order, &first, Titles::Any), order, request);
        statement.and_where_option(self.filter.titled(false));
        Some(statement)
    }

    /// The ids and places of the posts of a page, as columns `id` and `place`.
    fn places(
        &self,
        below: Option<&Below>,
        order: PostOrder,
        request: &PageRequest,
        titles: Titles,
    ) -> SelectStatement {
        let page = |mut statement: SelectStatement, place: &Expr, id: &Expr| {
            statement.expr_as(id.clone(), "id").expr_as(place.clone(), "place");
            request.apply(&mut statement, place, id, order.descending);
            statement
        };
        if order.field == PostField::PublishedAt && titles == Titles::Any && self.shortest(below).is_some() {
            let (statement, [place, id]) = self.listing(below, true);
            return page(statement, &place, &id);
        }
        let (place, id) = (order.expression(), column(Column::Id));
        union(
            self.sets
                .iter()
                .map(|set| page(self.set(set, below, titles), &place, &id)),
        )
    }

    /// How the filter's part of titles is found: by the index where there is one and it has the letters for it.
    fn titles(&self) -> Titles {
        match &self.filter.title {
            Some(part) if finds_parts(self.database.backend(), part) => Titles::Indexed,
            _ => Titles::InOrder,
        }
    }

    /// How many posts the list holds.
    pub(super) fn count(&self, below: Option<&Below>) -> SelectStatement {
        if let Some(stored) = self.stored_length(below) {
            return stored;
        }
        if self.titles() == Titles::InOrder && self.shortest(below).is_some() {
            let (mut statement, _) = self.listing(below, false);
            return statement
                .and_where_option(self.filter.titled(false))
                .expr(count_all())
                .take();
        }
        match self.sets.as_slice() {
            [set] => self.set(set, below, self.titles()).expr(count_all()).take(),
            sets => {
                let one = |set| self.set(set, below, self.titles()).expr_as(Expr::val(1), "one").take();
                let all = union(sets.iter().map(one));
                Query::select().expr(count_all()).from_subquery(all, "all").take()
            }
        }
    }

    /// The post of a preview that readers do not know yet, if the list will hold it. It has no date of publication that the
    /// list could be ordered by, so it is put into the page afterwards.
    pub(super) fn unpublished_preview(&self, post: PostId, below: Option<&Below>) -> SelectStatement {
        let unpublished = visible::unpublished_preview(post);
        let mut statement = self.set(&unpublished, below, Titles::InOrder);
        PostRow::select(&mut statement);
        statement
    }

    /// The posts of one of the sets that the filter lets through.
    fn set(&self, set: &Condition, below: Option<&Below>, titles: Titles) -> SelectStatement {
        let mut statement = Query::select();
        match titles {
            Titles::Indexed => statement.from_subquery(fenced(self.filter.titled(true)), Entity),
            Titles::InOrder => statement.from(Entity).and_where_option(self.filter.titled(false)),
            Titles::Any => statement.from(Entity),
        };
        statement
            .cond_where(set.clone())
            .and_where_option(self.filter.kind.map(|kind| column(Column::Kind).eq(constant(kind))))
            .cond_where(self.filter.condition(&column(Column::PublishedAt)));
        if let Some(publication) = &self.publication {
            statement.and_where(column(Column::PublicationId).eq(publication.clone()));
        }
        for named in &self.named {
            statement.and_where(named.holds(self.database, self.filter));
        }
        if let Some((parent, id)) = below {
            parent.link(&mut statement, id.clone(), self.viewer, self.filter);
        }
        statement
    }

    /// The posts that the filter lets through of the shortest of the lists in which all of them stand, and by what that list is
    /// ordered.
    fn listing(&self, below: Option<&Below>, with_order: bool) -> (SelectStatement, [Expr; 2]) {
        use listing::Column::{Kind, ListId, PublicationId, PublishedAt};
        let shortest = self.shortest(below);
        let (place, id) = (PublishedAt.into_expr(), listing::Column::PostId.into_expr());
        let mut statement = Query::select();
        statement
            .from(listing::Entity)
            .and_where_option(self.filter.kind.map(|kind| Kind.into_expr().eq(constant(kind))))
            .cond_where(self.filter.condition(&place));
        if with_order || self.filter.featured.is_some() || self.filter.title.is_some() {
            // The lists are exact; should they ever not be, nobody sees by them what they must not.
            statement
                .inner_join(Entity, column(Column::Id).eq(id.clone()))
                .cond_where(visible(Viewer::Anonymous, Reach::Listed));
        }
        if let Some(publication) = &self.publication {
            statement.and_where(PublicationId.into_expr().eq(publication.clone()));
        }
        let other = Alias::new("other");
        let of_other = |column: listing::Column| Expr::col((other.clone(), column));
        let also = |list: Expr| {
            let other = Query::select()
                .expr(of_other(ListId))
                .from_as(listing::Entity, other.clone())
                .and_where(of_other(listing::Column::PostId).eq(id.clone()))
                .and_where(list)
                .take();
            // All rows are counted: as the database likes it best.
            if with_order { found(other) } else { Expr::exists(other) }
        };
        match below {
            Some((parent, list)) if parent.is_list(self.filter) => {
                let is_shortest = matches!(shortest, Some(Shortest::Below));
                statement.and_where(if is_shortest {
                    ListId.into_expr().eq(list.clone())
                } else {
                    also(of_other(ListId).eq(list.clone()))
                });
            }
            // The publication, by which nothing else is narrowed.
            Some((_, publication)) => {
                statement.and_where(PublicationId.into_expr().eq(publication.clone()));
            }
            None => {}
        }
        for named in &self.named {
            let only = named.only(self.filter);
            statement.and_where(match (only, &shortest) {
                (Some(list), Some(Shortest::Named(shortest))) if list == *shortest => ListId.into_expr().eq(list),
                (Some(list), _) => also(of_other(ListId).eq(list)),
                (None, _) if named.is_direct(self.filter) => named.holds(self.database, self.filter),
                (None, _) => also(any_of(self.database, of_other(ListId), &named.ids)),
            });
        }
        (statement, [place, id])
    }

    /// The shortest list in which all posts of this one stand; none where that does not help.
    fn shortest(&self, below: Option<&Below>) -> Option<Shortest> {
        if !self.is_public() || self.filter.kind.is_none() {
            return None;
        }
        let named = self
            .named
            .iter()
            .filter_map(|named| Some((named.posts, named.only(self.filter)?)));
        let named = named.min().map(|(posts, list)| (posts, Shortest::Named(list)));
        match below {
            Some((parent, _)) if parent.is_list(self.filter) => match named {
                Some((posts, list)) if posts < self.average => Some(list),
                _ => Some(Shortest::Below),
            },
            Some((PostParent::Publication, _)) | None => named.map(|(_, list)| list),
            Some(_) => None,
        }
    }

    /// The length of the list, where it is stored: of all that is public in a publication, or in one list.
    fn stored_length(&self, below: Option<&Below>) -> Option<SelectStatement> {
        if !self.is_public() || !self.filter.is_whole() {
            return None;
        }
        let (list, publication) = match (self.named.as_slice(), below) {
            ([], Some((parent, id))) if *parent == PostParent::Publication || parent.is_list(self.filter) => {
                (id.clone(), self.publication.clone())
            }
            ([], None) => (self.publication.clone()?, self.publication.clone()),
            ([named], Some((PostParent::Publication, id))) => (Expr::val(named.only(self.filter)?), Some(id.clone())),
            ([named], None) => (Expr::val(named.only(self.filter)?), self.publication.clone()),
            _ => return None,
        };
        let list = listing_count::Column::ListId.into_expr().eq(list);
        Some(length(list, self.filter.kind, publication.as_ref()))
    }

    /// Whether it holds what everybody sees in lists, and nothing else.
    fn is_public(&self) -> bool {
        let sees_lists = matches!(self.viewer, Viewer::Anonymous | Viewer::Client(_) | Viewer::User(_));
        sees_lists && self.filter.is_public()
    }
}

/// The list that a statement begins with.
enum Shortest {
    /// What the list hangs on.
    Below,
    /// One that the filter names.
    Named(Uuid),
}

/// How posts are found whose titles have a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Titles {
    /// In the order of the list, one after the other.
    InOrder,
    /// By an index of all titles, to be ordered then.
    Indexed,
    /// Not at all: any will do.
    Any,
}

/// The posts for which this holds, found before anything else is looked at.
fn fenced(condition: Option<Expr>) -> SelectStatement {
    Query::select()
        .column(Asterisk)
        .from(Entity)
        .and_where_option(condition)
        .offset(0)
        .take()
}

/// All rows of these statements.
fn union(statements: impl Iterator<Item = SelectStatement>) -> SelectStatement {
    let every_column = || Expr::cust("\"part\".*");
    // SQLite orders and limits parts only where they are tables.
    let mut parts = statements.map(|statement| {
        Query::select()
            .expr(every_column())
            .from_subquery(statement, "part")
            .take()
    });
    let mut all = parts.next().unwrap_or_default();
    for part in parts {
        all.union(UnionType::All, part);
    }
    all
}

/// A page of the posts whose ids, and places in the order, a statement gives in its columns `id` and `place`.
fn rows_of(places: SelectStatement, order: PostOrder, request: &PageRequest) -> SelectStatement {
    let of_page = |column: &'static str| Expr::col(("page", column));
    let mut statement = Query::select();
    PostRow::select(&mut statement);
    statement
        .from_subquery(places, "page")
        .inner_join(Entity, column(Column::Id).eq(of_page("id")));
    let whole = PageRequest {
        after: None,
        before: None,
        ..request.clone()
    };
    whole.apply(&mut statement, &of_page("place"), &of_page("id"), order.descending);
    statement
}
