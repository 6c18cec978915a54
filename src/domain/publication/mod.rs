//! Publications: whose posts these are.

mod change;
mod default_slug;
pub mod policy;

pub(in crate::domain) use change::place;
pub use change::{Kept, MOST_OWNED, PublicationChange, PublicationInput, add, change};
pub use default_slug::default_is_missing;

use std::collections::HashMap;

use entity::membership::{self, Role};
use entity::publication::{ActiveModel, Column, Entity};
use entity::{PublicationId, Timestamp, UserId};
use sea_orm::sea_query::{Expr, Order, Query, SelectStatement};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr};
use serde_json::Value;

use crate::domain::page::{Page, PageRequest, Position, SortValue};
use crate::domain::text::of_the_web;
use crate::store::changes::Topic;
use crate::store::dialect::any_of;
use crate::store::read::Reads;
use crate::store::row::{Row, fetch, fetch_cell, fetch_count, fetch_named, row};
use crate::store::sql::{count_all, scalar};

/// Settings of publications.
#[derive(Clone, Debug, Default)]
pub struct PublicationSettings {
    /// Who may create publications.
    pub create: Creators,
    /// Slug of the default publication; the oldest publication when none is set.
    pub default: Option<String>,
}

/// Who may create publications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Creators {
    /// Administrators.
    #[default]
    Administrators,
    /// Every account.
    Anyone,
}

row! {
    /// A publication.
    pub struct PublicationRow of publication {
        /// The id.
        pub id: PublicationId = Id,
        /// Its name in addresses.
        pub slug: String = Slug,
        /// Its name as readers see it.
        pub title: String = Title,
        /// One line about it; may be empty.
        pub tagline: String = Tagline,
        /// BCP 47 language tag of its texts.
        pub language: String = Language,
        /// Where its front end lives.
        pub site_url: Option<String> = SiteUrl,
        /// When it was made.
        pub created_at: Timestamp = CreatedAt,
        /// When it last changed.
        pub updated_at: Timestamp = UpdatedAt,
    }
}

impl PublicationRow {
    /// Its place in the list of publications, which is ordered by slug.
    pub fn position(&self) -> Position {
        Position {
            value: SortValue::Text(self.slug.clone()),
            id: self.id.0,
        }
    }
}

fn publications() -> SelectStatement {
    let mut statement = Query::select();
    PublicationRow::select(&mut statement);
    statement.from(Entity);
    statement
}

/// The publications with these ids.
pub async fn by_ids(
    database: &impl Reads,
    ids: &[PublicationId],
) -> Result<HashMap<PublicationId, PublicationRow>, DbErr> {
    let statement = publications()
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .take();
    Ok(
        fetch::<PublicationRow>(&database.showing(Topic::things(ids)), &statement)
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect(),
    )
}

/// Narrows a statement to the publication with this slug; without one to the oldest, which is the only one on most
/// installations.
fn choose(statement: &mut SelectStatement, slug: Option<&str>) {
    match slug {
        Some(slug) => statement.and_where(Column::Slug.eq(slug)),
        None => statement.order_by_expr(Column::Id.into_expr(), Order::Asc),
    };
    statement.limit(1);
}

/// The publication with this slug; without one the oldest.
pub async fn by_slug(database: &impl Reads, slug: Option<&str>) -> Result<Option<PublicationRow>, DbErr> {
    let mut statement = publications();
    choose(&mut statement, slug);
    fetch_named(database, &statement, Topic::any(Entity)).await
}

/// The id of the publication with this slug, or of the oldest, as a value inside other statements.
pub(in crate::domain) fn id_by_slug(slug: Option<&str>) -> Expr {
    let mut statement = Query::select().column(Column::Id).from(Entity).take();
    choose(&mut statement, slug);
    scalar(statement)
}

/// A page of all publications, by slug.
pub async fn list(database: &impl Reads, request: &PageRequest) -> Result<Page<PublicationRow>, DbErr> {
    let mut statement = publications();
    request.apply(
        &mut statement,
        &Column::Slug.into_expr(),
        &Column::Id.into_expr(),
        false,
    );
    let database = database.showing([Topic::any(Entity)]);
    Ok(Page::new(fetch(&database, &statement).await?, request))
}

/// How many publications there are.
pub async fn count(database: &impl Reads) -> Result<i64, DbErr> {
    let database = database.showing([Topic::any(Entity)]);
    fetch_count(&database, &Query::select().expr(count_all()).from(Entity).take()).await
}

/// What publications ask of their posts' custom fields; those that ask nothing are missing.
pub async fn custom_field_schemas(
    database: &impl Reads,
    ids: &[PublicationId],
) -> Result<HashMap<PublicationId, Value>, DbErr> {
    let statement = Query::select()
        .columns([Column::Id, Column::CustomFieldSchema])
        .from(Entity)
        .and_where(any_of(database, Column::Id.into_expr(), ids))
        .and_where(Column::CustomFieldSchema.is_not_null())
        .take();
    let rows = database.showing(Topic::things(ids)).rows(&statement).await?;
    rows.each().map(|cells| Ok((cells.get(0)?, cells.get(1)?))).collect()
}

/// A publication to be made.
#[derive(Clone, Debug)]
pub struct NewPublication {
    /// Its name in addresses, free.
    pub slug: String,
    /// Its name as readers see it.
    pub title: String,
    /// One line about it.
    pub tagline: String,
    /// BCP 47 language tag.
    pub language: String,
    /// Where its front end lives.
    pub site_url: Option<String>,
    /// Who owns it.
    pub owner: UserId,
}

/// Makes a publication and its first member.
pub async fn create(transaction: &impl ConnectionTrait, new: NewPublication) -> Result<PublicationId, DbErr> {
    let (id, now) = (PublicationId::new(), entity::now());
    let row = ActiveModel {
        id: ActiveValue::Set(id),
        slug: ActiveValue::Set(new.slug),
        title: ActiveValue::Set(new.title),
        tagline: ActiveValue::Set(new.tagline),
        language: ActiveValue::Set(new.language),
        site_url: ActiveValue::Set(of_the_web(new.site_url)),
        custom_field_schema: ActiveValue::Set(None),
        created_at: ActiveValue::Set(now),
        updated_at: ActiveValue::Set(now),
    };
    row.insert(transaction).await?;
    let owner = membership::ActiveModel {
        publication_id: ActiveValue::Set(id),
        user_id: ActiveValue::Set(new.owner),
        role: ActiveValue::Set(Role::Owner),
        created_at: ActiveValue::Set(now),
    };
    owner.insert(transaction).await?;
    Ok(id)
}

/// Who owns a publication; the first of them.
pub async fn owner(database: &impl Reads, publication: PublicationId) -> Result<Option<UserId>, DbErr> {
    let statement = Query::select()
        .column(membership::Column::UserId)
        .from(membership::Entity)
        .and_where(membership::Column::PublicationId.eq(publication))
        .and_where(membership::Column::Role.eq(Role::Owner))
        .order_by(membership::Column::CreatedAt, Order::Asc)
        .limit(1)
        .take();
    fetch_cell(database, &statement).await
}
