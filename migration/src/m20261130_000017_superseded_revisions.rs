//! Texts of the saves that a revision collapsed, for conflicts: each is a revision that another superseded.

use sea_orm_migration::prelude::*;

use crate::portable::{index, optional_time};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "revision";
const COLUMN: &str = "superseded_at";
const INDEX: &str = "revision_superseded_at";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = optional_time(COLUMN);
        manager
            .alter_table(Table::alter().table(TABLE).add_column(column).take())
            .await?;
        // For the sweep, which looks for these few alone.
        let superseded = index(TABLE, &[COLUMN])
            .and_where(Expr::col(COLUMN).is_not_null())
            .take();
        manager.create_index(superseded).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let superseded = Query::delete()
            .from_table(TABLE)
            .and_where(Expr::col(COLUMN).is_not_null())
            .take();
        manager.execute(superseded).await?;
        manager
            .drop_index(Index::drop().name(INDEX).table(TABLE).to_owned())
            .await?;
        manager
            .alter_table(Table::alter().table(TABLE).drop_column(COLUMN).take())
            .await
    }
}
