//! The processes that are at work on the database: servers, imports, exports.

use sea_orm_migration::prelude::*;

use crate::portable::{choice, id, key, optional_name, table, text, time};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![
            id("id"),
            choice("activity"),
            optional_name("publication"),
            text("holder"),
            time("started_at"),
            time("seen_at"),
        ];
        let process = table("process", columns).primary_key(&mut key(&["id"])).take();
        manager.create_table(process).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("process").take()).await
    }
}
