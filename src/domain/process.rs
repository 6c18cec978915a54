//! Processes at work on the database. Each one that serves it, imports into it or exports it has a row that it renews while
//! it lives: so only one import runs per publication, and tables are dropped only when nothing uses them.

use std::time::Duration;

use chrono::TimeDelta;
use entity::process::{ActiveModel, Activity, Column, Entity, Model};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Select};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::store::dialect::{ago, skip_locked, take_turns_to_import};
use crate::store::{Store, driver_text};

/// How often a process renews its row.
const RENEWED_EVERY: Duration = Duration::from_secs(10);
/// After how long without being renewed a row expires: its process counts as dead.
pub const EXPIRES_AFTER: TimeDelta = TimeDelta::minutes(2);

/// What a process is about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Serve requests.
    Serve,
    /// Import into the publication with this slug.
    Import(String),
    /// Import a whole instance.
    ImportInstance,
    /// Export the instance.
    Export,
}

impl Work {
    fn activity(&self) -> Activity {
        match self {
            Self::Serve => Activity::Serve,
            Self::Import(_) | Self::ImportInstance => Activity::Import,
            Self::Export => Activity::Export,
        }
    }

    fn publication(&self) -> Option<&str> {
        match self {
            Self::Import(slug) => Some(slug),
            _ => None,
        }
    }

    /// The processes beside which this cannot be done, if there are any such.
    fn conflicts(&self) -> Option<Condition> {
        let imports = Condition::all().add(Column::Activity.eq(Activity::Import));
        match self {
            Self::Serve | Self::Export => None,
            Self::ImportInstance => Some(imports),
            Self::Import(slug) => {
                let same = Condition::any().add(Column::Publication.is_null());
                Some(imports.add(same.add(Column::Publication.eq(slug))))
            }
        }
    }
}

/// Why work cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process does what cannot be done twice at a time.
    #[error(
        "{}; wait until it has ended, or stop it (one that died counts as running until {} minutes after it was last seen)",
        describe(.0), EXPIRES_AFTER.num_minutes()
    )]
    Running(Box<Model>),
    /// The database failed.
    #[error("the database failed: {}", driver_text(.0))]
    Database(#[from] DbErr),
}

/// A process and since when it has been running, on one line for people.
pub fn describe(process: &Model) -> String {
    let what = match (process.activity, &process.publication) {
        (Activity::Serve, _) => "a server".to_owned(),
        (Activity::Import, Some(slug)) => format!("an import into the publication `{slug}`"),
        (Activity::Import, None) => "an import of a whole instance".to_owned(),
        (Activity::Export, _) => "an export".to_owned(),
    };
    let since = process.started_at.format("%Y-%m-%d %H:%M:%S");
    format!("{what} has been running since {since} UTC ({})", process.holder)
}

/// The row of one process, by its id.
#[derive(Clone, Copy, Debug)]
pub struct Lease(Uuid);

impl Lease {
    /// Renews the row; false if it had expired, so that another process may have started the same work. Within a
    /// transaction, no other process can start before it has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew(self, database: &impl ConnectionTrait) -> Result<bool, DbErr> {
        let now = ago(database.get_database_backend(), TimeDelta::zero());
        let update = Query::update()
            .table(Entity)
            .value(Column::SeenAt, now)
            .and_where(Column::Id.eq(self.0))
            .take();
        Ok(database.execute(&update).await?.rows_affected() == 1)
    }
}

/// Work that is registered, and renewed until this is dropped.
#[derive(Debug)]
pub struct Registration {
    store: Store,
    lease: Lease,
    renewal: JoinHandle<()>,
}

impl Registration {
    /// What transactions renew that must not be committed after the work was taken over.
    pub fn lease(&self) -> Lease {
        self.lease
    }

