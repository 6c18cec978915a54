//! How many posts stand in each public list: the rows of `listing`, counted.

use sea_orm::entity::prelude::*;

use crate::PublicationId;
use crate::post::PostKind;

/// A row of `listing_count`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "listing_count")]
pub struct Model {
    /// Id of the publication, series, tag, author or category whose list this is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub list_id: Uuid,
    /// The publication of the posts: authors have posts in several.
    #[sea_orm(primary_key, auto_increment = false)]
    pub publication_id: PublicationId,
    /// The kind of the posts.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: PostKind,
    /// How many there are.
    pub posts: i32,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
