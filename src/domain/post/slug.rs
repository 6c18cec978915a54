//! The addresses of posts.

use std::collections::{HashMap, HashSet};

use entity::post::{Column, Entity, PostKind};
use entity::{PostId, PublicationId};
use sea_orm::sea_query::{Condition, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::domain::own_slug::Place;
use crate::store::dialect::any_of;
use crate::store::sql::constant;

/// What stands in for a title that cannot be written in an address.
pub(super) const NAMELESS: &str = "post";

/// Where a post's slug is the only one: an article and a page may have the same.
pub(super) fn place(publication: PublicationId, kind: PostKind) -> Place<Entity> {
    let same_kind = Column::Kind.into_expr().eq(constant(kind));
    Place {
        table: Entity,
        slug: Column::Slug,
        publication: Some(publication),
        among: Condition::all()
            .add(Column::PublicationId.eq(publication))
            .add(same_kind),
    }
}

/// The slugs that a publication's posts of one kind have.
pub async fn slugs(
    database: &impl ConnectionTrait,
    publication: PublicationId,
    kind: PostKind,
) -> Result<HashSet<String>, DbErr> {
    let slugs: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Slug)
        .filter(Column::PublicationId.eq(publication))
        .filter(Column::Kind.eq(kind))
        .into_tuple()
        .all(database)
        .await?;
    Ok(slugs.into_iter().collect())
}

/// The posts of a publication that have one of these slugs, with their kinds.
pub async fn holders(
    database: &impl ConnectionTrait,
    publication: PublicationId,
    slugs: &[String],
) -> Result<HashMap<(PostKind, String), PostId>, DbErr> {
    let rows: Vec<(PostKind, String, PostId)> = Entity::find()
        .select_only()
        .columns([Column::Kind, Column::Slug, Column::Id])
        .filter(Column::PublicationId.eq(publication))
        .filter(Column::Slug.is_in(slugs))
        .into_tuple()
        .all(database)
        .await?;
    Ok(rows.into_iter().map(|(kind, slug, id)| ((kind, slug), id)).collect())
}

/// The kinds and slugs of those of these posts that there are.
pub async fn slugs_of(
    database: &impl ConnectionTrait,
    ids: &[PostId],
) -> Result<HashMap<PostId, (PostKind, String)>, DbErr> {
    let rows: Vec<(PostId, PostKind, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Kind, Column::Slug])
        .filter(any_of(database, Column::Id.into_expr(), ids))
        .into_tuple()
        .all(database)
        .await?;
    Ok(rows.into_iter().map(|(id, kind, slug)| (id, (kind, slug))).collect())
}
