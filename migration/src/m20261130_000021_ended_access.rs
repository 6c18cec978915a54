//! When an account was disabled is remembered after it is enabled again: older tokens of trusted issuers stay refused.

use sea_orm_migration::prelude::*;

use crate::portable::optional_time;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = optional_time("access_ended_at");
        manager
            .alter_table(Table::alter().table("user").add_column(column).take())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table("user").drop_column("access_ended_at").take())
            .await
    }
}
