//! GraphQL documents that clients may name, registered while Quoin runs.

use sea_orm_migration::prelude::*;

use crate::portable::{id, index, key, name, number, optional_id, optional_text, reference, table, time, unique};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(trusted_document()).await?;
        manager.create_index(unique("trusted_document", &["name"])).await?;
        manager
            .create_index(index("trusted_document", &["created_by_id"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("trusted_document").take()).await
    }
}

fn trusted_document() -> TableCreateStatement {
    let columns = vec![
        id("id"),
        name("name"),
        name("digest"),
        optional_text("text"),
        number("byte_size"),
        optional_id("created_by_id"),
        time("created_at"),
    ];
    table("trusted_document", columns)
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("created_by_id", "user", ForeignKeyAction::SetNull))
        .take()
}
