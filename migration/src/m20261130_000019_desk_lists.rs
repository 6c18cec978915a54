//! Lists of what is worked on, in the order in which they are read.

use sea_orm_migration::prelude::*;

use crate::portable::{index, optional_text, require};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// The step before this one.
const BEFORE: &str = "m20261130_000018_listings";

/// The name of an index: of all its columns it would be too long.
const BY_CHANGE: &str = "post_draft_status";

/// Where the working copies of posts stand.
const FILL: &str = "\
    UPDATE post SET draft_status = (SELECT copy.status FROM post AS copy WHERE copy.draft_of = post.id) \
    WHERE id IN (SELECT copy.draft_of FROM post AS copy WHERE copy.draft_of IS NOT NULL)";

/// Posts that are not published, and posts with working copies: few of all.
fn indexes() -> [IndexCreateStatement; 3] {
    let has_draft = || Expr::col("draft_status").is_not_null();
    let at_work = index("post", &["publication_id", "kind", "status", "updated_at", "id"])
        .and_where(Expr::col("draft_of").is_not_null().not())
        .and_where(Expr::col("status").ne(Expr::cust("'PUBLISHED'")))
        .take();
    // Lists leave out posts that they have by their own status: the index alone tells which.
    let change = [
        "publication_id",
        "kind",
        "draft_status",
        "updated_at",
        "id",
        "status",
        "visibility",
    ];
    let by_change = index("post", &change).name(BY_CHANGE).and_where(has_draft()).take();
    let by_date = index("post", &["publication_id", "kind", "published_at", "id"])
        .and_where(has_draft())
        .take();
    [at_work, by_change, by_date]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = optional_text("draft_status");
        manager
            .alter_table(Table::alter().table("post").add_column(column).take())
            .await?;
        manager.get_connection().execute_unprepared(FILL).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        // Earlier programs would change working copies alone.
        require(manager, self.name()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let [at_work, by_date] =
            ["status_updated_at", "published_at"].map(|columns| format!("post_publication_id_kind_{columns}_id"));
        for name in [at_work, by_date, BY_CHANGE.to_owned()] {
            manager
                .drop_index(Index::drop().table("post").name(name).to_owned())
                .await?;
        }
        manager
            .alter_table(Table::alter().table("post").drop_column("draft_status").take())
            .await?;
        require(manager, BEFORE).await
    }
}
