//! A category: one node of a publication's tree of subjects.

use sea_orm::entity::prelude::*;

use crate::term_name::folded_value;
use crate::{CategoryId, PublicationId, Timestamp};

/// A row of `category`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CategoryId,
    /// Whose it is.
    pub publication_id: PublicationId,
    /// The category above; none at the top.
    pub parent_id: Option<CategoryId>,
    /// Its name in addresses; unique in the publication.
    pub slug: String,
    /// Its name as readers see it.
    pub name: String,
    /// The name as it is compared, in lower case; follows from the name when a row is saved.
    pub folded_name: String,
    /// What it is about; may be empty.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// Its place among its siblings.
    pub position: i32,
    /// Listed articles directly in it, kept exact by the transactions that change them.
    pub post_count: i32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

#[async_trait::async_trait]
impl ActiveModelBehavior for ActiveModel {
    async fn before_save<C: ConnectionTrait>(mut self, _: &C, _: bool) -> Result<Self, DbErr> {
        self.folded_name = folded_value(&self.name);
        Ok(self)
    }
}
