//! The desk: working copies of published posts, whole revisions, and who may look at a draft without an account.

use sea_orm_migration::prelude::*;

use crate::portable::{id, index, json, key, optional_text, own_reference, reference, table, time, unique};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, column) in columns() {
            manager
                .alter_table(Table::alter().table(name).add_column(column).take())
                .await?;
        }
        manager.create_index(unique("post", &["draft_of"])).await?;
        manager.create_table(preview_token()).await?;
        for columns in [["post_id"], ["creator_id"]] {
            manager.create_index(index("preview_token", &columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("preview_token").take()).await?;
        // Working copies are no posts to those who do not know of them.
        let copies = Query::delete()
            .from_table("post")
            .and_where(Expr::col("draft_of").is_not_null())
            .take();
        manager.execute(copies).await?;
        manager
            .drop_index(Index::drop().table("post").name("post_draft_of").to_owned())
            .await?;
        for (name, column) in columns().into_iter().rev() {
            manager
                .alter_table(Table::alter().table(name).drop_column(column.get_column_name()).take())
                .await?;
        }
        Ok(())
    }
}

fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("post", own_reference("draft_of", "post")),
        ("post", optional_text("review_note")),
        ("post", json("outbound_links").default("[]").take()),
        ("revision", optional_text("excerpt")),
        ("revision", json("custom_fields").default("{}").take()),
    ]
}

fn preview_token() -> TableCreateStatement {
    table(
        "preview_token",
        vec![
            id("id"),
            id("post_id"),
            id("creator_id"),
            time("expires_at"),
            time("created_at"),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .foreign_key(&mut reference("post_id", "post", ForeignKeyAction::Cascade))
    .foreign_key(&mut reference("creator_id", "user", ForeignKeyAction::Cascade))
    .take()
}
