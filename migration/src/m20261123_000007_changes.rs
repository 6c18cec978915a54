//! What readers are shown has changed: the log that kept answers are checked against.

use sea_orm_migration::prelude::*;

use crate::portable::{id, key, long, number, table, text, time};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(change_clock()).await?;
        manager.create_table(change()).await?;
        manager.create_table(replica()).await?;
        let only = Query::insert()
            .into_table("change_clock")
            .columns(["id", "position"])
            .values_panic([1.into(), 0_i64.into()])
            .take();
        manager.execute(only).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["replica", "change", "change_clock"] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        Ok(())
    }
}

/// One row, which every writer locks last and until it commits: so positions have the order of commits, without gaps.
fn change_clock() -> TableCreateStatement {
    let columns = vec![number("id"), long("position")];
    table("change_clock", columns).primary_key(&mut key(&["id"])).take()
}

fn change() -> TableCreateStatement {
    let columns = vec![long("position"), text("topics")];
    table("change", columns).primary_key(&mut key(&["position"])).take()
}

fn replica() -> TableCreateStatement {
    let columns = vec![id("id"), time("seen_at")];
    table("replica", columns).primary_key(&mut key(&["id"])).take()
}
