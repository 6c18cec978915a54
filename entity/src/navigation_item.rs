//! An item of a menu of a publication.

use sea_orm::entity::prelude::*;

use crate::{CategoryId, NavigationItemId, PostId, PublicationId, TagId};

/// A row of `navigation_item`. It leads to one place at the most; without one it is a heading.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "navigation_item")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NavigationItemId,
    /// Whose it is.
    pub publication_id: PublicationId,
    /// The name of the menu.
    pub menu: String,
    /// Its place in the menu read from top to bottom, from 0.
    pub position: i32,
    /// Its level, from 1; what is deeper and follows stands below it.
    pub depth: i32,
    /// What readers see.
    #[sea_orm(column_type = "Text")]
    pub label: String,
    /// A web address, or a path of the front end.
    #[sea_orm(column_type = "Text", nullable)]
    pub url: Option<String>,
    /// The post or page that it leads to.
    pub post_id: Option<PostId>,
    /// The tag that it leads to.
    pub tag_id: Option<TagId>,
    /// The category that it leads to.
    pub category_id: Option<CategoryId>,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
