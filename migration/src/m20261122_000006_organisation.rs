//! Organisation: what a publication asks of custom fields, its menus, and old addresses of categories and series.

use sea_orm_migration::prelude::*;

use crate::portable::{
    id, index, key, linked_id, name, number, optional_id, optional_json, optional_text, reference, table, text, unique,
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = optional_json("custom_field_schema");
        manager
            .alter_table(Table::alter().table("publication").add_column(schema).take())
            .await?;
        for column in [
            linked_id("category_id", "category", "CASCADE"),
            linked_id("series_id", "series", "CASCADE"),
        ] {
            manager
                .alter_table(Table::alter().table("redirect").add_column(column).take())
                .await?;
        }
        manager.create_table(navigation_item()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("navigation_item").take())
            .await?;
        for (column, index) in [
            ("series_id", "redirect_series_id"),
            ("category_id", "redirect_category_id"),
        ] {
            manager
                .drop_index(Index::drop().name(index).table("redirect").to_owned())
                .await?;
            manager
                .alter_table(Table::alter().table("redirect").drop_column(column).take())
                .await?;
        }
        manager
            .alter_table(
                Table::alter()
                    .table("publication")
                    .drop_column("custom_field_schema")
                    .take(),
            )
            .await
    }
}

/// An item whose target goes keeps its label and what stands below it (Set Null), so that nobody's menu loses a branch.
fn navigation_item() -> TableCreateStatement {
    use ForeignKeyAction::{Cascade, SetNull};
    table(
        "navigation_item",
        vec![
            id("id"),
            id("publication_id"),
            name("menu"),
            number("position"),
            number("depth"),
            text("label"),
            optional_text("url"),
            optional_id("post_id"),
            optional_id("tag_id"),
            optional_id("category_id"),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .foreign_key(&mut reference("publication_id", "publication", Cascade))
    .foreign_key(&mut reference("post_id", "post", SetNull))
    .foreign_key(&mut reference("tag_id", "tag", SetNull))
    .foreign_key(&mut reference("category_id", "category", SetNull))
    .take()
}

/// The indexes: a menu in its order, and every foreign key.
fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("redirect", &["category_id"]),
        index("redirect", &["series_id"]),
        unique("navigation_item", &["publication_id", "menu", "position"]),
        index("navigation_item", &["post_id"]),
        index("navigation_item", &["tag_id"]),
        index("navigation_item", &["category_id"]),
    ]
}
