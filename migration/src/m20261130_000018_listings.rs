//! Public lists in the order in which they are read, and their lengths.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::portable::{choice, id, index, key, number, reference, require, table, time};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// The step before this one.
const BEFORE: &str = "m20261129_000016_compatibility";

/// Puts every published, public post into the lists in which it stands, and counts them.
const FILL: &str = include_str!("m20261130_000018_listings.sql");

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ForeignKeyAction::Cascade;
        let mut listing = table(
            "listing",
            vec![
                id("post_id"),
                id("list_id"),
                id("publication_id"),
                choice("kind"),
                time("published_at"),
            ],
        );
        listing.primary_key(&mut key(&["post_id", "list_id"]));
        // PostgreSQL checks a reference much faster for all rows than for each; SQLite takes it only with the table.
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        if !is_postgres {
            listing.foreign_key(&mut reference("post_id", "post", Cascade));
        }
        let counts = table(
            "listing_count",
            vec![id("list_id"), id("publication_id"), choice("kind"), number("posts")],
        )
        .primary_key(&mut key(&["list_id", "publication_id", "kind"]))
        .foreign_key(&mut reference("publication_id", "publication", Cascade))
        .take();
        manager.create_table(listing).await?;
        manager.create_table(counts).await?;
        manager.get_connection().execute_unprepared(FILL).await?;
        if is_postgres {
            let mut posts = ForeignKey::create();
            posts.from("listing", "post_id").to("post", "id").on_delete(Cascade);
            manager.create_foreign_key(posts).await?;
        }
        let order = index("listing", &["list_id", "kind", "published_at", "post_id"]);
        manager.create_index(order).await?;
        manager
            .create_index(index("listing_count", &["publication_id"]))
            .await?;
        // Earlier programs would change posts without their lists.
        require(manager, self.name()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["listing_count", "listing"] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        require(manager, BEFORE).await
    }
}
