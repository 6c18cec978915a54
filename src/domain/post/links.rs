//! The tags and categories that a save gives a post.

use entity::{CategoryId, PostId, PublicationId, TagId, category, folded, post_category, post_tag, tag};
use sea_orm::sea_query::{Order, Query};
use sea_orm::{ActiveValue, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::desk::Desk;
use super::save::{MOST_LINKS, links};
use crate::domain::refusal::{Problem, ProblemCode, Problems, Refusal};
use crate::domain::tag::{self as tags, policy};
use crate::domain::term::MOST_NAME;
use crate::domain::text::line;
use crate::store::Transaction;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::sql::insert;

/// A tag of a post.
#[derive(Clone, Debug)]
pub enum NamedTag {
    /// The tag with this id.
    Id(TagId),
    /// The tag with this name, in any case of letters; it is made where there is none.
    Name(String),
}

impl From<TagId> for NamedTag {
    fn from(id: TagId) -> Self {
        Self::Id(id)
    }
}

/// The tags and categories that a post gets, in order, where they are others than it has.
#[derive(Default)]
pub(super) struct Links {
    tags: Option<Vec<TagId>>,
    categories: Option<Vec<CategoryId>>,
}

impl Links {
    /// What of these differs from what the post on the desk has. Tags that are not there yet are made.
    ///
    /// # Errors
    /// A viewer who may not make tags; the database. Problems are noted.
    pub(super) async fn against(
        desk: &Desk<'_>,
        tags: Option<Vec<NamedTag>>,
        categories: Option<Vec<CategoryId>>,
        problems: &mut Problems,
    ) -> Result<Self, Refusal> {
        let (row, publication) = (desk.working().id, desk.post.publication_id);
        let mut links = Self::default();
        if let Some(tags) = tags.and_then(|tags| problems.check(few("tags", tags))) {
            let tags = unique(resolved(desk, tags, problems).await?);
            use post_tag::Column::{Position, PostId, TagId};
            let current = linked(desk.transaction, post_tag::Entity, [PostId, TagId, Position], row).await?;
            links.tags = Some(tags).filter(|tags| *tags != current);
        }
        if let Some(categories) = categories.and_then(|ids| problems.check(few("categoryIds", ids))) {
            use post_category::Column::{CategoryId, Position, PostId};
            let current = linked(
                desk.transaction,
                post_category::Entity,
                [PostId, CategoryId, Position],
                row,
            )
            .await?;
            if unique(categories.clone()) != current {
                let columns = (category::Column::Id, category::Column::PublicationId);
                let known = known(desk.transaction, category::Entity, columns, publication, &categories).await?;
                for (place, _) in categories.iter().enumerate().filter(|(_, id)| !known.contains(&id.0)) {
                    problems.add(at(place, unknown("categoryIds", "category")));
                }
                links.categories = Some(unique(categories));
            }
        }
        Ok(links)
    }

    /// Whether there are any.
    pub(super) fn is_some(&self) -> bool {
        self.tags.is_some() || self.categories.is_some()
    }

    /// Gives a new working copy what it keeps of the post's.
    pub(super) async fn copy_others(&self, desk: &Desk<'_>, copy: PostId) -> Result<(), DbErr> {
        desk.copy_links(copy, self.tags.is_none(), self.categories.is_none())
            .await
    }

    /// Gives a row these, in place of those that it has.
    pub(super) async fn write(&self, transaction: &Transaction, row: PostId) -> Result<(), DbErr> {
        let post_id = ActiveValue::Set(row);
        if let Some(tags) = &self.tags {
            let delete = post_tag::Entity::delete_many().filter(post_tag::Column::PostId.eq(row));
            delete.exec(transaction).await?;
            let tags = links(tags.clone()).into_iter();
            let tags = tags.map(|(position, tag)| post_tag::ActiveModel {
                post_id: post_id.clone(),
                tag_id: ActiveValue::Set(tag),
                position,
            });
            insert::<post_tag::Entity, _>(transaction, tags.collect()).await?;
        }
        if let Some(categories) = &self.categories {
            let delete = post_category::Entity::delete_many().filter(post_category::Column::PostId.eq(row));
            delete.exec(transaction).await?;
            let categories = links(categories.clone()).into_iter();
            let categories = categories.map(|(position, category)| post_category::ActiveModel {
                post_id: post_id.clone(),
                category_id: ActiveValue::Set(category),
                position,
            });
            insert::<post_category::Entity, _>(transaction, categories.collect()).await?;
        }
        Ok(())
    }
}

/// The ids of tags, in order; those with new names are made.
async fn resolved(desk: &Desk<'_>, given: Vec<NamedTag>, problems: &mut Problems) -> Result<Vec<TagId>, Refusal> {
    let (transaction, publication) = (desk.transaction, desk.post.publication_id);
    let checked = |(place, tag): (usize, NamedTag)| match tag {
        NamedTag::Name(name) => {
            let name = line("tags", &name, MOST_NAME).map_err(|problem| at(place, problem.within("name")));
            problems.check(name).map(|name| (place, NamedTag::Name(name)))
        }
        NamedTag::Id(_) => Some((place, tag)),
    };
    let given: Vec<(usize, NamedTag)> = given.into_iter().enumerate().filter_map(checked).collect();
    let (mut ids, mut names) = (Vec::new(), Vec::new());
    for (_, tag) in &given {
        match tag {
            NamedTag::Id(id) => ids.push(*id),
            NamedTag::Name(name) => names.push(name.as_str()),
        }
    }
    let columns = (tag::Column::Id, tag::Column::PublicationId);
    let known = known(transaction, tag::Entity, columns, publication, &ids).await?;
    let mut by_name = tags::named(transaction, publication, &names).await?;
    let mut resolved = Vec::with_capacity(given.len());
    for (place, tag) in &given {
        match tag {
            NamedTag::Id(id) if known.contains(&id.0) => resolved.push(*id),
            NamedTag::Id(_) => problems.add(at(*place, unknown("tags", "tag").within("id"))),
            NamedTag::Name(name) => {
                let key = folded(name);
                let id = if let Some(id) = by_name.get(&key) {
                    *id
                } else {
                    policy::may_add(desk.who)?;
                    tags::make(transaction, publication, name.clone()).await?
                };
                by_name.insert(key, id);
                resolved.push(id);
            }
        }
    }
    Ok(resolved)
}

/// A problem of one of several.
fn at(place: usize, problem: Problem) -> Problem {
    problem.within(place.to_string())
}

fn unknown(field: &'static str, thing: &str) -> Problem {
    let message = format!("There is no such {thing} in the publication.");
    Problem::new(ProblemCode::Invalid, field, message)
}

fn few<T>(field: &'static str, given: Vec<T>) -> Result<Vec<T>, Problem> {
    if given.len() > MOST_LINKS {
        let message = format!("These are {}; allowed are {MOST_LINKS}.", given.len());
        return Err(Problem::new(ProblemCode::TooLong, field, message));
    }
    Ok(given)
}

/// The first occurrences.
fn unique<T: PartialEq + Copy>(ids: Vec<T>) -> Vec<T> {
    links(ids).into_iter().map(|(_, id)| id).collect()
}

/// What a row has in a table of links `(post, other, position)`, in order.
async fn linked<C: ColumnTrait, I: From<Uuid>>(
    transaction: &Transaction,
    table: impl EntityTrait,
    [post, other, position]: [C; 3],
    row: PostId,
) -> Result<Vec<I>, DbErr> {
    let statement = Query::select()
        .expr(other.into_expr())
        .from(table.table_ref())
        .and_where(post.eq(row))
        .order_by_expr(position.into_expr(), Order::Asc)
        .take();
    let rows = transaction.rows(&statement).await?;
    rows.each().map(|cells| Ok(cells.get::<Uuid>(0)?.into())).collect()
}

/// Those of these ids that are in the publication.
pub(super) async fn known<E: EntityTrait, I: Into<Uuid> + Copy>(
    transaction: &Transaction,
    table: E,
    (id, of): (E::Column, E::Column),
    publication: PublicationId,
    ids: &[I],
) -> Result<Vec<Uuid>, DbErr> {
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
    rows.each().map(|cells| cells.get(0)).collect()
}
