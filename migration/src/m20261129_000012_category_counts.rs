//! Categories count the articles of the categories below them, too.

use sea_orm_migration::prelude::*;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Counts anew, with what stands in the categories that a query selects for each.
fn count(categories: &str) -> String {
    format!(
        "UPDATE category SET post_count = (SELECT count(*) FROM post \
         WHERE kind = 'ARTICLE' AND status = 'PUBLISHED' AND visibility = 'PUBLIC' \
         AND id IN (SELECT post_id FROM post_category WHERE category_id IN ({categories})))"
    )
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let below = "WITH RECURSIVE below (id) AS (SELECT category.id UNION SELECT child.id FROM category AS child \
                     JOIN below ON child.parent_id = below.id) SELECT id FROM below";
        manager
            .get_connection()
            .execute_unprepared(&count(below))
            .await
            .map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let own = "SELECT category.id";
        manager.get_connection().execute_unprepared(&count(own)).await.map(drop)
    }
}
