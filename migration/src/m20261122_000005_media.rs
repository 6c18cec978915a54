//! Media: uploads under way, where files are shown, and pictures in other sizes.

use sea_orm_migration::prelude::*;

use crate::portable::{id, index, key, name, optional_name, reference, size, table, text, time};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [optional_name("placeholder"), optional_name("digest")] {
            manager
                .alter_table(Table::alter().table("media").add_column(column).take())
                .await?;
        }
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in [
            index("media_upload", &["publication_id"]),
            index("media_upload", &["uploader_id"]),
            index("media_upload", &["expires_at"]),
            index("media_use", &["post_id"]),
            index("media_variant", &["media_id"]),
            index("media_variant", &["made_at"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["media_variant", "media_use", "media_upload"] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        for name in ["digest", "placeholder"] {
            manager
                .alter_table(Table::alter().table("media").drop_column(name).take())
                .await?;
        }
        Ok(())
    }
}

fn tables() -> [TableCreateStatement; 3] {
    use ForeignKeyAction::Cascade;
    [
        table(
            "media_upload",
            vec![
                id("id"),
                id("publication_id"),
                id("uploader_id"),
                name("file_name"),
                size("byte_size"),
                text("alt_text"),
                text("caption"),
                text("digest"),
                time("created_at"),
                time("expires_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .foreign_key(&mut reference("uploader_id", "user", Cascade))
        .take(),
        table("media_use", vec![id("media_id"), id("post_id")])
            .primary_key(&mut key(&["media_id", "post_id"]))
            .foreign_key(&mut reference("media_id", "media", Cascade))
            .foreign_key(&mut reference("post_id", "post", Cascade))
            .take(),
        table(
            "media_variant",
            vec![name("storage_key"), id("media_id"), size("byte_size"), time("made_at")],
        )
        .primary_key(&mut key(&["storage_key"]))
        .foreign_key(&mut reference("media_id", "media", Cascade))
        .take(),
    ]
}
