//! A publication: a magazine, a blog, a newsletter; everything else belongs to one.

use sea_orm::entity::prelude::*;

use crate::{PublicationId, Timestamp};

/// A row of `publication`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "publication")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PublicationId,
    /// Its name in addresses; unique.
    pub slug: String,
    /// Its name as readers see it.
    pub title: String,
    /// One line about it; may be empty.
    #[sea_orm(column_type = "Text")]
    pub tagline: String,
    /// BCP 47 language tag of its texts, such as `en`.
    pub language: String,
    /// Where its front end lives.
    pub site_url: Option<String>,
    /// The JSON Schema that its posts' custom fields keep to; none when anything goes.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub custom_field_schema: Option<Json>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a join may follow; foreign keys are in the migrations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
