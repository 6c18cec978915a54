//! The addresses of posts.

use entity::PublicationId;
use entity::post::{Column, Entity, PostKind};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, ExprTrait};

use crate::domain::own_slug::Place;
use crate::store::sql::constant;

/// What stands in for a title that cannot be written in an address.
pub(super) const NAMELESS: &str = "post";

/// Where a post's slug is the only one: an article and a page may have the same.
pub(super) fn place(publication: PublicationId, kind: PostKind) -> Place<Entity> {
    let same_kind = Column::Kind.into_expr().eq(constant(kind));
    Place {
        table: Entity,
        slug: Column::Slug,
        among: Condition::all()
            .add(Column::PublicationId.eq(publication))
            .add(same_kind),
    }
}
