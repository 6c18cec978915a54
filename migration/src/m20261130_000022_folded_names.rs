//! Names of tags, categories and series in lower case, so that an index finds whether a name exists.

use entity::folded;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;

use crate::portable::{index, name, require};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// The newest step before this one that earlier programs must know.
const BEFORE: &str = "m20261130_000019_desk_lists";

/// The tables, and their columns of names.
const TABLES: [(&str, &str); 3] = [("category", "name"), ("series", "title"), ("tag", "name")];
const COLUMN: &str = "folded_name";
/// How many rows are read at a time.
const PAGE: u64 = 500;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, names) in TABLES {
            let column = name(COLUMN).default("").take();
            manager
                .alter_table(Table::alter().table(table).add_column(column).take())
                .await?;
            fill(manager, table, names).await?;
            manager.create_index(index(table, &["publication_id", COLUMN])).await?;
        }
        // Earlier programs would add names without it.
        require(manager, self.name()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, _) in TABLES {
            let name = format!("{table}_publication_id_{COLUMN}");
            manager
                .drop_index(Index::drop().name(name).table(table).to_owned())
                .await?;
            manager
                .alter_table(Table::alter().table(table).drop_column(COLUMN).take())
                .await?;
        }
        require(manager, BEFORE).await
    }
}

/// Stores the form of every name that is compared.
async fn fill(manager: &SchemaManager<'_>, table: &'static str, names: &'static str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let mut last = Uuid::nil();
    loop {
        let page = Query::select()
            .columns(["id", names])
            .from(table)
            .and_where(Expr::col("id").gt(last))
            .order_by("id", Order::Asc)
            .limit(PAGE)
            .take();
        let rows = connection.query_all(&page).await?;
        for row in &rows {
            let name: String = row.try_get_by_index(1)?;
            last = row.try_get_by_index(0)?;
            let update = Query::update()
                .table(table)
                .value(COLUMN, folded(&name))
                .and_where(Expr::col("id").eq(last))
                .take();
            connection.execute(&update).await?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}
