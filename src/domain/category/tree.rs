use std::collections::HashMap;

use entity::category::{Column, Entity};
use entity::{CategoryId, PublicationId, post};
use sea_orm::sea_query::{Order, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use crate::store::changes::Topic;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::sql::by_id;

/// How many levels a tree of categories has at the most.
pub const MOST_LEVELS: usize = 10;

/// Rows of one statement.
const CHUNK: usize = 500;

/// The shape of a publication's tree, read in one statement.
#[derive(Debug, Default)]
pub struct Tree {
    parents: HashMap<CategoryId, Option<CategoryId>>,
    /// By parent, in order; with the position that each has.
    children: HashMap<Option<CategoryId>, Vec<(CategoryId, i32)>>,
}

impl Tree {
    /// As it is now.
    pub async fn of(database: &impl Reads, publication: PublicationId) -> Result<Self, DbErr> {
        let statement = Query::select()
            .columns([Column::Id, Column::ParentId, Column::Position])
            .from(Entity)
            .and_where(Column::PublicationId.eq(publication))
            .order_by(Column::Position, Order::Asc)
            .order_by(Column::Id, Order::Asc)
            .take();
        let mut tree = Self::default();
        for cells in database.rows(&statement).await?.each() {
            let (id, parent, position) = (cells.get(0)?, cells.get(1)?, cells.get(2)?);
            tree.parents.insert(id, parent);
            tree.children.entry(parent).or_default().push((id, position));
        }
        Ok(tree)
    }

    /// Whether it has this category.
    pub fn has(&self, id: CategoryId) -> bool {
        self.parents.contains_key(&id)
    }

    /// What shows which posts stand in a category, or below it: lists and counts of its own, and of those above.
    pub fn posts_of(&self, id: CategoryId) -> impl Iterator<Item = Topic> {
        let shows = |id| [Topic::thing(id), Topic::below(post::Entity, id)];
        self.line(id).into_iter().flat_map(shows)
    }

    /// The categories above one, itself first, up to the top; cut where a tree that an older version wrote goes in a
    /// circle.
    pub fn line(&self, id: CategoryId) -> Vec<CategoryId> {
        let mut line = vec![id];
        while let Some(Some(parent)) = self.parents.get(&line[line.len() - 1]) {
            if line.contains(parent) {
                break;
            }
            line.push(*parent);
        }
        line
    }

    /// The categories that gain or lose posts when what stands below one comes to stand below the other; none is the top.
    pub fn between(&self, one: Option<CategoryId>, other: Option<CategoryId>) -> Vec<CategoryId> {
        let line = |id: Option<CategoryId>| id.map(|id| self.line(id)).unwrap_or_default();
        let (mut left, mut reached) = (line(one), line(other));
        left.retain(|id| {
            let place = reached.iter().position(|other| other == id);
            place.map(|place| reached.remove(place)).is_none()
        });
        left.append(&mut reached);
        left
    }

    /// How many levels a category and those below it take.
    pub fn height(&self, id: CategoryId) -> usize {
        let mut level = vec![id];
        let mut height = 0;
        // A circle ends where the tree has no more categories.
        while !level.is_empty() && height <= self.parents.len() {
            height += 1;
            level = level
                .iter()
                .filter_map(|id| self.children.get(&Some(*id)))
                .flatten()
                .map(|(id, _)| *id)
                .collect();
        }
        height
    }

    /// Those below a category, or at the top, in order.
    pub fn siblings(&self, parent: Option<CategoryId>) -> Vec<CategoryId> {
        let children = self.children.get(&parent).into_iter().flatten();
        children.map(|(id, _)| *id).collect()
    }

    /// Gives those siblings their numbers from 0 that have another one, in as many statements as their number asks for.
    pub async fn number(&self, transaction: &impl ConnectionTrait, order: &[CategoryId]) -> Result<(), DbErr> {
        let position = |id: &CategoryId| {
            let siblings = self.children.get(self.parents.get(id)?)?;
            siblings
                .iter()
                .find(|(sibling, _)| sibling == id)
                .map(|(_, position)| *position)
        };
        let numbered = order.iter().copied().zip(0_i32..);
        let changed: Vec<_> = numbered.filter(|(id, number)| position(id) != Some(*number)).collect();
        for changed in changed.chunks(CHUNK) {
            let ids: Vec<CategoryId> = changed.iter().map(|(id, _)| *id).collect();
            let id = Column::Id.into_expr();
            let update = Query::update()
                .table(Entity)
                .value(Column::Position, by_id(&id, changed))
                .and_where(any_of(transaction, id, &ids))
                .take();
            transaction.execute(&update).await?;
        }
        Ok(())
    }
}
