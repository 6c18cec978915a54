//! Jobs: what is to be done later.

use sea_orm_migration::prelude::*;

use crate::portable::{
    choice, id, index, json, key, name, number, optional_id, optional_name, optional_text, optional_time, table, time,
    unique,
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(job()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("job").take()).await
    }
}

fn job() -> TableCreateStatement {
    let columns = vec![
        id("id"),
        name("kind"),
        json("payload"),
        choice("status"),
        time("run_at"),
        number("attempts"),
        number("most_attempts"),
        optional_text("last_error"),
        optional_id("claim"),
        optional_time("locked_until"),
        optional_name("unique_key"),
        time("created_at"),
        optional_time("finished_at"),
    ];
    table("job", columns).primary_key(&mut key(&["id"])).take()
}

/// What is due, what was lost, what may be only once, and the list that people read.
fn indexes() -> [IndexCreateStatement; 4] {
    [
        index("job", &["status", "run_at", "id"]),
        index("job", &["status", "locked_until"]),
        unique("job", &["unique_key"]),
        index("job", &["created_at", "id"]),
    ]
}
