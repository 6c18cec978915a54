//! Which versions of Quoin can work on the database: see [`portable::require`](crate::portable::require).

use sea_orm_migration::prelude::*;

use crate::portable::{key, name, number, table};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![number("id"), name("required")];
        let compatibility = table("schema_compatibility", columns)
            .primary_key(&mut key(&["id"]))
            .take();
        manager.create_table(compatibility).await?;
        // Versions before this one do not read the table.
        let only = Query::insert()
            .into_table("schema_compatibility")
            .columns(["id", "required"])
            .values_panic([1.into(), self.name().into()])
            .take();
        manager.execute(only).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("schema_compatibility").take())
            .await
    }
}
