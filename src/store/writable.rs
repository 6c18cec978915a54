//! The readiness check of writes: a small commit, at most every few seconds.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::sea_query::{Expr, Query};
use sea_orm::sqlx::{self, ConnectOptions, Connection, Executor};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr};
use tokio::sync::Mutex;

use super::error::is_locked;
use super::pool::Pool;
use super::row::fetch_cell;

/// How long a successful check counts, so that probes cost at most one commit every few seconds.
const FRESH: Duration = Duration::from_secs(2);
/// Bytes that must be free on the disk of a SQLite database. A post of the maximum length needs about as much, while the
/// commit of a check may fit into space that the write-ahead log has already.
const MIN_FREE_BYTES: u64 = 1 << 20;
/// Writes the header of the file again with this application id, the letters "Quoi": a commit that changes no row.
const COMMIT: &str = "PRAGMA application_id = 1366650729";

/// Checks whether writes can be committed. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct WriteCheck(Arc<Mutex<Option<Instant>>>);

impl WriteCheck {
    /// Commits a write, unless that was done a moment ago; concurrent checks share one.
    ///
    /// # Errors
    /// When it cannot be committed: the disk is full or read-only, or fails; PostgreSQL is a standby. A lock that another
    /// writer holds is no error.
    pub async fn run(&self, pool: &Pool) -> Result<(), DbErr> {
        let mut succeeded_at = self.0.lock().await;
        if succeeded_at.is_some_and(|time| time.elapsed() < FRESH) {
            return Ok(());
        }
        match pool.get_database_backend() {
            DbBackend::Sqlite => commit_in_sqlite(pool).await.map_err(failed)?,
            _ => require_read_write(pool).await?,
        }
        *succeeded_at = Some(Instant::now());
        Ok(())
    }
}

/// On a connection of its own, which does not wait for locks.
async fn commit_in_sqlite(pool: &Pool) -> Result<(), sqlx::Error> {
    let options = pool.connections().get_sqlite_connection_pool().connect_options();
    require_room(options.get_filename())?;
    let committing = async {
        let mut connection = options.as_ref().clone().busy_timeout(Duration::ZERO).connect().await?;
        connection.execute(COMMIT).await?;
        connection.close().await
    };
    match committing.await {
        Err(error) if is_locked(&error) => Ok(()),
        done => done,
    }
}

fn require_room(file: &Path) -> io::Result<()> {
    let disk = rustix::fs::statvfs(file)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < MIN_FREE_BYTES {
        let problem = format!("free bytes beside {}: {free}", file.display());
        return Err(io::Error::new(io::ErrorKind::StorageFull, problem));
    }
    Ok(())
}

/// Fails on a standby, and where writing was switched off, as hosts do when the disk is nearly full.
async fn require_read_write(pool: &Pool) -> Result<(), DbErr> {
    let setting = Expr::cust("current_setting('transaction_read_only')");
    let setting = fetch_cell::<String>(pool, &Query::select().expr(setting).take()).await?;
    if setting.as_deref() == Some("on") {
        return Err(DbErr::Custom("the database is read-only".to_owned()));
    }
    Ok(())
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_free_bytes_has_no_room() {
        let here = tempfile::NamedTempFile::new().unwrap();
        require_room(here.path()).unwrap();
        let full = require_room(Path::new("/proc/self/status")).unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    }
}
