//! Kinds of database errors: which pass by themselves, and what the operator reads.

use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::sqlx::{self, sqlite::SqliteError};
use sea_orm::{DbErr, RuntimeErr};

/// Primary result codes of SQLite: <https://www.sqlite.org/rescode.html>.
mod sqlite {
    pub const BUSY: i32 = 5;
    pub const LOCKED: i32 = 6;
    pub const NOMEM: i32 = 7;
    pub const READONLY: i32 = 8;
    pub const INTERRUPT: i32 = 9;
    pub const IOERR: i32 = 10;
    pub const FULL: i32 = 13;
    pub const CANTOPEN: i32 = 14;
    pub const PROTOCOL: i32 = 15;
    pub const TRANSIENT: [i32; 9] = [
        BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL,
    ];
}

/// Whether the same request may succeed later, unchanged: the database is unreachable, shutting down, locked, read-only,
/// out of disk space or memory, or chose the transaction as the victim of a deadlock or of a serialization failure.
pub fn is_transient(error: &DbErr) -> bool {
    use sqlx::Error::{BeginFailed, Database, Io, PoolClosed, PoolTimedOut, Tls, WorkerCrashed};
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        return true;
    }
    driver_error(error).is_some_and(|cause| match (sqlite_code(cause), cause) {
        (Some(code), _) => sqlite::TRANSIENT.contains(&code),
        (None, Database(cause)) => cause.code().is_some_and(|state| is_transient_in_postgres(&state)),
        (None, Io(_) | Tls(_) | PoolClosed | PoolTimedOut | WorkerCrashed | BeginFailed) => true,
        (None, _) => false,
    })
}

/// Whether a server could not even be asked, as opposed to one that responded with an error.
pub fn is_unreachable(error: &DbErr) -> bool {
    let responded = driver_error(error).is_some_and(|cause| matches!(cause, sqlx::Error::Database(_)));
    matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) && !responded
}

/// The same as [`is_transient`] for an SQLSTATE: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(super) fn is_transient_in_postgres(state: &str) -> bool {
    // Connection exception, transaction rollback, insufficient resources, operator intervention, system error.
    const CLASSES: [&str; 5] = ["08", "40", "53", "57", "58"];
    // Read-only transaction (a standby, or a server whose disk is nearly full), idle in transaction for too long, lock
    // timeout.
    const STATES: [&str; 3] = ["25006", "25P03", "55P03"];
    STATES.contains(&state) || CLASSES.iter().any(|class| state.starts_with(class))
}

/// Whether SQLite could not get a lock that another connection holds.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    matches!(sqlite_code(error), Some(sqlite::BUSY | sqlite::LOCKED))
}

/// The primary result code of an error of SQLite: the lowest byte of the extended one.
fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    let cause = error.as_database_error()?.try_downcast_ref::<SqliteError>()?;
    let code = cause.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

/// Whether a statement failed on a constraint, which undoes the statement alone on SQLite.
pub(super) fn is_constraint_violation(error: &DbErr) -> bool {
    let database = driver_error(error).and_then(sqlx::Error::as_database_error);
    database.is_some_and(|cause| !matches!(cause.kind(), ErrorKind::Other))
}

/// What the driver says, on one line and without the names of the layers between.
pub fn driver_text(cause: &DbErr) -> String {
    let text = match (driver_error(cause), cause) {
        (Some(sqlx::Error::Database(cause)), _) => cause.message().to_owned(),
        (Some(cause), _) => cause.to_string(),
        (None, DbErr::Custom(text)) => text.clone(),
        (None, cause) => cause.to_string(),
    };
    text.replace('\n', " ")
}

/// The driver's error, if it is one.
pub(super) fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}