    /// Removes the row, so that the next process can start at once.
    pub async fn end(self) {
        self.renewal.abort();
        let own = Entity::delete_by_id(self.lease.0);
        if let Err(error) = own.exec(self.store.read()).await {
            tracing::warn!(%error, "this process counts as running until its row in the table process expires");
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

/// Registers work that this process starts. Requires a Tokio runtime.
///
/// # Errors
/// When another process does what cannot be done twice at a time; when the database fails.
pub async fn start(store: &Store, work: Work) -> Result<Registration, StartError> {
    // Reading first refuses at once even while the other import holds the write lock, as on SQLite.
    refuse(Entity::find().filter(is_live(store.read())), store.read(), &work).await?;
    let lease = Lease(Uuid::now_v7());
    let transaction = store.write().await?;
    take_turns_to_import(&transaction).await?;
    // One that renews its row right now is not dead, whatever is committed.
    let mut expired = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(is_live(&transaction).not())
        .take();
    skip_locked(&transaction, &mut expired);
    let delete = Entity::delete_many().filter(Column::Id.in_subquery(expired));
    delete.exec(&transaction).await?;
    refuse(Entity::find(), &transaction, &work).await?;
    insert(&transaction, lease, &work).await?;
    transaction.commit().await?;
    Ok(Registration {
        store: store.clone(),
        lease,
        renewal: tokio::spawn(renew_always(store.clone(), lease, work)),
    })
}

async fn refuse(candidates: Select<Entity>, database: &impl ConnectionTrait, work: &Work) -> Result<(), StartError> {
    let Some(conflicts) = work.conflicts() else {
        return Ok(());
    };
    match candidates.filter(conflicts).one(database).await? {
        Some(running) => Err(StartError::Running(Box::new(running))),
        None => Ok(()),
    }
}

fn is_live(database: &impl ConnectionTrait) -> Expr {
    let expired = ago(database.get_database_backend(), EXPIRES_AFTER);
    Column::SeenAt.into_expr().gt(expired)
}

async fn insert(database: &impl ConnectionTrait, lease: Lease, work: &Work) -> Result<(), DbErr> {
    let now = entity::now();
    let row = ActiveModel {
        id: ActiveValue::Set(lease.0),
        activity: ActiveValue::Set(work.activity()),
        publication: ActiveValue::Set(work.publication().map(str::to_owned)),
        holder: ActiveValue::Set(holder()),
        started_at: ActiveValue::Set(now),
        seen_at: ActiveValue::Set(now),
    };
    Entity::insert(row).exec_without_returning(database).await?;
    lease.renew(database).await.map(drop)
}

/// User, host and process id.
fn holder() -> String {
    let user = std::env::var("USER").unwrap_or_else(|_| format!("user {}", rustix::process::getuid().as_raw()));
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "an unknown host",
        host => host,
    };
    format!("{user} on {host}, process {}", std::process::id())
}

async fn renew_always(store: Store, lease: Lease, work: Work) {
    loop {
        tokio::time::sleep(RENEWED_EVERY).await;
        if let Err(error) = renew(&store, lease, &work).await {
            tracing::debug!(%error, "this process cannot renew its row");
        }
    }
}

async fn renew(store: &Store, lease: Lease, work: &Work) -> Result<(), DbErr> {
    match lease.renew(store.read()).await {
        // A server that was away for long is back; an import stops at its next write.
        Ok(false) if *work == Work::Serve => insert(store.read(), lease, work).await,
        other => other.map(drop),
    }
}

/// The processes that are at work, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn running(database: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    let live = Entity::find().filter(is_live(database));
    live.order_by_asc(Column::StartedAt).all(database).await
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, Schema};

    use super::*;

    #[tokio::test]
    async fn of_processes_that_were_taken_for_dead_a_server_registers_again_and_an_import_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("process.db").display());
        let store = Store::open(&url, 1).await.expect("a database");
        let table = Schema::new(DbBackend::Sqlite).create_table_from_entity(Entity);
        store.read().execute(&table).await.expect("the table");
        for (work, running_again) in [(Work::Serve, 1), (Work::Import("gulls".to_owned()), 0)] {
            let registration = start(&store, work.clone()).await.expect("registered");
            Entity::delete_many().exec(store.read()).await.expect("deleted");
            renew(&store, registration.lease(), &work).await.expect("renewed");
            assert_eq!(
                running(store.read()).await.expect("read").len(),
                running_again,
                "{work:?}"
            );
            registration.end().await;
        }
    }
}
