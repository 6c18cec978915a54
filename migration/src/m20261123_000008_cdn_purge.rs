//! How far a CDN was told what changed.

use sea_orm_migration::prelude::*;

use crate::portable::{key, long, number, table};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![number("id"), long("position")];
        let purge = table("cdn_purge", columns).primary_key(&mut key(&["id"])).take();
        manager.create_table(purge).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("cdn_purge").take()).await
    }
}
