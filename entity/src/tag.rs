//! A keyword of a publication.

use sea_orm::entity::prelude::*;

use crate::term_name::folded_value;
use crate::{PublicationId, TagId, Timestamp};

/// A row of `tag`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tag")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TagId,
    /// Whose it is.
    pub publication_id: PublicationId,
    /// Its name in addresses; unique in the publication.
    pub slug: String,
    /// Its name as readers see it.
    pub name: String,
    /// The name as it is compared, in lower case; follows from the name when a row is saved.
    pub folded_name: String,
    /// What it is about; may be empty.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// Listed articles that carry it, kept exact by the transactions that change them.
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
