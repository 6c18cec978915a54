//! Indexes from which the bytes that accounts and publications hold are summed, without reading the rows.

use sea_orm_migration::prelude::*;

use crate::portable::index;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [[&str; 2]; 2] = [["uploader_id", "byte_size"], ["publication_id", "byte_size"]];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for columns in INDEXES {
            manager.create_index(index("media", &columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for columns in INDEXES {
            let name = format!("media_{}", columns.join("_"));
            manager
                .drop_index(Index::drop().table("media").name(name).to_owned())
                .await?;
        }
        Ok(())
    }
}
