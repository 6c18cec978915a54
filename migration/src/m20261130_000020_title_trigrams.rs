//! Parts of titles are found by an index of trigrams. SQLite reads the titles.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Without the extension, or the right to add it, titles are read one by one.
const UP: &str = "\
    DO $$ BEGIN \
        CREATE EXTENSION IF NOT EXISTS pg_trgm; \
        CREATE INDEX post_title_trigrams ON post USING gin (lower(title) gin_trgm_ops); \
    EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN \
        RAISE WARNING 'no index for parts of titles: %', SQLERRM; \
    END $$";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The extension may serve others, too.
        execute(manager, "DROP INDEX IF EXISTS post_title_trigrams").await
    }
}

async fn execute(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    manager.get_connection().execute_unprepared(statement).await.map(drop)
}
