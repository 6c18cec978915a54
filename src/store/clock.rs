//! The clock of this machine against the database's.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{DbBackend, DbErr};

use super::read::Reads;
use super::row::fetch_cell;

/// How far the clock of a replica may be from the database's before a warning is due: two replicas are then apart by less than
/// the 5 s that revocations allow for.
pub const MAX_SKEW: TimeDelta = TimeDelta::seconds(2);

/// How far the database's clock is ahead of the clock of this machine; none for SQLite, which has no other clock.
///
/// # Errors
/// When the database fails.
pub async fn skew(database: &impl Reads) -> Result<Option<TimeDelta>, DbErr> {
    if database.backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let statement = Query::select().expr(Expr::cust("clock_timestamp()")).take();
    let asked = Utc::now();
    let theirs = fetch_cell::<DateTime<Utc>>(database, &statement).await?;
    let halfway = asked + (Utc::now() - asked) / 2;
    Ok(theirs.map(|theirs| theirs - halfway))
}
